import { isUtf8 } from 'node:buffer'

const OPEN = 0x7b
const CLOSE = 0x7d
const QUOTE = 0x22
const BACKSLASH = 0x5c
/** What may stand between two objects: blanks, line ends, commas. */
const BETWEEN: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d, 0x2c])
const KEPT_BYTES_LEAST = 1024
const NOTHING = Buffer.alloc(0)

/** What was found in the stream. After `too-large` nothing more is: where the next object begins cannot be known. */
export type Piece = { kind: 'object'; text: string } | { kind: 'garbage' | 'not-utf8' | 'too-large' }

/**
 * Finds the JSON objects in a stream of bytes by counting braces, as clients send them: with or without anything
 * between them, in chunks of any size (API v2, TCP). Whether they are JSON is for others to say. All that counts is
 * ASCII, so a chunk may end within a character.
 */
export class Splitter {
  readonly #bytesMax: number
  /** the beginning of an object that is not whole yet: its first `#length` bytes */
  #kept: Buffer = NOTHING
  #length = 0
  #depth = 0
  #inString = false
  #isEscaped = false
  #inGarbage = false
  #isDead = false

  /** @param bytesMax of one object */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  /** Whether an object has begun and not ended. */
  get isInside(): boolean {
    return this.#depth > 0
  }

  push(chunk: Buffer): Piece[] {
    const pieces: Piece[] = []
    // where in this chunk the object begins
    let start = 0
    for (let at = 0; at < chunk.length && !this.#isDead; at++) {
      const byte = chunk[at] ?? 0
      if (this.#depth === 0) {
        if (byte === OPEN) {
          this.#depth = 1
          this.#inGarbage = false
          start = at
        } else if (!this.#inGarbage && !BETWEEN.has(byte)) {
          this.#inGarbage = true
          pieces.push({ kind: 'garbage' })
        }
      } else if (this.#closes(byte)) pieces.push(this.#take(chunk.subarray(start, at + 1)))
    }
    if (this.#depth > 0 && !this.#isDead && !this.#keep(chunk.subarray(start))) pieces.push(this.#die())
    return pieces
  }

  /** Whether this byte, within an object, ends it. */
  #closes(byte: number): boolean {
    if (this.#inString) {
      if (this.#isEscaped) this.#isEscaped = false
      else if (byte === BACKSLASH) this.#isEscaped = true
      else if (byte === QUOTE) this.#inString = false
      return false
    }
    if (byte === QUOTE) this.#inString = true
    else if (byte === OPEN) this.#depth++
    else if (byte === CLOSE) this.#depth--
    return this.#depth === 0
  }

  /** @param last the object, or the end of it */
  #take(last: Buffer): Piece {
    if (this.#length + last.length > this.#bytesMax) return this.#die()
    let whole = last
    if (this.#length > 0) {
      this.#keep(last)
      whole = this.#kept.subarray(0, this.#length)
      this.#forget()
    }
    return isUtf8(whole) ? { kind: 'object', text: whole.toString('utf8') } : { kind: 'not-utf8' }
  }

  /** @returns false where that is too much */
  #keep(bytes: Buffer): boolean {
    const length = this.#length + bytes.length
    if (length > this.#bytesMax) return false
    if (length > this.#kept.length) {
      const grown = Buffer.allocUnsafe(Math.max(KEPT_BYTES_LEAST, length, this.#kept.length * 2))
      this.#kept.copy(grown, 0, 0, this.#length)
      this.#kept = grown
    }
    bytes.copy(this.#kept, this.#length)
    this.#length = length
    return true
  }

  #die(): Piece {
    this.#isDead = true
    this.#depth = 0
    this.#forget()
    return { kind: 'too-large' }
  }

  #forget(): void {
    this.#kept = NOTHING
    this.#length = 0
  }
}
