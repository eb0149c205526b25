import { ERROR, WampError } from '../errors.ts'
import { randomId } from '../ids.ts'
import { type Publish, type Subscribe, TYPE, type Unsubscribe } from '../messages.ts'
import { type Dict, Payload } from '../payload.ts'
import { type MatchPolicy, isReserved } from '../uri.ts'
import type { Grant } from './authenticator.ts'
import { EventVariants, type Publication, checkedPublication, publicationOf } from './broker-publication.ts'
import type { Member, Subscription } from './broker-subscription.ts'
import { SubscriptionTable } from './broker-table.ts'
import { missedBy } from './history-catch-up.ts'
import { queryHistory } from './history-query.ts'
import type { MetaView } from './meta.ts'
import type { RealmParts } from './realm.ts'
import { RetainedEvents } from './retained.ts'
import type { RouterSession } from './session.ts'
import type { Testament } from './testaments.ts'

export interface BrokerMetrics {
  publications: number
  events: number
}

/** Details that mark events which are not new. */
const RETAINED: Dict = { retained: true }
const REPLAYED: Dict = { _replayed: true }

/**
 * Publish and subscribe within one realm (Basic Profile, "Publish and Subscribe"; Advanced Profile, "PubSub"). Every
 * function runs to its end in one turn: between an answer and the events around it nothing can come.
 */
export class Broker implements MetaView {
  readonly metrics: BrokerMetrics = { publications: 0, events: 0 }
  readonly #table: SubscriptionTable
  readonly #retained: RetainedEvents
  readonly #parts: RealmParts

  constructor(parts: RealmParts) {
    this.#parts = parts
    this.#table = new SubscriptionTable(parts.options.history, parts.now)
    this.#retained = new RetainedEvents(parts.options.retained, parts.now)
  }

  /** Topics and patterns somebody is subscribed to, or whose events are kept. */
  get subscriptions(): number {
    return this.#table.index.size
  }

  /** Topics with a retained event. */
  get retained(): number {
    return this.#retained.size
  }

  /**
   * Sends one EVENT per matching subscription and subscriber, then PUBLISHED if asked for. The private option
   * `_retain_ttl` says for how many seconds an event is retained.
   * @throws {WampError} the publisher may not disclose itself
   * @throws {ProtocolError} an option whose feature the publisher did not announce
   */
  publish(publisher: RouterSession, message: Publish, grant: Grant): void {
    const { random, options } = this.#parts
    const { discloseDenied } = options
    const id = randomId(random)
    this.#publish(checkedPublication(publisher, message, { id, grant, discloseDenied }), message[2])
    if (message[2]['acknowledge'] === true) publisher.send([TYPE.PUBLISHED, message[1], id])
  }

