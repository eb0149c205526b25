import type { CallResult } from './handlers.ts'

/** The part of the platform's AbortSignal that is used. */
export interface Signal {
  readonly aborted: boolean
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}

/** AbortSignal where the program's platform has it, which this package is not compiled for. */
export type PlatformSignal = typeof globalThis extends { AbortSignal: { prototype: infer S extends Signal } }
  ? S
  : Signal

/** Advanced Profile, "Payload Passthru Mode": the payload is one binary argument that the router does not look into. */
export interface PassthruOptions {
  readonly ppt_scheme?: string
  readonly ppt_serializer?: string
  readonly ppt_cipher?: string
  readonly ppt_keyid?: string
}

/** Options go out as they are; the named ones are those of the specification. */
export interface PublishOptions extends PassthruOptions {
  /** False: the publisher gets its own event, if it is subscribed. */
  readonly exclude_me?: boolean
  readonly exclude?: readonly number[]
  readonly exclude_authid?: readonly string[]
  readonly exclude_authrole?: readonly string[]
  readonly eligible?: readonly number[]
  readonly eligible_authid?: readonly string[]
  readonly eligible_authrole?: readonly string[]
  readonly disclose_me?: boolean
  /** The router keeps the event for later subscribers of the topic. */
  readonly retain?: boolean
  /** Seconds for which the event is retained; a private option of this router. */
  readonly _retain_ttl?: number
  /** Which member of a consumer group gets the event (Advanced Profile, "Sharded Subscription"). */
  readonly rkey?: string
  readonly [option: string]: unknown
}

export interface SubscribeOptions {
  readonly match?: 'exact' | 'prefix' | 'wildcard'
  /** The retained event of the topic comes first. All handlers of the subscription see it. */
  readonly get_retained?: boolean
  /**
   * What was published after this publication comes first: nothing twice, nothing left out. Rejects with
   * wamp.error.history_unavailable where the router no longer has it; a private option of this router.
   */
  readonly _after_publication?: number
  /** Joins the consumer group of the topic as this node: each event goes to one member. */
  readonly nkey?: string
  /** Not sent. The router took the subscription away (Advanced Profile, "Subscription Revocation"). */
  readonly onRevoked?: (reason: string) => void
  readonly [option: string]: unknown
}

export interface RegisterOptions {
  readonly match?: 'exact' | 'prefix' | 'wildcard'
  readonly invoke?: 'single' | 'first' | 'last' | 'roundrobin' | 'random'
  /**
   * Calls that this callee works on at a time; the router tries others, or refuses, beyond it. A canceled one counts
   * until its procedure has come to its end.
   */
  readonly concurrency?: number
  /** Takes the procedure away from whoever has it. */
  readonly force_reregister?: boolean
  readonly disclose_caller?: boolean
  /** A caller's time limit is kept by this client rather than by the router. */
  readonly forward_timeout?: boolean
  /**
   * Not sent. The procedure takes progressive call invocations, through `details.input`. Of a procedure that does not,
   * such calls fail with wamp.error.feature_not_supported.
   */
  readonly input?: boolean
  /** Not sent. The router took the registration away (Advanced Profile, "Registration Revocation"). */
  readonly onRevoked?: (reason: string) => void
  readonly [option: string]: unknown
}

/** Advanced Profile, "Call Canceling". */
export type CancelMode = 'skip' | 'kill' | 'killnowait'

export interface CallOptions extends PassthruOptions {
  /**
   * Not sent. Rejects with wamp.error.timeout after so many ms without a result, and cancels; each progressive result
   * starts it anew. Without it the call waits as long as the session lives.
   */
  readonly timeoutMs?: number
  /** Not sent. Rejects with wamp.error.canceled when aborted, and cancels where the router can. */
  readonly signal?: Signal
  /** Not sent. With `kill` an aborted call waits for what the procedure says to it. Default `killnowait`. */
  readonly cancelMode?: CancelMode
  /** Not sent. Asks for progressive results; the result the call resolves with is the last one. */
  readonly onProgress?: (result: CallResult) => void
  /** ms after which the router ends the call (Advanced Profile, "Call Timeout"). */
  readonly timeout?: number
  readonly disclose_me?: boolean
  /** With `runmode: 'partition'`: which callee of a sharded registration gets the call. */
  readonly rkey?: string
  readonly runmode?: 'partition'
  readonly [option: string]: unknown
}

/** Options that are this side's own business. */
const LOCAL: ReadonlySet<string> = new Set(['timeoutMs', 'signal', 'cancelMode', 'onProgress', 'onRevoked', 'input'])

/** What of the options goes into the message. */
export function sentOptions(options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const sent: Record<string, unknown> = {}
  for (const name in options) if (!LOCAL.has(name) && options[name] !== undefined) sent[name] = options[name]
  return sent
}
