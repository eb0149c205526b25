import type { NewDatapoint } from '@sluice/model'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { settle } from './settle.ts'

const point = (streamKey: number, at: number, value: string): NewDatapoint => ({
  streamKey,
  at,
  value,
  number: value === 'on' ? null : Number(value),
})

test('of two points with equal datastream and time the later one is written', () => {
  const points = [point(1, 5, '1'), point(2, 5, '2'), point(1, 5, '3')]
  expect(settle(points)).toMatchObject({ written: [1, 2], standsFor: [2, 1, 2] })
})

describe('a datastream moves', () => {
  test.each([
    {
      name: 'to the newest by time, not by arrival',
      points: [point(1, 9, '1'), point(1, 5, '2')],
      newest: '1',
      min: 1,
      max: 2,
    },
    {
      name: 'to the later of two equal times',
      points: [point(1, 5, '1'), point(1, 5, '2')],
      newest: '2',
      min: 1,
      max: 2,
    },
    { name: 'without extremes where values are text', points: [point(1, 5, 'on')], newest: 'on', min: null, max: null },
    {
      name: 'with extremes of its numbers only',
      points: [point(1, 5, 'on'), point(1, 6, '-3')],
      newest: '-3',
      min: -3,
      max: -3,
    },
  ])('$name', ({ points, newest, min, max }) => {
    expect(settle(points).streams).toEqual([{ key: 1, newest: expect.objectContaining({ value: newest }), min, max }])
  })
})

test('whatever the batch: one written point for each time of each datastream, streams in order of their key', () => {
  const anyPoint = fc.record({
    streamKey: fc.integer({ min: 1, max: 4 }),
    at: fc.integer({ min: 0, max: 9 }),
    value: fc.constantFrom('1', '2', 'on'),
  })
  fc.assert(
    fc.property(fc.array(anyPoint, { maxLength: 60 }), (drafts) => {
      const points = drafts.map(({ streamKey, at, value }) => point(streamKey, at, value))
      const { written, standsFor, streams } = settle(points)
      const model = new Map(points.map((one, index) => [`${one.streamKey} ${one.at}`, index]))
      expect(new Set(written)).toEqual(new Set(model.values()))
      expect(standsFor).toEqual(points.map((one) => model.get(`${one.streamKey} ${one.at}`)))
      expect(streams.map((stream) => stream.key)).toEqual(
        [...new Set(points.map((one) => one.streamKey))].toSorted((a, b) => a - b),
      )
    }),
  )
})
