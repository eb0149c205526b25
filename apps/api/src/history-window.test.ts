import { describe, expect, test } from 'vitest'
import { formatTimestamp, HISTORY_FUNCTIONS, HISTORY_INTERVALS, parseTimestamp } from '@sluice/model'
import {
  parseHistoryWindow,
  parseRange,
  parseSnapshotTime,
  timePrinterFor,
  type HistoryWindow,
  type Query,
} from './history-window.ts'

const NOW = parseTimestamp('2026-03-31T12:00:00.000001Z') ?? 0
const iso = (at: number | null | undefined) =>
  at === null || at === undefined ? null : formatTimestamp(at).replace('.000000', '')
const at = (text: string): number => parseTimestamp(text) ?? Number.NaN

const RAW = { skip: 0, findPrevious: false, sampling: null }

describe('start, end, duration and limit', () => {
  test.each([
    [{}, null],
    [{ datastreams: 'a' }, null],
    [{ timezone: '+1' }, null],
    [{ time: '2026-01-01' }, null],
    [{ page: '1', per_page: '5' }, null],
    [{ limit: '5' }, { start: null, end: null, limit: 5, newest: true }],
    [{ limit: '' }, { start: null, end: null, limit: 100, newest: true }],
    [{ interval: '0' }, { start: null, end: null, limit: 100, newest: true }],
    [{ interval_type: 'discrete' }, { start: null, end: null, limit: 100, newest: true }],
    [{ find_previous: '' }, { start: null, end: null, limit: 100, newest: true, findPrevious: true }],
    [
      { start: '2026-01-01T00:00:00Z', limit: '5000' },
      { start: '2026-01-01T00:00:00Z', end: null, limit: 1000, newest: false },
    ],
    [
      { start: '2026-01-01', per_page: '2000' },
      { start: '2026-01-01T00:00:00Z', end: null, limit: 1000, newest: false },
    ],
    [
      { end: '2026-01-01T00:00:00+09:30', limit: 'x' },
      { start: null, end: '2025-12-31T14:30:00Z', limit: 100, newest: true },
    ],
    [
      { start: '2026-01-01T00:00:00Z', duration: '6hours', limit: '0' },
      { start: '2026-01-01T00:00:00Z', end: '2026-01-01T06:00:00Z', limit: 1, newest: false },
    ],
    [
      { end: '2026-01-01T00:00:00Z', duration: '1 week' },
      { start: '2025-12-25T00:00:00Z', end: '2026-01-01T00:00:00Z', limit: 100, newest: false },
    ],
    [{ duration: '90seconds' }, { start: '2026-03-31T11:58:30.000001Z', end: null, limit: 100, newest: false }],
    [{ duration: '1month' }, { start: '2026-02-28T12:00:00.000001Z', end: null, limit: 100, newest: false }],
    [{ duration: '2years' }, { start: '2024-03-31T12:00:00.000001Z', end: null, limit: 100, newest: false }],
    [{ duration: '999999999weeks' }, { start: '1825-10-31T12:00:00.000001Z', end: null, limit: 100, newest: false }],
    [{ duration: '999999999years' }, { start: '1826-03-31T12:00:00.000001Z', end: null, limit: 100, newest: false }],
    // a year has four digits: what Postgres and every client can read
    [
      { start: '9999-12-31T00:00:00Z', duration: '9years' },
      { start: '9999-12-31T00:00:00Z', end: '9999-12-31T00:00:00Z', limit: 100, newest: false },
    ],
    [
      { end: '0100-06-01T00:00:00Z', duration: '9years' },
      { start: '0100-01-01T00:00:00Z', end: '0100-06-01T00:00:00Z', limit: 100, newest: false },
    ],
  ])('%o', (query, window) => {
    const found = parseHistoryWindow(query, NOW)
    expect(found && { ...found, start: iso(found.start), end: iso(found.end) }).toEqual(window && { ...RAW, ...window })
  })
})

