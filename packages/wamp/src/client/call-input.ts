import type { WampError } from '../errors.ts'
import type { CallResult } from './handlers.ts'

/** Parts that wait to be read by a procedure; one more ends the call. */
const PARTS_MAX = 1000

/** The parts of one call's arguments, as they arrive, for the procedure to read once. */
export class CallInput implements AsyncIterable<CallResult>, AsyncIterator<CallResult, undefined> {
  readonly #waiting: CallResult[] = []
  #reader: { resolve(result: IteratorResult<CallResult, undefined>): void; reject(error: WampError): void } | null =
    null
  #error: WampError | null = null
  #isComplete = false

  get isComplete(): boolean {
    return this.#isComplete
  }

  /** @returns false if too many wait */
  push(part: CallResult): boolean {
    if (this.#error) return true
    const reader = this.#reader
    this.#reader = null
    if (reader) reader.resolve({ value: part, done: false })
    else this.#waiting.push(part)
    return this.#waiting.length <= PARTS_MAX
  }

  /** There was the last part. */
  complete(): void {
    this.#isComplete = true
    this.#reader?.resolve({ value: undefined, done: true })
    this.#reader = null
  }

  /** There will be no last part. */
  fail(error: WampError): void {
    if (this.#isComplete) return
    this.#error = error
    this.#waiting.length = 0
    this.#reader?.reject(error)
    this.#reader = null
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<CallResult, undefined>> {
    const part = this.#waiting.shift()
    if (part) return Promise.resolve({ value: part, done: false })
    if (this.#error) return Promise.reject(this.#error)
    if (this.#isComplete) return Promise.resolve({ value: undefined, done: true })
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject }
    })
  }
}
