import type { Dict } from '../payload.ts'

/** Details of WELCOME, of which these are understood; all of them are at `raw`. */
export interface WelcomeDetails {
  readonly authid: string
  readonly authrole: string
  readonly authmethod: string
  readonly agent: string
  readonly raw: Dict
}

/** Why a session ended: a `wamp.close.` or `wamp.error.` URI, and the transport's close code where known. */
export interface CloseReason {
  readonly uri: string
  readonly message: string
  readonly code: number | null
}

export interface EventDetails {
  /** Publication id, the same for every subscriber of one publication. */
  readonly publication: number
  /** The topic published to, which for a pattern subscription differs from its own. */
  readonly topic: string
  readonly raw: Dict
}

export interface InvocationDetails {
  readonly procedure: string
  /** Who calls, where the router discloses it: session id, authid and authrole. */
  readonly caller: { readonly session: number; readonly authid: string; readonly authrole: string } | null
  readonly raw: Dict
}

/** Values are shared with other receivers in the process: do not change them. */
export type EventHandler = (args: unknown[], kwargs: Record<string, unknown>, details: EventDetails) => void

/**
 * Its return value becomes the single argument of the result, none for undefined; `new Result(…)` says more. A thrown
 * WampError becomes the ERROR; anything else becomes wamp.error.runtime_error without its text.
 */
export type ProcedureHandler = (args: unknown[], kwargs: Record<string, unknown>, details: InvocationDetails) => unknown

/** What a procedure returns to answer with other than one argument. */
export class Result {
  readonly args: readonly unknown[]
  readonly kwargs: Readonly<Record<string, unknown>>

  constructor(args: readonly unknown[] = [], kwargs: Readonly<Record<string, unknown>> = {}) {
    this.args = args
    this.kwargs = kwargs
  }
}

export interface Subscription {
  readonly id: number
  unsubscribe(): Promise<void>
}

export interface Registration {
  readonly id: number
  unregister(): Promise<void>
}

export interface CallResult {
  readonly args: unknown[]
  readonly kwargs: Record<string, unknown>
}

/** Options go out as they are; the named ones are those this router acts on. */
export interface PublishOptions {
  readonly exclude_me?: boolean
  readonly [option: string]: unknown
}

export interface SubscribeOptions {
  readonly match?: 'exact' | 'prefix' | 'wildcard'
  readonly [option: string]: unknown
}

export interface RegisterOptions {
  readonly [option: string]: unknown
}

/** The part of the platform's AbortSignal that is used. */
export interface Signal {
  readonly aborted: boolean
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}

export interface CallOptions {
  /** Rejects with wamp.error.timeout after so many ms; without it the call waits as long as the session lives. */
  readonly timeoutMs?: number
  /** Rejects with wamp.error.canceled when aborted. The procedure may run to its end all the same. */
  readonly signal?: Signal
}

type Values = readonly unknown[]
type Keywords = Readonly<Record<string, unknown>>

/** A joined client session. Requests reject with WampError; once the session is closed, with its close reason. */
export interface Session {
  readonly id: number
  readonly realm: string
  readonly details: WelcomeDetails
  /** Resolves, never rejects, when the session has ended for whatever reason. */
  readonly closed: Promise<CloseReason>
  /** Publications not sent, because the session was closed or the router did not keep up. */
  readonly publicationsDropped: number
  /**
   * Fire and forget: no answer, and neither a slow nor a lost router makes it throw.
   * @throws {WampError} wamp.error.invalid_argument: a value has no form in the transport's format
   */
  publish(topic: string, args?: Values, kwargs?: Keywords, options?: PublishOptions): void
  /** Resolves with the publication id once the router has dispatched the event. */
  publishAcknowledged(topic: string, args?: Values, kwargs?: Keywords, options?: PublishOptions): Promise<number>
  /** The handler gets every event from the moment of the router's answer on. */
  subscribe(topic: string, handler: EventHandler, options?: SubscribeOptions): Promise<Subscription>
  register(procedure: string, handler: ProcedureHandler, options?: RegisterOptions): Promise<Registration>
  call(procedure: string, args?: Values, kwargs?: Keywords, options?: CallOptions): Promise<CallResult>
  /** Says GOODBYE and resolves when the session and its transport are closed. */
  leave(): Promise<void>
}
