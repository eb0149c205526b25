import { describe, expect, test } from 'vitest'
import { stepAtOrAfter, stepAtOrBefore, stepsAfter, stepsBefore, stepsBetween, type Steps } from './steps.ts'

/** 0 10 20, then a change of the offset: 25 35, and a moment of its own: 38 */
const steps: Steps = {
  intervalUs: 10,
  runs: [
    { first: 0, last: 20 },
    { first: 25, last: 35 },
    { first: 38, last: 38 },
  ],
}

test.each([
  { at: -5, after: 0, before: null },
  { at: 0, after: 0, before: 0 },
  { at: 1, after: 10, before: 0 },
  { at: 20, after: 20, before: 20 },
  { at: 21, after: 25, before: 20 },
  { at: 34, after: 35, before: 25 },
  { at: 37, after: 38, before: 35 },
  { at: 39, after: null, before: 38 },
  { at: Number.NEGATIVE_INFINITY, after: 0, before: null },
])('around $at are $before and $after', ({ at, after, before }) => {
  expect(stepAtOrAfter(steps, at)).toBe(after)
  expect(stepAtOrBefore(steps, at)).toBe(before)
})

describe('from each step, counting', () => {
  const all = [0, 10, 20, 25, 35, 38]
  test.each(all.flatMap((step, from) => all.map((_, count) => ({ step, from, count }))))(
    '$count from $step',
    ({ step, from, count }) => {
      expect(stepsAfter(steps, step, count)).toBe(all[from + count] ?? null)
      expect(stepsBefore(steps, step, count)).toBe(all[from - count] ?? null)
    },
  )
  test('all between two are told', () => {
    expect([...stepsBetween(steps, 0, 38)]).toEqual(all)
    expect([...stepsBetween(steps, 1, 30)]).toEqual([10, 20, 25])
    expect([...stepsBetween(steps, 39, 50)]).toEqual([])
    expect([...stepsBetween({ intervalUs: 10, runs: [] }, 0, 50)]).toEqual([])
  })
})
