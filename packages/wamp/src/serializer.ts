import type { Message } from './messages.ts'
import type { Frame, TailCodec } from './payload.ts'

/**
 * Messages to and from the frames of one format. Application payloads pass through undecoded: see Payload. A binary
 * format implements HeadReader over bytes and reuses readMessage.
 */
export interface Serializer extends TailCodec {
  /** WebSocket subprotocol, e.g. `wamp.2.json`. */
  readonly subprotocol: string
  /** Serializers that say the same here encode every message to the same frame, which may be shared between sessions. */
  readonly encoding: string
  /** Whether frames are bytes (binary WebSocket frames) or text. */
  readonly isBinary: boolean
  /** @throws {ProtocolError} whatever is wrong with the frame; nothing else is ever thrown */
  decode(frame: Frame): Message
  /**
   * @returns of a batched serializer a unit: units joined are a batch
   * @throws {WampError} wamp.error.invalid_argument: the payload or a detail has no form in this format
   */
  encode(message: Message): Frame
  /**
   * Only of batched serializers: the messages of a batch, each for decode.
   * @throws {ProtocolError} an empty batch, or one cut short (Advanced Profile, "Message Batching")
   */
  split?(frame: Frame): Frame[]
}

/** Limits a serializer holds its input to. */
export interface SerializerLimits {
  /** Length of one message, in bytes of a binary format, in UTF-16 units of a text one. */
  lengthMax: number
  /** Nesting of lists and dicts inside the message's own list. */
  depthMax: number
}

export const SERIALIZER_LIMITS: SerializerLimits = { lengthMax: 2 ** 20, depthMax: 32 }
