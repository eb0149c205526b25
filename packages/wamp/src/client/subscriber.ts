import { type Event, type Message, type Subscribed, TYPE } from '../messages.ts'
import type { EventDetails, EventHandler, SubscribeOptions, Subscription } from './session.ts'

/** What the client's roles need of their session. */
export interface Wire {
  /** Sends a request and hands its answer to `take` in the turn it arrives. Rejects with WampError. */
  request<T>(make: (id: number) => Message, take: (answer: Message) => T): Promise<T>
  send(message: Message): void
  /** An exception in a handler of the program's. */
  onError(error: unknown): void
}

interface Topic {
  readonly topic: string
  readonly handlers: Set<EventHandler>
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
    const key = `${options.match ?? 'exact'} ${topic}`
    // a function of its own per subscription, or one handler subscribed twice would count once
    const own: EventHandler = (args, kwargs, details) => handler(args, kwargs, details)
    this.#underway.set(key, (this.#underway.get(key) ?? 0) + 1)
    try {
      const id = await this.#wire.request(
        (request) => [TYPE.SUBSCRIBE, request, { ...options }, topic],
        (answer) => this.#add((answer as Subscribed)[2], topic, own),
      )
      return { id, unsubscribe: () => this.#remove(id, key, own) }
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
    const topic = typeof raw['topic'] === 'string' ? raw['topic'] : subscription.topic
    const details: EventDetails = { publication, topic, raw }
    for (const handler of subscription.handlers) {
      try {
        handler(payload.args, payload.kwargs, details)
      } catch (error) {
        this.#wire.onError(error)
      }
    }
  }

  #add(id: number, topic: string, handler: EventHandler): number {
    const known = this.#topics.get(id)
    if (known) known.handlers.add(handler)
    else this.#topics.set(id, { topic, handlers: new Set([handler]) })
    return id
  }

  async #remove(id: number, key: string, handler: EventHandler): Promise<void> {
    const subscription = this.#topics.get(id)
    if (!subscription?.handlers.delete(handler)) return
    if (subscription.handlers.size > 0 || this.#underway.has(key)) return
    this.#topics.delete(id)
    await this.#wire.request(
      (request) => [TYPE.UNSUBSCRIBE, request, id],
      () => undefined,
    )
  }
}
