import { VERDICTS } from '@sluice/model'
import { expect, test } from 'vitest'
import { VERDICT_WORDS, heldWords } from './verdict-words.ts'

test.each(VERDICTS)('%s has a word and a sentence', (verdict) => {
  expect(VERDICT_WORDS[verdict].word).toMatch(/^[A-Z][a-z ]+$/)
  expect(VERDICT_WORDS[verdict].why).toMatch(/^[A-Z].+\.$/)
})

test('no two verdicts share a word', () => {
  expect(new Set(VERDICTS.map((verdict) => VERDICT_WORDS[verdict].word)).size).toBe(VERDICTS.length)
})

test.each([
  [true, '✓'],
  [false, '✗'],
  [null, '–'],
  [undefined, '–'],
])('held %s is shown as %s', (held, sign) => {
  expect(heldWords(held).sign).toBe(sign)
})
