import { expect, test } from 'vitest'
import { BEGUN_BACKTEST, NO_BACKTEST, backtestWords, takeLines } from './backtest.ts'
import type { WouldFire } from './backtest.ts'

const firing: WouldFire = { at: '2026-11-22T12:00:00.000000Z', cause: 'value', stream_id: 't', value: '31' }
const progress = { points: 1000, at: '2026-11-22T12:00:00.000000Z' }

test('firings, progress and the end of a backtest', () => {
  const running = takeLines(BEGUN_BACKTEST, [{ firing }, { progress }])
  expect(running).toMatchObject({ phase: 'running', count: 1, points: 1000, firings: [firing] })
  expect(takeLines(running, [{ firing }, { summary: { points: 1500, firings: 2, start: '', end: '' } }])).toMatchObject(
    {
      phase: 'done',
      count: 2,
      points: 1500,
      firings: [firing, firing],
    },
  )
})

test('more moments than can be shown are still counted', () => {
  const many = takeLines(
    BEGUN_BACKTEST,
    Array.from({ length: 6000 }, () => ({ firing })),
  )
  expect(many.count).toBe(6000)
  expect(many.firings.length).toBe(5000)
})

test.each([
  { state: {}, words: 'Complete the rule to see when it would have fired.' },
  { state: { phase: 'running' }, words: 'Trying the rule…' },
  { state: { phase: 'running', reached: 'x', count: 3 }, words: 'Trying the rule… 3 times so far.' },
  { state: { phase: 'done', points: 9, count: 14 }, words: 'Would have fired 14 times in the last 7 days.' },
  { state: { phase: 'done', points: 9, count: 1 }, words: 'Would have fired once in the last 7 days.' },
  { state: { phase: 'done', points: 9 }, words: 'Would not have fired in the last 7 days.' },
  { state: { phase: 'done' }, words: 'There is no value in the last 7 days to try it on.' },
  { state: { phase: 'failed', error: 'Too many values.' }, words: 'Too many values.' },
] as const)('$words', ({ state, words }) => {
  expect(backtestWords({ ...NO_BACKTEST, ...state }, 'the last 7 days')).toBe(words)
})
