import type { Duplex } from 'node:stream'
import type { Batch, Writer } from './writer.ts'

/** So much to one socket leaves at once: what is held back must not look like a peer that does not read. */
const EARLY_BYTES = 64 * 1024
/** Pieces of up to so many bytes, on average, are made one: copying them costs less than a vector of many. */
const JOINED_MEAN_BYTES = 256

/** What is written to one socket: all of one turn of the event loop leaves at its end, as one write. */
export class Outlet implements Batch {
  /** Bytes that wait for the end of the turn. */
  waitingBytes = 0
  readonly #socket: Duplex
  readonly #writer: Writer
  #first: Buffer | null = null
  /** What waits behind the first. */
  #more: Buffer[] | null = null

  constructor(socket: Duplex, writer: Writer) {
    this.#socket = socket
    this.#writer = writer
  }

  /** Bytes not yet taken by the network. */
  get bufferedBytes(): number {
    return this.#socket.writableLength + this.waitingBytes
  }

  /** @param bytes must not change any more; they may go to other sockets, too */
  write(bytes: Buffer): void {
    if (this.#first === null) {
      this.#first = bytes
      this.#writer.gather(this)
    } else if (this.#more === null) this.#more = [bytes]
    else this.#more.push(bytes)
    this.waitingBytes += bytes.length
    if (this.waitingBytes > EARLY_BYTES) this.flush()
  }

  /** Runs when all that was written has been taken by the network; not if the socket closes before. */
  whenDrained(run: () => void): void {
    this.flush()
    this.#socket.write(NOTHING, (error) => {
      if (!error) run()
    })
  }

  flush(): void {
    const first = this.#first
    if (first === null) return
    const more = this.#more
    const bytes = this.waitingBytes
    this.#first = this.#more = null
    this.waitingBytes = 0
    if (!this.#socket.writable) return
    if (more === null) this.#socket.write(first)
    else if (bytes <= JOINED_MEAN_BYTES * (1 + more.length)) this.#socket.write(joined(first, more, bytes))
    else this.#writeAll(first, more)
  }

  #writeAll(first: Buffer, more: readonly Buffer[]): void {
    this.#socket.cork()
    this.#socket.write(first)
    for (const bytes of more) this.#socket.write(bytes)
    this.#socket.uncork()
  }
}

const NOTHING = Buffer.alloc(0)

function joined(first: Buffer, more: readonly Buffer[], length: number): Buffer {
  const whole = Buffer.allocUnsafe(length)
  whole.set(first)
  let at = first.length
  for (const bytes of more) {
    whole.set(bytes, at)
    at += bytes.length
  }
  return whole
}
