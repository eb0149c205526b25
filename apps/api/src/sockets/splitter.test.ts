import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Splitter } from './splitter.ts'
import type { Piece } from './splitter.ts'

const MAX = 1000

/** What a splitter finds in bytes that come in pieces of these sizes, over and over. */
function split(bytes: Buffer, sizes: readonly number[] = [bytes.length]): Piece[] {
  const splitter = new Splitter(MAX)
  const pieces: Piece[] = []
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = Math.max(1, sizes[turn % sizes.length] ?? 1)
    pieces.push(...splitter.push(bytes.subarray(at, at + size)))
    at += size
  }
  return pieces
}
const object = (text: string): Piece => ({ kind: 'object', text })
const GARBAGE: Piece = { kind: 'garbage' }

test.each<{ what: string; text: string; pieces: Piece[] }>([
  { what: 'nothing between them', text: '{"a":1}{"b":2}', pieces: [object('{"a":1}'), object('{"b":2}')] },
  { what: 'line ends and commas', text: '\r\n{"a":1},\n\t {"b":2}\n', pieces: [object('{"a":1}'), object('{"b":2}')] },
  { what: 'a message over many lines', text: '{\r\n"a" :\r\n1}\r\n\r\n', pieces: [object('{\r\n"a" :\r\n1}')] },
  { what: 'objects in objects', text: '{"a":{"b":{}}}{}', pieces: [object('{"a":{"b":{}}}'), object('{}')] },
  {
    what: 'braces in strings',
    text: '{"a":"}{","b":"\\"}"}{}',
    pieces: [object('{"a":"}{","b":"\\"}"}'), object('{}')],
  },
  {
    what: 'a backslash before the quote',
    text: String.raw`{"a":"\\"}{}`,
    pieces: [object(String.raw`{"a":"\\"}`), object('{}')],
  },
  {
    what: 'garbage is told of once',
    text: 'GET / HTTP/1.1\r\n{}x y\n"z"{}',
    pieces: [GARBAGE, object('{}'), GARBAGE, object('{}')],
  },
  { what: 'a list is garbage around objects', text: '[{},{}]', pieces: [GARBAGE, object('{}'), object('{}'), GARBAGE] },
  { what: 'an object that does not end', text: '{"a":{}', pieces: [] },
])('$what', ({ text, pieces }) => {
  for (const size of [1, 2, 3, 7, text.length]) expect(split(Buffer.from(text), [size])).toEqual(pieces)
})

test('however a sequence of objects is cut, the same objects come out', () => {
  const between = fc.constantFrom('', '\n', '\r\n', ',', ' , ')
  const objects = fc.array(fc.tuple(fc.object({ withNullPrototype: false }), between), { maxLength: 5 })
  const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(objects, sizes, (sequence, cut) => {
      const texts = sequence.map(([value]) => JSON.stringify(value)).filter((text) => Buffer.byteLength(text) <= MAX)
      const bytes = Buffer.from(sequence.map(([value, tail]) => JSON.stringify(value) + tail).join(''))
      const isSmall = texts.length === sequence.length
      fc.pre(isSmall)
      expect(split(bytes, cut)).toEqual(texts.map(object))
    }),
  )
})

test('no bytes make it throw, and none that it keeps are more than an object may have', () => {
  const bytes = fc.uint8Array({ maxLength: 3000 })
  const braces = fc.array(fc.constantFrom('{', '}', '"', '\\', 'x', 'é', ','), { maxLength: 3000 })
  const streams = fc.oneof(
    bytes.map((list) => Buffer.from(list)),
    braces.map((list) => Buffer.from(list.join(''))),
  )
  fc.assert(
    fc.property(streams, fc.integer({ min: 1, max: 500 }), (stream, size) => {
      for (const piece of split(stream, [size])) {
        if (piece.kind === 'object') expect(Buffer.byteLength(piece.text)).toBeLessThanOrEqual(MAX)
      }
    }),
  )
})

test.each([1, 7, 400, 5000])('an object of more bytes than it may have ends the search, in pieces of %i', (size) => {
  const whole = `{"a":"${'x'.repeat(MAX - 8)}"}`
  expect(split(Buffer.from(`${whole}{}`), [size])).toEqual([object(whole), object('{}')])
  const long = whole.replace('x', 'xx')
  expect(split(Buffer.from(`{}${long}{}{}`), [size])).toEqual([object('{}'), { kind: 'too-large' }])
  expect(split(Buffer.from(`{"a":{"a":${'{"a":'.repeat(MAX)}`), [size])).toEqual([{ kind: 'too-large' }])
})

test('bytes that are not UTF-8 are told of, and the next object is found', () => {
  const bytes = Buffer.concat([Buffer.from('{"a":"'), Buffer.of(0xff), Buffer.from('"}{}')])
  expect(split(bytes, [3])).toEqual([{ kind: 'not-utf8' }, object('{}')])
})
