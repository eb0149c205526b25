import type { Micros } from './timestamp.ts'

/** `deploy`: out with its users; *add device* begins in `develop`. Both take new serials and activate them. */
export const PRODUCT_STATES = ['develop', 'deploy'] as const
export type ProductState = (typeof PRODUCT_STATES)[number]

export type Product = {
  /** 20 url-safe characters */
  id: string
  name: string
  description: string | null
  /** 40 hex characters */
  secret: string
  state: ProductState
}

export type Device = {
  id: number
  accountId: number
  name: string
  description: string | null
  product: Product
  /** unique in its product; made up of 12 upper-case characters by *add device* */
  serial: string
  /** 40 hex: HMAC-SHA1 of the serial under the product secret's 20 bytes (API v2) */
  activationCode: string
  activatedAt: Micros | null
  createdAt: Micros
  feedId: number
  isPrivate: boolean
  /** newest arrival of data, null before the first */
  lastDataAt: Micros | null
}

export type NewDevice = { name: string; description: string | null; isPrivate: boolean }
