import { describe, expect, test } from 'vitest'
import { valueAxis, valueLabels, valueRange } from './value-scale.ts'

const AUTO = { kind: 'auto' } as const
const DATASTREAM = { kind: 'datastream' } as const

describe('what the axis must show', () => {
  const known = { min: -40, max: 85 }
  test.each([
    ['the data', AUTO, [{ min: 19, max: 23 }, known], { min: 19, max: 23 }],
    ['without data, what is known', AUTO, [null, known], known],
    ['nothing', AUTO, [null, null], null],
    ['all there ever was', DATASTREAM, [{ min: 19, max: 23 }, known], known],
    ['data beyond what is known', DATASTREAM, [{ min: 19, max: 99 }, known], { min: -40, max: 99 }],
    ['the data, as nothing is known', DATASTREAM, [{ min: 19, max: 23 }, null], { min: 19, max: 23 }],
    ['what was asked for', { kind: 'manual', min: 0, max: 1 }, [{ min: 19, max: 23 }, known], { min: 0, max: 1 }],
    ['the largest numbers, tamed', AUTO, [{ min: -1.7e308, max: 1.7e308 }, null], { min: -4e307, max: 4e307 }],
    ['the smallest numbers, as zero', AUTO, [{ min: 0, max: 5e-324 }, null], { min: 0, max: 0 }],
  ] as const)('%s', (_, scale, [data, given], expected) => {
    expect(valueRange(scale, data, given)).toEqual(expected)
  })
})

describe('axes and their labels', () => {
  test.each([
    [{ min: 12.2, max: 21.8, ticks: 6 }, { min: 12, max: 22 }, ['12', '14', '16', '18', '20', '22']],
    [{ min: -17.9, max: -5.1, ticks: 8 }, { min: -18, max: -4 }, ['−18', '−16', '−14', '−12', '−10', '−8', '−6', '−4']],
    [{ min: -5.8, max: 6.9, ticks: 8 }, { min: -6, max: 8 }, ['−6', '−4', '−2', '0', '2', '4', '6', '8']],
    [
      { min: 20.001, max: 20.002, ticks: 6 },
      { min: 20.001, max: 20.002 },
      ['20.0010', '20.0012', '20.0014', '20.0016', '20.0018', '20.0020'],
    ],
    [{ min: 0.1, max: 0.72, ticks: 8 }, { min: 0.1, max: 0.7572 }, ['0.1', '0.2', '0.3', '0.4', '0.5', '0.6', '0.7']],
    // data of one sign does not make the other appear
    [{ min: 1, max: 99, ticks: 3 }, { min: 0, max: 100 }, ['0', '50', '100']],
    [{ min: -99, max: -1, ticks: 3 }, { min: -100, max: 0 }, ['−100', '−50', '0']],
    // constants
    [{ min: 20, max: 20, ticks: 5 }, { min: 19, max: 21 }, ['19.0', '19.5', '20.0', '20.5', '21.0']],
    [{ min: 0, max: 0, ticks: 6 }, { min: 0, max: 1 }, ['0.0', '0.2', '0.4', '0.6', '0.8', '1.0']],
    [{ min: -8, max: -8, ticks: 5 }, { min: -8.4, max: -7.6 }, ['−8.4', '−8.2', '−8.0', '−7.8', '−7.6']],
    // large and small
    [{ min: 9000, max: 21_000, ticks: 4 }, { min: 8280, max: 21_720 }, ['10 000', '15 000', '20 000']],
    [{ min: 6e11, max: 1.4e12, ticks: 5 }, { min: 6e11, max: 1.4e12 }, ['0.6 T', '0.8 T', '1.0 T', '1.2 T', '1.4 T']],
    [{ min: 0, max: 4e6, ticks: 5 }, { min: 0, max: 4e6 }, ['0', '1 M', '2 M', '3 M', '4 M']],
    [
      { min: 1e12, max: 1e12 + 4, ticks: 3 },
      { min: 1e12, max: 1e12 + 4 },
      ['1 000 000 000 000', '1 000 000 000 002', '1 000 000 000 004'],
    ],
    [{ min: 0, max: 2e24, ticks: 3 }, { min: 0, max: 2e24 }, ['0', '1e24', '2e24']],
    [{ min: 0, max: 4e-9, ticks: 5 }, { min: 0, max: 4e-9 }, ['0', '1e−9', '2e−9', '3e−9', '4e−9']],
    // two at least, however badly round values lie
    [{ min: 3, max: 9.5, ticks: 2 }, { min: 2.61, max: 9.89 }, ['4', '8']],
  ] as const)('%j: %j', (asked, edges, labels) => {
    const { range, ticks } = valueAxis(asked, asked.ticks, false)
    expect(range.min).toBeCloseTo(edges.min, 9)
    expect(range.max).toBeCloseTo(edges.max, 9)
    expect(valueLabels(ticks)).toEqual(labels)
  })

  test('a fixed range stays as it is', () => {
    const { range, ticks } = valueAxis({ min: 0.5, max: 7.5 }, 4, true)
    expect(range).toEqual({ min: 0.5, max: 7.5 })
    expect(ticks.values).toEqual([2, 4, 6])
  })

  test.each([
    [-4e307, 4e307],
    [1e-280, 3e-280],
    [0, 4e307],
    [1e16, 1e16 + 2],
    [1, 1 + Number.EPSILON],
    [-1e300, 1e-280],
  ])('%d to %d ends, with finite ticks inside the range', (min, max) => {
    for (const isFixed of [true, false]) {
      const { range, ticks } = valueAxis({ min, max }, 5, isFixed)
      expect(range.min).toBeLessThan(range.max)
      expect(ticks.values.length).toBeGreaterThanOrEqual(1)
      expect(ticks.values.length).toBeLessThanOrEqual(5)
      const slack = (range.max - range.min) / 100
      expect(Math.min(...ticks.values)).toBeGreaterThanOrEqual(range.min - slack)
      expect(Math.max(...ticks.values)).toBeLessThanOrEqual(range.max + slack)
      expect(valueLabels(ticks).join()).not.toMatch(/NaN|Infinity|undefined/)
    }
  })
})
