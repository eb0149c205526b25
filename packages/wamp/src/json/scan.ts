import { ProtocolError } from '../errors.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const MINUS = 0x2d
const PLUS = 0x2b
const DOT = 0x2e
const ZERO = 0x30
const NINE = 0x39
const OPEN_LIST = 0x5b
const CLOSE_LIST = 0x5d
const OPEN_DICT = 0x7b
const CLOSE_DICT = 0x7d
const LOWER_E = 0x65
const T = 0x74
const F = 0x66
const N = 0x6e

/** The index of the first character at or after `at` that is not JSON white space. */
export function skipSpace(text: string, at: number): number {
  let i = at
  for (let c = text.charCodeAt(i); c === 0x20 || c === 0x0a || c === 0x0d || c === 0x09; c = text.charCodeAt(i)) i += 1
  return i
}

/**
 * Checks one JSON value (RFC 8259) without building it.
 * @param at index of its first character
 * @param depth how many more levels of lists and dicts are allowed, this value's own included
 * @returns the index after its last character
 * @throws {ProtocolError} not JSON, or nested too deeply
 */
export function skipValue(text: string, at: number, depth: number): number {
  const c = text.charCodeAt(at)
  if (c === QUOTE) return skipString(text, at)
  if (c === OPEN_LIST || c === OPEN_DICT) {
    if (depth <= 0) throw new ProtocolError('nested too deeply')
    return c === OPEN_LIST ? skipList(text, at, depth) : skipDict(text, at, depth)
  }
  if (c <= NINE) return skipNumber(text, at)
  const literal = c === T ? 'true' : c === F ? 'false' : c === N ? 'null' : ''
  if (literal === '' || !text.startsWith(literal, at)) throw malformed(at)
  return at + literal.length
}

function skipList(text: string, at: number, depth: number): number {
  let i = skipSpace(text, at + 1)
  if (text.charCodeAt(i) === CLOSE_LIST) return i + 1
  for (;;) {
    i = skipSpace(text, skipValue(text, i, depth - 1))
    const c = text.charCodeAt(i)
    if (c === CLOSE_LIST) return i + 1
    if (c !== COMMA) throw malformed(i)
    i = skipSpace(text, i + 1)
  }
}

function skipDict(text: string, at: number, depth: number): number {
  let i = skipSpace(text, at + 1)
  if (text.charCodeAt(i) === CLOSE_DICT) return i + 1
  for (;;) {
    if (text.charCodeAt(i) !== QUOTE) throw malformed(i)
    i = skipSpace(text, skipString(text, i))
    if (text.charCodeAt(i) !== COLON) throw malformed(i)
    i = skipSpace(text, skipValue(text, skipSpace(text, i + 1), depth - 1))
    const c = text.charCodeAt(i)
    if (c === CLOSE_DICT) return i + 1
    if (c !== COMMA) throw malformed(i)
    i = skipSpace(text, i + 1)
  }
}

/** As skipValue, for a string. */
export function skipString(text: string, at: number): number {
  for (let i = at + 1; ; i += 1) {
    const c = text.charCodeAt(i)
    if (c > BACKSLASH) continue
    if (c === QUOTE) return i + 1
    if (c === BACKSLASH) {
      i += 1
      const escape = text.charAt(i)
      if (escape === 'u') {
        for (let digit = 1; digit <= 4; digit += 1) if (!isHex(text.charCodeAt(i + digit))) throw malformed(i)
        i += 4
      } else if (escape === '' || !'"\\/bfnrt'.includes(escape)) throw malformed(i)
    } else if (!(c >= 0x20)) throw malformed(i) // a control character, or NaN: the end of the text
  }
}

/** As skipValue, for a number. */
export function skipNumber(text: string, at: number): number {
  let i = text.charCodeAt(at) === MINUS ? at + 1 : at
  i = text.charCodeAt(i) === ZERO ? i + 1 : skipDigits(text, i)
  if (text.charCodeAt(i) === DOT) i = skipDigits(text, i + 1)
  if ((text.charCodeAt(i) | 0x20) === LOWER_E) {
    const sign = text.charCodeAt(i + 1)
    i = skipDigits(text, sign === PLUS || sign === MINUS ? i + 2 : i + 1)
  }
  return i
}

function skipDigits(text: string, at: number): number {
  let i = at
  for (let c = text.charCodeAt(i); c >= ZERO && c <= NINE; c = text.charCodeAt(i)) i += 1
  if (i === at) throw malformed(at)
  return i
}

function isHex(c: number): boolean {
  return (c >= ZERO && c <= NINE) || (c >= 0x41 && c <= 0x46) || (c >= 0x61 && c <= 0x66)
}

/** The error for a character that cannot stand where it stands. */
export function malformed(at: number): ProtocolError {
  return new ProtocolError(`not JSON at character ${at}`)
}
