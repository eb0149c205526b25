import type { AddedDeviceDocument, DeviceDocument } from '@sluice/model'
import { segment } from './http.ts'
import type { Http } from './http.ts'

export type DeviceWrite = { name: string; description?: string; private: boolean }

export type DevicesResource = {
  /** all devices of the account; product secrets are left out */
  list(): Promise<DeviceDocument[]>
  /** Product, device, feed and key in one step; the only answer that shows the key without asking the password. */
  add(device: DeviceWrite): Promise<AddedDeviceDocument>
  get(id: number): Promise<DeviceDocument>
  /** A missing member stays as it is. */
  update(id: number, device: Partial<DeviceWrite>): Promise<void>
  activate(id: number): Promise<void>
  /** The device's keys stop working until it is activated again; nothing is deleted. */
  deactivate(id: number): Promise<void>
  /** With its feed, all data in it, and the keys bound to that feed alone. */
  remove(id: number): Promise<void>
}

export function devicesResource(http: Http): DevicesResource {
  const path = (id: number): string => `/v2/devices/${segment(id)}`
  return {
    async list() {
      const { document } = await http.request('GET', '/v2/devices')
      return (document as { devices: DeviceDocument[] }).devices
    },
    async add(device) {
      const { document } = await http.request('POST', '/v2/devices', { body: { device } })
      return document as AddedDeviceDocument
    },
    async get(id) {
      const { document } = await http.request('GET', path(id))
      return (document as { device: DeviceDocument }).device
    },
    async update(id, device) {
      await http.request('PUT', path(id), { body: { device } })
    },
    async activate(id) {
      await http.request('POST', `${path(id)}/activate`)
    },
    async deactivate(id) {
      await http.request('POST', `${path(id)}/deactivate`)
    },
    async remove(id) {
      await http.request('DELETE', path(id))
    },
  }
}
