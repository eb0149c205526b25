import { ERROR, WampError } from '../errors.ts'
import { type ErrorMessage, TYPE } from '../messages.ts'
import { type Dict, NO_ENTRIES, Payload } from '../payload.ts'
import type { Timers } from '../timers.ts'
import type { PendingCall } from './pending-call.ts'

/** Advanced Profile, "Call Canceling". */
export type CancelMode = 'skip' | 'kill' | 'killnowait'

/** A callee that keeps the time itself has so much longer to say so before its caller is answered without it. */
const TIMEOUT_GRACE_MS = 1000

const KILL: Dict = Object.freeze({ mode: 'kill' })
const KILLNOWAIT: Dict = Object.freeze({ mode: 'killnowait' })
const TIMED_OUT: Dict = Object.freeze({ mode: 'killnowait', reason: ERROR.timeout })

/** All the ways in which a call ends before its callee has answered, and what has to be put away at any end. */
export class CallEnds {
  /** Calls ended by their time limit. */
  timedOut = 0
  readonly #timers: Timers

  constructor(timers: Timers) {
    this.#timers = timers
  }

  /** Callees that cannot be interrupted never are: their calls are skipped, whatever the mode. */
  cancel(call: PendingCall, mode: CancelMode): void {
    if (mode === 'kill' && call.endpoint.takesInterrupt) {
      if (!call.isKilled) interrupt(call, KILL)
      call.isKilled = true
      return
    }
    this.#giveUp(call, mode === 'skip' ? null : KILLNOWAIT, new WampError(ERROR.canceled))
  }

  /** Answers the caller with an error of the router's own, and tells the callee to stop. */
  fail(call: PendingCall, error: WampError): void {
    this.#giveUp(call, KILLNOWAIT, error)
  }

  /** Nobody waits for the answer any more. */
  callerGone(call: PendingCall): void {
    this.#giveUp(call, KILLNOWAIT, null)
  }

  /** The callee will never answer, so its caller is told at once. */
  calleeGone(call: PendingCall): void {
    const { caller } = call
    this.end(call)
    caller?.session.send(errorMessage(TYPE.CALL, call.request, new WampError(ERROR.canceled, ['the callee is gone'])))
  }

  /** Advanced Profile, "Call Timeouts". Counts from now; every progressive result starts the time anew. */
  limitTime(call: PendingCall): void {
    this.#timers.clearTimeout(call.timer)
    const ms = call.terms.timeoutMs + (call.endpoint.takesTimeout ? TIMEOUT_GRACE_MS : 0)
    call.timer = this.#timers.setTimeout(() => {
      this.timedOut += 1
      this.#giveUp(call, TIMED_OUT, new WampError(ERROR.timeout))
    }, ms)
  }

  /** Puts a call away on both sides. */
  end(call: PendingCall): void {
    this.endForCaller(call)
    this.endForCallee(call)
  }

  endForCaller(call: PendingCall): void {
    const { caller, request } = call
    if (caller === null) return
    call.caller = null
    call.retry = null
    caller.calls?.delete(request)
    caller.session.usage.give('calls')
    if (call.isOpen) caller.remember(request)
    if (call.timer === undefined) return
    this.#timers.clearTimeout(call.timer)
    call.timer = undefined
  }

  endForCallee({ endpoint, invocation }: PendingCall): void {
    if (endpoint.callee.invocations?.delete(invocation)) endpoint.inFlight -= 1
  }

  /** A callee that has said how many calls it works on at a time still works on this one. */
  #giveUp(call: PendingCall, options: Dict | null, error: WampError | null): void {
    const { caller, endpoint, isKilled } = call
    this.endForCaller(call)
    if (endpoint.concurrencyMax === Infinity) this.endForCallee(call)
    if (options !== null && endpoint.takesInterrupt && !isKilled) interrupt(call, options)
    if (error !== null) caller?.session.send(errorMessage(TYPE.CALL, call.request, error))
  }
}

function interrupt({ endpoint, invocation }: PendingCall, options: Dict): void {
  endpoint.callee.session.send([TYPE.INTERRUPT, invocation, options])
}

/** An error of the router's own about a message of this type. */
export function errorMessage(type: number, request: number, { uri, args, kwargs }: WampError): ErrorMessage {
  return [TYPE.ERROR, type, request, NO_ENTRIES, uri, Payload.of(args, kwargs)]
}
