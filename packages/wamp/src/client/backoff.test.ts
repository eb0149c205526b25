import { expect, test } from 'vitest'
import { backoffMs } from './backoff.ts'

test.each([
  { attempt: 0, limit: 1000 },
  { attempt: 1, limit: 2000 },
  { attempt: 4, limit: 16_000 },
  { attempt: 5, limit: 30_000 },
  { attempt: 2000, limit: 30_000 },
])('attempt $attempt waits up to $limit ms', ({ attempt, limit }) => {
  expect(backoffMs(attempt, () => 0)).toBe(0)
  expect(backoffMs(attempt, () => 0.5)).toBe(limit / 2)
})
