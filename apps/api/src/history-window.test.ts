import { expect, test } from 'vitest'
import { formatTimestamp, parseTimestamp } from '@sluice/model'
import { parseHistoryWindow, parseRange } from './history-window.ts'

const NOW = parseTimestamp('2026-03-31T12:00:00.000001Z') ?? 0
const iso = (at: number | null | undefined) =>
  at === null || at === undefined ? null : formatTimestamp(at).replace('.000000', '')

test.each([
  [{}, null],
  [{ datastreams: 'a' }, null],
  [{ limit: '5' }, { start: null, end: null, limit: 5, newest: true }],
  [{ interval: '0' }, { start: null, end: null, limit: 100, newest: true }],
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
])('%o', (query, window) => {
  const found = parseHistoryWindow(query, NOW)
  expect(found && { ...found, start: iso(found.start), end: iso(found.end) }).toEqual(window)
})

test.each([
  [{ start: 'x' }, 'start is not an ISO 8601 timestamp'],
  [{ end: '2026-13-01' }, 'end is not an ISO 8601 timestamp'],
  [{ duration: '6' }, 'duration must be a number and one of seconds'],
  [{ duration: 'day' }, 'duration must be a number and one of seconds'],
  [{ start: '2026-01-01', end: '2026-01-02', duration: '1day' }, "start, end and duration can't be given together"],
])('%o is refused', (query, message) => {
  expect(() => parseHistoryWindow(query, NOW)).toThrow(message)
})

test('a removal needs a bound', () => {
  expect(parseRange({ limit: '5', interval: '60' }, NOW)).toBeNull()
})
