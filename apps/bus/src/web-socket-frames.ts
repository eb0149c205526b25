import { isUtf8 } from 'node:buffer'
import { OPCODE } from './frame.ts'

/** A peer that sends byte by byte costs an object for each; so many are made one. */
const CHUNKS_MAX = 1024
/** A message in more pieces than this is none of a sane client. */
const FRAGMENTS_MAX = 1024
const CONTROL_BYTES_MAX = 125

/** Close codes of RFC 6455 §7.4.1 that tell what was wrong with a frame. */
const WRONG = { protocol: 1002, text: 1007, tooMany: 1008, tooLong: 1009 } as const

export interface WebSocketFrameListener {
  text(text: string, bytes: number): void
  binary(bytes: Buffer): void
  /** A ping, pong or close frame. */
  control(opcode: number, payload: Buffer): void
  /** What follows cannot be read. @param code to close with */
  broken(code: number, reason: string): void
}

/** A message of which the last fragment has not come. */
interface Fragments {
  readonly opcode: number
  readonly pieces: Buffer[]
  bytes: number
  /** All bytes ORed: below 0x80 it is ASCII. */
  bits: number
}

/**
 * Cuts the bytes that a WebSocket client sends into messages (RFC 6455 §5). Nothing is copied but what came in pieces:
 * frames are unmasked where they lie. Of a frame under way only the bytes that came are held, whatever it claims.
 */
export class WebSocketFrames {
  readonly #listener: WebSocketFrameListener
  readonly #bytesMax: number
  /** The frame under way, as it came; null mostly, in which case `#held` is 0. */
  #chunks: Buffer[] | null = null
  #held = 0
  /** How many bytes it takes to go on. */
  #due = 0
  #fragments: Fragments | null = null
  #isBroken = false

  /** @param bytesMax longest message, in bytes */
  constructor(listener: WebSocketFrameListener, bytesMax: number) {
    this.#listener = listener
    this.#bytesMax = bytesMax
  }

  /** @param chunk is written to */
  push(chunk: Buffer): void {
    const bytes = this.#chunks === null ? chunk : this.#join(this.#chunks, chunk)
    if (bytes === null) return
    for (let at = 0; at < bytes.length && !this.#isBroken;) {
      const end = this.#take(bytes, at)
      if (end === at) return this.#hold(at === 0 ? bytes : bytes.subarray(at))
      at = end
    }
  }

