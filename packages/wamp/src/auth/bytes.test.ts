import { describe, expect, test } from 'vitest'
import { fromBase64, toBase64 } from '../binary/base64.ts'
import { fromHex, isEqualInConstantTime, toHex, utf8 } from './bytes.ts'
import { saslprep } from './saslprep.ts'

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0))

// RFC 4648, section 10
test.each([
  ['', '', ''],
  ['f', 'Zg==', '66'],
  ['fo', 'Zm8=', '666f'],
  ['foo', 'Zm9v', '666f6f'],
  ['foob', 'Zm9vYg==', '666f6f62'],
  ['fooba', 'Zm9vYmE=', '666f6f6261'],
  ['foobar', 'Zm9vYmFy', '666f6f626172'],
])('"%s" is %s in base64 and %s in hexadecimal, and back', (text, base64, hex) => {
  expect(toBase64(bytes(text))).toBe(base64)
  expect(fromBase64(base64)).toEqual(bytes(text))
  expect(toHex(bytes(text))).toBe(hex)
  expect(fromHex(hex)).toEqual(bytes(text))
})

test('all values of a byte survive both', () => {
  const all = Uint8Array.from({ length: 256 }, (_, i) => i)
  expect(fromBase64(toBase64(all))).toEqual(all)
  expect(fromHex(toHex(all))).toEqual(all)
})

test.each(['Zg', 'Zg=', 'Z===', 'Zh==', 'Zm9=', 'Zm 9v', 'Zm9v\n', 'Zm-_'])('%j is not canonical base64', (text) => {
  expect(fromBase64(text)).toBeNull()
})

test.each(['0', '0g', ' 00', '0x00'])('%j is not hexadecimal', (text) => {
  expect(fromHex(text)).toBeNull()
})

test('hexadecimal of another length than asked for is refused', () => {
  expect(fromHex('00ff', 3)).toBeNull()
  expect(fromHex('00FF', 2)).toEqual(Uint8Array.of(0, 255))
})

test.each([
  ['a', '61'],
  ['é', 'c3a9'],
  ['€', 'e282ac'],
  ['😀', 'f09f9880'],
  ['\ud800', 'efbfbd'],
])('UTF-8 of %j', (text, hex) => {
  expect(toHex(utf8(text))).toBe(hex)
})

test.each([
  ['', '', true],
  ['00', '', false],
  ['00', '00', true],
  ['00ff', '00fe', false],
  ['00', '0000', false],
])('%s and %s are equal: %s', (a, b, isEqual) => {
  expect(isEqualInConstantTime(fromHex(a) ?? bytes(''), fromHex(b) ?? bytes(''))).toBe(isEqual)
})

describe('SASLprep', () => {
  // RFC 4013, section 3, and a few more
  test.each([
    ['I\u00adX', 'IX'],
    ['user', 'user'],
    ['USER', 'USER'],
    ['\u00aa', 'a'],
    ['\u2168', 'IX'],
    ['a\u00a0b', 'a b'],
    ['\u0007', null],
    ['\u0627\u0031', null],
    ['\u0627\u0031\u0628', '\u0627\u0031\u0628'],
    ['a\u0627', null],
    ['\ue000', null],
  ])('%j becomes %j', (text, prepared) => {
    expect(saslprep(text)).toBe(prepared)
  })
})
