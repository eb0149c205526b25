/** Procedures of the router that only tell (Advanced Profile, "Meta API"). */
const READING: ReadonlySet<string> = new Set([
  ...['count', 'list', 'get'].map((name) => `wamp.session.${name}`),
  ...['list', 'lookup', 'match', 'get', 'list_callees', 'count_callees'].map((name) => `wamp.registration.${name}`),
  ...['list', 'lookup', 'match', 'get', 'list_subscribers', 'count_subscribers'].map(
    (name) => `wamp.subscription.${name}`,
  ),
])
/** Those about the caller alone. A testament is allowed where publishing it would be, which the router asks. */
const OWN: ReadonlySet<string> = new Set(['wamp.session.add_testament', 'wamp.session.flush_testaments'])
/** The router asks, besides, whether the caller might subscribe. */
const HISTORY = 'wamp.subscription.get_events'
/** What tells the addresses of other sessions. */
const TELLS_ADDRESSES: ReadonlySet<string> = new Set(['wamp.session.get', 'wamp.session.on_join'])

/** What a caller of the router's own procedures is in its realm. */
export type MetaRole =
  /** may end sessions and revoke what they hold */
  | 'owner'
  /** sees everybody and everything in the realm */
  | 'reader'
  /** one of many strangers */
  | 'stranger'
  /** sees what is its own */
  | 'self'

export function isMeta(uri: string): boolean {
  return uri.startsWith('wamp.')
}

/** Whether a session may call a procedure of the router. */
export function mayCallMeta(role: MetaRole, uri: string): boolean {
  if (role === 'owner' || OWN.has(uri) || uri === HISTORY) return true
  if (role === 'reader') return READING.has(uri)
  return role === 'stranger' && READING.has(uri) && !TELLS_ADDRESSES.has(uri)
}

/** Whether strangers may hear of this topic. */
export function isForStrangers(topic: string): boolean {
  return !TELLS_ADDRESSES.has(topic)
}
