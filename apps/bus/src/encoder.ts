import type { Frame, Message, Serializer } from '@sluice/wamp'
import { OPCODE, RAW_TYPE, byteFrame, rawFrame, textFrame } from './frame.ts'

/** What a message becomes: a frame of its transport, or the bare bytes where frames are made later. */
export type Framing = 'websocket' | 'rawsocket' | 'none'

/**
 * Encodes messages for all receivers of one format and framing. The broker sends few different EVENTs to many receivers
 * in a row, so the last ones are kept until the turn ends; a message must not change once it was given here.
 */
export class Encoder {
  readonly serializer: Serializer
  readonly #isShared: boolean
  readonly #frame: (payload: Frame) => Buffer
  #lastMessage: Message | null = null
  #lastBytes: Buffer = EMPTY
  /** The one before, as variants of an EVENT alternate between receivers. */
  #olderMessage: Message | null = null
  #olderBytes: Buffer = EMPTY

  /** @param isShared false: the serializer belongs to one session, and nothing is kept */
  constructor(serializer: Serializer, framing: Framing, isShared: boolean) {
    this.serializer = serializer
    this.#isShared = isShared
    this.#frame = FRAMINGS[framing]
  }

  /** @throws {WampError} the message cannot be encoded */
  encode(message: Message): Buffer {
    if (message === this.#lastMessage) return this.#lastBytes
    if (message === this.#olderMessage) return this.#olderBytes
    const bytes = this.#frame(this.serializer.encode(message))
    if (!this.#isShared) return bytes
    this.#olderMessage = this.#lastMessage
    this.#olderBytes = this.#lastBytes
    this.#lastMessage = message
    this.#lastBytes = bytes
    return bytes
  }

  /** Keeps nothing any longer. */
  forget(): void {
    this.#lastMessage = this.#olderMessage = null
    this.#lastBytes = this.#olderBytes = EMPTY
  }
}

const EMPTY = Buffer.alloc(0)

const FRAMINGS: Record<Framing, (payload: Frame) => Buffer> = {
  websocket: (payload) => (typeof payload === 'string' ? textFrame(payload) : byteFrame(OPCODE.binary, payload)),
  rawsocket: (payload) => rawFrame(RAW_TYPE.message, payload),
  none: (payload) => (typeof payload === 'string' ? Buffer.from(payload) : asBuffer(payload)),
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
