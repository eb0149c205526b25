import { deviceTopic, feedTopic } from '@sluice/model'
import type { DatapointEvent, RequestEntry, TriggerEvent } from '@sluice/model'

/** What the api needs of a bus session: an in-process one or a remote one, it does not matter. */
export type RealmSession = {
  publish(topic: string, args?: unknown[]): void
  readonly closed: Promise<unknown>
}
export type OpenRealm = { realm: string; accountId: number; session: RealmSession }

export type DeviceStatusEvent = { status: 'active' | 'inactive' | 'removed'; at: string }

/**
 * Tells subscribers what happened, after it is committed. At most once, never waits, never fails: an account whose
 * realm nobody has open costs one look into a map.
 */
export type Announce = {
  /** whether anybody could hear an event of this account, or of this feed of it */
  hears(account: number | string, feedId?: number): boolean
  /** one event per accepted request; the account by id or by login */
  datapoints(account: number | string, feedId: number, events: DatapointEvent[]): void
  updated(account: number | string, feedId: number): void
  request(account: number | string, entry: RequestEntry): void
  /** of a trigger of this account; the feed may be somebody else's */
  trigger(account: number | string, feedId: number, event: TriggerEvent): void
  deviceStatus(account: number | string, deviceId: number, event: DeviceStatusEvent): void
}

/** Something that happened to a feed: values, or (null) everything else, its removal too. */
export type FeedListener = (events: readonly DatapointEvent[] | null) => void

/** The doors through which those who want to hear come in. */
export type Listeners = {
  attach(open: OpenRealm): void
  /** of one feed, whoever owns it. @returns ends it */
  listen(feedId: number, listener: FeedListener): () => void
}

/** The announcements of one process: to open realms, and to followers of single feeds. */
export function makeAnnounce(): Announce & Listeners {
  const sessions = new Map<number | string, RealmSession>()
  const listeners = new Map<number, Set<FeedListener>>()
  const tell = (feedId: number, events: readonly DatapointEvent[] | null): void => {
    for (const listener of listeners.get(feedId) ?? []) listener(events)
  }

  const attach = ({ realm, accountId, session }: OpenRealm): void => {
    sessions.set(accountId, session)
    sessions.set(realm, session)
    void session.closed.then(() => {
      // a realm that was opened again meanwhile has another session
      for (const name of [accountId, realm]) if (sessions.get(name) === session) sessions.delete(name)
    })
  }

  return {
    attach,
    listen(feedId, listener) {
      const others = listeners.get(feedId) ?? new Set()
      listeners.set(feedId, others.add(listener))
      return () => {
        others.delete(listener)
        if (others.size === 0 && listeners.get(feedId) === others) listeners.delete(feedId)
      }
    },
    hears: (account, feedId) => sessions.has(account) || (feedId !== undefined && listeners.has(feedId)),
    datapoints: (account, feedId, events) => {
      if (events.length === 0) return
      sessions.get(account)?.publish(feedTopic(feedId, 'datapoints'), [events])
      tell(feedId, events)
    },
    updated: (account, feedId) => {
      sessions.get(account)?.publish(feedTopic(feedId, 'updated'), [])
      tell(feedId, null)
    },
    request: (account, entry) => {
      if (entry.feed_id !== null) sessions.get(account)?.publish(feedTopic(entry.feed_id, 'request'), [entry])
    },
    trigger: (account, feedId, event) => sessions.get(account)?.publish(feedTopic(feedId, 'trigger'), [event]),
    deviceStatus: (account, deviceId, event) => sessions.get(account)?.publish(deviceTopic(deviceId), [event]),
  }
}
