import { ProtocolError } from '@sluice/wamp'
import { RAW_HEAD_BYTES, RAW_TYPE } from './frame.ts'

const BYTES_25 = 2 ** 24
const BIT_25 = 0x08
const TYPE_MASK = 0x07
const RESERVED_MASK = 0xf0
/** A peer that sends byte by byte costs an object for each; so many are made one. */
const CHUNKS_MAX = 1024

/** What is told of the frames that come. */
export interface RawFrameListener {
  /** The receive limit at this moment, in bytes. */
  readonly frameBytesMax: number
  frame(type: number, payload: Buffer): void
  /** What follows cannot be read. */
  broken(error: ProtocolError): void
}

/**
 * Cuts the byte stream of a RawSocket into frames: `RRRR XTTT`, 24 bits of length, payload (Advanced Profile,
 * "RawSocket Transport"). Of a frame that is under way only the bytes that came are held, whatever length it claims.
 */
export class RawFrames {
  readonly #listener: RawFrameListener
  /** Head and payload of the frame under way, as they came. */
  #chunks: Buffer[] = []
  #bytes = 0
  /** What the frame under way will have, head included; 0 while its head is not complete. */
  #due = 0
  #isBroken = false

  constructor(listener: RawFrameListener) {
    this.#listener = listener
  }

  push(chunk: Buffer): void {
    let rest = this.#bytes === 0 ? chunk : this.#join(chunk)
    while (rest !== null && rest.length > 0) rest = this.#isBroken ? null : this.#take(rest)
  }

  /** @returns the whole of what came, once it is enough to go on with */
  #join(chunk: Buffer): Buffer | null {
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    const isEnough = this.#bytes >= (this.#due || RAW_HEAD_BYTES)
    if (!isEnough && this.#chunks.length > CHUNKS_MAX) this.#chunks = [Buffer.concat(this.#chunks)]
    if (!isEnough) return null
    const all = Buffer.concat(this.#chunks)
    this.#chunks = []
    this.#bytes = 0
    return all
  }

  /** Takes one frame off the front. @returns what is behind it, null if it is not complete */
  #take(bytes: Buffer): Buffer | null {
    if (bytes.length < RAW_HEAD_BYTES) return this.#keep(bytes, 0)
    const head = bytes.readUInt32BE()
    const octet = head >>> 24
    const length = (head & 0xffffff) + ((octet & BIT_25) !== 0 ? BYTES_25 : 0)
    const type = octet & TYPE_MASK
    if ((octet & RESERVED_MASK) !== 0) return this.#break('reserved bits are set')
    if (type > RAW_TYPE.pong) return this.#break(`frame type ${type}`)
    if (length > BYTES_25 || length > this.#listener.frameBytesMax)
      return this.#break(`more than ${this.#listener.frameBytesMax} bytes`)
    const end = RAW_HEAD_BYTES + length
    if (bytes.length < end) return this.#keep(bytes, end)
    this.#due = 0
    this.#listener.frame(type, bytes.subarray(RAW_HEAD_BYTES, end))
    return bytes.subarray(end)
  }

  #keep(bytes: Buffer, due: number): null {
    this.#chunks = [bytes]
    this.#bytes = bytes.length
    this.#due = due
    return null
  }

  #break(reason: string): null {
    this.#isBroken = true
    this.#chunks = []
    this.#listener.broken(new ProtocolError(reason))
    return null
  }
}
