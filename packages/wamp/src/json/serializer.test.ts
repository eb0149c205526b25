import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ProtocolError, WampError } from '../errors.ts'
import { ID_MAX } from '../ids.ts'
import { type FieldKind, MESSAGE_SHAPES, type Message, TYPE } from '../messages.ts'
import { Payload } from '../payload.ts'
import { jsonSerializer } from './serializer.ts'

const serializer = jsonSerializer()

/** A message with its payload opened, to compare. */
function open(message: Message): unknown[] {
  return message.map((field) => (field instanceof Payload ? { args: field.args, kwargs: field.kwargs } : field))
}

const json = fc.jsonValue({ maxDepth: 3 })
/** What JSON can say and gives back equal: -0 is written as 0. */
const value = json.map((made) => JSON.parse(JSON.stringify(made)) as unknown)
const dict = fc.dictionary(fc.string(), value, { noNullPrototype: false })
const payload = fc.tuple(fc.array(value), dict).map(([args, kwargs]) => Payload.of(args, kwargs))
const FIELDS: Record<FieldKind, fc.Arbitrary<unknown>> = {
  id: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  id0: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  type: fc.integer({ min: 1, max: 1023 }),
  string: fc.string({ unit: 'binary' }),
  dict,
}
const message = fc
  .constantFrom(...MESSAGE_SHAPES)
  .chain(([type, shape]) =>
    fc
      .tuple(
        fc.constant(type),
        ...shape.fields.map((kind) => FIELDS[kind]),
        ...(shape.payload ? [payload] : []),
        ...(shape.trailingDict ? [dict] : []),
      )
      .map((fields) => fields as unknown as Message),
  )

describe('decode and encode', { timeout: 30_000 }, () => {
  test('decode ∘ encode is the identity for every message type', () => {
    fc.assert(
      fc.property(message, (original) => {
        expect(open(serializer.decode(serializer.encode(original)))).toEqual(open(original))
      }),
      { numRuns: 300 },
    )
  })

  test('what was decoded is encoded as it came, the payload to the letter', () => {
    fc.assert(
      fc.property(message, (original) => {
        const frame = serializer.encode(original)
        expect(serializer.encode(serializer.decode(frame))).toBe(frame)
      }),
    )
  })

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

  test('a damaged message throws nothing but ProtocolError', () => {
    fc.assert(
      fc.property(message, fc.nat(), fc.string({ maxLength: 2 }), (original, at, by) => {
        const frame = String(serializer.encode(original))
        const i = at % frame.length
        try {
          serializer.decode(frame.slice(0, i) + by + frame.slice(i + 1))
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
  { name: 'a binary frame', limits: {}, frame: new Uint8Array([0x5b, 0x5d]) },
])('$name is refused', ({ limits, frame }) => {
  expect(() => jsonSerializer(limits).decode(frame)).toThrow(ProtocolError)
})

const cycle: unknown[] = []
cycle.push(cycle)
test.each([
  { name: 'a bigint', args: [1n] },
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
