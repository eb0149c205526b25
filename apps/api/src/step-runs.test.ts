import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseTimestamp } from '@sluice/model'
import type { StepRun } from '@sluice/store'
import { stepRuns } from './step-runs.ts'
import { fixedZone, formatInZone, namedZone, UTC, type TimeZone } from './time-zone.ts'

const HOUR_S = 3600
const at = (text: string): number => parseTimestamp(text) ?? Number.NaN
const stepsOf = (runs: readonly StepRun[], intervalUs: number): number[] =>
  runs.flatMap(({ first, last }) =>
    Array.from({ length: (last - first) / intervalUs + 1 }, (_, index) => first + index * intervalUs),
  )
const steps = (zone: TimeZone, seconds: number, from: string, to: string): number[] =>
  stepsOf(stepRuns(zone, seconds * 1e6, at(from), at(to)), seconds * 1e6)

test('in UTC and in an offset the steps are one run from midnight', () => {
  const [from, to] = [at('2026-01-01T00:00:01Z'), at('2026-01-02T12:00:00Z')]
  expect(stepRuns(UTC, 6 * HOUR_S * 1e6, from, to)).toEqual([
    { first: at('2026-01-01T06:00:00Z'), last: at('2026-01-02T12:00:00Z') },
  ])
  expect(stepRuns(fixedZone(3.5 * HOUR_S * 1e6), 24 * HOUR_S * 1e6, from, to)).toEqual([
    { first: at('2026-01-01T20:30:00Z'), last: at('2026-01-01T20:30:00Z') },
  ])
  expect(stepRuns(UTC, 24 * HOUR_S * 1e6, from, from + 1)).toEqual([])
})

/** each step as clocks show it, with its offset where that is not clear */
test.each([
  {
    what: 'a day of 23 hours',
    zone: 'Europe/Berlin',
    seconds: 86_400,
    from: '2026-03-28T12:00:00Z',
    to: '2026-03-31T12:00:00Z',
    shown: ['29 00:00+01', '30 00:00+02', '31 00:00+02'],
    hours: [23, 24],
  },
  {
    what: 'a day of 25 hours',
    zone: 'Europe/Berlin',
    seconds: 86_400,
    from: '2026-10-24T12:00:00Z',
    to: '2026-10-27T12:00:00Z',
    shown: ['25 00:00+02', '26 00:00+01', '27 00:00+01'],
    hours: [25, 24],
  },
  {
    what: 'halves of 11 and 12 hours',
    zone: 'America/New_York',
    seconds: 43_200,
    from: '2026-03-08T00:00:00Z',
    to: '2026-03-09T12:00:00Z',
    shown: ['08 00:00-05', '08 12:00-04', '09 00:00-04'],
    hours: [11, 12],
  },
  {
    what: 'halves of 13 and 12 hours',
    zone: 'America/New_York',
    seconds: 43_200,
    from: '2026-11-01T00:00:00Z',
    to: '2026-11-02T12:00:00Z',
    shown: ['01 00:00-04', '01 12:00-05', '02 00:00-05'],
    hours: [13, 12],
  },
  {
    what: 'the quarter of a night with a jump',
    zone: 'Europe/Berlin',
    seconds: 10_800,
    from: '2026-03-28T23:00:00Z',
    to: '2026-03-29T10:00:00Z',
    shown: ['29 00:00+01', '29 03:00+02', '29 06:00+02', '29 09:00+02', '29 12:00+02'],
    hours: [2, 3, 3, 3],
  },
  {
    what: 'hours, one of them jumped over',
    zone: 'Europe/Berlin',
    seconds: 3600,
    from: '2026-03-29T00:00:00Z',
    to: '2026-03-29T02:00:00Z',
    shown: ['29 01:00+01', '29 03:00+02', '29 04:00+02'],
    hours: [1, 1],
  },
  {
    what: 'hours, one of them shown twice',
    zone: 'Europe/Berlin',
    seconds: 3600,
    from: '2026-10-24T23:30:00Z',
    to: '2026-10-25T02:00:00Z',
    shown: ['25 02:00+02', '25 02:00+01', '25 03:00+01'],
    hours: [1, 1],
  },
  {
    what: 'hours where the clock jumps half of one',
    zone: 'Australia/Lord_Howe',
    seconds: 3600,
    from: '2026-10-03T14:30:00Z',
    to: '2026-10-03T17:00:00Z',
    // two o'clock is the moment of the jump
    shown: ['04 01:00+10:30', '04 02:30+11', '04 03:00+11', '04 04:00+11'],
    hours: [1, 0.5, 1],
  },
  {
    what: 'hours where half of one is shown twice',
    zone: 'Australia/Lord_Howe',
    seconds: 3600,
    from: '2026-04-04T14:00:00Z',
    to: '2026-04-04T16:30:00Z',
    shown: ['05 01:00+11', '05 02:00+10:30', '05 03:00+10:30'],
    hours: [1.5, 1],
  },
  {
    what: 'half hours, one of them shown twice',
    zone: 'Australia/Lord_Howe',
    seconds: 1800,
    from: '2026-04-04T14:30:00Z',
    to: '2026-04-04T16:00:00Z',
    shown: ['05 01:30+11', '05 01:30+10:30', '05 02:00+10:30', '05 02:30+10:30'],
    hours: [0.5, 0.5, 0.5],
  },
  {
    what: 'days three quarters of an hour off',
    zone: 'Asia/Kathmandu',
    seconds: 86_400,
    from: '2026-01-01T00:00:00Z',
    to: '2026-01-02T20:00:00Z',
    shown: ['02 00:00+05:45', '03 00:00+05:45'],
    hours: [24],
  },
  {
    what: 'hours three quarters of an hour off',
    zone: 'Asia/Kathmandu',
    seconds: 3600,
    from: '2026-01-01T00:00:00Z',
    to: '2026-01-01T02:00:00Z',
    shown: ['01 06:00+05:45', '01 07:00+05:45'],
    hours: [1],
  },
  {
    what: 'a midnight that does not exist',
    zone: 'Africa/Cairo',
    seconds: 86_400,
    from: '2026-04-22T12:00:00Z',
    to: '2026-04-25T12:00:00Z',
    shown: ['23 00:00+02', '24 01:00+03', '25 00:00+03'],
    hours: [24, 23],
  },
  {
    what: 'a midnight that comes twice',
    zone: 'America/Havana',
    seconds: 86_400,
    from: '2026-10-31T00:00:00Z',
    to: '2026-11-02T12:00:00Z',
    shown: ['31 00:00-04', '01 00:00-04', '02 00:00-05'],
    hours: [24, 25],
  },
  {
    what: 'a day that was left out',
    zone: 'Pacific/Apia',
    seconds: 86_400,
    from: '2011-12-29T00:00:00Z',
    to: '2012-01-01T12:00:00Z',
    shown: ['29 00:00-10', '31 00:00+14', '01 00:00+14', '02 00:00+14'],
    hours: [24, 24, 24],
  },
])('$what in $zone', ({ zone, seconds, from, to, shown, hours }) => {
  const found = steps(namedZone(zone), seconds, from, to).filter((step) => step >= at(from))
  const texts = found.map((step) => formatInZone(namedZone(zone), step))
  expect(texts.map((text) => `${text.slice(8, 10)} ${text.slice(11, 16)}${text.slice(26).replace(':00', '')}`)).toEqual(
    shown,
  )
  expect(found.slice(1).map((step, index) => (step - (found[index] ?? 0)) / 3600e6)).toEqual(hours)
})

