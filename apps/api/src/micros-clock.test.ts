import { expect, test } from 'vitest'
import { makeMicrosClock } from './micros-clock.ts'

test.each([
  ['within one millisecond', [5, 5, 5], [5000, 5001, 5002]],
  ['as time passes', [5, 6, 9], [5000, 6000, 9000]],
  ['when the clock is set back a little', [9000, 8000, 9001], [9_000_000, 9_000_001, 9_001_000]],
  ['when it was an hour ahead', [3_600_000, 1000, 1001], [3_600_000_000, 1_000_000, 1_001_000]],
])('%s', (_when, walls, expected) => {
  const rest = [...walls]
  const now = makeMicrosClock(() => rest.shift() ?? 0)
  expect(walls.map(() => now())).toEqual(expected)
})
