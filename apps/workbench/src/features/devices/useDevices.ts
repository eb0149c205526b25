import type { AddedDeviceDocument, DeviceDocument } from '@sluice/model'
import type { DeviceWrite } from '@sluice/sdk'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { UseMutationResult, UseQueryResult } from '@tanstack/react-query'
import { client } from '../../client.ts'
import { rememberKey } from '../keys/known-keys.ts'

/** how often the list asks who is live */
const REFRESH_MS = 10_000

export function useDevices(): UseQueryResult<DeviceDocument[]> {
  return useQuery({ queryKey: ['devices'], queryFn: () => client.devices.list(), refetchInterval: REFRESH_MS })
}

/** Adds a device; its key is kept in memory for the snippets of its page, until the page is reloaded. */
export function useAddDevice(): UseMutationResult<AddedDeviceDocument, Error, DeviceWrite> {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (device: DeviceWrite) => client.devices.add(device),
    onSuccess: ({ device, api_key }) => {
      rememberKey(device.feed_id, api_key)
      queries.setQueryData(['device', device.id], device)
      return queries.invalidateQueries({ queryKey: ['devices'] })
    },
  })
}
