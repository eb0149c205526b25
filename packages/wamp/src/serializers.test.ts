import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ProtocolError, WampError } from './errors.ts'
import { ID_MAX } from './ids.ts'
import { type FieldKind, MESSAGE_SHAPES, type Message, TYPE } from './messages.ts'
import { type Frame, Payload } from './payload.ts'
import type { Serializer } from './serializer.ts'
import { SUBPROTOCOLS, serializerOf } from './serializers.ts'

function serializer(subprotocol: string): Serializer {
  const found = serializerOf(subprotocol)
  if (found === null) throw new Error(`no serializer for ${subprotocol}`)
  return found
}

/** The one message of a frame, out of its batch where it is one. */
function decode(by: Serializer, frame: Frame): Message {
  const units = by.split?.(frame) ?? [frame]
  expect(units.length).toBe(1)
  return by.decode(units[0] ?? '')
}

/** A message with its payload opened, to compare. */
function open(message: Message): unknown[] {
  return message.map((field) => (field instanceof Payload ? { args: field.args, kwargs: field.kwargs } : field))
}

// JSON writes -0 as 0, and what begins with NUL may be read as bytes
const text = fc.string({ unit: 'binary' }).filter((made) => made.charCodeAt(0) !== 0)
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((made) => made + 0)
const integer = fc.maxSafeInteger()
const big = fc.oneof(
  fc.bigInt({ min: BigInt(ID_MAX) + 1n, max: 2n ** 64n - 1n }),
  fc.bigInt({ min: -(2n ** 63n), max: -BigInt(ID_MAX) - 1n }),
)
const leaf = fc.oneof(text, number, integer, big, fc.boolean(), fc.constant(null), fc.uint8Array())
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(text, tie('value'), { maxKeys: 5, noNullPrototype: true }),
  ),
}))
const dict = fc.dictionary(text, value, { maxKeys: 5, noNullPrototype: true })
const payload = fc.tuple(fc.array(value), dict).map(([args, kwargs]) => Payload.of(args, kwargs))
const FIELDS: Record<FieldKind, fc.Arbitrary<unknown>> = {
  id: fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })),
  id0: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  type: fc.integer({ min: 1, max: 1023 }),
  string: text,
  uri: text,
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

describe.each(SUBPROTOCOLS)('%s', { timeout: 30_000 }, (subprotocol) => {
  const by = serializer(subprotocol)

  test('is named after what it speaks', () => {
    expect(by.subprotocol).toBe(subprotocol)
    expect(by.isBinary).toBe(!subprotocol.includes('json'))
    expect(by.split !== undefined).toBe(subprotocol.endsWith('.batched'))
  })

  test('decode ∘ encode is the identity for every message type', () => {
    fc.assert(
      fc.property(message, (original) => {
        expect(open(decode(by, by.encode(original)))).toEqual(open(original))
      }),
      { numRuns: 300 },
    )
  })

  test('what was decoded is encoded as it came, the payload to the letter', () => {
    fc.assert(
      fc.property(message, (original) => {
        const frame = by.encode(original)
        expect(by.encode(decode(by, frame))).toEqual(frame)
      }),
    )
  })

  test('a damaged frame throws nothing but ProtocolError', () => {
    fc.assert(
      fc.property(message, fc.nat(), fc.nat({ max: 255 }), (original, at, byte) => {
        const frame = by.encode(original)
        const damaged =
          typeof frame === 'string'
            ? frame.slice(0, at % frame.length) + String.fromCharCode(byte) + frame.slice((at % frame.length) + 1)
            : frame.with(at % frame.length, byte)
        try {
          for (const unit of by.split?.(damaged) ?? [damaged]) open(by.decode(unit))
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError)
        }
      }),
      { numRuns: 500 },
    )
  })

  test('a frame of the other kind is refused', () => {
    expect(() => by.decode(by.isBinary ? '[1]' : new Uint8Array([0x91, 1]))).toThrow(ProtocolError)
    expect(() => by.split?.(by.isBinary ? '[1]' : new Uint8Array([0x91, 1])) ?? by.decode('')).toThrow(ProtocolError)
  })

  test('names of Object are ordinary keys and pollute nothing', () => {
    const entries = Object.fromEntries([['__proto__', { acknowledge: true }]])
    const frame = by.encode([TYPE.PUBLISH, 1, entries, 'a.b', Payload.of([entries], entries)])
    const [, , options, , { args, kwargs }] = decode(by, frame) as Extract<Message, readonly [16, ...unknown[]]>
    expect(options['acknowledge']).toBeUndefined()
    expect(options['toString']).toBeUndefined()
    for (const made of [options, kwargs, Object(args[0]) as object]) expect(Object.keys(made)).toEqual(['__proto__'])
    expect(Object(args[0])).not.toHaveProperty('acknowledge')
    expect(kwargs['acknowledge']).toBeUndefined()
  })

  test.each([
    { name: 'absent values in a list are null', args: [undefined, () => 1], read: [null, null] },
    { name: 'absent values in a dict are left out', args: [{ a: undefined, b: 1 }], read: [{ b: 1 }] },
    { name: 'toJSON is asked', args: [new Date(0)], read: ['1970-01-01T00:00:00.000Z'] },
  ])('$name, as JSON.stringify has it', ({ args, read }) => {
    const frame = by.encode([TYPE.YIELD, 1, {}, Payload.of(args)])
    const [, , , { args: made }] = decode(by, frame) as Extract<Message, readonly [70, ...unknown[]]>
    expect(made).toEqual(read)
  })

  const cycle: unknown[] = []
  cycle.push(cycle)
  test.each([
    { name: 'an integer of more than 64 bits', args: [2n ** 64n] },
    { name: 'a cycle', args: [cycle] },
  ])('$name has no form: WampError, and the next message is whole', ({ args }) => {
    expect(() => by.encode([TYPE.YIELD, 1, {}, Payload.of(args)])).toThrow(WampError)
    expect(open(decode(by, by.encode([TYPE.PUBLISHED, 1, 2])))).toEqual([TYPE.PUBLISHED, 1, 2])
  })

  test('a value that encodes something itself does no harm', () => {
    const nested = { toJSON: () => String(by.encode([TYPE.PUBLISHED, 1, 2]).length) }
    const frame = by.encode([TYPE.YIELD, 1, { x: nested }, Payload.of([nested])])
    const length = String(by.encode([TYPE.PUBLISHED, 1, 2]).length)
    expect(open(decode(by, frame))).toEqual([TYPE.YIELD, 1, { x: length }, { args: [length], kwargs: {} }])
  })

  test('a large payload', () => {
    const large = { text: 'ä'.repeat(100_000), list: Array.from({ length: 70_000 }, (_, i) => i) }
    const frame = by.encode([TYPE.YIELD, 1, {}, Payload.of([], large)])
    expect(open(decode(by, frame))).toEqual([TYPE.YIELD, 1, {}, { args: [], kwargs: large }])
    const strict = serializerOf(subprotocol, { lengthMax: 100_000 })
    expect(() => strict && decode(strict, frame)).toThrow(ProtocolError)
  })
})

