import { CLOSE, WampError } from '../errors.ts'
import { type Message, type Published, TYPE, type Welcome } from '../messages.ts'
import { type Dict, Payload } from '../payload.ts'
import type { Timers } from '../timers.ts'
import type { Transport } from '../transport.ts'
import { Callee } from './callee.ts'
import { type CallParts, callInParts, callOnce } from './caller.ts'
import type { CallResult, EventHandler, ProcedureHandler } from './handlers.ts'
import {
  type CallOptions,
  type PublishOptions,
  type RegisterOptions,
  type SubscribeOptions,
  sentOptions,
} from './options.ts'
import type { CloseReason, Registration, Session, Subscription, WelcomeDetails } from './session.ts'
import { Subscriber } from './subscriber.ts'
import { Wire } from './wire.ts'

/** How long GOODBYE waits for its answer before the transport is closed. */
const GOODBYE_MS = 5000

type Values = readonly unknown[]
type Keywords = Readonly<Dict>

export interface SessionParts {
  readonly transport: Transport
  readonly realm: string
  readonly timers: Timers
  readonly onError: (error: unknown) => void
  /** Whether HELLO asked for a session that can be resumed. */
  readonly isResumable: boolean
}

/** A session from WELCOME to its end, over one transport or, where it is resumed, several. */
export class OpenSession implements Session {
  readonly id: number
  readonly realm: string
  details: WelcomeDetails
  readonly closed: Promise<CloseReason>
  publicationsDropped = 0
  #transport: Transport
  readonly #timers: Timers
  readonly #isResumable: boolean
  readonly #wire: Wire
  readonly #subscriber: Subscriber
  readonly #callee: Callee
  #resolveClosed: (reason: CloseReason) => void = () => {}
  /** Told when the session ends or is parked. */
  #onLost: ((reason: CloseReason) => void) | null = null
  #parkedFor: CloseReason | null = null
  #state: 'open' | 'parked' | 'leaving' | 'ended' = 'open'

