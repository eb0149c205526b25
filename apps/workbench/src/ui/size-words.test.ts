import { expect, test } from 'vitest'
import { sizeWords } from './size-words.ts'

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [4180, '4.2 KB'],
  [1_250_000, '1.3 MB'],
])('%d bytes are %s', (count, words) => {
  expect(sizeWords(count)).toBe(words)
})
