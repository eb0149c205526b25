import { ERROR, WampError } from '../errors.ts'
import { randomId } from '../ids.ts'
import { type Event, type Publish, type Subscribe, TYPE, type Unsubscribe } from '../messages.ts'
import type { Dict } from '../payload.ts'
import type { MatchPolicy } from '../uri.ts'
import { receives } from './receivers.ts'
import type { RouterSession } from './session.ts'
import { TopicIndex } from './topic-index.ts'

/** The broker's record of one topic or pattern; shared by all its subscribers, as its id is. */
interface Subscription {
  readonly id: number
  readonly match: MatchPolicy
  readonly topic: string
  readonly subscribers: Set<RouterSession>
}

export interface BrokerMetrics {
  publications: number
  events: number
  eventsDropped: number
}

/** Publish and subscribe within one realm (wamp-proto Basic Profile, "Publish and Subscribe"). */
export class Broker {
  readonly metrics: BrokerMetrics = { publications: 0, events: 0, eventsDropped: 0 }
  readonly #index = new TopicIndex<Subscription>()
  readonly #byId = new Map<number, Subscription>()
  readonly #bySession = new Map<RouterSession, Set<Subscription>>()
  readonly #subscriptionsMax: number
  readonly #random: () => number
  #lastId = 0

  constructor(options: { readonly subscriptionsMax: number; readonly random: () => number }) {
    this.#subscriptionsMax = options.subscriptionsMax
    this.#random = options.random
  }

  /** Topics and patterns somebody is subscribed to. */
  get subscriptions(): number {
    return this.#index.size
  }

  /** Sends one EVENT per matching subscription and subscriber, then PUBLISHED if asked for. */
  publish(publisher: RouterSession, message: Publish): void {
    const [, request, options, topic, payload] = message
    const publication = randomId(this.#random)
    const excluded = options['exclude_me'] === false ? null : publisher
    this.metrics.publications += 1
    this.#index.match(topic, (subscription) => {
      const details: Dict = subscription.match === 'exact' ? {} : { topic }
      // one object for all subscribers, so that a transport can recognise it and encode it once
      const event: Event = [TYPE.EVENT, subscription.id, publication, details, payload]
      for (const subscriber of subscription.subscribers) {
        if (subscriber === excluded || !receives(subscriber, options)) continue
        if (subscriber.sendEvent(event)) this.metrics.events += 1
        else this.metrics.eventsDropped += 1
      }
    })
    if (options['acknowledge'] === true) publisher.send([TYPE.PUBLISHED, request, publication])
  }

  /** @throws {WampError} the session has as many subscriptions as it may have */
  subscribe(session: RouterSession, message: Subscribe, match: MatchPolicy): void {
    const [, request, , topic] = message
    const own = this.#bySession.get(session) ?? new Set()
    let subscription = this.#index.find(match, topic)
    if (own.size >= this.#subscriptionsMax && !(subscription && own.has(subscription)))
      throw new WampError(ERROR.unavailable, [`a session has at most ${this.#subscriptionsMax} subscriptions`])
    if (!subscription) {
      this.#lastId += 1
      subscription = { id: this.#lastId, match, topic, subscribers: new Set() }
      this.#index.add(subscription)
      this.#byId.set(subscription.id, subscription)
    }
    subscription.subscribers.add(session)
    own.add(subscription)
    this.#bySession.set(session, own)
    session.send([TYPE.SUBSCRIBED, request, subscription.id])
  }

  /** @throws {WampError} the session has no such subscription */
  unsubscribe(session: RouterSession, message: Unsubscribe): void {
    const [, request, id] = message
    const subscription = this.#byId.get(id)
    if (!subscription?.subscribers.has(session)) throw new WampError(ERROR.noSuchSubscription)
    this.#bySession.get(session)?.delete(subscription)
    this.#drop(subscription, session)
    session.send([TYPE.UNSUBSCRIBED, request])
  }

  /** Forgets a session that is gone. */
  remove(session: RouterSession): void {
    for (const subscription of this.#bySession.get(session) ?? []) this.#drop(subscription, session)
    this.#bySession.delete(session)
  }

  #drop(subscription: Subscription, session: RouterSession): void {
    subscription.subscribers.delete(session)
    if (subscription.subscribers.size > 0) return
    this.#index.remove(subscription)
    this.#byId.delete(subscription.id)
  }
}
