import { Menu } from '@base-ui/react/menu'
import type { DeviceDocument } from '@sluice/model'
import { Link, useNavigate } from '@tanstack/react-router'
import { ChevronLeft, Ellipsis, Power, Trash2 } from 'lucide-react'
import { useState } from 'react'
import type { ReactNode } from 'react'
import { buttonClass } from '../../ui/Button.tsx'
import { Confirm } from '../../ui/Confirm.tsx'
import { ITEM, MenuPopup } from '../../ui/MenuPopup.tsx'
import { TimeAgo } from '../../ui/TimeAgo.tsx'
import { showToast } from '../../ui/toasts.ts'
import { useNow } from '../../ui/useNow.ts'
import { PrivacyBadge } from '../devices/PrivacyBadge.tsx'
import { StatusBadge } from '../devices/StatusBadge.tsx'
import { deviceStatus } from '../devices/device-status.ts'
import { LiveStatusNote } from '../live/LiveStatusNote.tsx'
import { useActivation } from './useActivation.ts'
import { useChangeDevice } from './useDevice.ts'

export function DeviceHeader({ device }: { device: DeviceDocument }): ReactNode {
  const now = useNow(5000)
  return (
    <header className="mb-5">
      <Link
        to="/devices"
        className="-ml-1 inline-flex items-center gap-0.5 rounded text-[0.8125rem] text-muted hover:text-text"
      >
        <ChevronLeft size={14} aria-hidden /> Devices
      </Link>
      <div className="mt-1 flex items-start gap-3">
        <div className="min-w-0 flex-1">
          <h1 className="text-2xl font-semibold tracking-tight break-words">{device.name}</h1>
          <div className="mt-1 flex flex-wrap items-center gap-x-4 gap-y-1">
            <StatusBadge status={deviceStatus(device, now)} />
            <PrivacyBadge isPrivate={device.private} />
            {device.last_data_at !== null && (
              <span className="text-muted">
                <TimeAgo at={device.last_data_at} prefix="Last seen " />
              </span>
            )}
            <LiveStatusNote />
          </div>
          {device.description !== undefined && <p className="mt-2 max-w-prose text-muted">{device.description}</p>}
        </div>
        <DeviceMenu device={device} />
      </div>
    </header>
  )
}

function DeviceMenu({ device }: { device: DeviceDocument }): ReactNode {
  const [isDeleting, setDeleting] = useState(false)
  const navigate = useNavigate()
  const change = useChangeDevice(device)
  const { isActive, toggle } = useActivation(device)
  const remove = (): void =>
    change.mutate('remove', {
      onSuccess: () => {
        showToast({ kind: 'ok', text: `${device.name} was deleted.` })
        void navigate({ to: '/devices' })
      },
    })
  return (
    <>
      <Menu.Root>
        <Menu.Trigger aria-label="Device actions" className={buttonClass('plain', 'icon')}>
          <Ellipsis size={18} aria-hidden />
        </Menu.Trigger>
        <MenuPopup>
          <Menu.Item className={ITEM} onClick={toggle}>
            <Power size={16} aria-hidden /> {isActive ? 'Deactivate' : 'Activate'}
          </Menu.Item>
          <Menu.Item className={`${ITEM} text-bad`} onClick={() => setDeleting(true)}>
            <Trash2 size={16} aria-hidden /> Delete device…
          </Menu.Item>
        </MenuPopup>
      </Menu.Root>
      {isDeleting && (
        <Confirm
          title={`Delete ${device.name}?`}
          action="Delete device"
          typed={device.name}
          isBusy={change.isPending}
          error={change.error}
          onConfirm={remove}
          onClose={() => setDeleting(false)}
        >
          <p>
            Feed {device.feed_id}, all its channels and every value ever stored in them are lost for good, and keys
            bound to this feed stop working.
          </p>
          <p className="text-muted">To silence the device and keep its data, deactivate it instead.</p>
        </Confirm>
      )}
    </>
  )
}
