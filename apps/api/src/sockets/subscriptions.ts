import { isDeepStrictEqual } from 'node:util'
import { writeRepresentation } from '@sluice/formats'
import { access, renewKey, visibleDatastreams } from '@sluice/model'
import type { ApiVersion, CurrentKey, Feed, KeyPrincipal, TextFormat } from '@sluice/model'
import type { FeedNews, Following, LiveFeeds } from '../live-feeds.ts'
import { liveRepresentation } from '../live-representation.ts'
import { FORBIDDEN, GONE, pushText, refusalText } from './answers.ts'
import type { Refused } from './answers.ts'
import type { Echo } from './messages.ts'

/** A connection, as far as it is pushed to. */
export type Subscriber = {
  readonly isClosed: boolean
  /** so much waits to be sent that pushes wait, too */
  readonly isCongested: boolean
  send(text: string): void
  /** by resource, as it was subscribed to */
  readonly subscriptions: Map<string, Subscription>
  /** those whose newest document had no room; the one that waits longest is first */
  readonly behind: Set<Subscription>
}

export type Subscription = {
  subscriber: Subscriber
  resource: string
  echo: Echo
  /** what the key is now: what it may see is asked with every push */
  principal: KeyPrincipal
  remoteAddress: string
  feedId: number
  /** undefined for the whole feed */
  datastreamId: string | undefined
  format: TextFormat
  version: ApiVersion
  /** its subscriber was told, and may be pushed to */
  isOpen: boolean
}

export type SubscriptionParts = {
  live: LiveFeeds
  publicUrl(): string
  /** those of these keys that still work, as they are now */
  currentKeys(ids: readonly number[]): Promise<ReadonlyMap<number, CurrentKey>>
  count: {
    pushed(): void
    /** a document was replaced by a newer one before it could be sent */
    skipped(): void
  }
}

/** A feed that somebody follows. */
type Followed = {
  following: Following
  /** undefined before it was read, null when it is gone */
  feed: Feed | null | undefined
  subscriptions: Set<Subscription>
  /** subscriptions that are being opened: the feed is followed for them, too */
  opening: number
  /** what was last pushed of datastreams, so that a change elsewhere in the feed is no news of theirs */
  last: Map<string, string>
}

/**
 * All subscriptions of all connections. Each accepted write of a feed is one push for each of its subscribers, with the
 * document after it; one that reads too slowly gets the newest when it has read the others.
 */
export class Subscriptions {
  readonly #parts: SubscriptionParts
  readonly #feeds = new Map<number, Followed>()
  readonly #byKey = new Map<number, Set<Subscription>>()
  #size = 0

  constructor(parts: SubscriptionParts) {
    this.#parts = parts
  }

  get size(): number {
    return this.#size
  }

