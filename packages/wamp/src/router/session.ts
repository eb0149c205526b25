import { WampError } from '../errors.ts'
import { type Event, type Message, TYPE } from '../messages.ts'
import { type Dict, Payload } from '../payload.ts'
import type { Transport } from '../transport.ts'
import type { Identity, SessionInfo } from './authenticator.ts'
import { EventQueue, type QueueLimits } from './event-queue.ts'
import type { ClientRole, Features } from './features.ts'
import type { RouterLimits } from './limits.ts'
import type { OverflowPolicy, RealmOptions } from './options.ts'
import type { Testament } from './testaments.ts'
import type { Usage } from './usage.ts'

/** Answers that wait for a session without a transport; one more ends it. */
const ANSWERS_MAX = 1000

/** What the owner of a session is told. Neither may act on the session in the same turn: broker or dealer is at work. */
export interface SessionListener {
  /** Answers pile up, or the policy is to disconnect: the session must be cut off. It sends nothing any more. */
  overflowed(session: RouterSession): void
  /** EVENTs are being lost, from the first of an episode on; `isOver` when the session keeps up again. */
  dropping(session: RouterSession, dropped: number, topic: string, isOver: boolean): void
  /** One EVENT was lost. `hadWaited`: sendEvent had said that it would be sent. */
  dropped(session: RouterSession, topic: string, hadWaited: boolean): void
}

/** What the sessions of a realm have in common. */
export interface SessionTerms {
  readonly limits: RouterLimits
  readonly options: RealmOptions
  readonly listener: SessionListener
}

/** What is a session's own. */
export interface SessionParts extends SessionInfo {
  readonly transport: Transport
  readonly transportDetails: Dict
  readonly features: Features
  readonly usage: Usage
}

/**
 * A joined peer as broker and dealer see it. EVENTs are at-most-once: above the high-water mark the overflow policy
 * decides which wait and which are lost, and losses are counted, announced, and told with the next EVENT. Everything
 * else is sent; a peer that lets that grow to the hard limit is cut off.
 */
export class RouterSession implements SessionInfo {
  readonly id: number
  readonly realm: string
  readonly usage: Usage
  identity: Identity
  transportDetails: Dict
  /** False from GOODBYE, ABORT or the transport's close on, unless it may be resumed. */
  isAlive = true
  /** Last request id seen, for sequence checks. */
  lastRequest = 0
  /** It is back on another transport: requests that were lost with the former leave a hole in its ids. */
  isResumed = false
  /** How often its rights were decided anew: what an authorizer said before does not count any more. */
  rights = 0
  /** The timer of a message that is ahead of its rate. */
  delay: unknown = null
  eventsDropped = 0
  /** EVENTs not sent because a value of the publisher has no form in this session's format, or is too large for it. */
  eventsUnencodable = 0
  testaments: Testament[] | null = null
  /** Null while the session waits to be resumed. */
  #transport: Transport | null
  #features: Features
  readonly #terms: SessionTerms
  #queue: EventQueue | null = null
  #awaitsDrain = false
  #answers: Message[] | null = null
  #answerBytes = 0

  constructor(
    terms: SessionTerms,
    { id, realm, identity, transport, transportDetails, features, usage }: SessionParts,
  ) {
    this.id = id
    this.realm = realm
    this.identity = identity
    this.transportDetails = transportDetails
    this.usage = usage
    this.#transport = transport
    this.#features = features
    this.#terms = terms
  }

  /** Whether HELLO announced the feature for this role. */
  announces(role: ClientRole, feature: string): boolean {
    return this.#features[role]?.has(feature) ?? false
  }

  /** Whether the peer reads more slowly than it is sent to, or is away. */
  get isCongested(): boolean {
    return this.#transport === null || this.#transport.bufferedBytes > this.#terms.limits.highWaterBytes
  }

  /** Whether it has no transport and waits to be resumed. */
  get isParked(): boolean {
    return this.#transport === null
  }

