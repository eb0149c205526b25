import { expect, test } from 'vitest'
import { backlogWords } from './endpoint-words.ts'

test.each([
  { pending: 0, dead: 0, words: null },
  { pending: 1, dead: 0, words: '1 waits' },
  { pending: 1200, dead: 3, words: '1,200 wait · 3 failed for good' },
  { pending: 0, dead: 1, words: '1 failed for good' },
])('$pending pending, $dead dead: $words', ({ words, ...endpoint }) => {
  expect(backlogWords(endpoint)).toBe(words)
})