const SINGLE = SUBPROTOCOLS.filter((name) => !name.endsWith('.batched'))
test.each(SINGLE.flatMap((from) => SINGLE.filter((to) => to !== from).map((to) => ({ from, to }))))(
  'values survive the way from $from to $to and back',
  ({ from, to }) => {
    const [here, there] = [serializer(from), serializer(to)]
    fc.assert(
      fc.property(message, (original) => {
        const through = there.decode(there.encode(here.decode(here.encode(original))))
        expect(open(here.decode(here.encode(through)))).toEqual(open(original))
      }),
    )
  },
)

describe.each(SUBPROTOCOLS.filter((name) => name.endsWith('.batched')))('%s', (subprotocol) => {
  const by = serializer(subprotocol)
  const one = by.encode([TYPE.PUBLISHED, 1, 2])
  const two = by.encode([TYPE.PUBLISHED, 3, 4])

  test('units joined are a batch', () => {
    const batch = typeof one === 'string' ? one + String(two) : Uint8Array.from([...one, ...(two as Uint8Array)])
    expect(by.split?.(batch).map((unit) => by.decode(unit))).toEqual([
      [TYPE.PUBLISHED, 1, 2],
      [TYPE.PUBLISHED, 3, 4],
    ])
  })

  test('an empty batch is refused', () => {
    expect(() => by.split?.(by.isBinary ? new Uint8Array() : '')).toThrow(ProtocolError)
  })

  test('a batch cut short is refused', () => {
    for (let length = 1; length < one.length - 1; length += 1)
      expect(() => by.split?.(one.slice(0, length)).map((unit) => by.decode(unit))).toThrow(ProtocolError)
  })
})

test.each([
  { name: 'octal 30', separator: '\u0018' },
  { name: 'the record separator', separator: '\u001e' },
])('batched JSON answers with $name if the peer uses it', ({ separator }) => {
  const by = serializer('wamp.2.json.batched')
  expect(by.encode([TYPE.PUBLISHED, 1, 2])).toBe('[17,1,2]\u0018')
  expect(by.split?.(`[17,1,2]${separator}[17,3,4]${separator}`)).toEqual(['[17,1,2]', '[17,3,4]'])
  expect(by.split?.(`[17,1,2]${separator}[17,3,4]`)).toEqual(['[17,1,2]', '[17,3,4]'])
  expect(by.encode([TYPE.PUBLISHED, 1, 2])).toBe(`[17,1,2]${separator}`)
  expect(serializer('wamp.2.json.batched').encode([TYPE.PUBLISHED, 1, 2])).toBe('[17,1,2]\u0018')
})

test('a subprotocol that is not ours has no serializer, and ubjson never will', () => {
  expect(serializerOf('wamp.2.ubjson')).toBeNull()
  expect(SUBPROTOCOLS).not.toContain('wamp.2.ubjson')
})