test.each([
  ['2026-01-01T00:00:00 01:00', '2025-12-31T23:00:00Z'],
  ['2026-02-16T12:00:00+1', '2026-02-16T11:00:00Z'],
  ['2026-02-16T12:00:00 1', '2026-02-16T11:00:00Z'],
  ['2026-02-16T12:00:00.5-0130', '2026-02-16T13:30:00.500000Z'],
  ['2011-3-5T9:07:00', '2011-03-05T09:07:00Z'],
  ['2011-3-5T9:7:0Z', null],
  ['2011-3-5', '2011-03-05T00:00:00Z'],
  ['20260216T120000Z', '2026-02-16T12:00:00Z'],
  ['2026-02-16 12:00', '2026-02-16T12:00:00Z'],
  ['2026-02-16T12:00:00.123456789Z', '2026-02-16T12:00:00.123456Z'],
])('start=%s of an old client is %s', (start, moment) => {
  if (moment === null) expect(() => parseRange({ start }, NOW)).toThrow('start is not an ISO 8601 timestamp')
  else expect(iso(parseRange({ start }, NOW)?.start)).toBe(moment)
})

describe('find_previous, page and per_page', () => {
  test.each(['', '1', 'true', 'True', 'TRUE'])('find_previous=%s is yes', (word) => {
    expect(parseHistoryWindow({ find_previous: word }, NOW)).toMatchObject({ findPrevious: true })
  })
  test.each(['0', 'false', 'False', 'no'])('find_previous=%s is no', (word) => {
    expect(parseHistoryWindow({ find_previous: word }, NOW)).toMatchObject({ findPrevious: false })
  })
  test.each([
    [{ page: '1' }, { limit: 100, skip: 0 }],
    [{ page: '3' }, { limit: 100, skip: 200 }],
    [
      { page: '3', per_page: '2000' },
      { limit: 1000, skip: 2000 },
    ],
    [
      { page: '3', limit: '', per_page: '10' },
      { limit: 10, skip: 20 },
    ],
    [
      { page: '0', limit: '7' },
      { limit: 7, skip: 0 },
    ],
    [
      { page: 'x', limit: '7' },
      { limit: 7, skip: 0 },
    ],
    [
      { page: '101', limit: '1000' },
      { limit: 1000, skip: 100_000 },
    ],
    [
      { page: '11', limit: '1000', interval: '60' },
      { limit: 1000, skip: 10_000 },
    ],
  ])('%o', (query, window) => {
    expect(parseHistoryWindow({ start: '2026-01-01', ...query }, NOW)).toMatchObject(window)
  })
})

const sampled = (query: Query): NonNullable<HistoryWindow['sampling']> => {
  const sampling = parseHistoryWindow({ start: '2026-03-30', ...query }, NOW)?.sampling
  if (!sampling) throw new Error('it is not sampled')
  return sampling
}

describe('interval', () => {
  const allowed = HISTORY_INTERVALS.map(({ seconds }) => seconds).slice(1)
  test.each(allowed)('%d is taken as it is, and what is just below is rounded up to it', (seconds) => {
    expect(sampled({ interval: String(seconds) }).steps.intervalUs).toBe(seconds * 1e6)
    expect(sampled({ interval: String(seconds - 0.5) }).steps.intervalUs).toBe(seconds * 1e6)
  })
  test.each([
    ['1', 30],
    ['15', 30],
    ['31', 60],
    ['2400', 3600],
    ['86401', 86_400],
    ['1e99', 86_400],
    ['Infinity', 86_400],
  ])('%s is rounded up, or clamped, to %d', (text, seconds) => {
    expect(sampled({ interval: text }).steps.intervalUs).toBe(seconds * 1e6)
  })
  test.each(['0', '', '-5', '-0'])('%j is every datapoint', (interval) => {
    expect(parseHistoryWindow({ start: '2026-01-01', interval, interval_type: 'discrete' }, NOW)).toMatchObject(RAW)
  })
  test.each([
    { query: {}, as: 'points' },
    { query: { interval_type: '' }, as: 'points' },
    { query: { interval_type: 'discrete' }, as: 'values' },
    { query: { interval_type: 'Discrete' }, as: 'values' },
    ...HISTORY_FUNCTIONS.map((name) => ({ query: { function: name }, as: name })),
    { query: { function: 'Average', interval_type: 'discrete' }, as: 'average' },
  ])('with $query answers $as', ({ query, as }) => {
    expect(sampled({ interval: '60', ...query }).as).toBe(as)
  })
})

