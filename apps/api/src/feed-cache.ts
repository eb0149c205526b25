import { ensureDatastreams, resolveFeed, type Database } from '@sluice/store'
import type { ResolvedFeed } from './route.ts'

const FEEDS_MAX = 10_000
/** How long a change of privacy or a removal on another node may go unnoticed. */
const AGE_MS_MAX = 5_000

/** Owner, privacy and datastreams of feeds, remembered for a few seconds: what every request asks first. */
export type FeedCache = {
  /** @returns null for a feed that does not exist */
  resolve(feedId: number): Promise<ResolvedFeed | null>
  /**
   * The row keys of these datastreams, made where missing.
   * @throws {SluiceError} `not_found`: the feed is gone; `unprocessable`: it would have more than 1000 datastreams
   */
  ensure(feedId: number, datastreamIds: readonly string[]): Promise<ReadonlyMap<string, number>>
  /** After a change: the next `resolve` asks the database. */
  forget(feedId: number): void
}

type Entry = { feed: Promise<ResolvedFeed | null>; until: number }

/** @param parts.now milliseconds since 1970 */
export function makeFeedCache(parts: { db: Database; now?: () => number }): FeedCache {
  const { db, now = Date.now } = parts
  const entries = new Map<number, Entry>()

  const remember = (feedId: number, feed: Promise<ResolvedFeed | null>): Entry => {
    const entry = { feed, until: now() + AGE_MS_MAX }
    // behind all others: the oldest is the first to go
    entries.delete(feedId)
    entries.set(feedId, entry)
    if (entries.size > FEEDS_MAX) {
      const [oldest] = entries.keys()
      if (oldest !== undefined) entries.delete(oldest)
    }
    return entry
  }
  const drop = (feedId: number, entry: Entry): void => {
    if (entries.get(feedId) === entry) entries.delete(feedId)
  }

  return {
    async resolve(feedId) {
      const known = entries.get(feedId)
      if (known && known.until > now()) return known.feed
      // requests that arrive meanwhile wait for the same look-up
      const entry = remember(feedId, resolveFeed(db.pool, feedId))
      try {
        const feed = await entry.feed
        // a missing feed may be made the next moment, and ids nobody has must not push out those in use
        if (!feed) drop(feedId, entry)
        return feed
      } catch (error) {
        drop(feedId, entry)
        throw error
      }
    },
    async ensure(feedId, datastreamIds) {
      const made = await db.inTransaction((tx) => ensureDatastreams(tx, feedId, [...datastreamIds]))
      // a look-up may have begun before the commit, so its answer must not be remembered
      entries.delete(feedId)
      return made
    },
    forget: (feedId) => {
      entries.delete(feedId)
    },
  }
}
