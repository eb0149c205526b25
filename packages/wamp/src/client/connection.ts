import { CLOSE, ERROR, WampError } from '../errors.ts'
import type { Serializer } from '../serializer.ts'
import type { Timers } from '../timers.ts'
import type { Transport } from '../transport.ts'
import { Backoff } from './backoff.ts'
import type { CallPart, CallResult, EventHandler, ProcedureHandler } from './handlers.ts'
import { type ClientAuth, enter } from './join.ts'
import type { OpenSession } from './open-session.ts'
import type { CallOptions, RegisterOptions, SubscribeOptions } from './options.ts'
import type { CloseReason, Registration, Session, Subscription } from './session.ts'
import { Standing } from './standing.ts'
import { type WebSocketConstructor, openWebSocket } from './web-socket.ts'

export type ConnectionStatus = 'connecting' | 'open' | 'closed'
type MaybePromise<T> = T | Promise<T>

export interface ConnectOptions {
  readonly url: string
  readonly realm: string
  /**
   * How to authenticate; nothing means anonymous. A function is asked anew for each attempt, because tickets and nonces
   * are single-use; its rejection counts as a failed attempt.
   */
  readonly auth?: ClientAuth | (() => MaybePromise<ClientAuth | undefined>)
  readonly timers: Timers
  /** As Math.random, which is the default. */
  readonly random?: () => number
  readonly WebSocket?: WebSocketConstructor
  /** Formats to offer; default JSON. The router chooses. */
  readonly serializers?: readonly Serializer[]
  /** Instead of a WebSocket to `url`; for tests and other transports. */
  readonly open?: () => Promise<Transport>
  /**
   * Asks the router to keep the session while the transport is lost: subscriptions and registrations go on, events of
   * the meantime come late, `details.dropped` says if too many. Routers that cannot give a new session.
   */
  readonly resume?: boolean
  readonly agent?: string
  readonly onError?: (error: unknown) => void
}

/** A session that comes back: subscriptions and registrations are made again after each reconnect. */
export interface Connection {
  /** The current session, or null while there is none. */
  session(): Session | null
  /** Resolves when first in force. The handler stays through reconnects until unsubscribe. */
  subscribe(topic: string, handler: EventHandler, options?: SubscribeOptions): Promise<Subscription>
  register(procedure: string, handler: ProcedureHandler, options?: RegisterOptions): Promise<Registration>
  /** Waits for a session if there is none; `timeoutMs` covers the waiting, too. A call cut off is not repeated. */
  call(
    procedure: string,
    args?: readonly unknown[],
    kwargs?: Readonly<Record<string, unknown>>,
    options?: CallOptions,
  ): Promise<CallResult>
  /** As `call`. The parts are asked for once there is a session. */
  callProgressively(
    procedure: string,
    parts: AsyncIterable<CallPart> | Iterable<CallPart>,
    options?: CallOptions,
  ): Promise<CallResult>
  /** Calls the listener now and at every change, with the reason where there is one. @returns ends listening */
  onStatus(listener: (status: ConnectionStatus, reason?: CloseReason) => void): () => void
  /** Leaves and stops reconnecting. */
  close(): Promise<void>
}

/** Refusals that trying again does not cure. They end a connection that never was open; a later one keeps trying. */
const FINAL: ReadonlySet<string> = new Set([
  ERROR.noSuchRealm,
  ERROR.authenticationFailed,
  ERROR.authenticationDenied,
  ERROR.noMatchingAuthMethod,
  ERROR.notAuthorized,
  ERROR.invalidUri,
])

/** A session that lasts so long has ended the outage before it; a router that throws its clients out at once has not. */
const STEADY_MS = 1000

/**
 * Keeps a session to a router open, reconnecting with growing random pauses (see Backoff). Returns at once; the first
 * `onStatus('open')` or a resolved call says that it worked.
 */
export function connect(options: ConnectOptions): Connection {
  return new Reconnecting(options)
}

type StatusListener = (status: ConnectionStatus, reason?: CloseReason) => void

class Reconnecting implements Connection {
  readonly #options: ConnectOptions
  readonly #standing = new Standing()
  readonly #listeners = new Set<StatusListener>()
  readonly #backoff: Backoff
  #status: { readonly now: ConnectionStatus; readonly reason?: CloseReason } = { now: 'connecting' }
  #session: OpenSession | null = null
  /** Without a transport, to be resumed. */
  #parked: OpenSession | null = null
  #wasOpen = false
  /** The next attempt, or the moment from which the session counts as steady. */
  #timer: unknown

  constructor(options: ConnectOptions) {
    this.#options = options
    this.#backoff = new Backoff(options.random ?? Math.random)
    void this.#try()
  }

