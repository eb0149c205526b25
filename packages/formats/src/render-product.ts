import {
  formatSeconds,
  formatTimestamp,
  type ProductDetails,
  type ProductDevice,
  type ProductDeviceDocument,
  type ProductDeviceListDocument,
  type ProductDocument,
} from '@sluice/model'
import { renderFeedDefaults } from './feed-defaults.ts'

/** A product in API v2's order of members. `description` is always there: Xively4J reads it unasked. */
export function renderProduct(product: ProductDetails): ProductDocument {
  return {
    name: product.name,
    description: product.description ?? '',
    product_id: product.id,
    secret: product.secret,
    state: product.state,
    devices_count: product.devicesCount,
    activated_devices_count: product.activatedDevicesCount,
    user: product.user,
    feed_defaults: renderFeedDefaults(product.feedDefaults),
  }
}

/** A device of a product. @param apiKey its key in clear; masked where that is not given */
export function renderProductDevice(device: ProductDevice, apiKey?: string): ProductDeviceDocument {
  const key = apiKey ?? device.maskedKey
  return {
    serial: device.serial,
    activation_code: device.activationCode,
    created_at: formatSeconds(device.createdAt),
    activated_at: device.activatedAt === null ? null : formatSeconds(device.activatedAt),
    feed_id: device.feedId,
    ...(device.activatedAt !== null && key !== null && { api_key: key }),
    id: device.id,
    last_data_at: device.lastDataAt === null ? null : formatTimestamp(device.lastDataAt),
  }
}

/** `startIndex` begins at 1 here, unlike that of feeds (API v2). */
export function renderProductDeviceList(
  devices: readonly ProductDevice[],
  { total, page, perPage }: { total: number; page: number; perPage: number },
): ProductDeviceListDocument {
  return {
    totalResults: total,
    itemsPerPage: perPage,
    startIndex: (page - 1) * perPage + 1,
    devices: devices.map((device) => renderProductDevice(device)),
  }
}
