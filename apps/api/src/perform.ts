import { isMaster } from '@sluice/model'
import type { Principal } from '@sluice/model'
import { emptyReply, jsonReply, streamReply } from './answer.ts'
import type { Reply } from './answer.ts'
import type { Auth } from './auth.ts'
import type { Exchange } from './exchange.ts'
import { requireUsable, takeTurn } from './key-constraints.ts'
import { forbidden, HttpError, unauthorized } from './problem.ts'
import { findFeedFor } from './reach.ts'
import type { RateLimiter } from './rate-limit.ts'
import type { Answer, FeedContext, ResolvedFeed, Route, RouteContext, SignedContext } from './route.ts'
import type { Format } from './target.ts'

/** How long after giving the password a person may do what asks for a fresh proof. */
const RECENT_MS = 10 * 60_000
/** What cannot be changed without that keys may have changed. */
const CHANGES_KEYS: ReadonlySet<string> = new Set(['key', 'device', 'activation-code'])

export type PerformParts = {
  auth: Auth
  feeds: { resolve(feedId: number): Promise<ResolvedFeed | null> }
  limiters: { key: RateLimiter; account: RateLimiter } | null
}

/**
 * Runs one route: who asks, how often, may they, is the body readable; then its handler.
 * @throws {SluiceError | HttpError} what the caller can understand; anything else is a bug or an outage
 */
export async function perform(parts: PerformParts, exchange: Exchange, route: Route, format: Format): Promise<Reply> {
  if (route.who === 'anybody') {
    // a foreign page could sign its visitor in to an account of its own
    parts.auth.refuseOtherSites(exchange.request)
    exchange.requireReadableBody()
    return replyOf(await route.handle(exchange))
  }
  const principal = await identify(parts, exchange)
  requireJson(format, route)
  if (route.who === 'feed') {
    exchange.feed = await findFeedFor(parts.feeds, principal, route.access, exchange.params)
    exchange.requireReadableBody()
    return replyOf(await route.handle(exchange as RouteContext as FeedContext))
  }
  requireRole(route.who, principal, exchange.provenAt)
  takeTurn(principal, route.method)
  exchange.requireReadableBody()
  const answer = await route.handle(exchange as RouteContext as SignedContext)
  // keys may have changed: what is remembered of this account's keys is looked up again
  if (CHANGES_KEYS.has(route.addresses) && route.method !== 'GET') parts.auth.forgetAccount(principal.accountId)
  return replyOf(answer)
}

async function identify(parts: PerformParts, exchange: Exchange): Promise<Principal> {
  const identity = await parts.auth.identify(exchange.request, exchange.query)
  if (!identity) throw unauthorized()
  const { principal } = identity
  exchange.principal = principal
  exchange.provenAt = identity.provenAt
  requireUsable(principal)
  if (parts.limiters && principal.kind === 'key') {
    parts.limiters.key.take(principal.keyId)
    parts.limiters.account.take(principal.accountId)
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

/** A deletion has no document either way, so libxively's `DELETE ….csv` is served. */
function requireJson(format: Format, route: Route): void {
  if (format === 'json' || route.method === 'DELETE') return
  throw new HttpError(406, 'Not Acceptable', `This resource is not available as ${format}; ask for .json`)
}

function replyOf({ status, document, stream, location, headers }: Answer): Reply {
  const more: string[] = []
  if (location !== undefined) more.push('Location', location)
  if (headers) for (const [name, value] of Object.entries(headers)) more.push(name, value)
  if (stream) return streamReply(status, stream, more)
  return document === undefined ? emptyReply(status, more) : jsonReply(status, document, more)
}
