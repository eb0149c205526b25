import { ERROR, WampError } from '../errors.ts'
import { TYPE } from '../messages.ts'
import { type Dict, Payload } from '../payload.ts'
import { type AbortSource, makeAbort } from './abort.ts'
import { CallInput } from './call-input.ts'
import { type CallResult, type InvocationDetails, type PeerIdentity, Result, numberOf, peerOf } from './handlers.ts'
import type { Signal } from './options.ts'
import type { Wire } from './wire.ts'

/** One invocation, from INVOCATION to its answer. What few procedures ask for is made when it is asked for. */
export class RunningInvocation implements InvocationDetails {
  readonly id: number
  readonly procedure: string
  readonly raw: Dict
  readonly input: CallInput | null
  readonly #wire: Wire
  #controller: AbortSource | null = null
  #timer: unknown
  #hasEnded = false
  /** Ended by somebody else than the procedure. */
  #isAborted = false

  constructor(wire: Wire, id: number, of: { procedure: string; raw: Dict; takesInput: boolean }) {
    this.#wire = wire
    this.id = id
    this.procedure = of.procedure
    this.raw = of.raw
    this.input = of.takesInput ? new CallInput() : null
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

  get signal(): Signal {
    if (!this.#controller) {
      this.#controller = makeAbort()
      if (this.#isAborted) this.#controller.abort()
    }
    return this.#controller.signal
  }

  progress(args?: readonly unknown[], kwargs?: Readonly<Dict>): boolean {
    if (this.#hasEnded || !this.wantsProgress) return false
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
    const result = value instanceof Result ? value : new Result(value === undefined ? [] : [value])
    try {
      this.#wire.answer([TYPE.YIELD, this.id, result.options, Payload.of(result.args, result.kwargs)])
      this.#end()
    } catch (error) {
      this.fail(error)
    }
  }

  /** What is not a WampError is a bug of the procedure: the caller learns that there was one, not which. */
  fail(error: unknown): void {
    if (this.#hasEnded) return
    if (!(error instanceof WampError)) this.#wire.onError(error)
    const known = error instanceof WampError ? error : new WampError(ERROR.runtimeError)
    this.#end()
    try {
      const payload = Payload.of(known.args, known.kwargs)
      this.#wire.answer([TYPE.ERROR, TYPE.INVOCATION, this.id, {}, known.uri, payload])
    } catch (unencodable) {
      this.#wire.onError(unencodable)
      this.#wire.answer([TYPE.ERROR, TYPE.INVOCATION, this.id, {}, known.uri, Payload.empty])
    }
  }

  /** Ends it from outside: its procedure is told, and what it still answers goes nowhere. */
  abort(error: WampError): void {
    if (this.#hasEnded) return
    this.fail(error)
    this.#isAborted = true
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
