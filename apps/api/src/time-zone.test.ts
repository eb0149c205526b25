import { expect, test } from 'vitest'
import { parseTimestamp } from '@sluice/model'
import { fixedZone, formatInZone, momentOf, namedZone, wallOf } from './time-zone.ts'

const at = (text: string): number => parseTimestamp(text) ?? Number.NaN
const HOUR_US = 3600e6

test.each([
  ['Europe/Berlin', '2026-03-29T00:59:59.999999Z', '2026-03-29T01:59:59.999999+01:00'],
  ['Europe/Berlin', '2026-03-29T01:00:00Z', '2026-03-29T03:00:00.000000+02:00'],
  ['Europe/Berlin', '2026-10-25T00:30:00Z', '2026-10-25T02:30:00.000000+02:00'],
  ['Europe/Berlin', '2026-10-25T01:30:00Z', '2026-10-25T02:30:00.000000+01:00'],
  ['America/New_York', '2026-03-08T06:59:59Z', '2026-03-08T01:59:59.000000-05:00'],
  ['America/New_York', '2026-03-08T07:00:00Z', '2026-03-08T03:00:00.000000-04:00'],
  ['Australia/Lord_Howe', '2026-04-04T14:59:59Z', '2026-04-05T01:59:59.000000+11:00'],
  ['Australia/Lord_Howe', '2026-04-04T15:00:00Z', '2026-04-05T01:30:00.000000+10:30'],
  ['Asia/Kathmandu', '2026-01-01T00:00:00.000001Z', '2026-01-01T05:45:00.000001+05:45'],
  ['Asia/Kathmandu', '1985-12-31T18:29:59Z', '1985-12-31T23:59:59.000000+05:30'],
  ['Asia/Kathmandu', '1985-12-31T18:30:00Z', '1986-01-01T00:15:00.000000+05:45'],
  ['Pacific/Apia', '2011-12-30T09:59:59Z', '2011-12-29T23:59:59.000000-10:00'],
  ['Pacific/Apia', '2011-12-30T10:00:00Z', '2011-12-31T00:00:00.000000+14:00'],
  // an offset of 44 minutes and 30 seconds is printed in minutes, and the clock rounded with it
  ['Africa/Monrovia', '1970-01-01T00:00:00Z', '1969-12-31T23:16:00.000000-00:44'],
  ['Europe/Berlin', '1900-07-01T00:00:00Z', '1900-07-01T01:00:00.000000+01:00'],
  ['Europe/Berlin', '2199-07-01T00:00:00Z', '2199-07-01T02:00:00.000000+02:00'],
  ['Europe/Berlin', '2300-07-01T00:00:00Z', '2300-07-01T02:00:00.000000+02:00'],
])('in %s %s is %s, and read again the same moment', (zone, utc, local) => {
  expect(formatInZone(namedZone(zone), at(utc))).toBe(local)
  expect(at(local)).toBe(at(utc))
})

test.each([
  [3.5, '2026-01-01T03:30:00.000000+03:30'],
  [-5, '2025-12-31T19:00:00.000000-05:00'],
  [0, '2026-01-01T00:00:00.000000+00:00'],
])('%d hours are printed as an offset', (hours, text) => {
  expect(formatInZone(fixedZone(hours * HOUR_US), at('2026-01-01T00:00:00Z'))).toBe(text)
})

test.each([
  { what: 'a plain time', zone: 'Europe/Berlin', wall: '2026-07-01T12:00:00Z', utc: '2026-07-01T10:00:00Z' },
  { what: 'the hour before a jump', zone: 'Europe/Berlin', wall: '2026-03-29T01:30:00Z', utc: '2026-03-29T00:30:00Z' },
  { what: 'a jumped one', zone: 'Europe/Berlin', wall: '2026-03-29T02:30:00Z', utc: '2026-03-29T01:30:00Z' },
  { what: 'the end of a jump', zone: 'Europe/Berlin', wall: '2026-03-29T03:00:00Z', utc: '2026-03-29T01:00:00Z' },
  { what: 'a repeated one', zone: 'Europe/Berlin', wall: '2026-10-25T02:30:00Z', utc: '2026-10-25T00:30:00Z' },
  { what: 'the end of it', zone: 'Europe/Berlin', wall: '2026-10-25T03:00:00Z', utc: '2026-10-25T02:00:00Z' },
  { what: 'a repeated one', zone: 'America/New_York', wall: '2026-11-01T01:00:00Z', utc: '2026-11-01T05:00:00Z' },
  { what: 'half an hour', zone: 'Australia/Lord_Howe', wall: '2026-10-04T02:15:00Z', utc: '2026-10-03T15:45:00Z' },
  { what: 'a whole day', zone: 'Pacific/Apia', wall: '2011-12-30T12:00:00Z', utc: '2011-12-30T22:00:00Z' },
])('the moment of $what in $zone: $wall is $utc', ({ zone, wall, utc }) => {
  expect(momentOf(namedZone(zone), at(wall))).toBe(at(utc))
})

test.each([
  { name: 'Europe/Berlin', repeats: [HOUR_US, HOUR_US] },
  { name: 'America/New_York', repeats: [HOUR_US, HOUR_US] },
  { name: 'Australia/Lord_Howe', repeats: [HOUR_US / 2, HOUR_US / 2] },
  { name: 'Asia/Kathmandu', repeats: [] },
])(
  'every hour of two years in $name is found again by what clocks show, but for repeated ones',
  ({ name, repeats }) => {
    const zone = namedZone(name)
    const moved: number[] = []
    for (let hour = at('2025-01-01T00:00:00Z'); hour < at('2027-01-01T00:00:00Z'); hour += HOUR_US) {
      const found = momentOf(zone, wallOf(zone, hour))
      if (found !== hour) moved.push(hour - found)
    }
    expect(moved).toEqual(repeats)
  },
)

test('changes are told once, at their microsecond, in order', () => {
  const berlin = namedZone('Europe/Berlin')
  expect(berlin.changesBetween(at('2025-10-26T01:00:00Z'), at('2026-10-25T01:00:00Z'))).toEqual([
    { at: at('2026-03-29T01:00:00Z'), before: HOUR_US, after: 2 * HOUR_US },
    { at: at('2026-10-25T01:00:00Z'), before: 2 * HOUR_US, after: HOUR_US },
  ])
  // the week in which Boa Vista tried summer time
  expect(
    namedZone('America/Boa_Vista').changesBetween(at('2000-10-01T00:00:00Z'), at('2001-01-01T00:00:00Z')),
  ).toHaveLength(2)
  expect(() => namedZone('Mars/Olympus')).toThrow(RangeError)
})
