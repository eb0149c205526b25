import type { Frame } from '../payload.ts'
import type { Serializer } from '../serializer.ts'

/** A client that speaks in raw frames of one message each, so that a test can also say what no library would. */
export interface RawPeer {
  /** The format of both directions; batches are the transport's business. */
  readonly serializer: Serializer
  send(frame: Frame): void
  /** The next frame as it came. */
  nextFrame(): Promise<Frame>
  /** Resolves when the router has closed the transport; with the close code where the transport has one. */
  readonly closed: Promise<{ code: number }>
  close(): void
}

/** Frames that came and nobody has asked for yet, or the other way round. */
export class Inbox<F extends Frame = Frame> {
  readonly #frames: F[] = []
  readonly #waiting: ((frame: F) => void)[] = []

  push(frame: F): void {
    const waiter = this.#waiting.shift()
    if (waiter) waiter(frame)
    else this.#frames.push(frame)
  }

  next(): Promise<F> {
    const frame = this.#frames.shift()
    if (frame !== undefined) return Promise.resolve(frame)
    return new Promise((resolve) => this.#waiting.push(resolve))
  }
}
