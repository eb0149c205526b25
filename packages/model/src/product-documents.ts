import type { ProductState } from './device.ts'
import type { UnitDocument } from './documents.ts'

/** `feed_defaults` of API v2: `private` is always there, as the original showed it. */
export type FeedDefaultsDocument = {
  title?: string
  description?: string
  tags?: string[]
  private: 'true' | 'false'
  website?: string
  datastreams?: { id: string; tags: string[]; unit?: UnitDocument }[]
}

/** API v2. `description` is always there, because Xively4J reads it unasked. */
export type ProductDocument = {
  name: string
  description: string
  /** 20 url-safe characters */
  product_id: string
  /** 40 hex characters */
  secret: string
  state: ProductState
  devices_count: number
  activated_devices_count: number
  user: string
  feed_defaults: FeedDefaultsDocument
}
export type ProductListDocument = { totalResults: number; products: ProductDocument[] }

/** API v2, and two members of ours: `id`, by which `/v2/devices` knows it, and `last_data_at`. */
export type ProductDeviceDocument = {
  serial: string
  activation_code: string
  created_at: string
  /** null before activation, and there all the same */
  activated_at: string | null
  feed_id: number
  /** once it is activated: in clear to a key that asks for this device, masked otherwise */
  api_key?: string
  id: number
  last_data_at: string | null
}
export type ProductDeviceListDocument = {
  totalResults: number
  itemsPerPage: number
  /** begins at 1, unlike that of feeds (API v2) */
  startIndex: number
  devices: ProductDeviceDocument[]
}
