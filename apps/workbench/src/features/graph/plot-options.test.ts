import { expect, test } from 'vitest'
import { valueRange } from './plot-options.ts'

test.each([
  { name: 'nothing to draw', low: null, high: null, range: [0, 1] },
  { name: 'a constant', low: 50, high: 50, range: [45, 55] },
  { name: 'a constant zero', low: 0, high: 0, range: [-1, 1] },
  { name: 'a constant below zero', low: -10, high: -10, range: [-11, -9] },
  { name: 'values near zero never show a negative axis', low: 1, high: 101, range: [0, 113] },
  { name: 'values across zero', low: -50, high: 50, range: [-62, 62] },
])('$name', ({ low, high, range }) => {
  expect(valueRange(low, high)).toEqual(range)
})
