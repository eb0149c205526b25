import type { Micros } from './timestamp.ts'

export const DOMAINS = ['physical', 'virtual'] as const
export const DISPOSITIONS = ['fixed', 'mobile'] as const
export const EXPOSURES = ['indoor', 'outdoor'] as const
export const UNIT_TYPES = [
  'basicSI',
  'derivedSI',
  'conversionBasedUnits',
  'derivedUnits',
  'contextDependentUnits',
] as const

/** Letters of any script, digits, `_ - + .` (API v2), but not `.` or `..`, which are paths. */
export const DATASTREAM_ID = /^(?!\.{1,2}$)[\p{L}\w\-+.]+$/u

export type Waypoint = { at: Micros; lat: number; lon: number }

/** Where a feed is. Every member may be missing; a feed that was never placed has only the domain `physical`. */
export type Location = {
  name?: string
  domain?: (typeof DOMAINS)[number]
  disposition?: (typeof DISPOSITIONS)[number]
  exposure?: (typeof EXPOSURES)[number]
  /** decimal degrees, -90 … 90 and -180 … 180 */
  lat?: number
  lon?: number
  /** metres, as the text the client sent */
  ele?: string
  waypoints?: Waypoint[]
}

export type Unit = { type?: (typeof UNIT_TYPES)[number]; symbol?: string; label?: string }

export type Datastream = {
  id: string
  currentValue: string | null
  at: Micros | null
  /** extremes of the numeric values ever seen */
  maxValue: number | null
  minValue: number | null
  tags: string[]
  unit: Unit
}

export type Feed = {
  id: number
  accountId: number
  /** login of the owning account */
  creator: string
  title: string
  isPrivate: boolean
  description: string | null
  website: string | null
  email: string | null
  icon: string | null
  autoFeedUrl: string | null
  tags: string[]
  location: Location
  createdAt: Micros
  /** newest of a change of metadata and an arrival of data */
  updatedAt: Micros
  /** newest arrival of data, null before the first: decides `live` or `frozen` */
  lastDataAt: Micros | null
  productId: string | null
  deviceSerial: string | null
  /** in order of creation */
  datastreams: Datastream[]
}

/** `live` while data arrived in the last 15 minutes (API v2). */
export const LIVE_WINDOW_US = 15 * 60e6

/** What a write says about a datastream; a missing member stays as it is, null clears. */
export type DatastreamPatch = {
  id: string
  tags?: string[]
  unit?: Unit
  currentValue?: string
  at?: Micros
  maxValue?: number
  minValue?: number
  datapoints?: { at?: Micros; value: string }[]
}

/** What a write says about a feed; a missing member stays as it is, null clears. */
export type FeedPatch = {
  title?: string
  isPrivate?: boolean
  description?: string | null
  website?: string | null
  email?: string | null
  icon?: string | null
  autoFeedUrl?: string | null
  tags?: string[]
  location?: Location
  datastreams?: DatastreamPatch[]
}
