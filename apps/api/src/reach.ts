import { access, NotFoundError, visibleDatastreams, type AccessMethod, type Principal } from '@sluice/model'
import { forbidden, HttpError } from './problem.ts'
import type { FeedCache } from './feed-cache.ts'
import type { ResolvedFeed } from './route.ts'

/** Who acts on which feed; the feed was found and its access checked before. */
export type Acting = { principal: Principal; feed: ResolvedFeed }

const FEED_ID = /^[1-9]\d{0,14}$/
const FEED_WITH_EXTENSION = /^\d{1,15}\.(\w{1,10})$/

/**
 * The feed that a path names, checked. One that the caller may not know of is missing, in the same words.
 * @throws {SluiceError} `not_found`, `forbidden`, `rate_limited` for a permission that was used too recently
 */
export async function findFeedFor(
  feeds: Pick<FeedCache, 'resolve'>,
  principal: Principal,
  method: AccessMethod,
  { feedId: id = '', datastreamId }: { feedId?: string; datastreamId?: string },
): Promise<ResolvedFeed> {
  const feed = FEED_ID.test(id) ? await feeds.resolve(Number(id)) : null
  if (!feed) throw unknownFormat(id) ?? new NotFoundError(`Feed with ID = ${id}`)
  const verdict = access(principal, method, datastreamId === undefined ? feed : { ...feed, datastreamId })
  if (verdict === 'hidden') throw new NotFoundError(`Feed with ID = ${id}`)
  if (verdict === 'forbidden') throw forbidden()
  if (principal.kind === 'key') {
    principal.pace?.take(method, datastreamId === undefined ? feed : { ...feed, datastreamId })
  }
  return feed
}

/** A wrong extension (API v2: 406); the known ones were taken off before. */
function unknownFormat(id: string): HttpError | null {
  const [, extension] = FEED_WITH_EXTENSION.exec(id) ?? []
  return extension === undefined ? null : new HttpError(406, 'Not Acceptable', `There is no format ${extension}`)
}

/**
 * The row key of one datastream, where the caller may do this to it.
 * @throws {SluiceError} `not_found`, `forbidden`
 */
export async function findStreamFor(
  feeds: FeedCache,
  { principal, feed }: Acting,
  method: AccessMethod,
  datastreamId: string,
): Promise<number> {
  const verdict = access(principal, method, { ...feed, datastreamId })
  if (verdict === 'forbidden') throw forbidden()
  const streams = verdict === 'allowed' ? await freshStreams(feeds, feed, [datastreamId]) : new Map<string, number>()
  const key = streams.get(datastreamId)
  if (key === undefined) throw missingDatastream(datastreamId)
  return key
}

export const missingDatastream = (id: string): NotFoundError => new NotFoundError(`Datastream with ID = ${id}`)

/** The datastreams of a feed; asked again where one is missing, because another node may just have made it. */
export async function freshStreams(
  feeds: FeedCache,
  feed: ResolvedFeed,
  ids: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (ids.every((id) => feed.streams.has(id))) return feed.streams
  feeds.forget(feed.feedId)
  return (await feeds.resolve(feed.feedId))?.streams ?? new Map()
}

/**
 * The datastreams that a key is narrowed to, null for all of them. A foreign key's resources say nothing about a
 * public feed that it may read.
 */
export function narrowedTo({ principal, feed }: Acting, method: AccessMethod): Set<string> | null {
  if (principal.accountId !== feed.accountId) return null
  // a permission that is not due yet shows nothing
  const isPaced = principal.kind === 'key' && principal.pace !== undefined && method === 'get'
  const reading = isPaced ? { ...principal, permissions: principal.pace?.held() ?? [] } : principal
  return visibleDatastreams(reading, method, feed.feedId)
}

/** @throws {SluiceError} `forbidden` for a key that is narrowed to datastreams (API v2: it has no say about the feed) */
export function requireWholeFeed(acting: Acting, method: AccessMethod): void {
  if (narrowedTo(acting, method)) throw forbidden('This key is bound to datastreams of the feed')
  if (acting.principal.kind === 'key') acting.principal.pace?.takeWhole(method, acting.feed)
}

/** @throws {SluiceError} `forbidden` where a key is narrowed to other datastreams than these */
export function requireStreams(acting: Acting, method: AccessMethod, ids: readonly string[]): void {
  const only = narrowedTo(acting, method)
  const refused = only && ids.find((id) => !only.has(id))
  if (refused) throw forbidden(`This key may not ${method} the datastream ${refused}`)
  const pace = acting.principal.kind === 'key' ? acting.principal.pace : undefined
  if (pace) for (const datastreamId of ids) pace.take(method, { ...acting.feed, datastreamId })
}
