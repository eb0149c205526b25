import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type MatchPolicy, isUri, matches } from '../uri.ts'
import { type UriPattern, covers, overlaps } from './patterns.ts'

const part = fc.constantFrom('a', 'b', 'ab', 'aa', '')
const pattern: fc.Arbitrary<UriPattern> = fc
  .record({
    uri: fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.')),
    match: fc.constantFrom<MatchPolicy>('exact', 'prefix', 'wildcard'),
  })
  .filter(({ uri, match }) => isUri(uri, 'loose', match))

/** All URIs of up to five of these components: of each pattern above, enough to tell it from the others. */
const words = ['a', 'b', 'ab', 'aa', 'bb', 'aab']
const uris: string[] = [...words]
for (let from = 0, depth = 2; depth <= 4; depth += 1) {
  const to = uris.length
  for (const head of uris.slice(from, to)) for (const word of words) uris.push(`${head}.${word}`)
  from = to
}

test('two patterns overlap if some URI is matched by both, and one covers the other if it matches all of its URIs', () => {
  fc.assert(
    fc.property(pattern, pattern, (a, b) => {
      const ofB = uris.filter((uri) => matches(b.match, b.uri, uri))
      const shared = ofB.filter((uri) => matches(a.match, a.uri, uri))
      // a prefix of four components and a part has its matches beyond the list
      if (shared.length > 0) expect(overlaps(a, b)).toBe(true)
      if (covers(a, b)) expect(shared).toEqual(ofB)
      if (ofB.length > 0 && shared.length < ofB.length) expect(covers(a, b)).toBe(false)
      if (!overlaps(a, b)) expect(shared).toEqual([])
      expect(overlaps(a, b)).toBe(overlaps(b, a))
    }),
    { numRuns: 2000 },
  )
})
