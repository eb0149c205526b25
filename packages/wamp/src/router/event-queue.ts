import type { Event } from '../messages.ts'
import type { OverflowPolicy } from './options.ts'

/** Subscriptions whose losses are told one by one; what is lost beyond them is only counted. */
const GAPS_MAX = 1000

interface Waiting {
  readonly event: Event
  readonly topic: string
}

/** How much may wait. */
export interface QueueLimits {
  readonly eventsMax: number
  /** Bytes of payload. */
  readonly bytesMax: number
}

/**
 * EVENTs of one session that is congested or parked, under its overflow policy, and what was lost of them. It is made
 * when congestion begins and dropped when all that waited is sent and every loss is told.
 */
export class EventQueue {
  /** Lost since congestion began. */
  dropped = 0
  #policy: OverflowPolicy
  #limits: QueueLimits
  #bytes = 0
  /** In order of arrival. The key tells what replaces what: a number of its own, or the subscription and topic. */
  readonly #waiting = new Map<string | number, Waiting>()
  /** Events lost, by subscription; null before the first loss. */
  #gaps: Map<number, number> | null = null
  #arrivals = 0

  constructor(policy: OverflowPolicy, limits: QueueLimits) {
    this.#policy = policy
    this.#limits = limits
  }

  get isEmpty(): boolean {
    return this.#waiting.size === 0
  }

  /** Whether subscriptions have losses that they have not been told of. */
  get hasGaps(): boolean {
    return this.#gaps !== null && this.#gaps.size > 0
  }

  /** Goes on under other rules, with what waits already. */
  change(policy: OverflowPolicy, limits: QueueLimits): void {
    this.#policy = policy
    this.#limits = limits
  }

  /**
   * @param lost told the topic of each event that gives way, and whether it had been waiting already
   * @returns false if it is this event that gives way
   */
  push(event: Event, topic: string, lost: (topic: string, hadWaited: boolean) => void): boolean {
    const key = this.#keyOf(event, topic)
    const replaced = this.#waiting.get(key)
    if (replaced !== undefined) {
      this.#lose(key, replaced)
      lost(replaced.topic, true)
    }
    const waiting = keepable({ event, topic })
    this.#waiting.set(key, waiting)
    this.#bytes += sizeOf(waiting)
    const { eventsMax, bytesMax } = this.#limits
    for (const [oldest, one] of this.#waiting) {
      if (this.#waiting.size <= eventsMax && this.#bytes <= bytesMax) break
      this.#lose(oldest, one)
      lost(one.topic, one !== waiting)
      if (one === waiting) return false
    }
    return true
  }

  /** Takes the oldest that waits. */
  shift(): Waiting | null {
    for (const [key, waiting] of this.#waiting) {
      this.#take(key, waiting)
      return waiting
    }
    return null
  }

  /** Events this subscription lost since it was last asked. */
  takeGap(subscription: number): number {
    const lost = this.#gaps?.get(subscription) ?? 0
    if (lost > 0) this.#gaps?.delete(subscription)
    return lost
  }

  /** Forgets what waits for a subscription that was given up. */
  forget(subscription: number): void {
    this.#gaps?.delete(subscription)
    for (const [key, waiting] of this.#waiting) if (waiting.event[1] === subscription) this.#take(key, waiting)
  }

  #keyOf(event: Event, topic: string): string | number {
    if (this.#policy === 'drop_newest') return event[1]
    if (this.#policy === 'conflate') return `${event[1]} ${topic}`
    return (this.#arrivals -= 1) // below zero: never the id of a subscription
  }

  #take(key: string | number, waiting: Waiting): void {
    this.#waiting.delete(key)
    this.#bytes -= sizeOf(waiting)
  }

  #lose(key: string | number, waiting: Waiting): void {
    this.#take(key, waiting)
    this.dropped += 1
    const subscription = waiting.event[1]
    this.#gaps ??= new Map()
    const before = this.#gaps.get(subscription) ?? 0
    if (before > 0 || this.#gaps.size < GAPS_MAX) this.#gaps.set(subscription, before + 1)
  }
}

function sizeOf({ event }: Waiting): number {
  return event[4].size
}

/**
 * The last event made fit for keeping, and what became of it: it mostly waits for many sessions. A WeakMap of all of them
 * kept 190 MB of dead buffers alive from one full collection to the next.
 */
let last: { readonly event: Event; readonly kept: Event } | null = null

/** The event without the buffer it was read into, of which it may be a small part. */
function keepable({ event, topic }: Waiting): Waiting {
  if (last?.event === event) return { event: last.kept, topic }
  const payload = event[4].compact()
  const kept: Event = payload === event[4] ? event : [event[0], event[1], event[2], event[3], payload]
  last = { event, kept }
  return { event: kept, topic }
}
