import { fitting } from '../integers.ts'
import type { Dict } from '../payload.ts'
import { type BinaryFormat, type Cursor, KIND } from './format.ts'
import { readName, readText } from './utf8.ts'

/** CBOR tags 2 and 3: integers as bytes (RFC 8949 section 3.4.3). */
const BIGNUM = 2
const NEGATIVE_BIGNUM = 3

/**
 * Builds the value at the cursor, which skipValue has passed. Integers beyond ±2^53 become bigints if 64 bits hold them,
 * else floats, so whatever was read can be written in every format. Of tagged values the content is taken.
 */
export function readValue(format: BinaryFormat, cursor: Cursor): unknown {
  format.readHead(cursor)
  return readBody(format, cursor)
}

function readBody(format: BinaryFormat, cursor: Cursor): unknown {
  switch (cursor.kind) {
    case KIND.number:
      return cursor.value
    case KIND.big:
      return fitting(combine(cursor.high, cursor.low))
    case KIND.bigNegative:
      return fitting(-1n - combine(cursor.high, cursor.low))
    case KIND.text:
      return readTextBody(format, cursor)
    case KIND.binary:
      return readBytes(format, cursor)
    case KIND.list:
      return readList(format, cursor)
    case KIND.dict:
      return readEntries(format, cursor, {})
    case KIND.true:
      return true
    case KIND.false:
      return false
    case KIND.tag:
      return readTagged(format, cursor)
    case KIND.nil:
    case KIND.undefined:
    case KIND.stop:
      break
  }
  return null
}

/** Builds the list whose head was read. */
export function readList(format: BinaryFormat, cursor: Cursor): unknown[] {
  const { length } = cursor
  const list: unknown[] = []
  for (let i = 0; i !== length; i += 1) {
    format.readHead(cursor)
    if (length < 0 && cursor.kind === KIND.stop) break
    list.push(readBody(format, cursor))
  }
  return list
}

/**
 * Puts the entries of the dict whose head was read into `dict`, but for those that are undefined, which is how wampy
 * writes options that were not given. The key `__proto__` is one like any other.
 */
export function readEntries(format: BinaryFormat, cursor: Cursor, dict: Dict): Dict {
  const { length } = cursor
  for (let i = 0; i !== length; i += 1) {
    format.readHead(cursor)
    if (length < 0 && cursor.kind === KIND.stop) break
    const key = readKey(format, cursor)
    format.readHead(cursor)
    if (cursor.kind === KIND.undefined) continue
    const value = readBody(format, cursor)
    if (key === '__proto__')
      Object.defineProperty(dict, key, { value, enumerable: true, configurable: true, writable: true })
    else dict[key] = value
  }
  return dict
}

function readKey(format: BinaryFormat, cursor: Cursor): string {
  const { at, length } = cursor
  if (length < 0) return readTextBody(format, cursor)
  cursor.at = at + length
  return readName(cursor.bytes, at, cursor.at)
}

/** The text whose head was read. */
export function readTextBody(format: BinaryFormat, cursor: Cursor): string {
  const { at, length } = cursor
  if (length >= 0) {
    cursor.at = at + length
    return readText(cursor.bytes, at, cursor.at)
  }
  let text = ''
  for (format.readHead(cursor); cursor.kind !== KIND.stop; format.readHead(cursor)) text += readTextBody(format, cursor)
  return text
}

/** The bytes whose head was read, in memory of their own. */
export function readBytes(format: BinaryFormat, cursor: Cursor): Uint8Array {
  const { at, length } = cursor
  if (length >= 0) {
    cursor.at = at + length
    return new Uint8Array(cursor.bytes.subarray(at, cursor.at))
  }
  const pieces: Uint8Array[] = []
  let total = 0
  for (format.readHead(cursor); cursor.kind !== KIND.stop; format.readHead(cursor)) {
    pieces.push(cursor.bytes.subarray(cursor.at, cursor.at + cursor.length))
    total += cursor.length
    cursor.at += cursor.length
  }
  const whole = new Uint8Array(total)
  let written = 0
  for (const piece of pieces) {
    whole.set(piece, written)
    written += piece.length
  }
  return whole
}

function readTagged(format: BinaryFormat, cursor: Cursor): unknown {
  const tag = cursor.value
  const content = readValue(format, cursor)
  if ((tag !== BIGNUM && tag !== NEGATIVE_BIGNUM) || !(content instanceof Uint8Array)) return content
  let magnitude = 0n
  for (const byte of content) magnitude = (magnitude << 8n) | BigInt(byte)
  return fitting(tag === BIGNUM ? magnitude : -1n - magnitude)
}

function combine(high: number, low: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low)
}
