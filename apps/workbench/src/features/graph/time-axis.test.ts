import { expect, test } from 'vitest'
import { timeLabels } from './time-axis.ts'

const at = (text: string): number => new Date(text).getTime() / 1000

test.each([
  {
    name: 'minutes, the date below the first',
    splits: ['2026-11-22T14:00', '2026-11-22T14:10'],
    labels: ['14:00\n22 Nov', '14:10'],
  },
  {
    name: 'hours over midnight, the date below each new day',
    splits: ['2026-11-21T22:00', '2026-11-22T00:00', '2026-11-22T02:00'],
    labels: ['22:00\n21 Nov', '00:00\n22 Nov', '02:00'],
  },
  { name: 'days', splits: ['2026-11-21T00:00', '2026-11-22T00:00'], labels: ['21 Nov', '22 Nov'] },
  {
    name: 'months',
    splits: ['2026-10-01T00:00', '2026-11-01T00:00'],
    labels: ['Oct 2026', 'Nov 2026'],
  },
  { name: 'seconds', splits: ['2026-11-22T14:00:10', '2026-11-22T14:00:20'], labels: ['14:00:10\n22 Nov', '14:00:20'] },
])('$name', ({ splits, labels }) => {
  expect(timeLabels(splits.map(at), 'en-GB')).toEqual(labels)
})
