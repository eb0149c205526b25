import type { UriRules } from '../uri.ts'

/**
 * What happens to EVENTs for a session that reads more slowly than it is sent to.
 * - `drop_newest`: those that come while it is congested are lost, but for the last of each subscription
 * - `drop_oldest`: the latest `queueEventsMax` wait, older ones are lost
 * - `conflate`: the latest of each topic waits, up to `queueEventsMax` topics
 * - `disconnect`: the session is aborted with wamp.error.unavailable
 * Whatever is lost is counted, announced, and told to the subscriber with its next event (`_dropped`).
 */
export type OverflowPolicy = 'drop_newest' | 'drop_oldest' | 'conflate' | 'disconnect'

/** Which publications a realm keeps for `wamp.subscription.get_events` and for subscribers that catch up. */
export interface HistoryRule {
  readonly match: 'exact' | 'prefix' | 'wildcard'
  readonly topic: string
  /** Latest publications kept. */
  readonly eventsMax: number
  /** Payload of all that is kept, and 256 bytes for each; default 64 MiB. */
  readonly bytesMax?: number
  /** Older ones are forgotten; default: never. */
  readonly ageSMax?: number
}

/** What may differ from realm to realm. Where the specification leaves a choice or contradicts itself, it is here. */
export interface RealmOptions {
  /** Basic Profile, "URIs". */
  readonly uris: UriRules
  /**
   * `strict`: requests count up from 1, as Basic Profile, "IDs" demands and hardly any router holds a client to;
   * `lenient`: any id not in flight; those out of order are counted.
   */
  readonly requestIds: 'lenient' | 'strict'
  /**
   * CALL.Options.timeout is in ms by the specification; Autobahn|Python sends seconds. `auto`: seconds from clients
   * whose transport calls itself `AutobahnPython/…`, or that announce what only Autobahn|Python does.
   */
  readonly callTimeoutUnit: 'ms' | 's' | 'auto'
  /** `disclose_me` where disclosure is not granted (Advanced Profile lets the router deny): not heard, or an ERROR. */
  readonly discloseDenied: 'ignore' | 'error'
  /**
   * Progressive results of callees that announce no call canceling, as Autobahn|JS: the specification says the feature
   * is then not there (`strict`).
   */
  readonly progress: 'lenient' | 'strict'
  readonly overflow: OverflowPolicy
  /**
   * Retained events: of how many topics, payload of all together and 256 bytes for each (default 64 MiB), and how long
   * at most, even if the publisher says more with `_retain_ttl`; null: for ever.
   */
  readonly retained: { readonly topicsMax: number; readonly bytesMax?: number; readonly ttlSMax: number | null }
  /** Publishing `retain` without a payload forgets what is retained, as in MQTT. The specification names no way. */
  readonly retainEmptyClears: boolean
  readonly history: readonly HistoryRule[]
  /**
   * Sessions that ask for it in HELLO live on for so long without a transport, and this many events (and answers of
   * together RouterLimits.hardLimitBytes) wait for them; null: they end.
   */
  readonly resumption: { readonly windowMs: number; readonly eventsMax: number } | null
  readonly quotas: Quotas
}

/** Limits of what sessions may hold together; absent: none but those of RouterLimits per session. */
export interface Quotas {
  /** For each session, instead of those of RouterLimits. */
  readonly session?: Partial<Quota>
  readonly realm?: Partial<Quota>
  /** For all sessions of one authid together. */
  readonly principal?: Partial<Quota>
}

export interface Quota {
  readonly sessions: number
  readonly subscriptions: number
  readonly registrations: number
  /** Calls in flight. */
  readonly calls: number
  /** Messages a second; above it reading slows down and nothing is lost. */
  readonly messagesPerS: number
  /** Bytes of payload a second; as `messagesPerS`. */
  readonly bytesPerS: number
}

export const REALM_OPTIONS: RealmOptions = {
  uris: 'loose',
  requestIds: 'lenient',
  callTimeoutUnit: 'auto',
  discloseDenied: 'ignore',
  progress: 'lenient',
  overflow: 'drop_newest',
  retained: { topicsMax: 10_000, ttlSMax: null },
  retainEmptyClears: true,
  history: [],
  resumption: null,
  quotas: {},
}
