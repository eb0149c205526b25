import type { FeedNews } from '../live-feeds.ts'
import type { Written } from './feed-hub.ts'
import { makeOutlet } from './outlet.ts'
import type { Session } from './sessions.ts'
import { payloadOf } from './subscription.ts'
import type { Cause, Subscription } from './subscription.ts'

export type PusherParts = {
  publicUrl(): string
  /** told of an update that a slow client did not get */
  onSkipped(): void
}
/** What one client is sent of its subscriptions. */
export type Pusher = {
  /** the state, before any update */
  begin(subscription: Subscription): void
  hear(subscription: Subscription, news: FeedNews, written: Written): void
  /** a message that is no update, left out where the client is slow */
  tell(topic: string, text: string): void
  forget(subscription: Subscription): void
}

/** A client that is slow gets no update until it has taken what it was sent, and then the newest states. */
export function makePusher(parts: PusherParts, session: Session): Pusher {
  const stale = new Set<Subscription>()
  const outlet = makeOutlet(session.client, () => {
    for (const subscription of stale) {
      if (outlet.isFull()) return
      send(subscription, { kind: 'missed' })
    }
  })

  const send = (subscription: Subscription, cause: Cause): void => {
    subscription.isPending = false
    if (outlet.isFull()) {
      stale.add(subscription)
      if (cause.kind !== 'missed') parts.onSkipped()
      return
    }
    const hadMissed = stale.delete(subscription)
    const principal = session.keys.get(subscription.key)
    if (!principal) return
    const view = { principal, publicUrl: parts.publicUrl(), now: Date.now() * 1000 }
    const payload = payloadOf(subscription, view, hadMissed ? { kind: 'missed' } : cause)
    if (payload !== null) outlet.send(subscription.topic, payload)
  }

  return {
    begin(subscription) {
      const { topic, shown, state } = subscription
      subscription.isBegun = true
      if (shown) send(subscription, { kind: 'missed' })
      else if (state !== null) outlet.send(topic, state)
    },
    hear(subscription, { feed, datastreamIds: ids }, written) {
      subscription.newest = feed
      const { shown, isBegun } = subscription
      if (!isBegun || !shown) return
      if (ids === null) {
        subscription.isPending = true
        queueMicrotask(() => subscription.isPending && send(subscription, { kind: 'other' }))
      } else if (shown.datastreamId === null || ids.has(shown.datastreamId)) {
        send(subscription, { kind: 'values', ids, written })
      }
    },
    tell(topic, text) {
      if (outlet.isFull()) parts.onSkipped()
      else outlet.send(topic, text)
    },
    forget(subscription) {
      subscription.isPending = false
      stale.delete(subscription)
    },
  }
}
