import { serializerOf } from '@sluice/wamp'
import { Encoder, type Framing } from './encoder.ts'

/** What gathers what is sent in one turn. */
export interface Batch {
  /** Hands all of them on; called once at the end of each turn in which it asked for it. */
  flush(): void
}

/**
 * What writing to many sockets has in common: messages are encoded once for all receivers of a format, and what gathers
 * within one turn of the event loop is handed on at its end.
 */
export class Writer {
  readonly #encoders = new Map<string, Encoder>()
  #batches: Batch[] = []
  #isScheduled = false

  /**
   * The encoder for a subprotocol and framing, or null if that is not served. Sessions share it, but for batched JSON,
   * which is answered with the separator that its peer uses.
   */
  encoder(subprotocol: string, framing: Framing): Encoder | null {
    const key = `${framing} ${subprotocol}`
    let encoder = this.#encoders.get(key)
    if (encoder) return encoder
    const serializer = serializerOf(subprotocol)
    if (serializer === null) return null
    const isShared = subprotocol !== 'wamp.2.json.batched'
    encoder = new Encoder(serializer, framing, isShared)
    if (isShared) this.#encoders.set(key, encoder)
    return encoder
  }

  /** Flushes the batch at the end of this turn. */
  gather(batch: Batch): void {
    this.#batches.push(batch)
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(this.#flush)
  }

  readonly #flush = (): void => {
    // one that is flushed may have another gather for it
    for (const batch of this.#batches) batch.flush()
    this.#batches = []
    this.#isScheduled = false
    for (const encoder of this.#encoders.values()) encoder.forget()
  }
}
