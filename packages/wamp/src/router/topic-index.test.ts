import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type MatchPolicy, matches } from '../uri.ts'
import { TopicIndex } from './topic-index.ts'

const component = fc.constantFrom('', 'a', 'b', 'ab', 'abc')
const topic = fc.array(component, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.'))
const entry = fc.record({ match: fc.constantFrom<MatchPolicy>('exact', 'prefix', 'wildcard'), topic })
type Entry = { match: MatchPolicy; topic: string }

test('finds exactly the entries that match, after any additions and removals', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(entry, { selector: (e) => `${e.match} ${e.topic}`, maxLength: 40 }),
      fc.array(fc.nat()),
      topic,
      (all, picks, wanted) => {
        const index = new TopicIndex<Entry>()
        const left = new Set(all)
        for (const each of all) index.add(each)
        for (const pick of picks) {
          const each = all[pick % all.length]
          if (!each) continue
          index.matching(wanted)
          // what was removed comes again, so that pruned paths are built anew
          if (left.delete(each)) index.remove(each)
          else {
            left.add(each)
            index.add(each)
          }
        }
        const found = index.matching(wanted)
        expect(new Set(found)).toEqual(new Set([...left].filter((e) => matches(e.match, e.topic, wanted))))
        expect(found).toHaveLength(new Set(found).size)
        expect(index.size).toBe(left.size)
        for (const e of all) expect(index.find(e.match, e.topic)).toBe(left.has(e) ? e : undefined)
      },
    ),
    { numRuns: 2000 },
  )
})

test('an exact topic comes first, then prefixes by length', () => {
  const index = new TopicIndex<Entry>()
  for (const prefix of ['a.b', '', 'a']) index.add({ match: 'prefix', topic: prefix })
  index.add({ match: 'wildcard', topic: 'a.' })
  index.add({ match: 'exact', topic: 'a.b' })
  expect(index.matching('a.b').map((e) => `${e.match}:${e.topic}`)).toEqual([
    'exact:a.b',
    'prefix:',
    'prefix:a',
    'prefix:a.b',
    'wildcard:a.',
  ])
})
