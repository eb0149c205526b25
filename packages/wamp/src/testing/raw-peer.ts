/** A client that speaks in raw frames, so that a test can also say what no client library would. */
export interface RawPeer {
  send(text: string): void
  /** The next frame as it came. */
  nextText(): Promise<string>
  /** Resolves when the router has closed the transport. */
  readonly closed: Promise<{ code: number }>
  close(): void
}

/** Frames that came and nobody has asked for yet, or the other way round. */
export class Inbox {
  readonly #frames: string[] = []
  readonly #waiting: ((text: string) => void)[] = []

  push(text: string): void {
    const waiter = this.#waiting.shift()
    if (waiter) waiter(text)
    else this.#frames.push(text)
  }

  next(): Promise<string> {
    const text = this.#frames.shift()
    if (text !== undefined) return Promise.resolve(text)
    return new Promise((resolve) => this.#waiting.push(resolve))
  }
}
