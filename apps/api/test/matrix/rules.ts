import { ACCOUNT_RULES, EVERYBODYS } from './account-rules.ts'
import type { AccountThing } from './account-rules.ts'
import { FEED_RULES, WHOLE } from './feed-rules.ts'
import type { FeedThing } from './feed-rules.ts'
import type { Variant } from './subject.ts'
import type { Deed, Verdict } from './verdict.ts'

/** Who is somebody else to everything: 401 for who shows nothing that works, 403 for who shows it in the wrong place. */
const OUTSIDE: Record<string, 'unknown' | 'barred'> = {
  nobody: 'unknown',
  'a malformed key': 'unknown',
  'a well-formed key that nobody has': 'unknown',
  'an expired key': 'unknown',
  'a removed key': 'unknown',
  'the key of a deactivated device': 'unknown',
  'a master key of an account that was removed': 'unknown',
  'the old text of a rolled key, after the overlap': 'unknown',
  'a master key beside another key': 'unknown',
  'a key for another address': 'barred',
  'a key for pages of another site': 'barred',
}

export type { Deed, Verdict } from './verdict.ts'
export type Thing = FeedThing | AccountThing
const ABOUT_FEEDS: ReadonlySet<string> = new Set<string>(Object.keys(WHOLE))

export const isAboutFeed = (thing: Thing): thing is FeedThing => ABOUT_FEEDS.has(thing)

/** What somebody does to something. */
export type Situation = { name: string; deed: Deed; thing: Thing; variant: Variant }

/** What becomes of it. Written down here, and nowhere asked of the platform. */
export function verdictOn({ name, deed, thing, variant }: Situation): Verdict {
  const outside = OUTSIDE[name]
  if (outside) return EVERYBODYS[thing as AccountThing]?.[deed] ?? outside
  const rule = isAboutFeed(thing) ? FEED_RULES[name]?.[variant][thing] : ACCOUNT_RULES[name]?.[thing]
  return rule?.[deed] ?? 'hidden'
}

/** Whether there is a row for somebody. */
export const isRuled = (name: string): boolean => name in OUTSIDE || (name in FEED_RULES && name in ACCOUNT_RULES)

/** What sockets and MQTT do not reach: there is no such address. */
const ONLY_OVER_HTTP: ReadonlySet<string> = new Set([
  'GET /v2/feeds/:feedId/requests',
  'POST /v2/keys/:key/reveal',
  'POST /v2/triggers/backtest',
  'GET /v2/triggers/:triggerId/trace',
  'GET /v2/deliveries',
  'GET /v2/deliveries/:deliveryId',
  'POST /v2/deliveries/:deliveryId/redeliver',
  'GET /v2/endpoints',
  'GET /v2/endpoints/:endpointId',
  'PUT /v2/endpoints/:endpointId',
  'POST /v2/endpoints/:endpointId/redeliver',
  'POST /v2/endpoints/:endpointId/secret',
  'POST /v2/endpoints/:endpointId/rotate',
  'GET /v2/users',
  'POST /v2/users',
  'GET /v2/users/:login',
  'PUT /v2/users/:login',
  'DELETE /v2/users/:login',
  'POST /v2/users/:login/link',
  'GET /v2/requests',
  'GET /v2/export',
  'GET /v2/session',
  'DELETE /v2/session',
  'POST /v2/session/ticket',
  'PUT /v2/session/password',
  'POST /v2/session',
  'POST /v2/session/link',
])

/** The same where it is not HTTP that it comes over: nothing there says which page made it send. */
export function verdictBeside(way: 'socket' | 'mqtt', route: string, situation: Situation): Verdict {
  if (ONLY_OVER_HTTP.has(route)) return 'denied'
  const { name } = situation
  const isOfPage = name === 'a key for this address and this page'
  const asked = isOfPage ? { ...situation, name: 'a key for pages of another site' } : situation
  // a connection of MQTT is not had without a key that works there
  return (way === 'mqtt' && OUTSIDE[asked.name]) || verdictOn(asked)
}
