import { isMaster } from '@sluice/model'
import type { Principal } from '@sluice/model'
import type { Reply } from './answer.ts'
import type { Auth } from './auth.ts'
import type { Exchange } from './exchange.ts'
import { requireUsable, takeTurn } from './key-constraints.ts'
import { forbidden, unauthorized } from './problem.ts'
import { findFeedFor } from './reach.ts'
import type { Idempotency } from './idempotency.ts'
import type { RateLimiter } from './rate-limit.ts'
import { replyOf } from './reply.ts'
import type { Answer, FeedContext, Once, ResolvedFeed, Route, RouteContext, SignedContext } from './route.ts'

/** How long after giving the password a person may do what asks for a fresh proof. */
const RECENT_MS = 10 * 60_000
/** What cannot be changed without that keys may have changed. */
const CHANGES_KEYS: ReadonlySet<string> = new Set(['key', 'device', 'activation-code', 'product'])

type SignedRoute = Exclude<Route, { who: 'anybody' }>

export type PerformParts = {
  auth: Auth
  feeds: { resolve(feedId: number): Promise<ResolvedFeed | null> }
  idempotency: Idempotency
  /** for requests without an Idempotency-Key */
  once: Once
  limiters: { key: RateLimiter; account: RateLimiter } | null
}

/**
 * Runs one route: who asks, how often, may they, is the body readable; then its handler.
 * @throws {SluiceError | HttpError} what the caller can understand; anything else is a bug or an outage
 */
export async function perform(parts: PerformParts, exchange: Exchange, route: Route): Promise<Reply> {
  if (route.who === 'anybody') {
    // a foreign page could sign its visitor in to an account of its own
    parts.auth.refuseOtherSites(exchange.request)
    exchange.requireFormat(route)
    exchange.requireReadableBody()
    return replyOf(await route.handle(exchange), exchange)
  }
  const principal = await identify(parts, exchange)
  exchange.requireFormat(route)
  if (route.who === 'feed') {
    exchange.feed = await findFeedFor(parts.feeds, principal, route.access, exchange.params)
    exchange.requireReadableBody()
    const serve = (): Promise<Answer> => route.handle(exchange as RouteContext as FeedContext)
    return replyOf(await serveOnce(parts, exchange, { route, principal, serve }), exchange)
  }
  requireRole(route.who, principal, exchange.provenAt)
  takeTurn(principal, route.method)
  exchange.requireReadableBody()
  const serve = (): Promise<Answer> => route.handle(exchange as RouteContext as SignedContext)
  const answer = await serveOnce(parts, exchange, { route, principal, serve })
  // keys may have changed: what is remembered of this account's keys is looked up again
  if (CHANGES_KEYS.has(route.addresses) && route.method !== 'GET') parts.auth.forgetAccount(principal.accountId)
  return replyOf(answer, exchange)
}

function serveOnce(
  { idempotency, once }: PerformParts,
  exchange: Exchange,
  { route, principal, serve }: { route: SignedRoute; principal: Principal; serve: () => Promise<Answer> },
): Promise<Answer> {
  exchange.once = once
  const isNamed = exchange.method === 'POST' && exchange.request.headers['idempotency-key'] !== undefined
  // a kept answer could tell the new text of a key to who has its old one
  const isRolled = principal.kind === 'key' && principal.previousUntil !== undefined
  const mayTellKey = isRolled && route.who !== 'feed' && route.addresses === 'key'
  return isNamed && !mayTellKey ? idempotency.run(exchange, principal, serve) : serve()
}

async function identify(parts: PerformParts, exchange: Exchange): Promise<Principal> {
  const identity = await parts.auth.identify(exchange.request, exchange.query, exchange.protocol)
  if (!identity) throw unauthorized()
  const { principal } = identity
  exchange.principal = principal
  exchange.provenAt = identity.provenAt
  requireUsable(principal)
  if (parts.limiters && principal.kind === 'key') {
    const { key, account } = parts.limiters
    try {
      key.take(principal.keyId)
    } finally {
      exchange.rate = key.state(principal.keyId)
    }
    account.take(principal.accountId)
  }
  return principal
}

/** @throws {SluiceError} `forbidden` */
function requireRole(
  who: 'principal' | 'master' | 'owner' | 'recent-owner',
  principal: Principal,
  provenAt: number,
): void {
  if (who === 'principal') return
  if (who === 'master') {
    if (!isMaster(principal)) throw forbidden()
    return
  }
  if (principal.kind !== 'owner') throw forbidden('Only a person signed in to the workbench may do this')
  if (who === 'recent-owner' && Date.now() - provenAt > RECENT_MS) throw forbidden('Sign in again to do this')
}
