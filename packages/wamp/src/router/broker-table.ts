import type { Dict } from '../payload.ts'
import type { MatchPolicy } from '../uri.ts'
import { type Member, Subscription } from './broker-subscription.ts'
import { EventLog } from './history-log.ts'
import type { HistoryRule } from './options.ts'
import type { RouterSession } from './session.ts'
import { TopicIndex } from './topic-index.ts'

/** All subscriptions of a realm, and who holds them. */
export class SubscriptionTable {
  readonly index = new TopicIndex<Subscription>()
  readonly #byId = new Map<number, Subscription>()
  readonly #bySession = new Map<RouterSession, Set<Subscription>>()
  readonly #logs: EventLog[] = []
  readonly #now: () => number
  #lastId = 0

  /**
   * @param history rules whose topics and patterns have a subscription from the start, so that what is kept can be
   * found before anybody subscribes (Advanced Profile, "Event History")
   */
  constructor(history: readonly HistoryRule[], now: () => number) {
    this.#now = now
    for (const rule of history) {
      if (this.index.find(rule.match, rule.topic)) continue
      const log = new EventLog(rule, now)
      this.#logs.push(log)
      this.#add(rule.match, rule.topic, log)
    }
  }

  byId(id: number): Subscription | undefined {
    return this.#byId.get(id)
  }

  ids(): Record<MatchPolicy, number[]> {
    const lists: Record<MatchPolicy, number[]> = { exact: [], prefix: [], wildcard: [] }
    for (const { id, match } of this.#byId.values()) lists[match].push(id)
    return lists
  }

  /** SubscriptionDetails (Advanced Profile, "Subscription Meta API"). */
  details(id: number): Dict | null {
    const subscription = this.#byId.get(id)
    if (!subscription) return null
    const { created, topic, match } = subscription
    return { id, created: new Date(created).toISOString(), uri: topic, match }
  }

  of(session: RouterSession): ReadonlySet<Subscription> {
    return this.#bySession.get(session) ?? NONE
  }

  /** Where all that the topic or pattern matches is kept; the narrowest is not looked for. */
  logFor(match: MatchPolicy, topic: string): EventLog | null {
    if (this.#logs.length === 0) return null
    return this.index.find(match, topic)?.log ?? this.#logs.find((log) => log.covers(topic, match)) ?? null
  }

  find(match: MatchPolicy, topic: string): Subscription | undefined {
    return this.index.find(match, topic)
  }

  create(match: MatchPolicy, topic: string): Subscription {
    return this.#add(match, topic, null)
  }

  enter(session: RouterSession, subscription: Subscription, member: Member): void {
    subscription.set(session, member)
    const own = this.#bySession.get(session)
    if (own) own.add(subscription)
    else this.#bySession.set(session, new Set([subscription]))
  }

  /** @returns whether that was the last one, and the subscription is gone */
  leave(session: RouterSession, subscription: Subscription): boolean {
    subscription.delete(session)
    const own = this.#bySession.get(session)
    own?.delete(subscription)
    if (own?.size === 0) this.#bySession.delete(session)
    if (subscription.size > 0 || subscription.log !== null) return false
    this.index.remove(subscription)
    this.#byId.delete(subscription.id)
    return true
  }

  #add(match: MatchPolicy, topic: string, log: EventLog | null): Subscription {
    // small numbers, which clients that take large integers for floats echo exactly (Basic Profile, "IDs")
    this.#lastId += 1
    const subscription = new Subscription({ id: this.#lastId, match, topic, created: this.#now(), log })
    this.index.add(subscription)
    this.#byId.set(subscription.id, subscription)
    return subscription
  }
}

const NONE: ReadonlySet<never> = new Set()