  /** @returns all that came, once it is enough to go on with */
  #join(chunks: Buffer[], chunk: Buffer): Buffer | null {
    chunks.push(chunk)
    this.#held += chunk.length
    const isEnough = this.#held >= this.#due
    if (!isEnough && chunks.length > CHUNKS_MAX) this.#chunks = [Buffer.concat(chunks)]
    if (!isEnough) return null
    this.#chunks = null
    return Buffer.concat(chunks)
  }

  #hold(bytes: Buffer): void {
    this.#chunks = [bytes]
    this.#held = bytes.length
  }

  /** Takes the frame that begins at `at`. @returns where the next one does, or `at` if not all of it is there */
  #take(bytes: Buffer, at: number): number {
    const left = bytes.length - at
    if (left < 2) return this.#await(2, at)
    const first = bytes[at] ?? 0
    const second = bytes[at + 1] ?? 0
    let length = second & 0x7f
    let head = 6
    if (length === 126) {
      if (left < 4) return this.#await(4, at)
      length = bytes.readUInt16BE(at + 2)
      head = 8
    } else if (length === 127) {
      if (left < 10) return this.#await(10, at)
      length = Number(bytes.readBigUInt64BE(at + 2))
      head = 14
    }
    if (!this.#isLegal(first, second, length)) return at + left
    if (left < head + length) return this.#await(head + length, at)
    const start = at + head
    const end = start + length
    const bits = unmask(bytes, start, end)
    if (first === IS_LAST + OPCODE.text) this.#text(bytes, start, end, bits < 0x80)
    else if (first === IS_LAST + OPCODE.binary) this.#listener.binary(bytes.subarray(start, end))
    else if ((first & IS_CONTROL) !== 0) this.#listener.control(first & 0xf, bytes.subarray(start, end))
    else this.#fragment(first, bytes.subarray(start, end), bits)
    return end
  }

  #await(due: number, at: number): number {
    this.#due = due
    return at
  }

  #isLegal(first: number, second: number, length: number): boolean {
    const opcode = first & 0xf
    if ((first & 0x70) !== 0) return this.#break(WRONG.protocol, 'reserved bits are set')
    if ((second & 0x80) === 0) return this.#break(WRONG.protocol, 'a frame without a mask')
    if ((first & IS_CONTROL) !== 0) {
      if (opcode > OPCODE.pong) return this.#break(WRONG.protocol, `opcode ${opcode}`)
      if (first < IS_LAST) return this.#break(WRONG.protocol, 'a fragment of a control frame')
      return length <= CONTROL_BYTES_MAX || this.#break(WRONG.protocol, 'a long control frame')
    }
    if (opcode > OPCODE.binary) return this.#break(WRONG.protocol, `opcode ${opcode}`)
    if ((opcode === OPCODE.continuation) !== (this.#fragments !== null))
      return this.#break(WRONG.protocol, 'fragments out of order')
    if (length + (this.#fragments?.bytes ?? 0) <= this.#bytesMax) return true
    return this.#break(WRONG.tooLong, `more than ${this.#bytesMax} bytes`)
  }

  #fragment(first: number, payload: Buffer, bits: number): void {
    const message = (this.#fragments ??= { opcode: first & 0xf, pieces: [], bytes: 0, bits: 0 })
    message.pieces.push(payload)
    message.bytes += payload.length
    message.bits |= bits
    if (first < IS_LAST) {
      if (message.pieces.length > FRAGMENTS_MAX) this.#break(WRONG.tooMany, 'too many fragments')
      return
    }
    this.#fragments = null
    const whole = Buffer.concat(message.pieces, message.bytes)
    if (message.opcode === OPCODE.binary) this.#listener.binary(whole)
    else this.#text(whole, 0, whole.length, message.bits < 0x80)
  }

  #text(bytes: Buffer, start: number, end: number, isAscii: boolean): void {
    if (isAscii) this.#listener.text(bytes.toString('latin1', start, end), end - start)
    else if (isUtf8(bytes.subarray(start, end))) this.#listener.text(bytes.toString('utf8', start, end), end - start)
    else this.#break(WRONG.text, 'text that is not UTF-8')
  }

  #break(code: number, reason: string): false {
    this.#isBroken = true
    this.#fragments = null
    this.#listener.broken(code, reason)
    return false
  }
}

const IS_LAST = 0x80
const IS_CONTROL = 0x08

/** Unmasks a payload behind its mask (RFC 6455 §5.3). @returns all its bytes ORed */
function unmask(bytes: Buffer, start: number, end: number): number {
  const a = bytes[start - 4] ?? 0
  const b = bytes[start - 3] ?? 0
  const c = bytes[start - 2] ?? 0
  const d = bytes[start - 1] ?? 0
  let bits = 0
  let at = start
  for (; at + 3 < end; at += 4) {
    const w = (bytes[at] = (bytes[at] ?? 0) ^ a)
    const x = (bytes[at + 1] = (bytes[at + 1] ?? 0) ^ b)
    const y = (bytes[at + 2] = (bytes[at + 2] ?? 0) ^ c)
    const z = (bytes[at + 3] = (bytes[at + 3] ?? 0) ^ d)
    bits |= w | x | y | z
  }
  if (at < end) bits |= bytes[at] = (bytes[at] ?? 0) ^ a
  if (at + 1 < end) bits |= bytes[at + 1] = (bytes[at + 1] ?? 0) ^ b
  if (at + 2 < end) bits |= bytes[at + 2] = (bytes[at + 2] ?? 0) ^ c
  return bits
}
