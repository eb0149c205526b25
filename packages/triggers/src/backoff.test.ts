import { describe, expect, test } from 'vitest'
import { ATTEMPT_SCHEDULE_S, retryAfterMs, retryDelayMs } from './backoff.ts'

describe('the schedule', () => {
  test('is ten attempts in 75 h 35 min 5 s', () => {
    expect(ATTEMPT_SCHEDULE_S).toHaveLength(10)
    expect(ATTEMPT_SCHEDULE_S.reduce<number>((sum, waitS) => sum + waitS, 0)).toBe(75 * 3600 + 35 * 60 + 5)
  })

  test.each([
    [1, 5],
    [2, 300],
    [3, 1800],
    [4, 7200],
    [5, 18_000],
    [6, 36_000],
    [7, 50_400],
    [8, 72_000],
    [9, 86_400],
  ])('after failure %d: %d s, a fifth more or less', (failures, waitS) => {
    expect(retryDelayMs(failures, 0.5)).toBe(waitS * 1000)
    expect(retryDelayMs(failures, 0)).toBe(waitS * 800)
    expect(retryDelayMs(failures, 1 - Number.EPSILON)).toBe(waitS * 1200)
  })

  test.each([10, 11, 1000])('after failure %d there is no further attempt', (failures) => {
    expect(retryDelayMs(failures, 0.5)).toBeNull()
  })
})

describe('Retry-After', () => {
  const now = Date.UTC(2026, 10, 22, 12)
  test.each<[string | null | undefined, number | null]>([
    ['0', 0],
    ['120', 120_000],
    [' 120 ', 120_000],
    ['86400', 86_400_000],
    ['86401', 86_400_000],
    ['999999999999999999999999', 86_400_000],
    ['Sun, 22 Nov 2026 12:01:00 GMT', 60_000],
    ['Sunday, 22-Nov-26 12:01:00 GMT', 60_000],
    ['Sun Nov 22 12:01:00 2026', 60_000],
    ['Tue Nov  1 12:01:00 2026', 0],
    ['Sun, 22 Nov 2026 11:59:59 GMT', 0],
    ['Sunday, 22-Nov-94 12:01:00 GMT', 0],
    ['Tuesday, 22-Nov-76 12:01:00 GMT', 86_400_000],
    ['Mon, 22 Nov 2027 12:00:00 GMT', 86_400_000],
    [null, null],
    [undefined, null],
    ['', null],
    ['-1', null],
    ['1.5', null],
    ['1e3', null],
    ['soon', null],
    ['2026-11-22T12:01:00Z', null],
    ['Sun, 22 Foo 2026 12:01:00 GMT', null],
    ['Sun, 22 Nov 2026 12:01:00 CET', null],
  ])('%j: %j ms', (header, expected) => {
    expect(retryAfterMs(header, now)).toBe(expected)
  })
})
