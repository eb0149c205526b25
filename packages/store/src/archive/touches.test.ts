import { expect, test } from 'vitest'
import { makeTouches } from './touches.ts'

test('a datastream is due once a minute', () => {
  let now = Date.parse('2026-11-22T10:00:59.999Z')
  const touches = makeTouches(() => now)
  expect(touches.isDue([1, 2])).toBe(true)
  // nothing came of it
  expect(touches.isDue([1, 2])).toBe(true)
  touches.done([1, 2])
  expect(touches.isDue([1, 2])).toBe(false)
  expect(touches.isDue([1, 3])).toBe(true)
  now += 1
  expect(touches.isDue([1])).toBe(true)
  touches.done([1])
  expect([touches.isDue([1]), touches.isDue([2])]).toEqual([false, true])
  // set back, the clock tells another minute too
  now -= 1
  expect(touches.isDue([1])).toBe(true)
})

test('of very many datastreams all are due again sooner', () => {
  const touches = makeTouches(() => 0)
  const keys = Array.from({ length: 200_001 }, (_, key) => key)
  touches.done(keys.slice(1))
  expect(touches.isDue([7])).toBe(false)
  touches.done([0])
  expect(touches.isDue([7])).toBe(true)
})

test('nothing is ever due for an append of nothing', () => {
  expect(makeTouches(() => 0).isDue([])).toBe(false)
})
