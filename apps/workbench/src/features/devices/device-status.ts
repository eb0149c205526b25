import type { DeviceDocument } from '@sluice/model'
import { LIVE_WINDOW_US } from '@sluice/model'

export type DeviceStatus = 'live' | 'silent' | 'never' | 'inactive'

/** The words of a status, the same on every page. */
export const STATUS_WORDS: Record<DeviceStatus, string> = {
  live: 'Live',
  silent: 'Silent',
  never: 'Never seen',
  inactive: 'Inactive',
}

/** Inactive wins: the keys of a deactivated device are refused, however fresh its data is. */
export function deviceStatus(
  device: Pick<DeviceDocument, 'activated_at' | 'last_data_at'>,
  nowMs: number,
): DeviceStatus {
  if (device.activated_at === null) return 'inactive'
  if (device.last_data_at === null) return 'never'
  return nowMs - Date.parse(device.last_data_at) <= LIVE_WINDOW_US / 1000 ? 'live' : 'silent'
}
