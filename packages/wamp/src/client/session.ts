import type { Dict } from '../payload.ts'
import type { CallPart, CallResult, EventHandler, ProcedureHandler } from './handlers.ts'
import type { CallOptions, PublishOptions, RegisterOptions, SubscribeOptions } from './options.ts'

/** Details of WELCOME, of which these are understood; all of them are at `raw`. */
export interface WelcomeDetails {
  readonly authid: string
  readonly authrole: string
  readonly authmethod: string
  readonly agent: string
  /** The session is an earlier one that goes on over a new transport. */
  readonly resumed: boolean
  readonly raw: Dict
}

/** Why a session ended: a `wamp.close.` or `wamp.error.` URI, and the transport's close code where known. */
export interface CloseReason {
  readonly uri: string
  readonly message: string
  readonly code: number | null
}

/** It ends with its session, with `unsubscribe`, or when the router revokes it. */
export interface Subscription {
  readonly id: number
  unsubscribe(): Promise<void>
}

export interface Registration {
  readonly id: number
  unregister(): Promise<void>
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
  /** Whether the router announced a feature in WELCOME. */
  offers(role: 'broker' | 'dealer', feature: string): boolean
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
  /**
   * A call whose arguments are sent in parts, as they come (Advanced Profile, "Progressive Call Invocations"). The
   * procedure may answer before the last part; what `parts` throws cancels the call and rejects it.
   */
  callProgressively(
    procedure: string,
    parts: AsyncIterable<CallPart> | Iterable<CallPart>,
    options?: CallOptions,
  ): Promise<CallResult>
  /** Says GOODBYE and resolves when the session and its transport are closed. */
  leave(): Promise<void>
}
