import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type MatchPolicy, matches } from '../uri.ts'
import { TopicIndex } from './topic-index.ts'

const component = fc.constantFrom('', 'a', 'b', 'ab')
const topic = fc.array(component, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.'))
const entry = fc.record({ match: fc.constantFrom<MatchPolicy>('exact', 'prefix', 'wildcard'), topic })

test('finds exactly the entries that match, after any additions and removals', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(entry, { selector: (e) => `${e.match} ${e.topic}` }),
      fc.nat(),
      topic,
      (all, cut, wanted) => {
        const index = new TopicIndex<(typeof all)[number]>()
        for (const each of all) index.add(each)
        const removed = all.slice(0, cut % (all.length + 1))
        for (const each of removed) index.remove(each)
        const left = all.filter((each) => !removed.includes(each))
        const found: unknown[] = []
        index.match(wanted, (each) => found.push(each))
        expect(new Set(found)).toEqual(new Set(left.filter((each) => matches(each.match, each.topic, wanted))))
        expect(found).toHaveLength(new Set(found).size)
        expect(index.size).toBe(left.length)
      },
    ),
    { numRuns: 1000 },
  )
})
