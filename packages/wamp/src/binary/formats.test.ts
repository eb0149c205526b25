import { describe, expect, test } from 'vitest'
import { cborSerializer } from '../cbor/serializer.ts'
import { ProtocolError } from '../errors.ts'
import { jsonSerializer } from '../json/serializer.ts'
import type { Message } from '../messages.ts'
import { msgpackSerializer } from '../msgpack/serializer.ts'
import { Payload } from '../payload.ts'
import type { Serializer } from '../serializer.ts'

type Yield = Extract<Message, readonly [70, ...unknown[]]>

function unhex(hex: string): Uint8Array {
  return Uint8Array.from(hex.replaceAll(' ', '').match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}

/** YIELD of one argument, written out. Both formats say 70 otherwise. */
const HEAD = { msgpack: '94 46 01 80 91', cbor: '84 18 46 01 a0 81' }

function read(by: Serializer, format: 'msgpack' | 'cbor', argument: string): unknown[] {
  const [, , , payload] = by.decode(unhex(`${HEAD[format]} ${argument}`)) as Yield
  return payload.args
}

const cbor = cborSerializer({ depthMax: 4 })
const msgpack = msgpackSerializer({ depthMax: 4 })

describe('cbor', () => {
  test.each([
    { name: 'a list of indefinite length', hex: '9f 01 02 ff', value: [1, 2] },
    { name: 'an empty one', hex: '9f ff', value: [] },
    { name: 'a dict of indefinite length', hex: 'bf 61 61 01 ff', value: { a: 1 } },
    { name: 'text in pieces', hex: '7f 61 61 62 c3 a9 ff', value: 'aé' },
    { name: 'bytes in pieces', hex: '5f 41 01 42 02 03 ff', value: new Uint8Array([1, 2, 3]) },
    { name: 'a key in pieces', hex: 'a1 7f 61 61 61 62 ff 01', value: { ab: 1 } },
    { name: 'a half float', hex: 'f9 3e 00', value: 1.5 },
    { name: 'the smallest half float', hex: 'f9 00 01', value: 2 ** -24 },
    { name: 'infinity', hex: 'f9 7c 00', value: Infinity },
    { name: 'a single float', hex: 'fa 3f c0 00 00', value: 1.5 },
    { name: 'undefined, as null', hex: 'f7', value: null },
    { name: 'an integer longer than it needs to be', hex: '1b 00 00 00 00 00 00 00 05', value: 5 },
    { name: '2^53', hex: '1b 00 20 00 00 00 00 00 00', value: 2 ** 53 },
    { name: '2^53 + 1', hex: '1b 00 20 00 00 00 00 00 01', value: 2n ** 53n + 1n },
    { name: '-2^53', hex: '3b 00 1f ff ff ff ff ff ff', value: -(2 ** 53) },
    { name: '-2^63', hex: '3b 7f ff ff ff ff ff ff ff', value: -(2n ** 63n) },
    { name: 'below -2^63, rounded', hex: '3b ff ff ff ff ff ff ff ff', value: -(2 ** 64) },
    {
      name: 'a date',
      hex: 'c0 74 32 30 32 36 2d 31 31 2d 32 32 54 32 30 3a 30 30 3a 30 30 5a',
      value: '2026-11-22T20:00:00Z',
    },
    { name: 'seconds', hex: 'c1 1a 65 00 00 00', value: 0x65000000 },
    { name: 'a bignum', hex: 'c2 42 01 00', value: 256 },
    { name: 'a bignum of 64 bits', hex: 'c2 48 ff ff ff ff ff ff ff ff', value: 2n ** 64n - 1n },
    { name: 'a larger one, rounded', hex: 'c2 49 01 00 00 00 00 00 00 00 00', value: 2 ** 64 },
    { name: 'a negative bignum', hex: 'c3 41 00', value: -1 },
    { name: 'self-described CBOR', hex: 'd9 d9 f7 01', value: 1 },
    { name: 'octets as a typed array', hex: 'd8 40 43 01 02 03', value: new Uint8Array([1, 2, 3]) },
    { name: 'a key that is undefined', hex: 'a2 61 61 f7 61 62 01', value: { b: 1 } },
  ])('$name is read, and kept as it came', ({ hex, value }) => {
    expect(read(cbor, 'cbor', hex)).toEqual([value])
    const frame = unhex(`${HEAD.cbor} ${hex}`)
    expect(cbor.encode(cbor.decode(frame))).toEqual(frame)
  })

  test.each([
    { name: 'a shared reference', hex: 'd8 1c 81 d8 1d 00' },
    { name: 'a tag of no meaning to us', hex: 'd9 04 00 01' },
    { name: 'a decimal fraction, which may be a number of any size', hex: 'c4 82 1a 7f ff ff ff 01' },
    { name: 'a date that is none', hex: 'c0 61 78' },
    { name: '30 February', hex: 'c0 74 32 30 32 36 2d 30 32 2d 33 30 54 32 30 3a 30 30 3a 30 30 5a' },
    { name: 'seconds that are text', hex: 'c1 61 78' },
    { name: 'seconds beyond all calendars', hex: 'c1 fb 7f ef ff ff ff ff ff ff' },
    { name: 'a bignum that is text', hex: 'c2 61 78' },
    { name: 'a UUID cut short', hex: 'd8 25 41 00' },
    { name: 'a key that is a number', hex: 'a1 01 02' },
    { name: 'a stop where a value belongs', hex: 'ff' },
    { name: 'a list without a stop', hex: '9f 01' },
    { name: 'pieces of another kind', hex: '7f 41 61 ff' },
    { name: 'pieces in pieces', hex: '7f 7f 61 61 ff ff' },
    { name: 'a character in two pieces', hex: '7f 61 c3 61 a9 ff' },
    { name: 'a length of indefinite tag', hex: 'df 01' },
    { name: 'a reserved length', hex: '1c' },
    { name: 'a simple value without a meaning', hex: 'e0' },
    { name: 'a length beyond the frame', hex: '7b ff ff ff ff ff ff ff ff' },
    { name: 'items beyond the frame', hex: '9b ff ff ff ff ff ff ff ff' },
    { name: 'tags nested too deeply', hex: 'd9d9f7 d9d9f7 d9d9f7 d9d9f7 01' },
    { name: 'lists nested too deeply', hex: '81 81 81 81 01' },
  ])('$name is refused', ({ hex }) => {
    expect(() => read(cbor, 'cbor', hex)).toThrow(ProtocolError)
  })

  test('a message may be of indefinite length', () => {
    expect(cbor.decode(unhex('9f 11 01 02 ff'))).toEqual([17, 1, 2])
    expect(() => cbor.decode(unhex('9f 11 01 02'))).toThrow(ProtocolError)
    expect(() => cbor.decode(unhex('9f 11 01 02 03 ff'))).toThrow(ProtocolError)
    expect(() => cbor.decode(unhex('9f 11 01 02 ff ff'))).toThrow(ProtocolError)
  })
})

describe('msgpack', () => {
  test.each([
    { name: 'uint 8', hex: 'cc ff', value: 255 },
    { name: 'int 8', hex: 'd0 80', value: -128 },
    { name: 'int 16', hex: 'd1 80 00', value: -32768 },
    { name: 'int 32', hex: 'd2 80 00 00 00', value: -(2 ** 31) },
    { name: 'int 64', hex: 'd3 ff ff ff ff 7f ff ff ff', value: -(2 ** 31) - 1 },
    { name: 'a positive int 64', hex: 'd3 00 00 00 00 00 00 00 05', value: 5 },
    { name: '-2^63', hex: 'd3 80 00 00 00 00 00 00 00', value: -(2n ** 63n) },
    { name: 'negative fixint', hex: 'e0', value: -32 },
    { name: 'float 32', hex: 'ca 3f c0 00 00', value: 1.5 },
    { name: 'bin 8', hex: 'c4 02 01 02', value: new Uint8Array([1, 2]) },
    { name: 'str 8 where a byte would do', hex: 'd9 01 61', value: 'a' },
    { name: 'map 32', hex: 'df 00 00 00 01 a1 61 01', value: { a: 1 } },
    { name: "msgpackr's undefined, as null", hex: 'd4 00 00', value: null },
    { name: 'a key that is undefined', hex: '82 a1 61 d4 00 00 a1 62 01', value: { b: 1 } },
  ])('$name is read, and kept as it came', ({ hex, value }) => {
    expect(read(msgpack, 'msgpack', hex)).toEqual([value])
    const frame = unhex(`${HEAD.msgpack} ${hex}`)
    expect(msgpack.encode(msgpack.decode(frame))).toEqual(frame)
  })

  test.each([
    { name: 'an extension type', hex: 'd4 01 00' },
    { name: 'an extension type of number 0', hex: 'd4 00 01' },
    { name: 'a timestamp', hex: 'd6 ff 00 00 00 00' },
    { name: 'the byte that is never used', hex: 'c1' },
    { name: 'a key that is a number', hex: '81 01 02' },
    { name: 'a key that is bytes', hex: '81 c4 01 61 02' },
    { name: 'a length beyond the frame', hex: 'db ff ff ff ff' },
    { name: 'items beyond the frame', hex: 'dd ff ff ff ff' },
    { name: 'lists nested too deeply', hex: '91 91 91 91 01' },
  ])('$name is refused', ({ hex }) => {
    expect(() => read(msgpack, 'msgpack', hex)).toThrow(ProtocolError)
  })
})

test.each([
  { name: 'an overlong form', hex: 'a2 c0 80' },
  { name: 'an overlong form of three bytes', hex: 'a3 e0 80 80' },
  { name: 'an overlong form of four bytes', hex: 'a4 f0 80 80 80' },
  { name: 'a surrogate', hex: 'a3 ed a0 80' },
  { name: 'beyond Unicode', hex: 'a4 f4 90 80 80' },
  { name: 'a lead byte that is none', hex: 'a1 ff' },
  { name: 'a sequence cut short', hex: 'a1 c3' },
  { name: 'a sequence broken off', hex: 'a2 c3 61' },
  { name: 'as a key', hex: '81 a1 ff 01' },
  { name: 'in long text', hex: `da 0200 ${'61'.repeat(511)} ff` },
])('not UTF-8: $name', ({ hex }) => {
  expect(() => read(msgpack, 'msgpack', hex)).toThrow(ProtocolError)
})

test.each(['a', 'é', '€', '😀', '\u{feff}bom', 'x'.repeat(300), '€'.repeat(300), '\u0000', ''])('UTF-8: %j', (text) => {
  for (const by of [msgpackSerializer(), cborSerializer()]) {
    const frame = by.encode([32, 1, { key: text }, text])
    expect(by.decode(frame)).toEqual([32, 1, { key: text }, text])
    const [, , , payload] = by.decode(by.encode([70, 1, {}, Payload.of([text], { [text]: 1 })])) as Yield
    expect([payload.args, payload.kwargs]).toEqual([[text], { [text]: 1 }])
  }
})

test('ids may be floats with an integral value', () => {
  expect(cbor.decode(unhex('83 11 fb 4000000000000000 fa 40400000'))).toEqual([17, 2, 3])
  expect(msgpack.decode(unhex('93 11 cb 4000000000000000 ca 40400000'))).toEqual([17, 2, 3])
  expect(() => cbor.decode(unhex('83 11 01 fb 4004000000000000'))).toThrow(ProtocolError)
})

test('an id above 2^53 is none', () => {
  expect(() => cbor.decode(unhex('83 11 01 1b 0020000000000001'))).toThrow(ProtocolError)
  expect(() => msgpack.decode(unhex('93 11 01 cf 0020000000000001'))).toThrow(ProtocolError)
})

test('integers stay integers between formats', () => {
  const json = jsonSerializer()
  const frame = '[70,1,{},[9007199254740993,18446744073709551615,1152921504606846976,1e+18,1.5]]'
  for (const by of [msgpackSerializer(), cborSerializer()])
    expect(json.encode(by.decode(by.encode(json.decode(frame))))).toBe(frame)
})

test('bytes are NUL and Base64 in JSON, in whatever they stand', () => {
  const json = jsonSerializer()
  const frame = String.raw`[70,1,{},[{"a":"\u0000AQID"}],{"b":"\u0000"}]`
  for (const by of [msgpackSerializer(), cborSerializer()]) {
    const there = by.decode(by.encode(json.decode(frame))) as Yield
    expect(there[3].args).toEqual([{ a: new Uint8Array([1, 2, 3]) }])
    expect(there[3].kwargs).toEqual({ b: new Uint8Array() })
    expect(json.encode(there)).toBe(frame)
  }
})

test('a payload kept is a copy, and the same to the letter', () => {
  const frame = unhex(`${HEAD.cbor} 9f 01 ff`)
  const [, , , payload] = cbor.decode(frame) as Yield
  const kept = payload.compact()
  frame.fill(0xff)
  expect(cbor.encode([70, 1, {}, kept])).toEqual(unhex(`${HEAD.cbor} 9f 01 ff`))
})
