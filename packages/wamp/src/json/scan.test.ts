import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ProtocolError } from '../errors.ts'
import { skipSpace, skipValue } from './scan.ts'

/** Whether the whole text is one JSON value by our scanner. */
function scans(text: string, depth = 1000): boolean {
  try {
    return skipSpace(text, skipValue(text, skipSpace(text, 0), depth)) === text.length
  } catch (error) {
    if (error instanceof ProtocolError) return false
    throw error
  }
}

function parses(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

test.each([
  '',
  ' ',
  'nul',
  'nulll',
  'true',
  ' false ',
  '0',
  '-0',
  '-',
  '01',
  '1.',
  '.5',
  '1.5e+10',
  '1e',
  '1e+',
  '+1',
  '0x10',
  'NaN',
  '""',
  '"',
  '"\\"',
  '"\\u12G4"',
  '"\\u1234"',
  '"\\x"',
  '"\t"',
  '"\u007f\u2028"',
  '"\\',
  '"\\u12',
  '[]',
  '[',
  ']',
  '[1,]',
  '[,1]',
  '[1 2]',
  '[1]]',
  '{}',
  '{"a":1,}',
  '{"a"}',
  '{"a":}',
  '{a:1}',
  '{"a":1 "b":2}',
  '{"a":{"b":[{}]}}',
  '[1]\u00a0',
  '\ufeff[]',
  '{"a":1}}',
])('%j scans exactly if JSON.parse takes it', (text) => {
  expect(scans(text)).toBe(parses(text))
})

test('scans what JSON.stringify makes, with any white space', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(0, 1, '\t', '\r\n'), (value, space) => {
      expect(scans(JSON.stringify(value, null, space))).toBe(true)
    }),
  )
})

test('agrees with JSON.parse on JSON with a few characters changed', { timeout: 30_000 }, () => {
  const character = fc.constantFrom(...'{}[]",:\\ue0123456789.-+tfnx \u0000\ud800ü'.split(''))
  const damage = fc.array(fc.record({ at: fc.nat(200), length: fc.nat(2), by: character }), { maxLength: 3 })
  fc.assert(
    fc.property(fc.json(), damage, (json, changes) => {
      let text = json
      for (const { at, length, by } of changes) {
        const i = at % (text.length + 1)
        text = text.slice(0, i) + by + text.slice(i + length)
      }
      expect(scans(text)).toBe(parses(text))
    }),
    { numRuns: 2000 },
  )
})

test.each([
  { depth: 0, text: '1', isScanned: true },
  { depth: 0, text: '[]', isScanned: false },
  { depth: 2, text: '[{"a":1}]', isScanned: true },
  { depth: 2, text: '[{"a":[]}]', isScanned: false },
])('$text with $depth levels allowed: $isScanned', ({ depth, text, isScanned }) => {
  expect(scans(text, depth)).toBe(isScanned)
})

test('a million brackets are refused without running out of stack', () => {
  expect(scans('['.repeat(1_000_000), 32)).toBe(false)
})
