import { CLOSE, ERROR, WampError } from '../errors.ts'
import { type Message, type Published, type ResultMessage, TYPE, type Welcome } from '../messages.ts'
import { type Dict, Payload } from '../payload.ts'
import type { Timers } from '../timers.ts'
import type { Transport } from '../transport.ts'
import { Callee } from './callee.ts'
import { Requests } from './requests.ts'
import type {
  CallOptions,
  CallResult,
  CloseReason,
  EventHandler,
  ProcedureHandler,
  PublishOptions,
  RegisterOptions,
  Registration,
  Session,
  SubscribeOptions,
  Subscription,
  WelcomeDetails,
} from './session.ts'
import { Subscriber } from './subscriber.ts'

/** Publications are dropped, not queued, while more than this waits for the network. */
const BUFFERED_BYTES_MAX = 4 * 2 ** 20
/** How long GOODBYE waits for its answer before the transport is closed. */
const GOODBYE_MS = 5000

type Values = readonly unknown[]
type Keywords = Readonly<Dict>

/** A session from WELCOME to its end. */
export class OpenSession implements Session {
  readonly id: number
  readonly realm: string
  readonly details: WelcomeDetails
  readonly closed: Promise<CloseReason>
  publicationsDropped = 0
  readonly #transport: Transport
  readonly #timers: Timers
  readonly #requests = new Requests()
  readonly #subscriber: Subscriber
  readonly #callee: Callee
  #resolveClosed: (reason: CloseReason) => void = () => {}
  #ended: CloseReason | null = null
  #isLeaving = false

  constructor(
    [, id, details]: Welcome,
    parts: { transport: Transport; realm: string; timers: Timers; onError: (error: unknown) => void },
  ) {
    this.id = id
    this.realm = parts.realm
    this.details = parseWelcome(details)
    this.#transport = parts.transport
    this.#timers = parts.timers
    this.closed = new Promise((resolve) => (this.#resolveClosed = resolve))
    const wire = {
      request: <T>(make: (id: number) => Message, take: (answer: Message) => T) => this.#request(make, take),
      send: (message: Message) => this.#send(message),
      onError: parts.onError,
    }
    this.#subscriber = new Subscriber(wire)
    this.#callee = new Callee(wire)
  }

  publish(topic: string, args?: Values, kwargs?: Keywords, options: PublishOptions = {}): void {
    if (this.#ended || this.#isLeaving || this.#transport.bufferedBytes > BUFFERED_BYTES_MAX) {
      this.publicationsDropped += 1
      return
    }
    const id = this.#requests.newId()
    this.#transport.send([TYPE.PUBLISH, id, { ...options }, topic, Payload.of(args, kwargs)])
  }

  async publishAcknowledged(
    topic: string,
    args?: Values,
    kwargs?: Keywords,
    options: PublishOptions = {},
  ): Promise<number> {
    return await this.#request(
      (id) => [TYPE.PUBLISH, id, { ...options, acknowledge: true }, topic, Payload.of(args, kwargs)],
      (answer) => (answer as Published)[2],
    )
  }

  async subscribe(topic: string, handler: EventHandler, options: SubscribeOptions = {}): Promise<Subscription> {
    return await this.#subscriber.subscribe(topic, handler, options)
  }

  async register(procedure: string, handler: ProcedureHandler, options: RegisterOptions = {}): Promise<Registration> {
    return await this.#callee.register(procedure, handler, options)
  }

  async call(procedure: string, args?: Values, kwargs?: Keywords, options: CallOptions = {}): Promise<CallResult> {
    const { signal, timeoutMs } = options
    if (signal?.aborted) throw new WampError(ERROR.canceled)
    let request = 0
    let cut: (uri: string) => void = () => {}
    const abort = (): void => cut(ERROR.canceled)
    const timer = timeoutMs === undefined ? undefined : this.#timers.setTimeout(() => cut(ERROR.timeout), timeoutMs)
    signal?.addEventListener('abort', abort)
    try {
      const isCut = new Promise<never>((_resolve, reject) => {
        cut = (uri) => reject(new WampError(uri, [procedure]))
      })
      const answer = this.#request(
        (id) => {
          request = id
          return [TYPE.CALL, id, {}, procedure, Payload.of(args, kwargs)]
        },
        (message) => (message as ResultMessage)[3],
      )
      const payload = await Promise.race([answer, isCut])
      return { args: payload.args, kwargs: payload.kwargs }
    } finally {
      this.#requests.drop(request)
      if (timer !== undefined) this.#timers.clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
    }
  }

