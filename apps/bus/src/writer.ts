import type { Duplex } from 'node:stream'
import { serializerOf } from '@sluice/wamp'
import { Encoder, type Framing } from './encoder.ts'

/** So much to one socket leaves at once: what is corked must not look like a peer that does not read. */
const EARLY_BYTES = 64 * 1024

/** What gathers messages of one turn. */
export interface Batch {
  /** Hands all of them on; called once at the end of each turn in which it asked for it. */
  flush(): void
}

/**
 * Writes to many sockets: what is written to one of them within one turn of the event loop leaves as one system call,
 * and messages are encoded once for all receivers of a format.
 */
export class Writer {
  readonly #encoders = new Map<string, Encoder>()
  #corked: Duplex[] = []
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

  write(socket: Duplex, bytes: Buffer): void {
    if (socket.writableCorked === 0) {
      socket.cork()
      this.#corked.push(socket)
      this.#schedule()
    }
    socket.write(bytes)
    const length = socket.writableLength
    if (length > EARLY_BYTES && length - bytes.length <= EARLY_BYTES) socket.uncork()
  }

  /** Flushes the batch at the end of this turn. */
  gather(batch: Batch): void {
    this.#batches.push(batch)
    this.#schedule()
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(this.#flush)
  }

  readonly #flush = (): void => {
    const batches = this.#batches
    this.#batches = []
    for (const batch of batches) batch.flush()
    const corked = this.#corked
    this.#corked = []
    this.#isScheduled = false
    for (const socket of corked) socket.uncork()
    for (const encoder of this.#encoders.values()) encoder.forget()
  }
}
