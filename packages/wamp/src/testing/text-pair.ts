import { ProtocolError } from '../errors.ts'
import { jsonSerializer } from '../json/serializer.ts'
import type { Message } from '../messages.ts'
import type { Transport, TransportClose } from '../transport.ts'
import { Inbox, type RawPeer } from './raw-peer.ts'

/** The router's end of a connection in memory, with an outgoing buffer whose size a test sets. */
export class TextTransport implements Transport {
  bufferedBytes = 0
  /** Messages sent so far. */
  sent = 0
  /** How often reading was to pause. It goes on: what a pause is for is not tested here. */
  pauses = 0
  readonly inbox = new Inbox<string>()
  #drained: (() => void)[] = []
  readonly closed: Promise<{ code: number }>
  readonly serializer = jsonSerializer()
  #receiveBytesMax = Infinity
  #isClosed = false
  #resolveClosed: (close: { code: number }) => void = () => {}
  #onMessage: (message: Message) => void = () => {}
  #onViolation: (error: ProtocolError) => void = () => {}
  #onClose: (close: TransportClose) => void = () => {}

  constructor() {
    this.closed = new Promise((resolve) => (this.#resolveClosed = resolve))
  }

  send(message: Message): void {
    if (this.#isClosed) return
    this.inbox.push(String(this.serializer.encode(message)))
    this.sent += 1
  }

  pause(): void {
    this.pauses += 1
  }

  onMessage(listener: (message: Message) => void): void {
    this.#onMessage = listener
  }

  onViolation(listener: (error: ProtocolError) => void): void {
    this.#onViolation = listener
  }

  onClose(listener: (close: TransportClose) => void): void {
    this.#onClose = listener
  }

  setReceiveLimit(bytes: number): void {
    this.#receiveBytesMax = bytes
  }

  close(code = 1000, reason = ''): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#resolveClosed({ code })
    this.#onClose({ code, reason })
  }

  whenDrained(run: () => void): void {
    this.#drained.push(run)
  }

  /** The network took what was sent. */
  drain(): void {
    this.bufferedBytes = 0
    for (const run of this.#drained.splice(0)) run()
  }

  /** A frame from the peer. */
  receive(text: string): void {
    if (this.#isClosed) return
    let message: Message
    try {
      if (text.length > this.#receiveBytesMax) throw new ProtocolError('too long')
      message = this.serializer.decode(text)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.#onViolation(error)
      return
    }
    this.#onMessage(message)
  }
}

/** A raw peer in memory and the router's transport to it. */
export function textPair(): { peer: RawPeer; transport: TextTransport } {
  const transport = new TextTransport()
  const peer: RawPeer = {
    serializer: transport.serializer,
    send: (frame) => void Promise.resolve().then(() => transport.receive(String(frame))),
    nextFrame: () => transport.inbox.next(),
    closed: transport.closed,
    close: () => transport.close(1001),
  }
  return { peer, transport }
}
