import { type BinaryFormat, type Cursor, KIND } from '../binary/format.ts'
import type { ByteWriter } from '../binary/writer.ts'
import { ProtocolError } from '../errors.ts'

/**
 * Heads of MessagePack, version 5 with `bin` and `str`. Extension types are refused: WAMP gives them no meaning, and
 * they could not be sent on in another format. Only the one that msgpackr writes for undefined is taken.
 */
export const MSGPACK: BinaryFormat = {
  name: 'msgpack',
  readHead(cursor) {
    const lead = cursor.byte()
    if (lead < 0x80) cursor.number(lead)
    else if (lead < 0x90) cursor.container(KIND.dict, lead & 15)
    else if (lead < 0xa0) cursor.container(KIND.list, lead & 15)
    else if (lead < 0xc0) cursor.span(KIND.text, lead & 31)
    else if (lead >= 0xe0) cursor.number(lead - 0x100)
    else readLongHead(cursor, lead)
  },
  writeList(writer, length) {
    if (length < 16) writer.byte(0x90 | length)
    else writeLength(writer, 0xdc, 2, length)
  },
  writeDict(writer, length) {
    if (length < 16) writer.byte(0x80 | length)
    else writeLength(writer, 0xde, 2, length)
  },
  textHeadBytes(length) {
    return length < 32 ? 1 : length < 0x100 ? 2 : length < 0x1_0000 ? 3 : 5
  },
  writeTextHead(writer, length) {
    if (length < 32) writer.byte(0xa0 | length)
    else writeLength(writer, 0xd9, 1, length)
  },
  writeBinaryHead(writer, length) {
    writeLength(writer, 0xc4, 1, length)
  },
  writeInteger(writer, value) {
    if (value >= 0) {
      if (value < 0x80) writer.byte(value)
      else if (value < 0x100) writer.uint(0xcc, 1, value)
      else if (value < 0x1_0000) writer.uint(0xcd, 2, value)
      else if (value < 2 ** 32) writer.uint(0xce, 4, value)
      else writer.uint(0xcf, 8, value)
    } else if (value >= -0x20) writer.byte(0x100 + value)
    else if (value >= -0x80) writer.uint(0xd0, 1, value)
    else if (value >= -0x8000) writer.uint(0xd1, 2, value)
    else if (value >= -(2 ** 31)) writer.uint(0xd2, 4, value)
    else writer.big(0xd3, BigInt.asUintN(64, BigInt(value)))
  },
  writeBigInteger(writer, value) {
    if (value >= 0n) writer.big(0xcf, value)
    else writer.big(0xd3, BigInt.asUintN(64, value))
  },
  writeFloat(writer, value) {
    writer.double(0xcb, value)
  },
  writeNil(writer) {
    writer.byte(0xc0)
  },
  writeBoolean(writer, value) {
    writer.byte(value ? 0xc3 : 0xc2)
  },
}

/** Heads of more than one byte, and the few values that are a byte of their own. */
function readLongHead(cursor: Cursor, lead: number): void {
  switch (lead) {
    case 0xc0:
      cursor.kind = KIND.nil
      return
    case 0xc2:
      cursor.kind = KIND.false
      return
    case 0xc3:
      cursor.kind = KIND.true
      return
    case 0xc4:
    case 0xc5:
    case 0xc6:
      cursor.span(KIND.binary, cursor.uint(1 << (lead - 0xc4)))
      return
    case 0xca:
      cursor.float(4)
      return
    case 0xcb:
      cursor.float(8)
      return
    case 0xcc:
    case 0xcd:
    case 0xce:
      cursor.number(cursor.uint(1 << (lead - 0xcc)))
      return
    case 0xcf:
      cursor.uint64(false)
      return
    case 0xd0:
      cursor.number((cursor.uint(1) << 24) >> 24)
      return
    case 0xd1:
      cursor.number((cursor.uint(2) << 16) >> 16)
      return
    case 0xd2:
      cursor.number(cursor.uint(4) | 0)
      return
    case 0xd3:
      readInt64(cursor)
      return
    case 0xd4:
      if (cursor.uint(2) !== 0) throw extension()
      cursor.kind = KIND.undefined
      return
    case 0xd9:
    case 0xda:
    case 0xdb:
      cursor.span(KIND.text, cursor.uint(1 << (lead - 0xd9)))
      return
    case 0xdc:
    case 0xdd:
      cursor.container(KIND.list, cursor.uint(2 << (lead - 0xdc)))
      return
    case 0xde:
    case 0xdf:
      cursor.container(KIND.dict, cursor.uint(2 << (lead - 0xde)))
      return
    default:
      throw lead === 0xc1 ? new ProtocolError('not MessagePack') : extension()
  }
}

function extension(): ProtocolError {
  return new ProtocolError('extension types of MessagePack are not taken')
}

function readInt64(cursor: Cursor): void {
  if (((cursor.bytes[cursor.at] ?? 0) & 0x80) === 0) {
    cursor.uint64(false)
    return
  }
  const high = ~cursor.uint(4) >>> 0
  const low = ~cursor.uint(4) >>> 0
  if (high < 0x20_0000) {
    cursor.number(-1 - (high * 2 ** 32 + low))
    return
  }
  cursor.kind = KIND.bigNegative
  cursor.high = high
  cursor.low = low
}

/** The heads whose length takes more bytes are the leads that follow. @param size of the first, in bytes */
function writeLength(writer: ByteWriter, lead: number, size: 1 | 2, length: number): void {
  if (size === 1 && length < 0x100) writer.uint(lead, 1, length)
  else if (length < 0x1_0000) writer.uint(lead + 2 - size, 2, length)
  else writer.uint(lead + 3 - size, 4, length)
}
