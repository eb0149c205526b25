import type { DeviceDocument, FeedDocument } from '@sluice/model'
import type { DeviceWrite } from '@sluice/sdk'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { UseMutationResult, UseQueryResult } from '@tanstack/react-query'
import { client } from '../../client.ts'
import { readDevice, readFeed } from '../live/read-live.ts'

export function useDevice(deviceId: number): UseQueryResult<DeviceDocument> {
  return useQuery({ queryKey: ['device', deviceId], queryFn: () => readDevice(deviceId) })
}

export function useFeed(feedId: number | undefined): UseQueryResult<FeedDocument> {
  return useQuery({
    queryKey: ['feed', feedId],
    queryFn: () => readFeed(feedId ?? 0),
    enabled: feedId !== undefined,
  })
}

export type DeviceAction = 'activate' | 'deactivate' | 'remove' | Partial<DeviceWrite>

/** Changes one device; what is shown of it is read again before the promise resolves. */
export function useChangeDevice(device: DeviceDocument): UseMutationResult<void, Error, DeviceAction> {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (action: DeviceAction) =>
      typeof action === 'string' ? client.devices[action](device.id) : client.devices.update(device.id, action),
    onSuccess: async (_, action) => {
      if (action === 'remove') {
        await queries.invalidateQueries({ queryKey: ['devices'] })
        return
      }
      await Promise.all(
        [['devices'], ['device', device.id], ['feed', device.feed_id]].map((queryKey) =>
          queries.invalidateQueries({ queryKey }),
        ),
      )
    },
  })
}