test('a window that begins in a repeated hour has the steps of it, as a longer one does', () => {
  const berlin = namedZone('Europe/Berlin')
  for (const seconds of [900, 3600, 10_800, 86_400]) {
    const long = steps(berlin, seconds, '2026-10-20T00:00:00Z', '2026-10-30T00:00:00Z')
    const short = steps(berlin, seconds, '2026-10-25T01:10:00Z', '2026-10-30T00:00:00Z')
    expect(short).toEqual(long.filter((step) => step >= at('2026-10-25T01:10:00Z')))
  }
})

test('steps ascend, and each is a multiple of the interval since midnight or the moment of a jump', () => {
  const zones = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Africa/Cairo', 'America/Havana']
  fc.assert(
    fc.property(
      fc.constantFrom(...zones.map((name) => ({ name, zone: namedZone(name) }))),
      fc.constantFrom(900, 1800, 3600, 10_800, 21_600, 43_200, 86_400),
      fc.integer({ min: at('1990-01-01T00:00:00Z'), max: at('2030-01-01T00:00:00Z') }),
      fc.integer({ min: 0, max: 1000 }),
      ({ zone }, seconds, from, count) => {
        const length = count * seconds * 1e6
        const found = stepsOf(stepRuns(zone, seconds * 1e6, from, from + length), seconds * 1e6)
        const jumps = zone.changesBetween(from - 1, from + length).map((change) => change.at)
        expect(found).toEqual([...new Set(found)].sort((a, b) => a - b).filter((step) => step >= from))
        const isMultiple = (step: number) => (step + zone.offsetAt(step)) % (seconds * 1e6) === 0
        expect(found.filter((step) => !isMultiple(step) && !jumps.includes(step))).toEqual([])
        // an hour more or less at each change
        expect(Math.abs(found.length - count)).toBeLessThan(2 + jumps.length * Math.max(1, 3600 / seconds))
      },
    ),
  )
})
