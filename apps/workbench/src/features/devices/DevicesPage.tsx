import type { DeviceDocument } from '@sluice/model'
import { Link, Outlet, useNavigate } from '@tanstack/react-router'
import { Plus, Radio } from 'lucide-react'
import { useRef, useState } from 'react'
import type { ReactNode } from 'react'
import { Button } from '../../ui/Button.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { FilterBox } from '../../ui/FilterBox.tsx'
import { SkeletonRows } from '../../ui/Skeleton.tsx'
import { TimeAgo } from '../../ui/TimeAgo.tsx'
import { useDocumentTitle } from '../../ui/useDocumentTitle.ts'
import { useHotkeys } from '../../ui/useHotkeys.ts'
import { useNow } from '../../ui/useNow.ts'
import { PrivacyBadge } from './PrivacyBadge.tsx'
import { StatusBadge } from './StatusBadge.tsx'
import { deviceStatus } from './device-status.ts'
import { filterDevices } from './filter-devices.ts'
import { useDevices } from './useDevices.ts'

export function DevicesPage(): ReactNode {
  const { data: devices, error, refetch } = useDevices()
  const [filter, setFilter] = useState('')
  const filterBox = useRef<HTMLInputElement>(null)
  const now = useNow(5000)
  useHotkeys({ '/': () => filterBox.current?.focus() })
  useDocumentTitle('Devices')
  const shown = devices && filterDevices(devices, filter, now)
  const isEmpty = devices?.length === 0
  return (
    <>
      <div className="mb-5 flex flex-wrap items-center gap-3">
        <h1 className="mr-auto text-2xl font-semibold tracking-tight">Devices</h1>
        {!isEmpty && (
          <>
            <FilterBox
              ref={filterBox}
              label="Filter devices"
              placeholder="Name, feed id, status"
              value={filter}
              onChange={setFilter}
            />
            <AddDeviceButton />
          </>
        )}
      </div>
      {error !== null && devices === undefined && (
        <ErrorNotice error={error} what="The devices could not be loaded." onRetry={() => void refetch()} />
      )}
      {devices === undefined && error === null && <SkeletonRows rows={4} />}
      {isEmpty && <NoDevices />}
      {shown && shown.length > 0 && <DeviceTable devices={shown} now={now} />}
      {shown?.length === 0 && !isEmpty && (
        <p className="panel p-8 text-center text-muted">
          No device matches “{filter}”.{' '}
          <button type="button" className="font-medium text-accent hover:underline" onClick={() => setFilter('')}>
            Show all {devices?.length}
          </button>
        </p>
      )}
      <Outlet />
    </>
  )
}

function AddDeviceButton(): ReactNode {
  const navigate = useNavigate()
  return (
    <Button look="primary" onClick={() => void navigate({ to: '/devices/new' })}>
      <Plus size={16} aria-hidden /> Add device
    </Button>
  )
}

function NoDevices(): ReactNode {
  return (
    <div className="panel grid justify-items-center gap-3 px-6 py-16 text-center">
      <span className="grid size-14 place-items-center rounded-2xl bg-accent-soft text-accent">
        <Radio size={28} aria-hidden />
      </span>
      <h2 className="mt-1 text-lg font-semibold">Add your first device</h2>
      <p className="max-w-md text-muted">
        You get a feed to push values into and a key to push them with. The first value shows up here the moment it is
        stored.
      </p>
      <div className="mt-2">
        <AddDeviceButton />
      </div>
    </div>
  )
}

const COLUMNS = 'md:grid md:grid-cols-[8rem_minmax(0,1fr)_8rem_11rem_7rem] md:items-center md:gap-4'

/** A table where there is room, cards on a phone. */
function DeviceTable({ devices, now }: { devices: readonly DeviceDocument[]; now: number }): ReactNode {
  return (
    <div role="table" aria-label="Devices" className="md:panel md:overflow-hidden">
      <div role="rowgroup" className="hidden md:block">
        <div
          role="row"
          className={`${COLUMNS} border-b border-line bg-sunken px-4 py-2 text-[0.8125rem] font-medium text-muted`}
        >
          {['Status', 'Name', 'Feed', 'Last seen', 'Visibility'].map((title) => (
            <span key={title} role="columnheader">
              {title}
            </span>
          ))}
        </div>
      </div>
      <div role="rowgroup" className="grid grid-cols-1 gap-3 md:block">
        {devices.map((device) => (
          <DeviceRow key={device.id} device={device} now={now} />
        ))}
      </div>
    </div>
  )
}

function DeviceRow({ device, now }: { device: DeviceDocument; now: number }): ReactNode {
  return (
    <div
      role="row"
      data-device-id={device.id}
      className={`relative flex min-w-0 flex-wrap gap-x-4 gap-y-1 border-line p-4 hover:bg-sunken max-md:panel md:border-b md:bg-surface md:py-3 md:last:border-b-0 ${COLUMNS}`}
    >
      <span role="cell" className="max-md:order-2">
        <StatusBadge status={deviceStatus(device, now)} />
      </span>
      <span role="cell" className="block min-w-0 max-md:order-1 max-md:w-full">
        <Link
          to="/devices/$deviceId"
          params={{ deviceId: String(device.id) }}
          search={{}}
          className="block truncate font-semibold after:absolute after:inset-0 after:rounded-xl hover:text-accent md:after:rounded-none"
        >
          {device.name}
        </Link>
        {device.description !== undefined && (
          <span className="block truncate text-[0.8125rem] text-muted">{device.description}</span>
        )}
      </span>
      <span role="cell" className="text-muted max-md:order-4 md:font-mono md:text-[0.8125rem]">
        <span className="md:hidden">Feed </span>
        {device.feed_id}
      </span>
      <span role="cell" className={`text-muted max-md:order-3 ${device.last_data_at === null ? 'max-md:hidden' : ''}`}>
        {device.last_data_at === null ? (
          '–'
        ) : (
          <span className="relative z-1">
            <TimeAgo at={device.last_data_at} />
          </span>
        )}
      </span>
      <span role="cell" className="flex items-center max-md:order-5">
        <PrivacyBadge isPrivate={device.private} />
      </span>
    </div>
  )
}
