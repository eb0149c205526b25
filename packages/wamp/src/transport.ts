import type { ProtocolError } from './errors.ts'
import type { Message } from './messages.ts'

/** Why a transport closed. `code` is a WebSocket close code where there was one. */
export interface TransportClose {
  readonly code: number
  readonly reason: string
}

/**
 * A bidirectional, ordered, reliable channel of messages. Listeners are set once, in the same turn as the transport was
 * obtained; after close nothing is delivered but the one close event.
 */
export interface Transport {
  /** Queues a message; a no-op once closed. @throws {WampError} the payload cannot be encoded; nothing was sent */
  send(message: Message): void
  /** @param listener gets the size of the message, too, where the transport knows it */
  onMessage(listener: (message: Message, bytes?: number) => void): void
  /** Something arrived that is no message. Nothing more is delivered after it but the close. */
  onViolation(listener: (error: ProtocolError) => void): void
  onClose(listener: (close: TransportClose) => void): void
  /** Closes after what was sent is flushed, within a bounded time. */
  close(code?: number, reason?: string): void
  /** Bytes accepted by send() and not yet taken by the network. */
  readonly bufferedBytes: number
  /** Largest message taken from the peer, in bytes; a larger one is a violation. */
  setReceiveLimit?(bytes: number): void
  /** Stops reading from the peer; the transport resumes by itself when its own buffer has drained, or after `ms`. */
  pause?(ms?: number): void
  /** Runs once, when what was sent so far has been taken by the network; not if the transport closes before. */
  whenDrained?(run: () => void): void
}
