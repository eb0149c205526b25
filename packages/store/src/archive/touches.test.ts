import { expect, test } from 'vitest'
import { makeTouches } from './touches.ts'

test('a datastream is due every ten seconds', () => {
  let now = Date.parse('2026-11-22T10:00:59.999Z')
  const touches = makeTouches(() => now)
  expect(touches.dueOf([1, 2])).toEqual([1, 2])
  // nothing came of it
  expect(touches.dueOf([1, 2])).toEqual([1, 2])
  touches.done([1, 2])
  expect(touches.dueOf([1, 2])).toEqual([])
  expect(touches.dueOf([1, 3])).toEqual([3])
  now += 1
  expect(touches.dueOf([1])).toEqual([1])
  touches.done([1])
  expect(touches.dueOf([1, 2])).toEqual([2])
  // set back, the clock tells another time too
  now -= 1
  expect(touches.dueOf([1])).toEqual([1])
})

test('of very many datastreams all are due again sooner', () => {
  const touches = makeTouches(() => 0)
  const keys = Array.from({ length: 200_001 }, (_, key) => key)
  touches.done(keys.slice(1))
  expect(touches.dueOf([7])).toEqual([])
  touches.done([0])
  expect(touches.dueOf([7])).toEqual([7])
})

test('nothing is ever due for an append of nothing', () => {
  expect(makeTouches(() => 0).dueOf([])).toEqual([])
})
