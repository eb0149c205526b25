import { describe, expect, test } from 'vitest'
import type { Track } from './graph-drawing.ts'
import { areaData, lineData, stretchesOf } from './graph-path.ts'

/** One pixel a millisecond, values as heights above y = 100. */
const place = { plot: { left: 0, right: 100 }, xOf: (ms: number) => ms, yOf: (value: number) => 100 - value }

const track = (points: readonly (readonly [number, number])[]): Track => ({
  ms: Float64Array.from(points, ([ms]) => ms),
  values: Float64Array.from(points, ([, value]) => value),
})
const every = (stepMs: number, from: number, to: number) =>
  Array.from({ length: Math.round((to - from) / stepMs) + 1 }, (_, index) => [from + index * stepMs, 5] as const)
const lengths = (points: readonly (readonly [number, number])[]): number[] =>
  stretchesOf(track(points), place).map((stretch) => stretch.length)

describe('where a line is broken', () => {
  test.each([
    ['regular points', every(2, 0, 100), [51]],
    ['a device that was silent', [...every(2, 0, 40), ...every(2, 60, 100)], [21, 21]],
    ['a lone point in the silence', [...every(2, 0, 40), [60, 5], ...every(2, 80, 100)], [21, 1, 11]],
    ['a pause of five steps is bridged', [...every(2, 0, 40), ...every(2, 50, 100)], [47]],
    [
      'too few points to know',
      [
        [0, 1],
        [5, 1],
        [10, 1],
        [90, 1],
      ],
      [4],
    ],
    ['points as things change', [0, 1, 9, 12, 30, 33, 34, 60, 61, 90].map((ms) => [ms, 5]), [10]],
    ['a gap too narrow to be seen', [...every(0.3, 0, 20.1), ...every(0.3, 24, 30)], [89]],
    ['no points', [], []],
    ['one point', [[50, 5]], [1]],
    [
      'points outside',
      [
        [-50, 5],
        [150, 5],
      ],
      [],
    ],
  ] as const)('%s', (_, points, expected) => {
    expect(lengths(points as readonly (readonly [number, number])[])).toEqual(expected)
  })

  test('the nearest points outside lead the line to the edges', () => {
    const [stretch] = stretchesOf(
      track([
        [-90, 1],
        [-20, 2],
        [50, 3],
        [120, 4],
        [190, 5],
      ]),
      place,
    )
    expect(stretch?.map(({ x }) => x)).toEqual([-20, 50, 120])
  })
})

test('of each column the first, lowest, highest and last point stay', () => {
  const values = [5, 4, 9, 6, 1, 7, 3, 8]
  const [stretch = []] = stretchesOf(track(values.map((value, index) => [10 + index / 10, value])), place)
  expect(stretch.map(({ y }) => 100 - y)).toEqual([5, 9, 1, 8])
})

test('no peak of a hundred thousand points is lost, and few points remain', () => {
  const points = Array.from(
    { length: 100_000 },
    (_, index) => [index / 1000, index === 54_321 ? 99 : index % 7] as const,
  )
  const [stretch = []] = stretchesOf(track(points), place)
  expect(stretch.length).toBeLessThanOrEqual(400)
  expect(Math.min(...stretch.map(({ y }) => y))).toBe(1)
})

test('path data is short and within what a renderer can hold', () => {
  const stretch = [
    { x: 1.23456, y: Infinity },
    { x: 2, y: -1e300 },
  ]
  expect(lineData(stretch)).toBe('M1.23 100000L2 -100000')
  expect(areaData(stretch, 100)).toBe('M1.23 100000L2 -100000L2 100L1.23 100Z')
})
