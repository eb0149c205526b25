import { expect, test } from 'vitest'
import { ID_MAX, isId, nextId, randomId } from './ids.ts'

test.each([
  [1, true],
  [ID_MAX, true],
  [0, false],
  [-1, false],
  [1.5, false],
  [ID_MAX + 2, false],
  [NaN, false],
  [Infinity, false],
  ['1', false],
])('%s is an id: %s', (value, expected) => {
  expect(isId(value)).toBe(expected)
})

test.each([
  [0, 1],
  [1, 2],
  [ID_MAX, 1],
])('after %i comes %i', (id, next) => {
  expect(nextId(id)).toBe(next)
})

test.each([0, 0.5, 1 - Number.EPSILON / 2])('the random number %f makes an id', (random) => {
  expect(isId(randomId(() => random))).toBe(true)
})
