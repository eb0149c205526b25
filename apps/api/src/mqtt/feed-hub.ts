import type { Feed, KeyPrincipal } from '@sluice/model'
import type { FeedNews, LiveFeeds } from '../live-feeds.ts'

/** What was written for one subscriber of an event, for others with the same key: by what is shown. */
export type Written = Map<KeyPrincipal, Map<string, string | null>>
export type FeedWatcher = (news: FeedNews, written: Written) => void
export type Watching = { current(): Promise<Feed | null>; stop(): void }

/** Feeds that MQTT clients are subscribed to: each is followed once, and what is written once is sent to many. */
export type FeedHub = { watch(feedId: number, watcher: FeedWatcher): Watching }

export function makeFeedHub(live: LiveFeeds): FeedHub {
  const watched = new Map<number, { watchers: Set<FeedWatcher>; following: Watching }>()
  const follow = (feedId: number): { watchers: Set<FeedWatcher>; following: Watching } => {
    const watchers = new Set<FeedWatcher>()
    // a feed's documents are the same for all its news of one moment, which come one after the other
    const following = live.follow(feedId, (news) => {
      const written: Written = new Map()
      for (const watcher of watchers) watcher(news, written)
    })
    const entry = { watchers, following }
    watched.set(feedId, entry)
    return entry
  }
  return {
    watch(feedId, watcher) {
      const { watchers, following } = watched.get(feedId) ?? follow(feedId)
      watchers.add(watcher)
      return {
        current: following.current,
        stop() {
          watchers.delete(watcher)
          if (watchers.size > 0 || watched.get(feedId)?.watchers !== watchers) return
          watched.delete(feedId)
          following.stop()
        },
      }
    },
  }
}
