// Part of every platform this runs on; declared here because pure packages are compiled without platform types.
declare const TextEncoder: new () => {
  encodeInto(text: string, into: Uint8Array): { read: number; written: number }
}

const encoder = new TextEncoder()

/** Frames are cut out of pieces of this size; what is larger gets memory of its own. */
const SLAB_BYTES = 16 * 1024
/** Up to here, characters are written one by one, which is cheaper than a call of the platform. */
const SHORT_CHARACTERS = 48
/** From here, the bytes of a string are counted before there is memory for them. */
const COUNTED_CHARACTERS = 1024

/** Bytes written one behind the other into memory that grows. One is used for many frames, each begun and ended. */
export class ByteWriter {
  /** Where the next byte goes. */
  at = 0
  #bytes = new Uint8Array(SLAB_BYTES)
  #start = 0

  begin(): void {
    if (this.#bytes.length > SLAB_BYTES) {
      this.#bytes = new Uint8Array(SLAB_BYTES)
      this.at = 0
    }
    this.#start = this.at
  }

  /** What was written since begin(); if it is small, a view into memory that other frames share. */
  end(): Uint8Array {
    if (this.#bytes.length > SLAB_BYTES) return this.cut()
    return new Uint8Array(this.#bytes.buffer, this.#start, this.at - this.#start)
  }

  /** As end(), but in memory of its own; nothing stays written. */
  cut(): Uint8Array {
    const made = this.#bytes.slice(this.#start, this.at)
    this.at = this.#start
    return made
  }

  /** Forgets what was written since begin(). */
  cancel(): void {
    this.at = this.#start
  }

  /** Bytes written since begin(). */
  get length(): number {
    return this.at - this.#start
  }

  byte(value: number): void {
    if (this.at >= this.#bytes.length) this.#grow(1)
    this.#bytes[this.at] = value
    this.at += 1
  }

  /** A lead byte and a big-endian integer of 1, 2, 4 or 8 bytes. @param value an integer in [0, 2^64) */
  uint(lead: number, size: number, value: number): void {
    if (this.at + 9 > this.#bytes.length) this.#grow(9)
    const bytes = this.#bytes
    let at = this.at
    bytes[at] = lead
    at += 1
    if (size === 8) {
      const high = Math.floor(value / 2 ** 32)
      bytes[at] = high >>> 24
      bytes[at + 1] = high >>> 16
      bytes[at + 2] = high >>> 8
      bytes[at + 3] = high
      at += 4
    }
    if (size >= 4) {
      bytes[at] = value >>> 24
      bytes[at + 1] = value >>> 16
      at += 2
    }
    if (size >= 2) {
      bytes[at] = value >>> 8
      at += 1
    }
    bytes[at] = value
    this.at = at + 1
  }

  /** A lead byte and 64 bits. @param value in [0, 2^64) */
  big(lead: number, value: bigint): void {
    this.uint(lead, 4, Number(value >> 32n))
    // the lead byte of the second half is the last byte of the first
    this.at -= 1
    this.uint(this.#bytes[this.at] ?? 0, 4, Number(value & 0xffff_ffffn))
  }

  /** A lead byte and an IEEE double, big-endian. */
  double(lead: number, value: number): void {
    if (this.at + 9 > this.#bytes.length) this.#grow(9)
    this.#bytes[this.at] = lead
    new DataView(this.#bytes.buffer).setFloat64(this.at + 1, value)
    this.at += 9
  }

  copy(source: Uint8Array): void {
    const { length } = source
    if (this.at + length > this.#bytes.length) this.#grow(length)
    this.#bytes.set(source, this.at)
    this.at += length
  }

  /** Leaves room for a big-endian integer of 32 bits, which setFirst() writes when it is known. */
  skipFirst(): void {
    this.uint(0, 2, 0)
    this.byte(0)
  }

  setFirst(value: number): void {
    new DataView(this.#bytes.buffer).setUint32(this.#start, value)
  }

  /**
   * A string behind a head that says its length in bytes; lone surrogates become U+FFFD.
   * @param headBytes how long the head of a string of so many bytes is
   * @param head writes it
   */
  text(text: string, headBytes: (length: number) => number, head: (writer: ByteWriter, length: number) => void): void {
    const guess = headBytes(text.length)
    // the longest head, and at most three bytes for each UTF-16 unit; of long text, what it takes
    const needed = 9 + (text.length > COUNTED_CHARACTERS ? utf8Length(text) : text.length * 3)
    if (this.at + needed > this.#bytes.length) this.#grow(needed)
    const at = this.at + guess
    const length = this.#characters(text, at)
    const actual = headBytes(length)
    if (actual !== guess) this.#bytes.copyWithin(this.at + actual, at, at + length)
    head(this, length)
    this.at += length
  }

  /** @returns bytes written */
  #characters(text: string, at: number): number {
    const bytes = this.#bytes
    const { length } = text
    if (length <= SHORT_CHARACTERS) {
      let i = 0
      for (; i < length; i += 1) {
        const c = text.charCodeAt(i)
        if (c >= 0x80) break
        bytes[at + i] = c
      }
      if (i === length) return length
    }
    return encoder.encodeInto(text, bytes.subarray(at)).written
  }

  #grow(needed: number): void {
    const written = this.at - this.#start
    const grown = new Uint8Array(Math.max(SLAB_BYTES, (written + needed) * 2))
    grown.set(this.#bytes.subarray(this.#start, this.at))
    this.#bytes = grown
    this.#start = 0
    this.at = written
  }
}

function utf8Length(text: string): number {
  let bytes = text.length
  for (let i = 0; i < text.length; i += 1) {
    const c = text.charCodeAt(i)
    // each half of a pair counts two, a lone half three: it may be counted too high, never too low
    if (c >= 0x80) bytes += c < 0x800 ? 1 : 2
  }
  return bytes
}
