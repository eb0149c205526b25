import { expect, test } from 'vitest'
import { attemptWords, causeWords, deliveryStatusWord } from './delivery-words.ts'

test.each([
  { status: 'pending', failures: 0, word: 'Pending' },
  { status: 'pending', failures: 2, word: 'Retrying' },
  { status: 'delivered', failures: 2, word: 'Delivered' },
  { status: 'dead', failures: 10, word: 'Failed' },
  { status: 'cancelled', failures: 0, word: 'Cancelled' },
] as const)('$status after $failures failures: $word', ({ word, ...delivery }) => {
  expect(deliveryStatusWord(delivery)).toBe(word)
})

test.each([
  { cause: 'value', value: '31.5', words: '31.5' },
  { cause: 'duration', value: '31.5', words: '31.5, held long enough' },
  { cause: 'silence', value: '31.5', words: 'silence after 31.5' },
  { cause: 'silence', value: null, words: 'silence' },
] as const)('$cause with $value: $words', ({ words, ...delivery }) => {
  expect(causeWords(delivery)).toBe(words)
})

test.each([
  { outcome: 'delivered', status: 204, words: '204 · Delivered' },
  { outcome: 'failed', status: 503, words: '503 · Failed' },
  { outcome: 'refused', status: 410, words: '410 · Refused for good' },
  { outcome: 'failed', status: null, words: 'No answer' },
  { outcome: 'delivered', status: null, words: 'Delivered' },
] as const)('$outcome $status: $words', ({ words, ...attempt }) => {
  expect(attemptWords(attempt)).toBe(words)
})
