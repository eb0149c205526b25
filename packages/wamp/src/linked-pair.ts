import type { Message } from './messages.ts'
import type { Transport, TransportClose } from './transport.ts'

/**
 * Two transports in one process, each the other's peer. Messages are handed over as objects in a later microtask, in
 * order: nothing is encoded and no call re-enters the sender.
 */
export function linkedPair(): [Transport, Transport] {
  const a = new LinkedTransport()
  const b = new LinkedTransport()
  a.peer = b
  b.peer = a
  return [a, b]
}

class LinkedTransport implements Transport {
  readonly bufferedBytes = 0
  peer: LinkedTransport | null = null
  #inbox: Message[] = []
  #isDraining = false
  #closing: TransportClose | null = null
  #isClosed = false
  /** Closed from this side: what the peer sent before is not delivered any more. */
  #isDeaf = false
  #onMessage: (message: Message) => void = () => {}
  #onClose: (close: TransportClose) => void = () => {}

  send(message: Message): void {
    if (this.#closing === null) this.peer?.receive(message)
  }

  onMessage(listener: (message: Message) => void): void {
    this.#onMessage = listener
  }

  onViolation(): void {}

  onClose(listener: (close: TransportClose) => void): void {
    this.#onClose = listener
  }

  close(code = 1000, reason = ''): void {
    this.#isDeaf = true
    this.end({ code, reason })
    this.peer?.end({ code, reason })
  }

  receive(message: Message): void {
    this.#inbox.push(message)
    this.#schedule()
  }

  end(close: TransportClose): void {
    this.#closing ??= close
    this.#schedule()
  }

  #schedule(): void {
    if (this.#isDraining) return
    this.#isDraining = true
    void Promise.resolve().then(() => this.#drain())
  }

  #drain(): void {
    const inbox = this.#inbox
    this.#inbox = []
    let taken = 0
    try {
      for (const message of inbox) {
        taken += 1
        if (!this.#isDeaf) this.#onMessage(message)
      }
    } finally {
      // a listener that threw must not cost the messages behind it
      if (taken < inbox.length) this.#inbox = inbox.slice(taken).concat(this.#inbox)
      this.#isDraining = false
      if (this.#inbox.length > 0) this.#schedule()
      else if (this.#closing !== null && !this.#isClosed) {
        this.#isClosed = true
        this.#onClose(this.#closing)
      }
    }
  }
}
