import { ProtocolError } from '../errors.ts'
import type { ByteWriter } from './writer.ts'

/** What kinds of items binary formats are made of. */
export const KIND = {
  /** A number that a double holds exactly, or a float: `value`. */
  number: 0,
  /** An integer of 64 bits above what a double holds: `high` and `low`, negative as CBOR says it: -1 - n. */
  big: 1,
  bigNegative: 2,
  /** `length` bytes of UTF-8 follow; -1 if they come in pieces. */
  text: 3,
  /** `length` bytes follow; -1 if they come in pieces. */
  binary: 4,
  /** `length` items follow; -1 if a `stop` ends them. */
  list: 5,
  /** `length` keys, each with its value, follow; -1 if a `stop` ends them. */
  dict: 6,
  nil: 7,
  true: 8,
  false: 9,
  /** The item that follows has the meaning `value` (RFC 8949 section 3.4). */
  tag: 10,
  /** Ends what has no length. */
  stop: 11,
  /** What JavaScript means by it: under a key, that the key is not there; else null. */
  undefined: 12,
} as const
export type Kind = (typeof KIND)[keyof typeof KIND]

/** A place in a frame, and what the head of the item before it said. */
export class Cursor {
  readonly bytes: Uint8Array
  /** Next byte to read. */
  at: number
  kind: Kind = KIND.nil
  length = 0
  value = 0.5
  high = 0
  low = 0

  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes
    this.at = at
  }

  /** The next byte. @throws {ProtocolError} there is none */
  byte(): number {
    if (this.at >= this.bytes.length) throw new ProtocolError('the message is cut short')
    const byte = this.bytes[this.at] ?? 0
    this.at += 1
    return byte
  }

  /** A big-endian unsigned integer of 1, 2 or 4 bytes. @throws {ProtocolError} the frame ends before it */
  uint(size: number): number {
    const { bytes, at } = this
    if (at + size > bytes.length) throw new ProtocolError('the message is cut short')
    this.at = at + size
    if (size === 1) return bytes[at] ?? 0
    if (size === 2) return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
    const low = ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)
    return (bytes[at] ?? 0) * 0x100_0000 + low
  }

  /** The item is the number `value`. */
  number(value: number): void {
    this.kind = KIND.number
    this.value = value
  }

  /** An unsigned integer of 64 bits; with `isNegative`, -1 minus it. @throws {ProtocolError} as uint */
  uint64(isNegative: boolean): void {
    this.high = this.uint(4)
    this.low = this.uint(4)
    const value = this.high * 2 ** 32 + this.low
    // 2^53 itself, the largest id, is exact in a double
    if (this.high < 0x20_0000 || (value === 2 ** 53 && this.low === 0 && !isNegative))
      this.number(isNegative ? -1 - value : value)
    else this.kind = isNegative ? KIND.bigNegative : KIND.big
  }

  /** An IEEE float of 4 or 8 bytes. @throws {ProtocolError} as uint */
  float(size: 4 | 8): void {
    for (let i = 0; i < size; i += 1) scratch.setUint8(i, this.byte())
    this.number(size === 4 ? scratch.getFloat32(0) : scratch.getFloat64(0))
  }

  /** The item is a string of `length` bytes. @throws {ProtocolError} the frame ends before them */
  span(kind: Kind, length: number): void {
    if (this.at + length > this.bytes.length) throw new ProtocolError('the message is cut short')
    this.kind = kind
    this.length = length
  }

  /** The item is a list or dict of `length` items or entries. */
  container(kind: Kind, length: number): void {
    this.kind = kind
    this.length = length
  }
}

const scratch = new DataView(new ArrayBuffer(8))

/** What tells one binary format from another: how the heads of items look. All else is the same for all of them. */
export interface BinaryFormat {
  readonly name: 'msgpack' | 'cbor'
  /** Reads the head of the next item: `at` is behind it, before its bytes or items. @throws {ProtocolError} no head */
  readHead(cursor: Cursor): void
  writeList(writer: ByteWriter, length: number): void
  writeDict(writer: ByteWriter, length: number): void
  /** How long the head of a string of `length` bytes is. */
  textHeadBytes(length: number): number
  writeTextHead(writer: ByteWriter, length: number): void
  writeBinaryHead(writer: ByteWriter, length: number): void
  /** @param value an integer within ±2^53 */
  writeInteger(writer: ByteWriter, value: number): void
  /** @param value in [-2^63, 2^64) */
  writeBigInteger(writer: ByteWriter, value: bigint): void
  writeFloat(writer: ByteWriter, value: number): void
  writeNil(writer: ByteWriter): void
  writeBoolean(writer: ByteWriter, value: boolean): void
}
