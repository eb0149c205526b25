import { expect, test } from 'vitest'
import { niceStep, previewLines, previewZones, snapped, withLines } from './preview-lines.ts'
import { newCondition } from './trigger-form.ts'
import type { ConditionForm } from './trigger-form.ts'

const condition = (rest: Partial<ConditionForm>): ConditionForm => ({ ...newCondition('t'), ...rest })

test('lines of the channel that is shown, where there is a number', () => {
  const lines = previewLines(
    [
      condition({ threshold: '30' }),
      condition({ threshold: '' }),
      condition({ streamId: 'other', threshold: '5' }),
      condition({ type: 'between', low: '1', high: 'x' }),
      condition({ type: 'rise', threshold: '9' }),
    ],
    't',
  )
  expect(lines.map(({ index, field, value }) => [index, field, value])).toEqual([
    [0, 'threshold', 30],
    [3, 'low', 1],
  ])
})

test.each([
  { of: { type: 'gt', threshold: '30' }, zones: [{ from: 30, to: null }] },
  { of: { type: 'lte', threshold: '-2' }, zones: [{ from: null, to: -2 }] },
  { of: { type: 'between', low: '1', high: '2' }, zones: [{ from: 1, to: 2 }] },
  {
    of: { type: 'outside', low: '1', high: '2' },
    zones: [
      { from: null, to: 1 },
      { from: 2, to: null },
    ],
  },
  { of: { type: 'gt', threshold: '' }, zones: [] },
  { of: { type: 'frozen' }, zones: [] },
] as const)('$of holds in $zones', ({ of, zones }) => {
  expect(previewZones([condition(of)], 't')).toEqual(zones)
})

test.each([
  { low: 10, high: 20, lines: [{ value: 30 }], range: [10, 30] },
  { low: null, high: null, lines: [{ value: 3 }], range: [3, 3] },
  { low: 10, high: 20, lines: [], range: [10, 20] },
  { low: null, high: null, lines: [], range: [null, null] },
])('$low to $high with $lines shows $range', ({ low, high, lines, range }) => {
  expect(withLines(low, high, lines)).toEqual(range)
})

test.each([
  { span: 20, step: 0.1 },
  { span: 100, step: 0.5 },
  { span: 3000, step: 20 },
  { span: 0.001, step: 0.000005 },
  { span: 0, step: 1 },
  { span: Infinity, step: 1 },
])('a range of $span goes in steps of $step', ({ span, step }) => {
  expect(niceStep(span)).toBeCloseTo(step, 12)
})

test.each([
  { value: 30.0000004, step: 0.1, text: '30' },
  { value: 29.96, step: 0.1, text: '30' },
  { value: 29.94, step: 0.1, text: '29.9' },
  { value: -0.01, step: 0.5, text: '0' },
  { value: 1234, step: 20, text: '1240' },
  { value: 0.1234567, step: 0.000005, text: '0.123455' },
])('$value in steps of $step is $text', ({ value, step, text }) => {
  expect(snapped(value, step)).toBe(text)
})
