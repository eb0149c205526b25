import type { Dict } from '../payload.ts'
import type { PlatformSignal } from './options.ts'

/** Who published or called, where the router discloses it. */
export interface PeerIdentity {
  readonly session: number
  readonly authid: string
  readonly authrole: string
}

export interface EventDetails {
  /** Publication id, the same for every subscriber of one publication. */
  readonly publication: number
  /** The topic published to, which for a pattern subscription differs from its own. */
  readonly topic: string
  readonly publisher: PeerIdentity | null
  /** The event was there before the subscription: see `get_retained`. */
  readonly retained: boolean
  readonly trustlevel: number | null
  /** So many events of this subscription were lost before this one, because this side was too slow or away. */
  readonly dropped: number
  readonly raw: Dict
}

export interface InvocationDetails {
  readonly procedure: string
  readonly caller: PeerIdentity | null
  readonly trustlevel: number | null
  /**
   * Aborted when nobody waits for the answer any more: canceled, timed out, or the session is gone. Pass it on to what
   * the procedure waits for.
   */
  readonly signal: PlatformSignal
  /** Whether the caller takes progressive results. */
  readonly wantsProgress: boolean
  /** Sends one. @returns false if the caller takes none, or the call has ended; nothing was sent */
  progress(args?: readonly unknown[], kwargs?: Readonly<Record<string, unknown>>): boolean
  /**
   * All parts of the call's arguments, the first included, of a procedure registered with `input`; else null. Read them
   * once. Throws wamp.error.canceled when the call has ended before its last part.
   */
  readonly input: AsyncIterable<CallResult> | null
  readonly raw: Dict
}

/** Values are shared with other receivers in the process: do not change them. */
export type EventHandler = (args: unknown[], kwargs: Record<string, unknown>, details: EventDetails) => void

/**
 * Its return value becomes the single argument of the result, none for undefined; `new Result(…)` says more. A thrown
 * WampError becomes the ERROR; anything else becomes wamp.error.runtime_error without its text.
 */
export type ProcedureHandler = (args: unknown[], kwargs: Record<string, unknown>, details: InvocationDetails) => unknown

/** What a procedure returns to answer with other than one argument, and one part of a call's arguments. */
export class Result {
  readonly args: readonly unknown[]
  readonly kwargs: Readonly<Record<string, unknown>>
  /** YIELD.Options, such as those of payload passthru mode. */
  readonly options: Readonly<Dict>

  constructor(
    args: readonly unknown[] = [],
    kwargs: Readonly<Record<string, unknown>> = {},
    options: Readonly<Dict> = {},
  ) {
    this.args = args
    this.kwargs = kwargs
    this.options = options
  }
}

export interface CallResult {
  readonly args: unknown[]
  readonly kwargs: Record<string, unknown>
}

/** One part of the arguments of a progressive call. */
export interface CallPart {
  readonly args?: readonly unknown[]
  readonly kwargs?: Readonly<Record<string, unknown>>
}

/** `caller`, `caller_authid` and so on, or the same of `publisher`; null where any of them is missing. */
export function peerOf(raw: Dict, role: 'caller' | 'publisher'): PeerIdentity | null {
  const session = raw[role]
  if (typeof session !== 'number') return null
  const authid = raw[`${role}_authid`]
  const authrole = raw[`${role}_authrole`]
  return typeof authid === 'string' && typeof authrole === 'string' ? { session, authid, authrole } : null
}

export function numberOf(raw: Dict, key: string): number | null {
  const value = raw[key]
  return typeof value === 'number' ? value : null
}
