import type { Message } from './messages.ts'
import type { Frame, TailCodec } from './payload.ts'

/**
 * Messages to and from the frames of one format. Application payloads pass through undecoded: see Payload. A binary
 * format implements HeadReader over bytes and reuses readMessage.
 */
export interface Serializer extends TailCodec {
  /** WebSocket subprotocol, e.g. `wamp.2.json`. */
  readonly subprotocol: string
  /** Whether frames are bytes (binary WebSocket frames) or text. */
  readonly isBinary: boolean
  /** @throws {ProtocolError} whatever is wrong with the frame; nothing else is ever thrown */
  decode(frame: Frame): Message
  /** @throws {WampError} wamp.error.invalid_argument: the payload or a detail has no form in this format */
  encode(message: Message): Frame
}

/** Limits a serializer holds its input to. */
export interface SerializerLimits {
  /** Length of one message, in bytes of a binary format, in UTF-16 units of a text one. */
  lengthMax: number
  /** Nesting of lists and dicts inside the message's own list. */
  depthMax: number
}

export const SERIALIZER_LIMITS: SerializerLimits = { lengthMax: 2 ** 20, depthMax: 32 }
