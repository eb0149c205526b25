/**
 * The JSON documents of `/v2`, as they travel. Feeds, datastreams and keys are API v2's, member for member
 * (xively-python refuses unknown members); the others are ours, in the same style.
 */
import type { HistoryFunction } from './history.ts'
import type { AccessMethod } from './principal.ts'
import type { DISPOSITIONS, DOMAINS, EXPOSURES, UNIT_TYPES } from './feed.ts'

export type UnitDocument = { type?: (typeof UNIT_TYPES)[number]; symbol?: string; label?: string }
export type DatapointDocument = { at: string; value: string }
export type DatastreamDocument = {
  id: string
  current_value?: string
  at?: string
  max_value?: string
  min_value?: string
  tags?: string[]
  unit?: UnitDocument
  /** only where the history query asked for one */
  datapoints_function?: HistoryFunction
  datapoints?: DatapointDocument[]
  version?: string
}
export type LocationDocument = {
  disposition?: (typeof DISPOSITIONS)[number]
  name?: string
  exposure?: (typeof EXPOSURES)[number]
  domain?: (typeof DOMAINS)[number]
  ele?: string
  lat?: number
  lon?: number
  waypoints?: { at: string; lat: number; lon: number }[]
}
export type FeedDocument = {
  id: number
  title: string
  private: 'true' | 'false'
  icon?: string
  website?: string
  tags?: string[]
  description?: string
  feed: string
  auto_feed_url?: string
  status: 'live' | 'frozen'
  updated: string
  created: string
  email?: string
  creator: string
  user?: { login: string }
  version: '1.0.0'
  datastreams?: DatastreamDocument[]
  location?: LocationDocument
  product_id?: string
  device_serial?: string
}
export type FeedListDocument = {
  totalResults: number
  startIndex: number
  itemsPerPage: number
  results: FeedDocument[]
}

export type PermissionDocument = {
  label?: string
  access_methods: AccessMethod[]
  /** host, or beginning of a URL */
  referer?: string
  /** an address, or a range in CIDR notation */
  source_ip?: string
  /** seconds */
  minimum_interval?: number
  resources?: { feed_id?: number; datastream_id?: string; datastream_trigger_id?: number }[]
}
export type KeyDocument = {
  /** the key itself for the key that asks, `slc_…Xk3f` in lists */
  api_key: string
  label: string
  private_access?: boolean
  expires_at?: string
  permissions: PermissionDocument[]
  /** all of these only for a signed-in owner */
  id?: number
  created_at?: string
  last_used_at?: string
  last_used_address?: string
  /** User-Agent, MQTT client id, or the name of the protocol */
  last_used_client?: string
  /** until when the text from before the key was rolled works, too; then also that text, masked, and its own uses */
  previous_until?: string
  previous_api_key?: string
  previous_last_used_at?: string
  previous_last_used_address?: string
  previous_last_used_client?: string
}
/** Answer to a signed-in owner who made or rolled a key: the one time that it is shown without asking for the password. */
export type MadeKeyDocument = {
  id: number
  api_key: string
  /** until when the text before works, too; only for a key that was rolled, and with an overlap */
  previous_until?: string
}
/** Whether a key may do something, and what each of its permissions says to that. */
export type KeyCheckDocument = { allowed: boolean; reasons: string[] }

export type DeviceDocument = {
  id: number
  name: string
  description?: string
  private: boolean
  serial: string
  activation_code: string
  created_at: string
  activated_at: string | null
  feed_id: number
  /** newest arrival of data */
  last_data_at: string | null
  /** `secret` only in the answers about one device, not in lists */
  product: { product_id: string; name: string; state: 'develop' | 'deploy'; secret?: string }
}
/** Answer to *add device*: the one time that its key is shown without asking for the password again. */
export type AddedDeviceDocument = { device: DeviceDocument; api_key: string }

/** One request that named a feed or used a key of its account, as kept in the request log. Secrets are masked. */
export type RequestEntry = {
  /** unique, grows with time within an account */
  id: string
  at: string
  feed_id: number | null
  method: string
  /** path and query, key masked */
  path: string
  status: number
  duration_ms: number
  protocol: 'http' | 'wamp' | 'socket' | 'mqtt'
  remote_address: string
  /** which key, null where none or an unknown one was given */
  key_id: number | null
  key_label: string | null
  datastream_ids: string[]
  request_headers: Record<string, string>
  /** cut at 4 KiB */
  request_body: string
  response_headers: Record<string, string>
  response_body: string
}

export type SessionDocument = {
  login: string
  email: string
  name: string
  /** the WAMP realm of the account and where to join it */
  realm: string
  wamp_url: string
  /** where MQTT clients connect, null where the server does not listen for them */
  mqtt_url: string | null
  /** what feed URLs start with */
  public_url: string
}

/** Event on `sluice.feed.<id>.datapoints`: args[0], one event per accepted request. */
export type DatapointEvent = { datastream: string; at: string; value: string }
/** What `sluice.datapoints.append` answers for each point, in order. */
export type OutcomeDocument = { result: 'stored' | 'duplicate' | 'rejected'; reason?: string }

/** Every error of `/v2`. `errors` is one sentence, or a list of them for a body that was parsed but is invalid. */
export type ErrorDocument = { title: string; errors: string | string[] }
