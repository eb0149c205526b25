import { expect, test } from 'vitest'
import { isNumeric, mergePoints, toColumns } from './points.ts'

const at = (second: number): string => `2026-11-22T12:00:${String(second).padStart(2, '0')}.000000Z`
const point = (second: number, value: string): { at: string; value: string } => ({ at: at(second), value })
const T0 = Date.parse(at(0)) / 1000

test.each([
  { name: 'newer points go to the end', known: [1, 2], incoming: [3, 4], order: [1, 2, 3, 4] },
  { name: 'late points go where they belong', known: [1, 4], incoming: [3, 2], order: [1, 2, 3, 4] },
  { name: 'a point comes once', known: [1, 2], incoming: [2, 3], order: [1, 2, 3] },
  { name: 'a doubled newer point comes once', known: [1], incoming: [2, 2], order: [1, 2] },
  { name: 'nothing changes nothing', known: [1], incoming: [], order: [1] },
  { name: 'the first ones are sorted', known: [], incoming: [2, 1], order: [1, 2] },
])('$name', ({ known, incoming, order }) => {
  const make = (second: number): { at: string; value: string } => point(second, '1')
  expect(mergePoints(known.map(make), incoming.map(make)).map((point) => point.at)).toEqual(order.map(at))
})

test('an incoming point replaces the one at its time', () => {
  expect(mergePoints([point(1, '1'), point(2, '2')], [point(1, '9')])).toEqual([point(1, '9'), point(2, '2')])
})

test('text values are left out', () => {
  expect(toColumns([point(0, '1.50'), point(1, 'off'), point(2, '2')])).toEqual([
    [T0, T0 + 2],
    [1.5, 2],
  ])
})

test('a long pause breaks the line, a short one does not', () => {
  const steady = [0, 2, 4, 6, 9].map((second) => point(second, '1'))
  expect(toColumns(steady)[1]).toEqual([1, 1, 1, 1, 1])
  const paused = [0, 2, 4, 6, 26].map((second) => point(second, '1'))
  expect(toColumns(paused)).toEqual([
    [T0, T0 + 2, T0 + 4, T0 + 6, T0 + 16, T0 + 26],
    [1, 1, 1, 1, null, 1],
  ])
})

test('a device that changed its interval has no gaps', () => {
  const minutes = Array.from({ length: 20 }, (_, minute) => T0 - (20 - minute) * 60)
  const seconds = Array.from({ length: 200 }, (_, second) => T0 + second)
  const points = [...minutes, ...seconds].map((time) => ({ at: new Date(time * 1000).toISOString(), value: '1' }))
  expect(toColumns(points)[1]).not.toContain(null)
})

test.each([
  { name: 'numbers', points: [point(0, '1')], current: '1', numeric: true },
  { name: 'a number now, text before', points: [point(0, 'on')], current: '2', numeric: true },
  { name: 'text now, a number before', points: [point(0, '1')], current: 'on', numeric: true },
  { name: 'text only', points: [point(0, 'on')], current: 'off', numeric: false },
  { name: 'text now, nothing in the window', points: [], current: 'off', numeric: false },
  { name: 'nothing yet', points: [], current: undefined, numeric: true },
])('$name: numeric is $numeric', ({ points, current, numeric }) => {
  expect(isNumeric(points, current)).toBe(numeric)
})
