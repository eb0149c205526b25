import type { DeviceDocument } from '@sluice/model'
import { STATUS_WORDS, deviceStatus } from './device-status.ts'

/** Devices in which every word of the filter occurs: in name, description, feed id, serial, status or privacy. */
export function filterDevices(devices: readonly DeviceDocument[], filter: string, nowMs: number): DeviceDocument[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean)
  return devices.filter((device) => {
    const text = [
      device.name,
      device.description ?? '',
      device.feed_id,
      device.serial,
      STATUS_WORDS[deviceStatus(device, nowMs)],
      device.private ? 'private' : 'public',
    ]
      .join('\n')
      .toLowerCase()
    return words.every((word) => text.includes(word))
  })
}
