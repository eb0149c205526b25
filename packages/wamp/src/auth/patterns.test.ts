import { expect, test } from 'vitest'
import type { MatchPolicy } from '../uri.ts'
import { covers, overlaps } from './patterns.ts'

/** `a.b` is exact, `a.*` is the prefix `a.`, and with `..` or a dot at an end it is a wildcard. */
function pattern(text: string): { uri: string; match: MatchPolicy } {
  if (text.endsWith('*')) return { uri: text.slice(0, -1), match: 'prefix' }
  return { uri: text, match: text.split('.').includes('') ? 'wildcard' : 'exact' }
}

test.each([
  // outer, inner, overlap, covered
  ['a.b', 'a.b', true, true],
  ['a.b', 'a.c', false, false],
  ['a.*', 'a.b', true, true],
  ['a*', 'ab.c', true, true],
  ['*', 'a..c', true, true],
  ['*', '*', true, true],
  ['a.*', 'a.b.*', true, true],
  ['a.b.*', 'a.*', true, false],
  ['a.b*', 'a.c*', false, false],
  ['a.b', 'a.*', true, false],
  ['a.b', 'b.*', false, false],
  ['a..c', 'a.b.c', true, true],
  ['a..c', 'a.b.d', false, false],
  ['a..c', 'a..c', true, true],
  ['a..', 'a..c', true, true],
  ['a..c', 'a..', true, false],
  ['a..c', 'a.b.', true, false],
  ['a..c', 'b..c', false, false],
  ['a..c', 'a..c.', false, false],
  ['a..c', 'a.*', true, false],
  ['a..c', 'a.b.c*', true, false],
  ['a..c', 'a.b.d*', false, false],
  ['a..c', 'a.b.c.*', false, false],
  ['a..cde', 'a.b.c*', true, false],
  ['a.*', 'a..c', true, true],
  ['a.b*', 'a..c', true, false],
  ['.b', 'a*', true, false],
  ['a*', '.b', true, false],
  ['a.', 'a*', true, false],
])('%s and %s overlap: %s; the first covers the second: %s', (first, second, isOverlap, isCovered) => {
  expect(overlaps(pattern(first), pattern(second))).toBe(isOverlap)
  expect(overlaps(pattern(second), pattern(first))).toBe(isOverlap)
  expect(covers(pattern(first), pattern(second))).toBe(isCovered)
})
