import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatSeconds, formatTimestamp, isTimestampInRange, parseTimestamp } from './timestamp.ts'

const at = (text: string): number => parseTimestamp(text) ?? Number.NaN

test.each([
  ['2013-05-06T20:08:17.123456Z', '2013-05-06T20:08:17.123456Z'],
  ['2013-05-06T20:08:17Z', '2013-05-06T20:08:17.000000Z'],
  ['2013-05-06T20:08:17.5Z', '2013-05-06T20:08:17.500000Z'],
  ['2013-05-06T20:08:17.1234569Z', '2013-05-06T20:08:17.123456Z'],
  ['2013-05-06T20:08:17', '2013-05-06T20:08:17.000000Z'],
  ['2013-05-06 20:08:17Z', '2013-05-06T20:08:17.000000Z'],
  ['2013-05-06T20:08Z', '2013-05-06T20:08:00.000000Z'],
  ['2013-05-06', '2013-05-06T00:00:00.000000Z'],
  ['20130506T200817Z', '2013-05-06T20:08:17.000000Z'],
  ['2013-05-06T20:08:17+09:30', '2013-05-06T10:38:17.000000Z'],
  ['2013-05-06T20:08:17.25-0500', '2013-05-07T01:08:17.250000Z'],
  ['2013-05-06T20:08:60Z', '2013-05-06T20:09:00.000000Z'],
  ['2012-02-29T00:00:00Z', '2012-02-29T00:00:00.000000Z'],
  ['2013-12-31T23:59:59.999999Z', '2013-12-31T23:59:59.999999Z'],
  ['1931-07-31T00:00:00.000001Z', '1931-07-31T00:00:00.000001Z'],
  ['Mon May 06 2013 20:08:17 GMT+0000 (Coordinated Universal Time)', '2013-05-06T20:08:17.000000Z'],
  ['Mon May 06 2013 20:08:17 GMT+0200 (CEST)', '2013-05-06T18:08:17.000000Z'],
  ['Tue Dec 31 2013 19:30:00 GMT-0430', '2014-01-01T00:00:00.000000Z'],
])('%s is %s', (text, printed) => {
  expect(formatTimestamp(at(text))).toBe(printed)
})

test.each([
  '',
  'now',
  '2013',
  '2013-13-01T00:00:00Z',
  '2013-02-29T00:00:00Z',
  '2013-04-31T00:00:00Z',
  '2013-05-06T24:00:00Z',
  '2013-05-06T20:60:00Z',
  '2013-05-06T20:08:17.Z',
  '2013-05-06T20:08:17.12x4Z',
  '2013-05-0xT20:08:17Z',
  '0013-05-06T20:08:17Z',
  '2013-05-06T20:08:17+99:00',
  '275760-09-13T00:00:00Z',
  '2013-05-06T20:08:17Zjunk',
  '-013-05-06T20:08:17Z',
  'Mon Mai 06 2013 20:08:17 GMT+0200',
  'Sun Feb 30 2013 20:08:17 GMT+0200',
  'Mon May 06 2013 20:08:17',
  'Invalid Date',
])('%j is no time', (text) => {
  expect(parseTimestamp(text)).toBeNull()
})

test('what is printed is read again, to the microsecond, in every form', () => {
  fc.assert(
    fc.property(fc.integer({ min: -1_238_544_000_000_000, max: 7_258_118_400_000_000 }), (micros) => {
      const printed = formatTimestamp(micros)
      expect(at(printed)).toBe(micros)
      expect(at(printed.replace('T', ' '))).toBe(micros)
      expect(formatSeconds(micros)).toBe(`${printed.slice(0, 19)}Z`)
    }),
  )
})

describe('a datapoint’s time', () => {
  const now = at('2026-11-22T10:00:00Z')
  test.each([
    ['2026-11-23T10:00:00Z', true],
    ['2026-11-23T10:00:00.000001Z', false],
    ['1926-11-23T00:00:00Z', true],
    ['1926-11-01T00:00:00Z', false],
  ])('%s in range: %s', (text, isInRange) => {
    expect(isTimestampInRange(at(text), now)).toBe(isInRange)
  })
})