  constructor([, id, details]: Welcome, parts: SessionParts) {
    this.id = id
    this.realm = parts.realm
    this.details = parseWelcome(details)
    this.#transport = parts.transport
    this.#timers = parts.timers
    this.#isResumable = parts.isResumable
    this.closed = new Promise((resolve) => (this.#resolveClosed = resolve))
    this.#wire = new Wire(parts.transport, { timers: parts.timers, onError: parts.onError, welcome: details })
    this.#subscriber = new Subscriber(this.#wire)
    this.#callee = new Callee(this.#wire)
  }

  offers(role: 'broker' | 'dealer', feature: string): boolean {
    return this.#wire.offers(role, feature)
  }

  publish(topic: string, args?: Values, kwargs?: Keywords, options: PublishOptions = {}): void {
    if (!this.#wire.hasRoom) {
      this.publicationsDropped += 1
      return
    }
    const id = this.#wire.nextId()
    this.#wire.ask([TYPE.PUBLISH, id, sentOptions(options), topic, Payload.of(args, kwargs)], id, null)
  }

  async publishAcknowledged(
    topic: string,
    args?: Values,
    kwargs?: Keywords,
    options: PublishOptions = {},
  ): Promise<number> {
    const sent = { ...sentOptions(options), acknowledge: true }
    return await this.#wire.request(
      TYPE.PUBLISH,
      (id) => [TYPE.PUBLISH, id, sent, topic, Payload.of(args, kwargs)],
      (answer) => (answer as Published)[2],
    )
  }

  subscribe(topic: string, handler: EventHandler, options: SubscribeOptions = {}): Promise<Subscription> {
    return this.#subscriber.subscribe(topic, handler, options)
  }

  register(procedure: string, handler: ProcedureHandler, options: RegisterOptions = {}): Promise<Registration> {
    return this.#callee.register(procedure, handler, options)
  }

  call(procedure: string, args?: Values, kwargs?: Keywords, options: CallOptions = {}): Promise<CallResult> {
    return callOnce(this.#wire, procedure, Payload.of(args, kwargs), options)
  }

  callProgressively(procedure: string, parts: CallParts, options: CallOptions = {}): Promise<CallResult> {
    return callInParts(this.#wire, procedure, parts, options)
  }

  async leave(): Promise<void> {
    if (this.#state === 'parked') this.end({ uri: CLOSE.normal, message: '', code: null })
    if (this.#state === 'open') {
      this.#state = 'leaving'
      this.#wire.send([TYPE.GOODBYE, {}, CLOSE.normal])
      this.#wire.refuse(new WampError(CLOSE.normal, ['the session is closed']))
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
      case TYPE.INTERRUPT:
        this.#callee.interrupt(message)
        return true
      case TYPE.RESULT:
      case TYPE.PUBLISHED:
      case TYPE.SUBSCRIBED:
      case TYPE.REGISTERED:
        this.#wire.answered(message[1], message)
        return true
      case TYPE.UNSUBSCRIBED:
        if (message[1] === 0) this.#subscriber.revoked(message[2] ?? {})
        else this.#wire.answered(message[1], message)
        return true
      case TYPE.UNREGISTERED:
        if (message[1] === 0) this.#callee.revoked(message[2] ?? {})
        else this.#wire.answered(message[1], message)
        return true
      case TYPE.ERROR:
        this.#wire.failed(message)
        return true
      case TYPE.GOODBYE:
        if (this.#state !== 'leaving') this.#transport.send([TYPE.GOODBYE, {}, CLOSE.goodbyeAndOut])
        this.end({ uri: message[2], message: textOf(message[1]), code: null })
        return true
      case TYPE.ABORT:
        this.end({ uri: message[2], message: textOf(message[1]), code: null })
        return true
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
      case TYPE.EVENT_RECEIVED:
        break
    }
    return false
  }

  /** What resumes the session on another transport; null if it was not asked for, the router did not offer it, or it has ended. */
  get ticket(): { readonly id: number; readonly token: string } | null {
    const { raw } = this.details
    const token = raw['resume_token']
    const isOffered = this.#isResumable && raw['resumable'] === true && typeof token === 'string'
    if (!isOffered || this.#state === 'ended') return null
    return { id: this.id, token }
  }

  /** Resolves when the session has ended, or waits without a transport to be resumed. */
  async lost(): Promise<CloseReason> {
    return await new Promise((resolve) => {
      this.#onLost = resolve
      if (this.#parkedFor) resolve(this.#parkedFor)
      else void this.closed.then(resolve)
    })
  }

  /** The transport was lost: the session ends, unless it can be resumed and there is somebody to do so. */
  disconnected(reason: CloseReason): void {
    if (this.#state !== 'open' || this.ticket === null || this.#onLost === null) return this.end(reason)
    this.#state = 'parked'
    this.#parkedFor = reason
    this.#wire.park()
    this.#callee.end()
    this.#onLost(reason)
  }

  /** The parked session goes on over a new transport, in the turn of its WELCOME. */
  resume(transport: Transport, details: Dict): void {
    this.#state = 'open'
    this.#parkedFor = null
    this.#transport = transport
    this.details = parseWelcome(details)
    this.#wire.resume(transport, details)
  }

  /** Ends the session and its transport; the first reason given is the one that counts. */
  end(reason: CloseReason): void {
    if (this.#state === 'ended') return
    this.#state = 'ended'
    this.#transport.close(1000, '')
    this.#wire.close(new WampError(reason.uri, ['the session is closed']))
    this.#callee.end()
    this.#resolveClosed(reason)
  }
}

function parseWelcome(raw: Dict): WelcomeDetails {
  const text = (key: string): string => (typeof raw[key] === 'string' ? raw[key] : '')
  return {
    authid: text('authid'),
    authrole: text('authrole'),
    authmethod: text('authmethod'),
    agent: text('agent'),
    resumed: raw['resumed'] === true,
    raw,
  }
}

/** The human-readable part of ABORT and GOODBYE details. */
export function textOf(details: Dict): string {
  return typeof details['message'] === 'string' ? details['message'] : ''
}