  /**
   * Pushes from when `isOpen` is set; another one of this subscriber to the same resource ends.
   * @returns `closed`: the subscriber is; `unavailable`: the feed cannot be read now, or has just gone; `no-format`: it
   *   has no such format
   */
  async open(subscription: Subscription): Promise<'open' | 'closed' | 'unavailable' | 'no-format'> {
    const { feedId, subscriber, resource, principal, datastreamId } = subscription
    const followed = this.#follow(feedId)
    followed.opening++
    const feed = await followed.following.current()
    followed.opening--
    if (followed.feed === undefined) followed.feed = feed
    const text = feed && documentOf(subscription, feed, this.#parts.publicUrl())
    if (subscriber.isClosed || !feed || text === null) {
      this.#release(feedId, followed)
      return subscriber.isClosed ? 'closed' : feed ? 'no-format' : 'unavailable'
    }
    if (datastreamId !== undefined) followed.last.set(viewOf(subscription, feed), text)
    followed.subscriptions.add(subscription)
    this.#size++
    const older = subscriber.subscriptions.get(resource)
    if (older) this.close(older)
    subscriber.subscriptions.set(resource, subscription)
    gather(this.#byKey, principal.keyId, subscription)
    return 'open'
  }

  close(subscription: Subscription): void {
    const { subscriber, feedId, resource, principal } = subscription
    const followed = this.#feeds.get(feedId)
    if (!followed?.subscriptions.delete(subscription)) return
    this.#size--
    subscriber.behind.delete(subscription)
    if (subscriber.subscriptions.get(resource) === subscription) subscriber.subscriptions.delete(resource)
    const ofKey = this.#byKey.get(principal.keyId)
    if (ofKey?.delete(subscription) && ofKey.size === 0) this.#byKey.delete(principal.keyId)
    this.#release(feedId, followed)
  }

  /** Ends all of a subscriber. */
  leave(subscriber: Subscriber): void {
    for (const subscription of subscriber.subscriptions.values()) this.close(subscription)
  }

  /** Sends the newest documents that had no room, until there is none again. */
  catchUp(subscriber: Subscriber): void {
    for (const subscription of subscriber.behind) {
      if (subscriber.isCongested || subscriber.isClosed) return
      const followed = subscription.isOpen ? this.#feeds.get(subscription.feedId) : undefined
      if (followed) this.#push(subscription, followed, { texts: new Map(), isOther: false })
    }
  }

  /** Asks what became of the keys: what one may no longer see ends, and its subscriber is told. */
  async review(): Promise<void> {
    if (this.#byKey.size === 0) return
    const asked = [...this.#byKey.keys()]
    const current = await this.#parts.currentKeys(asked)
    for (const keyId of asked) {
      const now = current.get(keyId)
      for (const subscription of this.#byKey.get(keyId) ?? []) {
        const from = { remoteAddress: subscription.remoteAddress, referer: null }
        const renewed = now ? renewKey(subscription.principal, now, from) : null
        if (!renewed) this.#end(subscription, FORBIDDEN)
        else if (!isDeepStrictEqual(renewed, subscription.principal)) {
          subscription.principal = renewed
          this.#requireSeen(subscription, this.#feeds.get(subscription.feedId)?.feed)
        }
      }
    }
  }

  #follow(feedId: number): Followed {
    const known = this.#feeds.get(feedId)
    if (known) return known
    const following = this.#parts.live.follow(feedId, (news) => this.#tell(followed, news))
    const followed: Followed = { following, feed: undefined, subscriptions: new Set(), opening: 0, last: new Map() }
    this.#feeds.set(feedId, followed)
    return followed
  }

  #release(feedId: number, followed: Followed): void {
    if (followed.subscriptions.size > 0 || followed.opening > 0 || this.#feeds.get(feedId) !== followed) return
    this.#feeds.delete(feedId)
    followed.following.stop()
  }

  #tell(followed: Followed, { feed, datastreamIds }: FeedNews): void {
    followed.feed = feed
    const pushing = { texts: new Map<string, string>(), isOther: datastreamIds === null }
    for (const subscription of followed.subscriptions) {
      const { datastreamId } = subscription
      if (datastreamId === undefined || !datastreamIds || datastreamIds.has(datastreamId)) {
        this.#push(subscription, followed, pushing)
      }
    }
  }

  #push(subscription: Subscription, followed: Followed, { texts, isOther }: Pushing): void {
    const { subscriber, datastreamId } = subscription
    const feed = this.#requireSeen(subscription, followed.feed)
    if (!feed) return
    if (subscriber.isCongested || !subscription.isOpen) {
      if (subscriber.behind.has(subscription)) this.#parts.count.skipped()
      subscriber.behind.add(subscription)
      return
    }
    const view = viewOf(subscription, feed)
    const text = texts.get(view) ?? documentOf(subscription, feed, this.#parts.publicUrl())
    if (text === null) return this.#end(subscription, GONE)
    texts.set(view, text)
    const isKnown = isOther && followed.last.get(view) === text && !subscriber.behind.has(subscription)
    if (datastreamId !== undefined) followed.last.set(view, text)
    subscriber.behind.delete(subscription)
    if (isKnown) return
    this.#parts.count.pushed()
    subscriber.send(pushText(subscription.echo, text))
  }

  /** Ends the subscription where its key may not see the feed, or there is none. @returns the feed to be shown */
  #requireSeen(subscription: Subscription, feed: Feed | null | undefined): Feed | null {
    const verdict = feed ? verdictOn(subscription, feed) : 'hidden'
    if (feed && verdict === 'allowed') return feed
    this.#end(subscription, verdict === 'forbidden' ? FORBIDDEN : GONE)
    return null
  }

  #end(subscription: Subscription, refused: Refused): void {
    this.close(subscription)
    subscription.subscriber.send(refusalText(subscription.echo, refused))
  }
}

/** Documents of this turn by view, and whether something else than values of named datastreams has changed. */
type Pushing = { texts: Map<string, string>; isOther: boolean }

function verdictOn({ principal, datastreamId }: Subscription, feed: Feed): ReturnType<typeof access> {
  const { id: feedId, accountId, isPrivate } = feed
  return access(principal, 'get', { feedId, accountId, isPrivate, ...(datastreamId !== undefined && { datastreamId }) })
}

/** What a document looks like depends on this alone: subscribers with the same view get the same one. */
function viewOf({ principal, datastreamId, format, version }: Subscription, feed: Feed): string {
  if (datastreamId !== undefined) return `${version} ${format} datastream ${datastreamId}`
  const visible = principal.accountId === feed.accountId ? visibleDatastreams(principal, 'get', feed.id) : null
  return `${version} ${format} feed${visible ? ` ${[...visible].join(' ')}` : ''}`
}

/** The document as JSON text, null where there is none in this format, or nothing that may be seen. */
function documentOf(
  { principal, datastreamId, format, version }: Subscription,
  feed: Feed,
  publicUrl: string,
): string | null {
  const view = { principal, publicUrl, now: Date.now() * 1000, ...(datastreamId !== undefined && { datastreamId }) }
  const representation = liveRepresentation(feed, view)
  if (!representation) return null
  if (format === 'json' && version === 'v2') return JSON.stringify(representation.document)
  const text = writeRepresentation(representation, { format, version })
  if (text === null) return null
  return format === 'json' ? text.replaceAll(/[\r\n]/g, '') : JSON.stringify(text)
}

function gather<Id>(groups: Map<Id, Set<Subscription>>, id: Id, subscription: Subscription): void {
  const group = groups.get(id)
  if (group) group.add(subscription)
  else groups.set(id, new Set([subscription]))
}
