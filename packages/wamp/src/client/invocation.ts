import { ERROR, WampError } from '../errors.ts'
import { TYPE } from '../messages.ts'
import { type Dict, Payload } from '../payload.ts'
import { type AbortSource, makeAbort } from './abort.ts'
import { CallInput } from './call-input.ts'
import { type CallResult, type InvocationDetails, type PeerIdentity, Result, numberOf, peerOf } from './handlers.ts'
import type { PlatformSignal, RegisterOptions } from './options.ts'
import type { Wire } from './wire.ts'

/** One invocation, from INVOCATION to its answer. What few procedures ask for is made when it is asked for. */
export class RunningInvocation implements InvocationDetails {
  readonly id: number
  readonly procedure: string
  readonly raw: Dict
  readonly input: CallInput | null
  /** It counts until its procedure has come to its end: the callee said how many it works on at a time. */
  readonly isCounted: boolean
  readonly #wire: Wire
  #controller: AbortSource | null = null
  #timer: unknown
  #hasEnded = false
  /** Why the call has ended while the procedure still runs: the answer, whatever the procedure says. */
  #verdict: WampError | null = null

  constructor(wire: Wire, id: number, of: { procedure: string; raw: Dict; options: RegisterOptions }) {
    this.#wire = wire
    this.id = id
    this.procedure = of.procedure
    this.raw = of.raw
    this.input = of.options.input === true ? new CallInput() : null
    this.isCounted = of.options.concurrency !== undefined
  }

  get caller(): PeerIdentity | null {
    return peerOf(this.raw, 'caller')
  }

  get trustlevel(): number | null {
    return numberOf(this.raw, 'trustlevel')
  }

  get wantsProgress(): boolean {
    return this.raw['receive_progress'] === true
  }

  get hasEnded(): boolean {
    return this.#hasEnded
  }

  get signal(): PlatformSignal {
    if (!this.#controller) {
      this.#controller = makeAbort()
      if (this.#verdict) this.#controller.abort()
    }
    return this.#controller.signal
  }

  progress(args?: readonly unknown[], kwargs?: Readonly<Dict>): boolean {
    if (this.#hasEnded || this.#verdict || !this.wantsProgress) return false
    this.#wire.send([TYPE.YIELD, this.id, { progress: true }, Payload.of(args, kwargs)])
    return true
  }

  /** Takes one part of the arguments. The last one may be empty and is then none. @returns false: too many wait */
  take(part: CallResult, isLast: boolean, isEmpty: boolean): boolean {
    const hasRoom = (isLast && isEmpty) || (this.input?.push(part) ?? true)
    if (isLast) this.input?.complete()
    return hasRoom
  }

  /** Keeps the caller's time limit. It is forwarded to callees that asked for it (Advanced Profile, "Call Timeout"). */
  limit(onExpiry: () => void): void {
    const timeout = numberOf(this.raw, 'timeout') ?? 0
    if (timeout > 0 && !this.#hasEnded) this.#timer = this.#wire.timers.setTimeout(onExpiry, timeout)
  }

  answer(value: unknown): void {
    if (this.#hasEnded) return
    if (this.#verdict) return this.fail(this.#verdict)
    const result = value instanceof Result ? value : new Result(value === undefined ? [] : [value])
    try {
      this.#wire.send([TYPE.YIELD, this.id, result.options, Payload.of(result.args, result.kwargs)])
      this.#end()
    } catch (error) {
      this.fail(error)
    }
  }

  /** What is not a WampError is a bug of the procedure: the caller learns that there was one, not which. */
  fail(thrown: unknown): void {
    if (this.#hasEnded) return
    const error = this.#verdict ?? thrown
    if (!(error instanceof WampError)) this.#wire.onError(error)
    const known = error instanceof WampError ? error : new WampError(ERROR.runtimeError)
    this.#end()
    try {
      const payload = Payload.of(known.args, known.kwargs)
      this.#wire.send([TYPE.ERROR, TYPE.INVOCATION, this.id, {}, known.uri, payload])
    } catch (unencodable) {
      this.#wire.onError(unencodable)
      this.#wire.send([TYPE.ERROR, TYPE.INVOCATION, this.id, {}, known.uri, Payload.empty])
    }
  }

  /**
   * Ends it from outside: its procedure is told, and what that still answers goes nowhere.
   * @param waits whether the ERROR waits until the procedure has come to its end
   */
  abort(error: WampError, waits: boolean): void {
    if (this.#hasEnded || this.#verdict) return
    this.#verdict = error
    if (!waits) this.fail(error)
    this.input?.fail(error)
    try {
      this.#controller?.abort()
    } catch (thrown) {
      this.#wire.onError(thrown)
    }
  }

  #end(): void {
    this.#hasEnded = true
    if (this.#timer !== undefined) this.#wire.timers.clearTimeout(this.#timer)
  }
}