  /** Publishes for a session that has gone. */
  publishTestament(session: RouterSession, { topic, payload, options }: Testament): void {
    const id = randomId(this.#parts.random)
    this.#publish(publicationOf(session, [TYPE.PUBLISH, 1, options, topic, payload], { id, grant: TESTAMENT }), options)
  }

  /** Publishes a meta event, unless nobody would get it. */
  announce(topic: string, args: readonly unknown[], kwargs: Dict = {}): void {
    if (!this.#isHeard(topic)) return
    const id = randomId(this.#parts.random)
    this.#dispatch({ id, topic, payload: Payload.of(args, kwargs), excluded: 0, terms: null })
  }

  /**
   * Adds a subscriber, answers, and sends what it asked to have from before. With the private option
   * `_after_publication`, the id of the last event the client had, that is all that was kept since, each marked with the
   * private detail `_replayed`; retained events are not sent then, as the client had them.
   * @throws {WampError} a quota is used up, or history_unavailable: what came since is not kept. Nothing has changed then
   */
  subscribe(session: RouterSession, message: Subscribe, terms: { match: MatchPolicy; grant: Grant }): void {
    const [, request, options, topic] = message
    const { match, grant } = terms
    const member: Member = { filter: filterOf(match, grant), nkey: keyOf(options['nkey']) }
    const missed = this.#missed(session, message, { match, member })
    const known = this.#table.find(match, topic)
    const isNew = !known?.has(session)
    if (isNew) session.usage.take('subscriptions')
    const subscription = known ?? this.#table.create(match, topic)
    this.#table.enter(session, subscription, member)
    session.send([TYPE.SUBSCRIBED, request, subscription.id])
    if (missed) this.#send(session, subscription, missed, REPLAYED)
    else if (options['get_retained'] === true)
      this.#send(session, subscription, this.#retained.newest(session, match, topic, member), RETAINED)
    if (!known) this.#tell(subscription, 'on_create', session, () => this.detailsOf(subscription.id))
    if (isNew) this.#tell(subscription, 'on_subscribe', session)
  }

  /** @throws {WampError} the session has no such subscription */
  unsubscribe(session: RouterSession, message: Unsubscribe): void {
    const [, request, id] = message
    const subscription = this.#table.byId(id)
    if (!subscription?.has(session)) throw new WampError(ERROR.noSuchSubscription)
    this.#release(session, subscription, () => session.send([TYPE.UNSUBSCRIBED, request]))
  }

  /** Forgets a session that is gone. */
  remove(session: RouterSession): void {
    for (const subscription of this.#table.of(session)) this.#release(session, subscription)
  }

  /** What the session is subscribed to. */
  held(session: RouterSession): { id: number; uri: string; match: MatchPolicy }[] {
    return Array.from(this.#table.of(session), ({ id, topic, match }) => ({ id, uri: topic, match }))
  }

  /** The session may keep a subscription, on other terms. */
  regrant(id: number, session: RouterSession, grant: Grant): void {
    const subscription = this.#table.byId(id)
    const member = subscription?.member(session)
    if (!subscription || !member) return
    const filter = filterOf(subscription.match, grant)
    if (filter !== member.filter) subscription.set(session, { ...member, filter })
  }

  list(): Record<MatchPolicy, number[]> {
    return this.#table.ids()
  }

  lookup(uri: string, match: MatchPolicy): number | null {
    return this.#table.find(match, uri)?.id ?? null
  }

  matching(uri: string): number[] {
    return this.#table.index.matching(uri).map(({ id }) => id)
  }

  detailsOf(id: number): Dict | null {
    return this.#table.details(id)
  }

  sessionsOf(id: number): RouterSession[] | null {
    return this.#table.byId(id)?.sessions ?? null
  }

  /** Advanced Profile, "Subscription Revocation". */
  revoke(id: number, session: RouterSession, reason?: string): boolean {
    const subscription = this.#table.byId(id)
    if (!subscription?.has(session)) return false
    const details = { subscription: id, ...(reason === undefined ? {} : { reason }) }
    this.#release(session, subscription, () => {
      if (session.announces('subscriber', 'subscription_revocation')) session.send([TYPE.UNSUBSCRIBED, 0, details])
    })
    return true
  }

  /** What a session that wants to read a subscription's history must be allowed to subscribe to; null: it is. */
  toBeGranted(id: number, session: RouterSession): { uri: string; match: MatchPolicy } | null {
    const subscription = this.#table.byId(id)
    if (!subscription || subscription.has(session)) return null
    return { uri: subscription.topic, match: subscription.match }
  }

  /**
   * Events kept of a subscription, as `wamp.subscription.get_events` lists them: see queryHistory.
   * @param grant what the caller may who does not hold the subscription
   * @throws {WampError} no_such_subscription, history_unavailable, not_authorized, invalid_argument
   */
  history(id: number, filters: Dict, caller: RouterSession, grant: Grant = DENIED): Dict[] {
    const subscription = this.#table.byId(id)
    if (!subscription) throw new WampError(ERROR.noSuchSubscription, [`no subscription ${id}`])
    const { match, topic } = subscription
    const held = subscription.member(caller)
    if (!held && !grant.allow) throw new WampError(ERROR.notAuthorized, [topic])
    const log = this.#table.logFor(match, topic)
    if (log === null) throw new WampError(ERROR.historyUnavailable, [`nothing is kept of ${topic}`])
    const member = held ?? { filter: filterOf(match, grant), nkey: null }
    return queryHistory(log, subscription, filters, { session: caller, member })
  }

  #publish(publication: Publication, options: Dict): void {
    this.metrics.publications += 1
    // what this makes others lose is taken off meanwhile
    const sent = this.#dispatch(publication)
    this.metrics.events += sent
    if (options['retain'] === true) this.#retain(publication, options['_retain_ttl'])
  }

  #dispatch(publication: Publication): number {
    const { index } = this.#table
    const exact = index.exact(publication.topic)
    let sent = exact ? deliver(exact, publication) : 0
    for (const subscription of index.patterns(publication.topic)) sent += deliver(subscription, publication)
    return sent
  }

  #retain(publication: Publication, ttl: unknown): void {
    const ttlS = typeof ttl === 'number' && ttl > 0 ? ttl : undefined
    if (publication.payload.isEmpty && this.#parts.options.retainEmptyClears) this.#retained.clear(publication)
    else this.#retained.put(publication, ttlS)
  }

  /** What the subscriber wants to catch up with, or null if it does not. */
  #missed(
    session: RouterSession,
    [, , options, topic]: Subscribe,
    { match, member }: { match: MatchPolicy; member: Member },
  ): Publication[] | null {
    const after = options['_after_publication']
    if (after === undefined) return null
    // more would be lost to the overflow policy, and a gap must not be made here
    const bytesMax = this.#parts.limits.highWaterBytes
    return missedBy(session, this.#table.logFor(match, topic), { after, match, topic, member, bytesMax })
  }

  #send(session: RouterSession, subscription: Subscription, events: readonly Publication[], mark: Dict): void {
    for (const publication of events)
      session.sendEvent(new EventVariants(publication, subscription, mark).for(session), publication.topic)
  }

  /** @param answer sends what the session gets before others hear of it */
  #release(session: RouterSession, subscription: Subscription, answer?: () => void): void {
    const isGone = this.#table.leave(session, subscription)
    session.usage.give('subscriptions')
    session.forget(subscription.id)
    answer?.()
    this.#tell(subscription, 'on_unsubscribe', session)
    if (isGone) this.#tell(subscription, 'on_delete', session)
  }

  /** Advanced Profile, "Subscription Meta API": what happens to subscriptions, but for those to meta events. */
  #tell(
    { id, topic }: Subscription,
    event: 'on_create' | 'on_subscribe' | 'on_unsubscribe' | 'on_delete',
    { id: session }: RouterSession,
    about: () => unknown = () => id,
  ): void {
    const metaTopic = `wamp.subscription.${event}`
    if (!isReserved(topic) && this.#isHeard(metaTopic)) this.announce(metaTopic, [session, about()])
  }

  #isHeard(topic: string): boolean {
    const { index } = this.#table
    return index.exact(topic) !== undefined || index.patterns(topic).length > 0
  }
}

const TESTAMENT: Grant = { allow: true }
const DENIED: Grant = { allow: false }

function deliver(subscription: Subscription, publication: Publication): number {
  subscription.log?.record(publication)
  return subscription.deliver(publication)
}

/** An exact subscription was decided about when it was made. */
function filterOf(match: MatchPolicy, { filter }: Grant): Member['filter'] {
  return match === 'exact' ? null : (filter ?? null)
}

function keyOf(nkey: unknown): string | null {
  return typeof nkey === 'string' || typeof nkey === 'number' ? String(nkey) : null
}
