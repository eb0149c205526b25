import { CLOSE, ERROR, WampError } from '../errors.ts'
import type { Timers } from '../timers.ts'
import type { Transport } from '../transport.ts'
import { backoffMs } from './backoff.ts'
import { join, ticketAuth } from './join.ts'
import type {
  CallOptions,
  CallResult,
  CloseReason,
  EventHandler,
  ProcedureHandler,
  RegisterOptions,
  Registration,
  Session,
  SubscribeOptions,
  Subscription,
} from './session.ts'
import { Standing } from './standing.ts'
import { type WebSocketConstructor, openWebSocket } from './web-socket.ts'

export type ConnectionStatus = 'connecting' | 'open' | 'closed'
/** What one attempt authenticates with; nothing means anonymous. */
export type Credentials = { readonly authid?: string; readonly ticket?: string }

export interface ConnectOptions {
  readonly url: string
  readonly realm: string
  /** Asked anew for each attempt, because tickets may be single-use. A rejection counts as a failed attempt. */
  readonly authenticate?: () => Credentials | undefined | Promise<Credentials | undefined>
  readonly timers: Timers
  /** As Math.random, which is the default. */
  readonly random?: () => number
  readonly WebSocket?: WebSocketConstructor
  /** Instead of a WebSocket to `url`; for tests and other transports. */
  readonly open?: () => Promise<Transport>
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

/**
 * Keeps a session to a router open, reconnecting with full-jitter back-off from 1 s to 30 s. Returns at once; the first
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
  #status: { readonly now: ConnectionStatus; readonly reason?: CloseReason } = { now: 'connecting' }
  #session: Session | null = null
  #wasOpen = false
  #attempt = 0
  #retry: unknown

  constructor(options: ConnectOptions) {
    this.#options = options
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

  onStatus(listener: StatusListener): () => void {
    this.#listeners.add(listener)
    listener(this.#status.now, this.#status.reason)
    return () => this.#listeners.delete(listener)
  }

  async close(): Promise<void> {
    const session = this.#session
    this.#end({ uri: CLOSE.normal, message: '', code: null })
    await session?.leave()
  }

  async #try(): Promise<void> {
    try {
      const session = await openSession(this.#options)
      if (this.#status.now === 'closed') return await session.leave()
      this.#session = session
      this.#wasOpen = true
      this.#attempt = 0
      // subscriptions first: a listener that now asks for what it missed must not leave a gap behind its answer
      this.#standing.renew(session, (error) => this.#options.onError?.(error))
      this.#tell('open')
      const reason = await session.closed
      this.#session = null
      this.#standing.lost()
      this.#again(reason)
    } catch (error) {
      this.#again(reasonOf(error))
    }
  }

  #again(reason: CloseReason): void {
    if (this.#status.now === 'closed') return
    if (!this.#wasOpen && FINAL.has(reason.uri)) return this.#end(reason)
    const { timers, random } = this.#options
    this.#retry = timers.setTimeout(() => void this.#try(), backoffMs(this.#attempt, random ?? Math.random))
    this.#attempt += 1
    this.#tell('connecting', reason)
  }

  #end(reason: CloseReason): void {
    if (this.#status.now === 'closed') return
    this.#options.timers.clearTimeout(this.#retry)
    this.#standing.end(reason)
    this.#tell('closed', reason)
  }

  #tell(now: ConnectionStatus, reason?: CloseReason): void {
    this.#status = reason ? { now, reason } : { now }
    for (const listener of this.#listeners) listener(now, reason)
  }
}

async function openSession(options: ConnectOptions): Promise<Session> {
  const credentials = await options.authenticate?.()
  const transport = await (options.open?.() ?? openWebSocket(options.url, options.WebSocket))
  return await join(transport, {
    realm: options.realm,
    timers: options.timers,
    ...(credentials?.ticket === undefined ? {} : { auth: ticketAuth(credentials.ticket, credentials.authid) }),
    ...(options.agent === undefined ? {} : { agent: options.agent }),
    ...(options.onError === undefined ? {} : { onError: options.onError }),
  })
}

function reasonOf(error: unknown): CloseReason {
  const uri = error instanceof WampError ? error.uri : CLOSE.transportLost
  const code = error instanceof WampError && typeof error.kwargs['code'] === 'number' ? error.kwargs['code'] : null
  return { uri, message: error instanceof Error ? error.message : String(error), code }
}
