import { expect, test } from 'vitest'
import { sparkPath } from './spark-path.ts'

test.each([
  { name: 'rising fills the box', values: [0, 5, 10], path: 'M0 18L50 10L100 2' },
  { name: 'a constant lies in the middle', values: [7, 7], path: 'M0 10L100 10' },
  { name: 'one value is a point', values: [7], path: 'M0 10' },
])('$name', ({ values, path }) => {
  expect(sparkPath(values, 100, 20)).toBe(path)
})
