import { describe, expect, test } from 'vitest'
import details from '../vectors/details.json' with { type: 'json' }
import messages from '../vectors/messages.json' with { type: 'json' }
import { ProtocolError } from './errors.ts'
import { cborSerializer } from './cbor/serializer.ts'
import { jsonSerializer } from './json/serializer.ts'
import type { Message } from './messages.ts'
import { msgpackSerializer } from './msgpack/serializer.ts'
import { type Frame, Payload } from './payload.ts'

// Facts of the test vectors of wamp-proto (`testsuite/singlemessage`): each message with every way to write it that the
// specification's authors give. Bytes in a message are {"bytes": hex}.

type Format = 'json' | 'msgpack' | 'cbor'
const SERIALIZERS = { json: jsonSerializer(), msgpack: msgpackSerializer(), cbor: cborSerializer() }
const FORMATS: readonly Format[] = ['json', 'msgpack', 'cbor']

const variants = messages.flatMap((sample) =>
  FORMATS.flatMap((format) => sample[format].map((text) => ({ format, text, message: sample.message }))),
)

function unhex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function frameOf(format: Format, text: string): Frame {
  return format === 'json' ? text : unhex(text)
}

function textOf(frame: Frame): string {
  return typeof frame === 'string' ? frame : hex(frame)
}

/** The elements of a message as they stand on the wire. */
function elements(message: Message): unknown[] {
  const last: unknown = message.at(-1)
  if (!(last instanceof Payload)) return [...message]
  const head = message.slice(0, -1)
  if (last.opaque instanceof Uint8Array) return [...head, { bytes: hex(last.opaque) }]
  return [...head, ...[last.opaque ?? last.args, last.kwargs].slice(0, last.elements)]
}

/** A message of the fixtures as ours: whatever stands behind its head is the payload. */
function build(sample: readonly unknown[]): Message {
  const at = sample.findIndex((element, i) => i > 2 && (Array.isArray(element) || isBytes(element)))
  if (at < 0) return sample as unknown as Message
  const [args, kwargs] = sample.slice(at)
  const head = sample.slice(0, at)
  const payload = isBytes(args)
    ? Payload.opaque(unhex(args.bytes))
    : Payload.of(args as unknown[], (kwargs ?? {}) as Record<string, unknown>)
  return [...head, payload] as unknown as Message
}

function isBytes(element: unknown): element is { bytes: string } {
  return typeof element === 'object' && element !== null && 'bytes' in element
}

test('no vector is lost', () => {
  expect(messages.length + details.length).toBe(102)
  expect(variants.length).toBe(129)
  expect(details.filter((sample) => 'violates' in sample).length).toBe(28)
})

describe('every variant is read', () => {
  test.each(variants)('$format $text', ({ format, text, message }) => {
    expect(elements(SERIALIZERS[format].decode(frameOf(format, text)))).toEqual(message)
  })
})

describe('what we write is one of the variants', () => {
  test.each(messages.flatMap((sample) => FORMATS.map((format) => ({ format, sample }))))(
    '$format $sample.message',
    ({ format, sample }) => {
      expect(sample[format]).toContain(textOf(SERIALIZERS[format].encode(build(sample.message))))
    },
  )

  test.each(
    variants.flatMap((from) => FORMATS.filter((to) => to !== from.format).map((to) => Object.assign({ to }, from))),
  )('translated from $format to $to: $text', ({ format, to, text, message }) => {
    const written = SERIALIZERS[to].encode(SERIALIZERS[format].decode(frameOf(format, text)))
    expect(messages.find((sample) => sample.message === message)?.[to]).toContain(textOf(written))
  })
})

describe('values under predefined keys', () => {
  const cases = details.flatMap((sample) => FORMATS.map((format) => ({ violates: undefined, ...sample, format })))

  test.each(cases)('$format $message violates $violates', ({ message, violates, format }) => {
    const frame = SERIALIZERS[format].encode(raw(message))
    const decode = (): Message => SERIALIZERS[format].decode(frame)
    if (violates === undefined) expect(elements(decode())).toEqual(message)
    else {
      expect(decode).toThrow(ProtocolError)
      expect(decode).toThrow(violates)
    }
  })

  /** A message that may be wrong, element by element. */
  function raw(message: readonly unknown[]): Message {
    const last = message.at(-1)
    const head = message.slice(0, -1)
    if (Array.isArray(last)) return [...head, Payload.of(last)] as unknown as Message
    if (message.length === 5) return [...head, Payload.opaque(String(last))] as unknown as Message
    return message as unknown as Message
  }
})
