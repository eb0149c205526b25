import type { DeviceDocument } from '@sluice/model'
import { useDevices } from '../devices/useDevices.ts'

/** Names of feeds: the device's for an own one, the number for anybody else's. */
export function useFeedNames(): {
  devices: readonly DeviceDocument[]
  isLoading: boolean
  feedName(feedId: number): string
  deviceOf(feedId: number): DeviceDocument | undefined
} {
  const { data: devices = [], isPending } = useDevices()
  const deviceOf = (feedId: number): DeviceDocument | undefined => devices.find(({ feed_id }) => feed_id === feedId)
  return {
    devices,
    isLoading: isPending,
    deviceOf,
    feedName: (feedId) => deviceOf(feedId)?.name ?? `Feed ${feedId}`,
  }
}
