import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type MatchPolicy, matches } from '../uri.ts'
import { topicMatcher } from './topic-matcher.ts'

const component = fc.constantFrom('', 'a', 'b', 'ab')
const uri = fc.array(component, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.'))

test('says what matches() says', () => {
  fc.assert(
    fc.property(fc.constantFrom<MatchPolicy>('exact', 'prefix', 'wildcard'), uri, uri, (policy, pattern, topic) => {
      expect(topicMatcher(policy, pattern)(topic)).toBe(matches(policy, pattern, topic))
    }),
    { numRuns: 3000 },
  )
})
