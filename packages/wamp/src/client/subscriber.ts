import { type Event, type Subscribed, TYPE } from '../messages.ts'
import type { Dict } from '../payload.ts'
import { type EventDetails, type EventHandler, numberOf, peerOf } from './handlers.ts'
import { type SubscribeOptions, sentOptions } from './options.ts'
import type { Subscription } from './session.ts'
import type { Wire } from './wire.ts'

/** One handler on a topic; a handler subscribed twice is two of them. */
interface Listener {
  readonly handler: EventHandler
  readonly onRevoked: ((reason: string) => void) | undefined
}

interface Topic {
  readonly topic: string
  readonly listeners: Set<Listener>
}

/** The subscriber role: one broker subscription per topic, any number of handlers on it. */
export class Subscriber {
  readonly #wire: Wire
  readonly #topics = new Map<number, Topic>()
  /** SUBSCRIBEs under way, by topic and options: while there is one, the topic's subscription must not be given up. */
  readonly #underway = new Map<string, number>()

  constructor(wire: Wire) {
    this.#wire = wire
  }

  async subscribe(topic: string, handler: EventHandler, options: SubscribeOptions): Promise<Subscription> {
    const key = `${options.match ?? 'exact'} ${options.nkey ?? ''} ${topic}`
    const listener: Listener = { handler, onRevoked: options.onRevoked }
    this.#underway.set(key, (this.#underway.get(key) ?? 0) + 1)
    try {
      const id = await this.#wire.request(
        TYPE.SUBSCRIBE,
        (request) => [TYPE.SUBSCRIBE, request, sentOptions(options), topic],
        (answer) => this.#add((answer as Subscribed)[2], topic, listener),
      )
      return { id, unsubscribe: () => this.#remove(id, key, listener) }
    } finally {
      const left = (this.#underway.get(key) ?? 1) - 1
      if (left === 0) this.#underway.delete(key)
      else this.#underway.set(key, left)
    }
  }

  /** Events of a subscription just given up may still arrive, and are ignored. */
  receive([, id, publication, raw, payload]: Event): void {
    const subscription = this.#topics.get(id)
    if (!subscription) return
    const details: EventDetails = {
      publication,
      topic: typeof raw['topic'] === 'string' ? raw['topic'] : subscription.topic,
      publisher: peerOf(raw, 'publisher'),
      retained: raw['retained'] === true,
      trustlevel: numberOf(raw, 'trustlevel'),
      dropped: numberOf(raw, '_dropped') ?? 0,
      raw,
    }
    for (const { handler } of subscription.listeners) {
      try {
        handler(payload.args, payload.kwargs, details)
      } catch (error) {
        this.#wire.onError(error)
      }
    }
  }

  /** Advanced Profile, "Subscription Revocation": UNSUBSCRIBED for request 0. */
  revoked(details: Dict): void {
    const id = numberOf(details, 'subscription') ?? 0
    const subscription = this.#topics.get(id)
    if (!subscription) return
    this.#topics.delete(id)
    for (const { onRevoked } of subscription.listeners) tellRevoked(this.#wire, onRevoked, details)
  }

  #add(id: number, topic: string, listener: Listener): number {
    const known = this.#topics.get(id)
    if (known) known.listeners.add(listener)
    else this.#topics.set(id, { topic, listeners: new Set([listener]) })
    return id
  }

  async #remove(id: number, key: string, listener: Listener): Promise<void> {
    const subscription = this.#topics.get(id)
    if (!subscription?.listeners.delete(listener)) return
    if (subscription.listeners.size > 0 || this.#underway.has(key)) return
    this.#topics.delete(id)
    await this.#wire.request(
      TYPE.UNSUBSCRIBE,
      (request) => [TYPE.UNSUBSCRIBE, request, id],
      () => undefined,
    )
  }
}

/** Calls the program's `onRevoked`, if it gave one, with the reason of a revocation. */
export function tellRevoked(wire: Wire, onRevoked: ((reason: string) => void) | undefined, details: Dict): void {
  try {
    onRevoked?.(typeof details['reason'] === 'string' ? details['reason'] : '')
  } catch (error) {
    wire.onError(error)
  }
}
