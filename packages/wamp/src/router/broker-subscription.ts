import type { MatchPolicy } from '../uri.ts'
import { EventVariants, type Publication, plainEvent } from './broker-publication.ts'
import { ConsumerGroup } from './groups.ts'
import type { EventLog } from './history-log.ts'
import type { RouterSession } from './session.ts'

/** On which terms a session is subscribed. */
export interface Member {
  /** Grant.filter, for patterns alone. */
  readonly filter: ((topic: string) => boolean) | null
  /** The node of the consumer group that the session is part of; null: it gets all events. */
  readonly nkey: string | null
}

export interface SubscriptionParts {
  readonly id: number
  readonly match: MatchPolicy
  readonly topic: string
  /** ms since 1970. */
  readonly created: number
  /** Where what it matches is kept, if a rule says so for exactly this topic or pattern. */
  readonly log: EventLog | null
}

/** The broker's record of one topic or pattern; shared by all its subscribers, as its id is. */
export class Subscription {
  readonly id: number
  readonly match: MatchPolicy
  readonly topic: string
  readonly created: number
  readonly log: EventLog | null
  readonly #members = new Map<RouterSession, Member>()
  /** Members that get all events, as an array, which is faster to walk; null after a change. */
  #audience: readonly RouterSession[] | null = null
  #group: ConsumerGroup | null = null
  #filters = 0

  constructor({ id, match, topic, created, log }: SubscriptionParts) {
    this.id = id
    this.match = match
    this.topic = topic
    this.created = created
    this.log = log
  }

  get size(): number {
    return this.#members.size
  }

  /** In the order in which they came. */
  get sessions(): RouterSession[] {
    return [...this.#members.keys()]
  }

  has(session: RouterSession): boolean {
    return this.#members.has(session)
  }

  member(session: RouterSession): Member | undefined {
    return this.#members.get(session)
  }

  /** Adds a member, or changes the terms of one. */
  set(session: RouterSession, { filter, nkey }: Member): void {
    const before = this.#members.get(session)
    if (before) this.#forget(session, before)
    const isPlain = filter === null && nkey === null
    this.#members.set(session, isPlain ? PLAIN : { filter, nkey })
    if (filter !== null) this.#filters += 1
    if (nkey !== null) (this.#group ??= new ConsumerGroup()).add(nkey, session)
    this.#audience = null
  }

  /** @returns whether it was one */
  delete(session: RouterSession): boolean {
    const member = this.#members.get(session)
    if (!member) return false
    this.#forget(session, member)
    this.#members.delete(session)
    this.#audience = null
    return true
  }

  /** Sends the EVENT to everybody who is to have it. @returns how many that were */
  deliver(publication: Publication): number {
    // a copy: whoever goes while this runs is not alive any more, and gets nothing
    const audience = (this.#audience ??= this.#everybody())
    if (publication.terms !== null || this.#filters > 0) return this.#deliverEach(publication, audience)
    const { topic, excluded } = publication
    const event = plainEvent(publication, this.match, this.id)
    let sent = 0
    for (let i = 0; i < audience.length; i += 1) {
      const session = audience[i]
      if (session !== undefined && session.id !== excluded && session.sendEvent(event, topic)) sent += 1
    }
    return this.#group === null ? sent : sent + this.#deliverOne(publication, new EventVariants(publication, this))
  }

  /** Whether the session, a member or about to be one, may have the publication. */
  static mayHave(session: RouterSession, member: Member | undefined, { topic, terms }: Publication): boolean {
    if (terms?.audience && !terms.audience.admits(session)) return false
    return !member?.filter || isPassed(member.filter, topic)
  }

  #deliverEach(publication: Publication, audience: readonly RouterSession[]): number {
    const events = new EventVariants(publication, this)
    let sent = 0
    for (const session of audience)
      if (this.#isFor(session, publication) && session.sendEvent(events.for(session), publication.topic)) sent += 1
    return sent + this.#deliverOne(publication, events)
  }

  /** To the one node of the consumer group whose turn it is. */
  #deliverOne(publication: Publication, events: EventVariants): number {
    if (this.#group === null) return 0
    let sent = 0
    const chosen = this.#group.choose(publication.terms?.rkey ?? '', (session) => this.#isFor(session, publication))
    for (const session of chosen) if (session.sendEvent(events.for(session), publication.topic)) sent += 1
    return sent
  }

  #isFor(session: RouterSession, publication: Publication): boolean {
    return (
      session.id !== publication.excluded &&
      Subscription.mayHave(session, this.#filters > 0 ? this.#members.get(session) : undefined, publication)
    )
  }

  #everybody(): RouterSession[] {
    if (this.#group === null) return [...this.#members.keys()]
    return [...this.#members].filter(([, { nkey }]) => nkey === null).map(([session]) => session)
  }

  #forget(session: RouterSession, { filter, nkey }: Member): void {
    if (filter !== null) this.#filters -= 1
    if (nkey === null || this.#group === null) return
    this.#group.remove(nkey, session)
    if (this.#group.isEmpty) this.#group = null
  }
}

const PLAIN: Member = { filter: null, nkey: null }

/** A filter that breaks lets nothing through. */
function isPassed(filter: (topic: string) => boolean, topic: string): boolean {
  try {
    return filter(topic)
  } catch {
    return false
  }
}