  async leave(): Promise<void> {
    if (!this.#ended && !this.#isLeaving) {
      this.#isLeaving = true
      this.#transport.send([TYPE.GOODBYE, {}, CLOSE.normal])
      const timer = this.#timers.setTimeout(() => this.end({ uri: CLOSE.normal, message: '', code: null }), GOODBYE_MS)
      void this.closed.then(() => this.#timers.clearTimeout(timer))
    }
    await this.closed
  }

  /** Takes one message from the router. @returns false if the message is a protocol violation */
  receive(message: Message): boolean {
    switch (message[0]) {
      case TYPE.EVENT:
        this.#subscriber.receive(message)
        return true
      case TYPE.INVOCATION:
        this.#callee.receive(message)
        return true
      case TYPE.RESULT:
      case TYPE.PUBLISHED:
      case TYPE.SUBSCRIBED:
      case TYPE.UNSUBSCRIBED:
      case TYPE.REGISTERED:
      case TYPE.UNREGISTERED:
        this.#requests.resolve(message[1], message)
        return true
      case TYPE.ERROR:
        this.#requests.reject(message)
        return true
      case TYPE.GOODBYE:
        if (!this.#isLeaving) this.#transport.send([TYPE.GOODBYE, {}, CLOSE.goodbyeAndOut])
        this.end({ uri: message[2], message: textOf(message[1]), code: null })
        return true
      case TYPE.ABORT:
        this.end({ uri: message[2], message: textOf(message[1]), code: null })
        return true
      case TYPE.INTERRUPT:
        return true // call canceling is not announced, so none should come
      case TYPE.HELLO:
      case TYPE.WELCOME:
      case TYPE.CHALLENGE:
      case TYPE.AUTHENTICATE:
      case TYPE.PUBLISH:
      case TYPE.SUBSCRIBE:
      case TYPE.UNSUBSCRIBE:
      case TYPE.CALL:
      case TYPE.CANCEL:
      case TYPE.REGISTER:
      case TYPE.UNREGISTER:
      case TYPE.YIELD:
        break
    }
    return false
  }

  /** Ends the session and its transport; the first reason given is the one that counts. */
  end(reason: CloseReason): void {
    if (this.#ended) return
    this.#ended = reason
    this.#transport.close(1000, '')
    this.#requests.rejectAll(new WampError(reason.uri, ['the session is closed']))
    this.#resolveClosed(reason)
  }

  #send(message: Message): void {
    if (!this.#ended) this.#transport.send(message)
  }

  #request<T>(make: (id: number) => Message, take: (answer: Message) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#ended || this.#isLeaving)
        throw new WampError(this.#ended?.uri ?? CLOSE.normal, ['the session is closed'])
      const id = this.#requests.newId()
      this.#transport.send(make(id))
      this.#requests.add(id, { resolve: (answer) => resolve(take(answer)), reject })
    })
  }
}

function parseWelcome(raw: Dict): WelcomeDetails {
  const text = (key: string): string => (typeof raw[key] === 'string' ? raw[key] : '')
  return {
    authid: text('authid'),
    authrole: text('authrole'),
    authmethod: text('authmethod'),
    agent: text('agent'),
    raw,
  }
}

/** The human-readable part of ABORT and GOODBYE details. */
export function textOf(details: Dict): string {
  return typeof details['message'] === 'string' ? details['message'] : ''
}
