import { formatSeconds, formatTimestamp, type Device, type DeviceDocument } from '@sluice/model'

/**
 * A device; `activated_at` is null before activation and present all the same (API v2).
 * @param shown `secret`: whether the product's secret is told, which lists never do
 */
export function renderDevice(device: Device, shown: { secret: boolean }): DeviceDocument {
  const { product } = device
  return {
    id: device.id,
    name: device.name,
    ...(device.description && { description: device.description }),
    private: device.isPrivate,
    serial: device.serial,
    activation_code: device.activationCode,
    created_at: formatSeconds(device.createdAt),
    activated_at: device.activatedAt === null ? null : formatSeconds(device.activatedAt),
    feed_id: device.feedId,
    last_data_at: device.lastDataAt === null ? null : formatTimestamp(device.lastDataAt),
    product: {
      product_id: product.id,
      name: product.name,
      state: product.state,
      ...(shown.secret && { secret: product.secret }),
    },
  }
}