  session(): Session | null {
    return this.#session
  }

  subscribe(topic: string, handler: EventHandler, options?: SubscribeOptions): Promise<Subscription> {
    return this.#standing.keep((session) => session.subscribe(topic, handler, options), 'unsubscribe')
  }

  register(procedure: string, handler: ProcedureHandler, options?: RegisterOptions): Promise<Registration> {
    return this.#standing.keep((session) => session.register(procedure, handler, options), 'unregister')
  }

  async call(
    procedure: string,
    args?: readonly unknown[],
    kwargs?: Readonly<Record<string, unknown>>,
    options?: CallOptions,
  ): Promise<CallResult> {
    const session = this.#session ?? (await this.#standing.session(this.#options.timers, options))
    return await session.call(procedure, args, kwargs, options)
  }

  async callProgressively(
    procedure: string,
    parts: AsyncIterable<CallPart> | Iterable<CallPart>,
    options?: CallOptions,
  ): Promise<CallResult> {
    const session = this.#session ?? (await this.#standing.session(this.#options.timers, options))
    return await session.callProgressively(procedure, parts, options)
  }

  onStatus(listener: StatusListener): () => void {
    this.#listeners.add(listener)
    listener(this.#status.now, this.#status.reason)
    return () => this.#listeners.delete(listener)
  }

  async close(): Promise<void> {
    const session = this.#session
    const reason = { uri: CLOSE.normal, message: '', code: null }
    this.#end(reason)
    this.#parked?.end(reason)
    await session?.leave()
  }

  async #try(): Promise<void> {
    try {
      const session = await this.#enter()
      if (!session) return
      this.#wasOpen = true
      this.#timer = this.#options.timers.setTimeout(() => this.#backoff.reset(), STEADY_MS)
      this.#tell('open')
      const reason = await session.lost()
      this.#session = null
      if (session.ticket) this.#parked = session
      this.#standing.lost()
      this.#again(reason)
    } catch (error) {
      this.#again(reasonOf(error))
    }
  }

  /** @returns null if the connection was closed meanwhile */
  async #enter(): Promise<OpenSession | null> {
    const parked = this.#parked
    const { session, isResumed } = await openSession(this.#options, parked)
    this.#parked = null
    if (this.#status.now === 'closed') {
      await session.leave()
      return null
    }
    this.#session = session
    // subscriptions first: a listener that now asks for what it missed must not leave a gap behind its answer
    const onError = (error: unknown): void => this.#options.onError?.(error)
    if (isResumed) this.#standing.resume(session, onError)
    else {
      parked?.end({ uri: CLOSE.transportLost, message: 'the router has not kept the session', code: null })
      this.#standing.renew(session, onError)
    }
    return session
  }

  #again(reason: CloseReason): void {
    if (this.#status.now === 'closed') return
    if (!this.#wasOpen && FINAL.has(reason.uri)) return this.#end(reason)
    const { timers } = this.#options
    timers.clearTimeout(this.#timer)
    this.#timer = timers.setTimeout(() => void this.#try(), this.#backoff.nextMs())
    this.#tell('connecting', reason)
  }

  #end(reason: CloseReason): void {
    if (this.#status.now === 'closed') return
    this.#options.timers.clearTimeout(this.#timer)
    this.#standing.end(reason)
    this.#tell('closed', reason)
  }

  #tell(now: ConnectionStatus, reason?: CloseReason): void {
    this.#status = reason ? { now, reason } : { now }
    for (const listener of this.#listeners) listener(now, reason)
  }
}

async function openSession(
  options: ConnectOptions,
  parked: OpenSession | null,
): Promise<{ session: OpenSession; isResumed: boolean }> {
  const auth = typeof options.auth === 'function' ? await options.auth() : options.auth
  const { WebSocket, serializers } = options
  const transport = await (options.open?.() ??
    openWebSocket(options.url, { ...(WebSocket ? { WebSocket } : {}), ...(serializers ? { serializers } : {}) }))
  const joining = {
    realm: options.realm,
    timers: options.timers,
    ...(auth === undefined ? {} : { auth }),
    ...(options.agent === undefined ? {} : { agent: options.agent }),
    ...(options.onError === undefined ? {} : { onError: options.onError }),
  }
  return await enter(transport, joining, { isResumable: options.resume === true, parked })
}

function reasonOf(error: unknown): CloseReason {
  const uri = error instanceof WampError ? error.uri : CLOSE.transportLost
  const code = error instanceof WampError && typeof error.kwargs['code'] === 'number' ? error.kwargs['code'] : null
  return { uri, message: error instanceof Error ? error.message : String(error), code }
}