  /**
   * Sends an answer or request, which is never dropped.
   * @throws {WampError} its payload has no form in this session's format; nothing was sent
   */
  send(message: Message): void {
    if (!this.isAlive) return
    if (this.#transport === null) return this.#keep(message)
    this.#transport.send(message)
    const buffered = this.#transport.bufferedBytes
    if (buffered <= this.#terms.limits.highWaterBytes) return
    if (buffered > this.#terms.limits.hardLimitBytes) this.#overflow()
    else this.#transport.pause?.()
  }

  /** Sends an EVENT, or lets it wait as the overflow policy says. @returns false if it will never be sent */
  sendEvent(event: Event, topic: string): boolean {
    if (!this.isAlive) return false
    if (this.#queue !== null || this.isCongested) return this.#hold(event, topic)
    return this.#emit(event)
  }

  /** Forgets the EVENTs that wait for a subscription that was given up. */
  forget(subscription: number): void {
    this.#queue?.forget(subscription)
  }

  /** The transport is gone and may be replaced: until then EVENTs and answers wait, within limits. */
  park(): void {
    this.#transport = null
    this.#awaitsDrain = false
    this.#queue?.change(this.#policy(), this.#queueLimits())
  }

  /** The peer is back, with another HELLO. What waits is sent by `resume`. */
  greet(features: Features, transportDetails: Dict): void {
    this.isResumed = true
    this.#features = features
    this.transportDetails = transportDetails
  }

  /** What waited is sent, answers first; call it after WELCOME was sent over `transport`. */
  resume(transport: Transport): void {
    this.#transport = transport
    this.#queue?.change(this.#policy(), this.#queueLimits())
    const answers = this.#answers ?? []
    this.#answers = null
    this.#answerBytes = 0
    for (const message of answers) this.#answer(message)
    this.#drained()
  }

  /** An answer that waited, which the new transport's format may not be able to say. */
  #answer(message: Message): void {
    try {
      this.send(message)
    } catch (error) {
      if (!(error instanceof WampError)) throw error
      if (message[0] !== TYPE.RESULT && message[0] !== TYPE.ERROR) return
      const request = message[0] === TYPE.RESULT ? message[1] : message[2]
      this.send([TYPE.ERROR, TYPE.CALL, request, {}, error.uri, Payload.empty])
    }
  }

  #keep(message: Message): void {
    this.#answers ??= []
    const last = message.at(-1)
    this.#answerBytes += last instanceof Payload ? last.size : 0
    if (this.#answers.length >= ANSWERS_MAX || this.#answerBytes > this.#terms.limits.hardLimitBytes)
      return this.#overflow()
    this.#answers.push(message)
  }

  #overflow(): void {
    this.isAlive = false
    this.#terms.listener.overflowed(this)
  }

  /** What is away cannot be disconnected, and its latest events are those it will want. */
  #policy(): OverflowPolicy {
    const { overflow } = this.#terms.options
    return this.#transport !== null || overflow === 'conflate' ? overflow : 'drop_oldest'
  }

  #queueLimits(): QueueLimits {
    const { limits, options } = this.#terms
    const eventsMax = this.#transport === null ? (options.resumption?.eventsMax ?? 0) : limits.queueEventsMax
    return { eventsMax, bytesMax: limits.highWaterBytes }
  }

  #hold(event: Event, topic: string): boolean {
    const policy = this.#policy()
    if (policy === 'disconnect' && this.isCongested) {
      this.#lost(topic, false)
      this.#overflow()
      return false
    }
    const queue = this.#queue ?? this.#begin(policy)
    if (queue.isEmpty && !this.isCongested) return this.#tell(queue, event)
    this.#awaitDrain()
    const isFirst = queue.dropped === 0
    const isKept = queue.push(event, topic, (lost, hadWaited) => this.#lost(lost, hadWaited))
    if (isFirst && queue.dropped > 0) this.#terms.listener.dropping(this, queue.dropped, topic, false)
    return isKept
  }

  /** Congestion begins. What this peer says is not read meanwhile, or its answers would pile up on top. */
  #begin(policy: OverflowPolicy): EventQueue {
    this.#queue = new EventQueue(policy, this.#queueLimits())
    this.#transport?.pause?.()
    return this.#queue
  }

  #awaitDrain(): void {
    if (this.#awaitsDrain || this.#transport === null) return
    const transport = this.#transport
    this.#awaitsDrain = true
    transport.whenDrained?.(() => {
      if (this.#transport === transport) this.#drained()
    })
  }

  #lost(topic: string, hadWaited: boolean): void {
    this.eventsDropped += 1
    this.#terms.listener.dropped(this, topic, hadWaited)
  }

  /** Sends what waits as far as the network takes it. */
  #drained(): void {
    this.#awaitsDrain = false
    const queue = this.#queue
    if (queue === null || !this.isAlive) return
    let topic = ''
    while (!this.isCongested) {
      const next = queue.shift()
      if (next === null) return this.#caughtUp(queue, topic)
      topic = next.topic
      this.#tell(queue, next.event)
    }
    this.#awaitDrain()
  }

  #caughtUp(queue: EventQueue, topic: string): void {
    if (queue.dropped > 0) this.#terms.listener.dropping(this, queue.dropped, topic, true)
    queue.dropped = 0
    if (!queue.hasGaps) this.#queue = null
  }

  /** Sends an EVENT with what its subscription lost before it. */
  #tell(queue: EventQueue, event: Event): boolean {
    const lost = queue.takeGap(event[1])
    if (queue.isEmpty && queue.dropped === 0 && !queue.hasGaps) this.#queue = null
    return this.#emit(lost > 0 ? withGap(event, lost) : event)
  }

  #emit(event: Event): boolean {
    try {
      this.#transport?.send(event)
      return true
    } catch (error) {
      if (!(error instanceof WampError)) throw error
      this.eventsUnencodable += 1
      return false
    }
  }
}

/** `_dropped`, a private detail: so many events of this subscription before this one were lost. */
function withGap([, subscription, publication, details, payload]: Event, lost: number): Event {
  return [TYPE.EVENT, subscription, publication, { ...details, _dropped: lost }, payload]
}
