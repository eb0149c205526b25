import { numberOf, parseTimestamp } from '@sluice/model'
import type { DatapointEvent, Datastream, Feed, Micros } from '@sluice/model'
import { findFeed } from '@sluice/store'
import type { Database } from '@sluice/store'
import type { Listeners } from './events.ts'

/** What happened: the feed as it is now, null when it is gone, and the datastreams that got values, null for anything else. */
export type FeedNews = { feed: Feed | null; datastreamIds: ReadonlySet<string> | null }
export type FeedFollower = (news: FeedNews) => void
export type Following = {
  /** the feed as it is now, null when there is none */
  current(): Promise<Feed | null>
  stop(): void
}

/**
 * Feeds that somebody follows over a socket or MQTT, each kept in memory once for all its followers. Every accepted
 * write is one call of every follower, with the whole feed after it (API v2 pushes documents, not values), without a
 * read of the database: only a change of metadata is read anew. What this process did not commit itself is not seen.
 */
export type LiveFeeds = { follow(feedId: number, follower: FeedFollower): Following }

export type LiveFeedParts = {
  db: Pick<Database, 'pool'>
  listen: Listeners['listen']
  /** told when a feed could not be read again; its followers see it with the next change */
  onLost(error: unknown): void
}

export function makeLiveFeeds(parts: LiveFeedParts): LiveFeeds {
  const followed = new Map<number, Followed>()
  return {
    follow(feedId, follower) {
      const entry = followed.get(feedId) ?? open(parts, feedId)
      followed.set(feedId, entry)
      entry.followers.add(follower)
      return {
        current: async () => {
          await entry.loading
          return entry.feed
        },
        stop() {
          entry.followers.delete(follower)
          if (entry.followers.size > 0 || followed.get(feedId) !== entry) return
          followed.delete(feedId)
          entry.close()
        },
      }
    },
  }
}

type Followed = {
  feed: Feed | null
  followers: Set<FeedFollower>
  /** set while it is read */
  loading: Promise<void> | null
  close(): void
}

function open({ db, listen, onLost }: LiveFeedParts, feedId: number): Followed {
  /** what was heard while the feed is read: it may be in what is read, and then changes nothing when applied again */
  let missed: (readonly DatapointEvent[])[] = []
  let isStale = false
  const tell = (datastreamIds: FeedNews['datastreamIds']): void => {
    for (const follower of entry.followers) follower({ feed: entry.feed, datastreamIds })
  }
  const apply = (events: readonly DatapointEvent[]): void => {
    if (!entry.feed) return
    if (!applyAll(entry.feed, events)) return reload()
    tell(new Set(events.map(({ datastream }) => datastream)))
  }
  const read = async (isFirst: boolean): Promise<void> => {
    do {
      isStale = false
      entry.feed = await findFeed(db.pool, feedId)
    } while (isStale)
    entry.loading = null
    if (!isFirst) tell(null)
    for (const events of missed.splice(0)) apply(events)
  }
  const reload = (isFirst = false): void => {
    if (entry.loading) {
      isStale = true
      return
    }
    entry.loading = read(isFirst).catch((error: unknown) => {
      entry.loading = null
      missed = []
      onLost(error)
    })
  }
  const entry: Followed = {
    feed: null,
    followers: new Set(),
    loading: null,
    close: listen(feedId, (events) => {
      if (events === null) reload()
      else if (entry.loading) missed.push(events)
      else apply(events)
    }),
  }
  reload(true)
  return entry
}

/** Moves the datastreams of a feed forward, as the append statement does. @returns false when one is not there */
export function applyAll(feed: Feed, events: readonly DatapointEvent[]): boolean {
  const streams = new Map(feed.datastreams.map((datastream) => [datastream.id, datastream]))
  if (!events.every(({ datastream }) => streams.has(datastream))) return false
  const now = Date.now() * 1000
  feed.lastDataAt = Math.max(feed.lastDataAt ?? now, now)
  feed.updatedAt = Math.max(feed.updatedAt, now)
  for (const { datastream, at, value } of events) {
    const stream = streams.get(datastream)
    if (stream) move(stream, parseTimestamp(at) ?? now, value)
  }
  return true
}

function move(stream: Datastream, at: Micros, value: string): void {
  if (stream.at === null || at >= stream.at) {
    stream.at = at
    stream.currentValue = value
  }
  const number = numberOf(value)
  if (number === null) return
  stream.maxValue = Math.max(stream.maxValue ?? number, number)
  stream.minValue = Math.min(stream.minValue ?? number, number)
}
