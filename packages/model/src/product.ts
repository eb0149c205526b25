import type { Product, ProductState } from './device.ts'
import type { Unit } from './feed.ts'
import type { Micros } from './timestamp.ts'

/** Letters, digits and `+ - , _ :` (API v2); the length is ours. */
export const SERIAL = /^[A-Za-z0-9+\-,_:]{1,128}$/

/** What the feed of each device of a product begins with (API v2: `feed_defaults`). */
export type FeedDefaults = {
  /** the product's name where missing */
  title?: string
  description?: string
  website?: string
  tags?: string[]
  /** true unless the product says otherwise: nobody should publish a batch by forgetting a member */
  isPrivate: boolean
  datastreams?: { id: string; tags?: string[]; unit?: Unit }[]
}

/** A product as its owner sees it. */
export type ProductDetails = Product & {
  accountId: number
  /** login of the owning account */
  user: string
  feedDefaults: FeedDefaults
  createdAt: Micros
  devicesCount: number
  activatedDevicesCount: number
}

export type NewProduct = {
  name: string
  description: string | null
  state: ProductState
  feedDefaults: FeedDefaults
}

/** What a write says about a product; a missing member stays as it is. Feed defaults are replaced whole. */
export type ProductPatch = Partial<NewProduct>

/** A device as its product lists it. */
export type ProductDevice = {
  id: number
  serial: string
  activationCode: string
  createdAt: Micros
  activatedAt: Micros | null
  feedId: number
  /** newest arrival of data, null before the first */
  lastDataAt: Micros | null
  /** its key, `slc_…Xk3f`; null before activation and where its owner removed it */
  maskedKey: string | null
}
