import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ProtocolError, WampError } from '../errors.ts'
import { ID_MAX } from '../ids.ts'
import { type Message, TYPE } from '../messages.ts'
import { Payload } from '../payload.ts'
import { jsonSerializer } from './serializer.ts'

const serializer = jsonSerializer()

describe('decode', { timeout: 30_000 }, () => {
  test('arbitrary text throws nothing but ProtocolError', () => {
    const piece = fc.oneof(
      fc.string(),
      fc.json(),
      fc.constantFrom('[16,', '[1,"r",', '{}', ',"a.b"', ']', '[]', '9e99'),
    )
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        try {
          serializer.decode(pieces.join(''))
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError)
        }
      }),
      { numRuns: 500 },
    )
  })
})

test.each([
  { name: 'the largest id stays an integer', frame: `[17,1,${ID_MAX}]`, again: '[17,1,9007199254740992]' },
  { name: 'an id with an integral fraction is taken', frame: '[17,1.0,2e3]', again: '[17,1,2000]' },
  { name: 'white space around elements is dropped', frame: ' [ 17 , 1 ,\n2 ] ', again: '[17,1,2]' },
  { name: 'empty arguments are left out', frame: '[70,1,{},[]]', again: '[70,1,{}]' },
  { name: 'empty keyword arguments are left out', frame: '[70,1,{},[1],{}]', again: '[70,1,{},[1]]' },
  { name: 'both empty are left out', frame: '[70,1,{},[],{}]', again: '[70,1,{}]' },
  { name: 'keyword arguments keep the list before them', frame: '[70,1,{},[],{"a":1}]', again: '[70,1,{},[],{"a":1}]' },
  { name: 'escapes in a URI are read', frame: '[32,1,{},"a\\u002eb"]', again: '[32,1,{},"a.b"]' },
  {
    name: 'numbers in the payload keep their spelling',
    frame: '[70,1,{},[1.50,1e400]]',
    again: '[70,1,{},[1.50,1e400]]',
  },
])('$name', ({ frame, again }) => {
  expect(serializer.encode(serializer.decode(frame))).toBe(again)
})

test('names of Object are ordinary keys and pollute nothing', () => {
  const [, , options, , payload] = serializer.decode(
    '[16,1,{"__proto__":{"acknowledge":true}},"a.b",[],{"__proto__":{"x":1}}]',
  ) as Extract<Message, readonly [16, ...unknown[]]>
  expect(options['acknowledge']).toBeUndefined()
  expect(options['toString']).toBeUndefined()
  expect(Object.keys(payload.kwargs)).toEqual(['__proto__'])
  expect(payload.kwargs['x']).toBeUndefined()
  expect(({} as Record<string, unknown>)['x']).toBeUndefined()
})

test.each([
  { name: 'longer than allowed', limits: { lengthMax: 20 }, frame: '[16,1,{},"a.b",["xxxx"]]' },
  { name: 'nested deeper than allowed', limits: { depthMax: 2 }, frame: '[16,1,{},"a.b",[[[]]]]' },
  { name: 'options nested deeper than allowed', limits: { depthMax: 2 }, frame: '[16,1,{"a":{"b":{}}},"a.b"]' },
  { name: 'an id of 2^53 + 1', limits: {}, frame: '[17,1,9007199254740993]' },
  { name: 'a binary frame', limits: {}, frame: new Uint8Array([0x5b, 0x5d]) },
])('$name is refused', ({ limits, frame }) => {
  expect(() => jsonSerializer(limits).decode(frame)).toThrow(ProtocolError)
})

const cycle: unknown[] = []
cycle.push(cycle)
test.each([
  { name: 'an integer of more than 64 bits', args: [2n ** 64n] },
  { name: 'a cycle', args: [cycle] },
])('$name has no JSON form: WampError', ({ args }) => {
  expect(() => serializer.encode([TYPE.YIELD, 1, {}, Payload.of(args)])).toThrow(WampError)
})

test('a payload is encoded once, however often it is sent', () => {
  let encoded = 0
  const counting = { toJSON: () => (encoded += 1) }
  const shared = Payload.of([counting])
  for (let id = 1; id <= 10; id += 1) serializer.encode([TYPE.EVENT, id, 1, {}, shared])
  expect(encoded).toBe(1)
})

test.each([
  { name: 'bytes are NUL and Base64', args: [new Uint8Array([0, 255, 16])], text: '"\\u0000AP8Q"' },
  { name: 'no bytes at all', args: [new Uint8Array()], text: '"\\u0000"' },
  { name: 'bytes deep inside', args: [{ a: [new Uint8Array([1])] }], text: '{"a":["\\u0000AQ=="]}' },
  { name: 'an integer of 64 bits is digits', args: [2n ** 64n - 1n], text: '18446744073709551615' },
  { name: 'a negative one', args: [-(2n ** 63n)], text: '-9223372036854775808' },
  { name: 'a float beyond 2^53 has an exponent', args: [2 ** 60], text: '1.152921504606847e+18' },
  { name: 'a string that only begins like bytes', args: ['\u0000AP8'], text: '"\\u0000AP8"' },
])('$name', ({ args, text }) => {
  const frame = serializer.encode([TYPE.YIELD, 1, {}, Payload.of(args)])
  expect(frame).toBe(`[70,1,{},[${text}]]`)
  const [, , , payload] = serializer.decode(frame) as Extract<Message, readonly [70, ...unknown[]]>
  expect(payload.args).toEqual(args)
})

test('known limit: a string of NUL and Base64 is taken for the bytes it could stand for', () => {
  const frame = serializer.encode([TYPE.YIELD, 1, {}, Payload.of(['\u0000AP8Q'])])
  const [, , , payload] = serializer.decode(frame) as Extract<Message, readonly [70, ...unknown[]]>
  expect(payload.args).toEqual([new Uint8Array([0, 255, 16])])
  expect(serializer.encode([TYPE.YIELD, 1, {}, payload])).toBe(frame)
})
