import { Tabs } from '@base-ui/react/tabs'
import type { DeviceDocument, FeedDocument } from '@sluice/model'
import { ApiError } from '@sluice/sdk'
import { getRouteApi } from '@tanstack/react-router'
import { Suspense, lazy } from 'react'
import type { ReactNode } from 'react'
import { Boundary } from '../../ui/Boundary.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Skeleton, SkeletonRows } from '../../ui/Skeleton.tsx'
import { useDocumentTitle } from '../../ui/useDocumentTitle.ts'
import { ChannelsTab } from '../channels/ChannelsTab.tsx'
import { LiveFeed } from '../live/LiveFeed.tsx'
import { MetadataTab } from '../metadata/MetadataTab.tsx'
import { RequestLogTab } from '../requests/RequestLogTab.tsx'
import { NotFoundPage } from '../shell/Nowhere.tsx'
import { DeviceHeader } from './DeviceHeader.tsx'
import { IdentityPanel } from './IdentityPanel.tsx'
import { TABS } from './device-search.ts'
import type { Tab } from './device-search.ts'
import { PageTabs } from '../../ui/PageTabs.tsx'
import { useDevice, useFeed } from './useDevice.ts'

// Leaflet comes only to those who look at a map
const LocationTab = lazy(async () => ({ default: (await import('../location/LocationTab.tsx')).LocationTab }))

const KeysTab = lazy(async () => ({ default: (await import('../keys/KeysTab.tsx')).KeysTab }))
const TriggersTab = lazy(async () => ({ default: (await import('../triggers/TriggersTab.tsx')).TriggersTab }))

const route = getRouteApi('/shell/signed-in/devices/$deviceId')

export function DevicePage(): ReactNode {
  const id = Number(route.useParams().deviceId)
  const device = useDevice(id)
  const feed = useFeed(device.data?.feed_id)
  useDocumentTitle(device.data?.name ?? 'Device')
  const error = device.error ?? feed.error
  if (!Number.isSafeInteger(id) || (error instanceof ApiError && error.status === 404)) {
    return <NotFoundPage what="This device" />
  }
  if (device.data && feed.data) {
    return (
      <LiveFeed key={feed.data.id} feedId={feed.data.id} deviceId={id} since={newestAt(feed.data)}>
        <Loaded device={device.data} feed={feed.data} />
      </LiveFeed>
    )
  }
  if (error) {
    const retry = (): void => void Promise.all([device.refetch(), feed.refetch()])
    return <ErrorNotice error={error} what="The device could not be loaded." onRetry={retry} />
  }
  return (
    <div className="grid gap-6">
      <Skeleton className="h-16 max-w-md" />
      <SkeletonRows rows={3} className="h-28" />
    </div>
  )
}

/** Up to where the values of a feed are known; the beginning of time where it has none. */
function newestAt(feed: FeedDocument): string {
  const times = (feed.datastreams ?? []).flatMap(({ at }) => (at === undefined ? [] : [at]))
  return times.reduce((newest, at) => (at > newest ? at : newest), '1970-01-01T00:00:00.000000Z')
}

function Loaded({ device, feed }: { device: DeviceDocument; feed: FeedDocument }): ReactNode {
  const { tab = 'channels' } = route.useSearch()
  const navigate = route.useNavigate()
  const openTab = (next: Tab): void => {
    void navigate({ search: next === 'channels' ? {} : { tab: next }, resetScroll: false })
  }
  return (
    <>
      <DeviceHeader device={device} />
      <div className="grid items-start gap-6 wide:grid-cols-[minmax(0,1fr)_20rem]">
        <Tabs.Root value={tab} onValueChange={(next: Tab) => openTab(next)} className="min-w-0">
          <PageTabs label="Device" tabs={TABS} />
          <Tabs.Panel value="channels">
            <ChannelsTab device={device} feed={feed} />
          </Tabs.Panel>
          <Tabs.Panel value="location">
            <Boundary what="The map could not be shown.">
              <Suspense fallback={<SkeletonRows rows={2} className="h-64" />}>
                <LocationTab feed={feed} />
              </Suspense>
            </Boundary>
          </Tabs.Panel>
          <Tabs.Panel value="metadata">
            <MetadataTab device={device} feed={feed} />
          </Tabs.Panel>
          <Tabs.Panel value="triggers">
            <Suspense fallback={<SkeletonRows rows={2} className="h-16" />}>
              <TriggersTab feed={feed} />
            </Suspense>
          </Tabs.Panel>
          <Tabs.Panel value="log">
            <RequestLogTab />
          </Tabs.Panel>
          <Tabs.Panel value="keys">
            <Suspense fallback={<SkeletonRows rows={2} className="h-20" />}>
              <KeysTab device={device} feed={feed} />
            </Suspense>
          </Tabs.Panel>
        </Tabs.Root>
        <IdentityPanel device={device} />
      </div>
    </>
  )
}
