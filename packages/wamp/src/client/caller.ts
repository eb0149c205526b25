import { ERROR, WampError } from '../errors.ts'
import { type Message, type ResultMessage, TYPE } from '../messages.ts'
import { Payload } from '../payload.ts'
import type { CallPart, CallResult } from './handlers.ts'
import { type CallOptions, sentOptions } from './options.ts'
import type { Pending } from './requests.ts'
import type { Wire } from './wire.ts'

type Settle = { resolve(result: CallResult): void; reject(error: unknown): void }
export type CallParts = AsyncIterable<CallPart> | Iterable<CallPart>

/** Rejects with WampError. @param payload the arguments, all of them */
export function callOnce(wire: Wire, procedure: string, payload: Payload, options: CallOptions): Promise<CallResult> {
  return new Promise((resolve, reject) => {
    new PendingCall(wire, { procedure, options, settle: { resolve, reject } }).send(payload, true)
  })
}

/** Rejects with WampError, or with what `parts` throws. */
export function callInParts(
  wire: Wire,
  procedure: string,
  parts: CallParts,
  options: CallOptions,
): Promise<CallResult> {
  return new Promise((resolve, reject) => {
    if (!wire.offers('dealer', 'progressive_call_invocations'))
      throw new WampError(ERROR.featureNotSupported, ['the router has no progressive call invocations'])
    const call = new PendingCall(wire, { procedure, options, settle: { resolve, reject } })
    void feed(wire, call, parts)
  })
}

/** Each part goes out as it comes; the end of the parts is a last one without arguments. */
async function feed(wire: Wire, call: PendingCall, parts: CallParts): Promise<void> {
  const iterator = Symbol.asyncIterator in parts ? parts[Symbol.asyncIterator]() : parts[Symbol.iterator]()
  call.onEnd = () => void Promise.resolve(iterator.return?.()).catch(wire.onError)
  try {
    for (;;) {
      const next = await iterator.next()
      if (call.hasEnded) return
      if (next.done) {
        call.onEnd = null
        return call.send(Payload.empty, true)
      }
      call.send(Payload.of(next.value.args, next.value.kwargs), false)
      if (!wire.hasRoom) await wire.room()
    }
  } catch (error) {
    call.onEnd = null
    call.cut(error)
  }
}

/** A call from its first CALL to its last RESULT or ERROR. */
class PendingCall implements Pending {
  readonly type = TYPE.CALL
  onEnd: (() => void) | null = null
  hasEnded = false
  readonly #wire: Wire
  readonly #procedure: string
  readonly #options: CallOptions
  readonly #settle: Settle
  /** 0 until the first CALL is sent. */
  #request = 0
  #timer: unknown
  #abort: (() => void) | null = null

  /** @throws {WampError} aborted before it began */
  constructor(wire: Wire, call: { procedure: string; options: CallOptions; settle: Settle }) {
    this.#wire = wire
    this.#procedure = call.procedure
    this.#options = call.options
    this.#settle = call.settle
    const { signal, timeoutMs } = call.options
    if (signal) {
      if (signal.aborted) throw new WampError(ERROR.canceled, [call.procedure])
      this.#abort = () => this.cut(new WampError(ERROR.canceled, [call.procedure]))
      signal.addEventListener('abort', this.#abort)
    }
    if (timeoutMs !== undefined) this.#arm(timeoutMs)
  }

  /** Sends the arguments or a part of them. A part that cannot be sent ends the call. */
  send(payload: Payload, isLast: boolean): void {
    try {
      if (this.#request === 0) {
        const id = this.#wire.nextId()
        this.#wire.ask([TYPE.CALL, id, this.#firstOptions(isLast), this.#procedure, payload], id, this)
        this.#request = id
      } else {
        const options = isLast ? {} : { progress: true }
        this.#wire.send([TYPE.CALL, this.#request, options, this.#procedure, payload])
      }
    } catch (error) {
      this.cut(error)
    }
  }

  resolve(message: Message): void {
    const { args, kwargs } = (message as ResultMessage)[3]
    this.#end()
    this.#settle.resolve({ args, kwargs })
  }

  reject(error: unknown): void {
    this.#end()
    this.#settle.reject(error)
  }

  progress([, , , { args, kwargs }]: ResultMessage): void {
    const { timeoutMs, onProgress } = this.#options
    if (timeoutMs !== undefined) this.#arm(timeoutMs)
    try {
      onProgress?.({ args, kwargs })
    } catch (error) {
      this.#wire.onError(error)
    }
  }

  /** Ends the call from this side (Advanced Profile, "Call Canceling"). */
  cut(error: unknown): void {
    if (this.hasEnded) return
    const isCanceled = error instanceof WampError && error.uri === ERROR.canceled
    const mode = isCanceled ? (this.#options.cancelMode ?? 'killnowait') : 'killnowait'
    if (this.#request !== 0 && this.#wire.offers('dealer', 'call_canceling')) {
      this.#wire.send([TYPE.CANCEL, this.#request, { mode }])
      if (mode === 'kill') return // the callee has the last word
    }
    this.#wire.drop(this.#request)
    this.reject(error)
  }

  #firstOptions(isLast: boolean): Record<string, unknown> {
    const options = sentOptions(this.#options)
    if (this.#options.onProgress) options['receive_progress'] = true
    if (!isLast) options['progress'] = true
    return options
  }

  #arm(ms: number): void {
    if (this.#timer !== undefined) this.#wire.timers.clearTimeout(this.#timer)
    this.#timer = this.#wire.timers.setTimeout(() => this.cut(new WampError(ERROR.timeout, [this.#procedure])), ms)
  }

  #end(): void {
    this.hasEnded = true
    if (this.#timer !== undefined) this.#wire.timers.clearTimeout(this.#timer)
    if (this.#abort) this.#options.signal?.removeEventListener('abort', this.#abort)
    const { onEnd } = this
    this.onEnd = null
    onEnd?.()
  }
}
