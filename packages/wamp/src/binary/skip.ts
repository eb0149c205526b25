import { ProtocolError } from '../errors.ts'
import { type BinaryFormat, type Cursor, KIND } from './format.ts'
import { checkUtf8, readText } from './utf8.ts'

/**
 * Tags of CBOR that are passed on, because what they promise about their content is checked here. All others are
 * refused: shared references, for one, would let a few bytes become any amount of memory at every receiver.
 */
const TAG = {
  dateText: 0,
  dateNumber: 1,
  bignum: 2,
  negativeBignum: 3,
  uri: 32,
  uuid: 37,
  /** Octets as a typed array (RFC 8746), which is how cbor-x writes a Uint8Array. */
  octets: 64,
  selfDescribed: 55_799,
} as const

const BIGNUM_BYTES_MAX = 1024
const UUID_BYTES = 16
/** RFC 3339, as tag 0 demands, without leap seconds. */
const DATE = /^(\d{4}-\d\d-\d\d)T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/
const YEAR_MIN = '0001'
/** Seconds of the year 9999, the last that calendars of most platforms know. */
const DATE_SECONDS_MAX = 253_402_300_799

/**
 * Checks one value without building it: structure, keys that are strings, UTF-8, tags.
 * @param depth how many more levels of lists, dicts and tags are allowed, this value's own included
 * @throws {ProtocolError} malformed, nested too deeply, or something that cannot be sent on in every format
 */
export function skipValue(format: BinaryFormat, cursor: Cursor, depth: number): void {
  format.readHead(cursor)
  skipBody(format, cursor, depth)
}

/** As skipValue, for a value whose head was read. */
export function skipBody(format: BinaryFormat, cursor: Cursor, depth: number): void {
  const { kind } = cursor
  if (kind === KIND.text || kind === KIND.binary) skipString(format, cursor)
  else if (kind >= KIND.list) {
    if (kind === KIND.list) skipList(format, cursor, depth)
    else if (kind === KIND.dict) skipDict(format, cursor, depth)
    else if (kind === KIND.tag) skipTagged(format, cursor, depth)
    else if (kind === KIND.stop) throw new ProtocolError('a stop where a value belongs')
  }
}

/** As skipBody, for text or bytes. */
export function skipString(format: BinaryFormat, cursor: Cursor): void {
  const { kind, at, length } = cursor
  if (length < 0) {
    skipPieces(format, cursor)
    return
  }
  if (kind === KIND.text) checkUtf8(cursor.bytes, at, at + length)
  cursor.at = at + length
}

/** Strings of indefinite length: pieces of the same kind, each whole by itself (RFC 8949 section 3.2.3). */
function skipPieces(format: BinaryFormat, cursor: Cursor): void {
  const { kind } = cursor
  for (;;) {
    format.readHead(cursor)
    if (cursor.kind === KIND.stop) return
    if (cursor.kind !== kind || cursor.length < 0) throw new ProtocolError('a string in pieces of another kind')
    if (kind === KIND.text) checkUtf8(cursor.bytes, cursor.at, cursor.at + cursor.length)
    cursor.at += cursor.length
  }
}

function skipList(format: BinaryFormat, cursor: Cursor, depth: number): void {
  if (depth <= 0) throw tooDeep()
  const { length } = cursor
  for (let i = 0; i !== length; i += 1) {
    format.readHead(cursor)
    if (length < 0 && cursor.kind === KIND.stop) return
    skipBody(format, cursor, depth - 1)
  }
}

function skipDict(format: BinaryFormat, cursor: Cursor, depth: number): void {
  if (depth <= 0) throw tooDeep()
  const { length } = cursor
  for (let i = 0; i !== length; i += 1) {
    format.readHead(cursor)
    if (length < 0 && cursor.kind === KIND.stop) return
    // "a dictionary (map) where keys MUST be strings" (Basic Profile, "Messages")
    if (cursor.kind !== KIND.text) throw new ProtocolError('a key that is not a string')
    skipString(format, cursor)
    skipValue(format, cursor, depth - 1)
  }
}

function skipTagged(format: BinaryFormat, cursor: Cursor, depth: number): void {
  if (depth <= 0) throw tooDeep()
  const tag = cursor.value
  format.readHead(cursor)
  const { kind, at, length, value } = cursor
  skipBody(format, cursor, depth - 1)
  if (!isTagged(tag, kind, length, value)) throw new ProtocolError(`tag ${tag} is not taken`)
  if (tag === TAG.dateText && !isDate(readText(cursor.bytes, at, cursor.at))) throw new ProtocolError('not a date')
}

function isDate(text: string): boolean {
  const day = DATE.exec(text)?.[1]
  if (day === undefined || day < YEAR_MIN) return false
  // 30 February is read as 1 March, or not at all
  const time = Date.parse(`${day}T00:00:00Z`)
  return Number.isFinite(time) && new Date(time).toISOString().startsWith(day)
}

/** Whether `tag` is one we pass on and may stand before such a value. */
function isTagged(tag: number, kind: number, length: number, value: number): boolean {
  switch (tag) {
    case TAG.dateText:
      return kind === KIND.text && length >= 0
    case TAG.dateNumber:
      return kind === KIND.number && value >= 0 && value <= DATE_SECONDS_MAX
    case TAG.bignum:
    case TAG.negativeBignum:
      return kind === KIND.binary && length >= 0 && length <= BIGNUM_BYTES_MAX
    case TAG.octets:
      return kind === KIND.binary
    case TAG.uri:
      return kind === KIND.text
    case TAG.uuid:
      return kind === KIND.binary && length === UUID_BYTES
    default:
      return tag === TAG.selfDescribed
  }
}

function tooDeep(): ProtocolError {
  return new ProtocolError('nested too deeply')
}