describe('steps', () => {
  test('are counted from midnight, from the start on and one further than the last one', () => {
    const { steps, until } = sampled({ start: '2026-03-31T01:30:00Z', interval: '10800', interval_type: 'discrete' })
    expect(until).toBe(NOW)
    expect(steps.runs.map(({ first, last }) => [iso(first), iso(last)])).toEqual([
      ['2026-03-31T03:00:00Z', '2026-04-03T12:00:00Z'],
    ])
  })
  test('are counted from the midnight of the time zone, and days are as long as they are there', () => {
    const query = { timezone: 'Berlin', start: '2026-03-28', end: '2026-03-30', interval: '86400' }
    const { steps, until } = sampled(query)
    expect(iso(until)).toBe('2026-03-29T22:00:00Z')
    expect(steps.runs.slice(0, 2).map(({ first, last }) => [iso(first), iso(last)])).toEqual([
      ['2026-03-27T23:00:00Z', '2026-03-28T23:00:00Z'],
      ['2026-03-29T22:00:00Z', '2026-04-01T22:00:00Z'],
    ])
  })
  test.each([
    { what: 'end at the end', query: { end: '2026-03-30T10:00:00Z' }, until: at('2026-03-30T10:00:00Z') },
    { what: 'end now, whatever the end', query: { end: '2027-01-01' }, until: NOW },
    { what: 'of a function also reach ahead', query: { end: '2026-04-01', function: 'sum' }, until: at('2026-04-01') },
    { what: 'but not far', query: { end: '9999-12-31', function: 'sum' }, until: NOW + 2 * 86_400e6 },
    { what: 'of a function end now without an end', query: { function: 'sum' }, until: NOW },
  ])('$what', ({ query, until }) => {
    expect(sampled({ interval: '60', ...query }).until).toBe(until)
  })
  test('of what lies before are there for find_previous and without a beginning', () => {
    const before = at('1900-01-02T00:00:00Z')
    expect(sampled({ interval: '60', find_previous: '1' }).steps.runs[0]?.first).toBeLessThan(before)
    expect(sampled({ interval: '60', start: '' }).steps.runs[0]?.first).toBeLessThan(before)
    expect(sampled({ interval: '60', start: '0100-01-01' }).steps.runs[0]?.first).toBeLessThan(before)
    expect(sampled({ interval: '60' }).steps.runs[0]?.first).toBe(at('2026-03-30T00:00:00Z'))
  })
})

test.each([
  [{ start: 'x' }, 'start is not an ISO 8601 timestamp'],
  [{ end: '2026-13-01' }, 'end is not an ISO 8601 timestamp'],
  [{ duration: '6' }, 'duration must be a number and one of seconds'],
  [{ duration: 'day' }, 'duration must be a number and one of seconds'],
  [{ start: '2026-01-01', end: '2026-01-02', duration: '1day' }, "start, end and duration can't be given together"],
  [{ interval: 'hour' }, 'interval must be a number of seconds; it is rounded up to one of 0, 30, 60'],
  [{ interval: 'NaN' }, 'interval must be a number of seconds'],
  [{ interval: '60', interval_type: 'continuous' }, 'interval_type must be discrete, or left out'],
  [{ interval: '60', function: 'mode' }, 'function must be one of average, min, max, sum, count, median'],
  [{ interval: '60', function: '__proto__' }, 'function must be one of average'],
  [{ start: '2026-01-01', function: 'sum' }, 'function needs an interval of at least 30 seconds'],
  [{ interval: '0', function: 'sum' }, 'function needs an interval of at least 30 seconds'],
  [{ start: '2026-01-01', page: '102', limit: '1000' }, 'page is too high: it can leave out at most'],
  [{ interval: '60', page: '102' }, 'page is too high: it can leave out at most'],
  [{ start: '2026-01-01', timezone: 'Atlantis' }, 'timezone must be an offset from -14 to +14 hours'],
])('%o is refused', (query, message) => {
  expect(() => parseHistoryWindow(query, NOW)).toThrow(message)
})

test('a removal needs a bound', () => {
  expect(parseRange({ limit: '5', interval: '60', timezone: '+1' }, NOW)).toBeNull()
})

