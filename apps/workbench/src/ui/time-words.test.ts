import { expect, test } from 'vitest'
import { durationWords, timeWords, untilWords } from './time-words.ts'

const NOW = Date.UTC(2026, 10, 22, 12)

test.each([
  { agoS: 0, words: 'a few seconds ago' },
  { agoS: -30, words: 'a few seconds ago' },
  { agoS: 9, words: 'a few seconds ago' },
  { agoS: 10, words: '10 seconds ago' },
  { agoS: 59, words: '50 seconds ago' },
  { agoS: 60, words: 'a minute ago' },
  { agoS: 119, words: 'a minute ago' },
  { agoS: 15 * 60, words: '15 minutes ago' },
  { agoS: 3600, words: 'an hour ago' },
  { agoS: 7 * 3600, words: '7 hours ago' },
  { agoS: 86_400, words: 'a day ago' },
  { agoS: 59 * 86_400, words: '59 days ago' },
  { agoS: 90 * 86_400, words: '2 months ago' },
  { agoS: 800 * 86_400, words: '2 years ago' },
  { agoS: -2 * 3600, words: 'in 2 hours' },
])('$agoS s ago reads "$words"', ({ agoS, words }) => {
  expect(timeWords(NOW - agoS * 1000, NOW)).toBe(words)
})

test.each([
  { inS: -5, words: 'now' },
  { inS: 0.2, words: 'now' },
  { inS: 1, words: 'in a second' },
  { inS: 24.2, words: 'in 25 seconds' },
  { inS: 300, words: 'in 5 minutes' },
  { inS: 7200, words: 'in 2 hours' },
])('$inS s from now reads "$words"', ({ inS, words }) => {
  expect(untilWords(NOW + inS * 1000, NOW)).toBe(words)
})

test.each([
  { ms: 0.42, words: '0.4 ms' },
  { ms: 7.25, words: '7.3 ms' },
  { ms: 84.6, words: '85 ms' },
  { ms: 1340, words: '1.3 s' },
])('$ms ms reads "$words"', ({ ms, words }) => {
  expect(durationWords(ms)).toBe(words)
})
