import { type BinaryFormat, type Cursor, KIND } from '../binary/format.ts'
import type { ByteWriter } from '../binary/writer.ts'
import { ProtocolError } from '../errors.ts'

/** Major types (RFC 8949 section 3.1), shifted into place. */
const POSITIVE = 0x00
const NEGATIVE = 0x20
const BINARY = 0x40
const TEXT = 0x60
const LIST = 0x80
const DICT = 0xa0
const TAG = 0xc0

/** Heads of CBOR. Read are definite and indefinite lengths, written definite ones only, and no tags. */
export const CBOR: BinaryFormat = {
  name: 'cbor',
  readHead(cursor) {
    const lead = cursor.byte()
    const info = lead & 31
    switch (lead & 0xe0) {
      case POSITIVE:
        if (info === 27) cursor.uint64(false)
        else cursor.number(info < 24 ? info : argument(cursor, info))
        return
      case NEGATIVE:
        if (info === 27) cursor.uint64(true)
        else cursor.number(-1 - argument(cursor, info))
        return
      case BINARY:
        readSpan(cursor, KIND.binary, info)
        return
      case TEXT:
        readSpan(cursor, KIND.text, info)
        return
      case LIST:
        cursor.container(KIND.list, info === 31 ? -1 : argument(cursor, info))
        return
      case DICT:
        cursor.container(KIND.dict, info === 31 ? -1 : argument(cursor, info))
        return
      case TAG:
        cursor.value = argument(cursor, info)
        cursor.kind = KIND.tag
        return
      default:
        readSimple(cursor, info)
    }
  },
  writeList(writer, length) {
    writeHead(writer, LIST, length)
  },
  writeDict(writer, length) {
    writeHead(writer, DICT, length)
  },
  textHeadBytes(length) {
    return length < 24 ? 1 : length < 0x100 ? 2 : length < 0x1_0000 ? 3 : 5
  },
  writeTextHead(writer, length) {
    writeHead(writer, TEXT, length)
  },
  writeBinaryHead(writer, length) {
    writeHead(writer, BINARY, length)
  },
  writeInteger(writer, value) {
    if (value >= 0) writeHead(writer, POSITIVE, value)
    else writeHead(writer, NEGATIVE, -1 - value)
  },
  writeBigInteger(writer, value) {
    if (value >= 0n) writer.big(POSITIVE + 27, value)
    else writer.big(NEGATIVE + 27, -1n - value)
  },
  writeFloat(writer, value) {
    writer.double(0xfb, value)
  },
  writeNil(writer) {
    writer.byte(0xf6)
  },
  writeBoolean(writer, value) {
    writer.byte(value ? 0xf5 : 0xf4)
  },
}

/** The argument of a head. Of 64 bits only what a double holds: no frame has a length above, and no tag we know. */
function argument(cursor: Cursor, info: number): number {
  if (info < 24) return info
  if (info === 24) return cursor.uint(1)
  if (info === 25) return cursor.uint(2)
  if (info === 26) return cursor.uint(4)
  if (info === 27) return cursor.uint(4) * 2 ** 32 + cursor.uint(4)
  throw new ProtocolError('not CBOR')
}

function readSpan(cursor: Cursor, kind: typeof KIND.text | typeof KIND.binary, info: number): void {
  if (info === 31) cursor.container(kind, -1)
  else cursor.span(kind, argument(cursor, info))
}

/** Major type 7. Simple values without a meaning are refused. */
function readSimple(cursor: Cursor, info: number): void {
  if (info === 20) cursor.kind = KIND.false
  else if (info === 21) cursor.kind = KIND.true
  else if (info === 22) cursor.kind = KIND.nil
  else if (info === 23) cursor.kind = KIND.undefined
  else if (info === 25) cursor.number(half(cursor.uint(2)))
  else if (info === 26) cursor.float(4)
  else if (info === 27) cursor.float(8)
  else if (info === 31) cursor.kind = KIND.stop
  else throw new ProtocolError('not CBOR')
}

/** An IEEE half-precision float (RFC 8949 appendix D). */
function half(bits: number): number {
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  const sign = (bits & 0x8000) === 0 ? 1 : -1
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN
  return sign * (fraction + 1024) * 2 ** (exponent - 25)
}

function writeHead(writer: ByteWriter, major: number, argument: number): void {
  if (argument < 24) writer.byte(major | argument)
  else if (argument < 0x100) writer.uint(major | 24, 1, argument)
  else if (argument < 0x1_0000) writer.uint(major | 25, 2, argument)
  else if (argument < 2 ** 32) writer.uint(major | 26, 4, argument)
  else writer.uint(major | 27, 8, argument)
}