describe('in a time zone', () => {
  test.each([
    { timezone: '+3.5', start: '2026-01-01', bounds: ['2025-12-31T20:30:00Z', null] },
    { timezone: ' 3.5', start: '2026-01-01T12:00', bounds: ['2026-01-01T08:30:00Z', null] },
    { timezone: '-5', start: '2026-01-01T12:00:00Z', bounds: ['2026-01-01T12:00:00Z', null] },
    { timezone: '-5', start: '2026-01-01T12:00:00+01:00', bounds: ['2026-01-01T11:00:00Z', null] },
    { timezone: 'Adelaide', start: '2026-01-01 12:00:00', bounds: ['2026-01-01T01:30:00Z', null] },
    { timezone: '', start: '2026-01-01', bounds: ['2026-01-01T00:00:00Z', null] },
    // the day on which clocks jump, and the one on which they show an hour twice
    {
      timezone: 'Europe/Berlin',
      start: '2026-03-29',
      end: '2026-03-30',
      bounds: ['2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z'],
    },
    {
      timezone: 'Europe/Berlin',
      start: '2026-03-29',
      duration: '1day',
      bounds: ['2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z'],
    },
    {
      timezone: 'Europe/Berlin',
      start: '2026-03-29',
      duration: '24hours',
      bounds: ['2026-03-28T23:00:00Z', '2026-03-29T23:00:00Z'],
    },
    {
      timezone: 'Europe/Berlin',
      end: '2026-10-26',
      duration: '1day',
      bounds: ['2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z'],
    },
    {
      timezone: 'America/New_York',
      start: '2026-03-01',
      duration: '1month',
      bounds: ['2026-03-01T05:00:00Z', '2026-04-01T04:00:00Z'],
    },
    {
      timezone: 'Australia/Lord_Howe',
      start: '2026-04-05',
      duration: '1day',
      bounds: ['2026-04-04T13:00:00Z', '2026-04-05T13:30:00Z'],
    },
    {
      timezone: 'Asia/Kathmandu',
      start: '2026-01-31',
      duration: '1month',
      bounds: ['2026-01-30T18:15:00Z', '2026-02-27T18:15:00Z'],
    },
    // now is 14:00 in Berlin, and was 13:00 an hour of clocks earlier
    { timezone: 'Europe/Berlin', duration: '1week', bounds: ['2026-03-24T13:00:00.000001Z', null] },
  ])('$timezone: $start, $end, $duration', ({ bounds, ...query }) => {
    const range = parseRange(query, NOW)
    expect([iso(range?.start), iso(range?.end)]).toEqual(bounds)
  })

  test('the moment of a snapshot is read there', () => {
    expect(iso(parseSnapshotTime({ time: '2026-07-01T12:00', timezone: 'London' }))).toBe('2026-07-01T11:00:00Z')
    expect(iso(parseSnapshotTime({ time: '2026-07-01T12:00Z', timezone: 'London' }))).toBe('2026-07-01T12:00:00Z')
    expect(iso(parseSnapshotTime({ time: '2026-07-01' }))).toBe('2026-07-01T00:00:00Z')
    expect(parseSnapshotTime({ time: '' })).toBeNull()
    expect(() => parseSnapshotTime({ time: 'noon' })).toThrow('time is not an ISO 8601 timestamp')
  })

  test.each([
    [{}, '2026-03-31T12:00:00.000001Z'],
    [{ timezone: '' }, '2026-03-31T12:00:00.000001Z'],
    [{ timezone: '+09:30' }, '2026-03-31T21:30:00.000001+09:30'],
    [{ timezone: 'Eastern Time (US & Canada)' }, '2026-03-31T08:00:00.000001-04:00'],
    [{ timezone: 'UTC' }, '2026-03-31T12:00:00.000001Z'],
    [{ timezone: '+0' }, '2026-03-31T12:00:00.000001Z'],
    [{ timezone: 'Africa/Abidjan' }, '2026-03-31T12:00:00.000001+00:00'],
  ])('with %o now is printed %s', (query, text) => {
    expect(timePrinterFor(query)(NOW)).toBe(text)
  })
})
