import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type MatchPolicy, matches } from '../uri.ts'
import { ProcedureIndex } from './procedure-index.ts'

type Entry = { readonly match: MatchPolicy; readonly uri: string }

function indexOf(entries: readonly Entry[]): ProcedureIndex<Entry> {
  const index = new ProcedureIndex<Entry>()
  for (const entry of entries) index.add(entry)
  return index
}

/** The examples of the specification's rules, in our own words. */
const ENTRIES: readonly Entry[] = [
  { match: 'exact', uri: 'a.b.c' },
  { match: 'prefix', uri: 'a.b' },
  { match: 'prefix', uri: 'a.b.c.d' },
  { match: 'prefix', uri: 'plant.pump' },
  { match: 'wildcard', uri: 'a..c' },
  { match: 'wildcard', uri: 'x..z' },
  { match: 'wildcard', uri: 'x.y.' },
  { match: 'wildcard', uri: '..' },
  { match: 'wildcard', uri: 'p.q..d.e..g' },
  { match: 'wildcard', uri: 'p.q..d..f.g' },
  { match: 'wildcard', uri: 'p...d.e.f.g' },
]

describe('which registration a call goes to', () => {
  test.each([
    { call: 'a.b.c', uri: 'a.b.c', why: 'exact before all' },
    { call: 'a.b.x', uri: 'a.b', why: 'prefix before wildcard' },
    { call: 'a.b.c.d.e', uri: 'a.b.c.d', why: 'the longest prefix' },
    { call: 'a.bc.c', uri: 'a.b', why: 'prefixes compare strings' },
    { call: 'plant.pumps.on', uri: 'plant.pump', why: 'prefixes compare strings' },
    { call: 'x.y.z', uri: 'x.y.', why: 'the longer leading portion' },
    { call: 'x.o.z', uri: 'x..z', why: 'the only one with a leading portion' },
    { call: 'o.o.o', uri: '..', why: 'nothing but wildcards' },
    { call: 'p.q.c.d.e.f.g', uri: 'p.q..d.e..g', why: 'equal first portions, so the second decides' },
    { call: 'p.q.c.d.x.f.g', uri: 'p.q..d..f.g', why: 'the only one left' },
    { call: 'p.x.c.d.e.f.g', uri: 'p...d.e.f.g', why: 'the only one left' },
    { call: 'o.o', uri: undefined, why: 'other number of components' },
  ])('$call goes to $uri: $why', ({ call, uri }) => {
    expect(indexOf(ENTRIES).best(call)?.uri).toBe(uri)
  })
})

const part = fc.constantFrom('', 'a', 'b', 'ab')
const uri = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.'))
const entry = fc.record({ match: fc.constantFrom<MatchPolicy>('exact', 'prefix', 'wildcard'), uri })
const called = fc
  .array(fc.constantFrom('a', 'b', 'ab', 'c'), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join('.'))

/** Lengths of the fixed portions of a pattern, in components. */
function portions(pattern: string): number[] {
  const lengths = [0]
  for (const component of pattern.split('.'))
    if (component === '') lengths.push(0)
    else lengths.push((lengths.pop() ?? 0) + 1)
  return lengths
}

function compared(one: readonly number[], other: readonly number[]): number {
  for (let i = 0; i < Math.max(one.length, other.length); i += 1) {
    const difference = (one[i] ?? 0) - (other[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

function bestByHand(entries: readonly Entry[], call: string): Entry | undefined {
  const hits = entries.filter(({ match, uri }) => matches(match, uri, call))
  const of = (match: MatchPolicy): Entry[] => hits.filter((hit) => hit.match === match)
  const [exact] = of('exact')
  const [prefix] = of('prefix').sort((one, other) => other.uri.length - one.uri.length)
  const [wildcard] = of('wildcard').sort((one, other) => compared(portions(other.uri), portions(one.uri)))
  return exact ?? prefix ?? wildcard
}

test('is the one the rules name, after any additions and removals', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(entry, { selector: (e) => `${e.match} ${e.uri}` }),
      fc.nat(),
      called,
      (entries, cut, call) => {
        const index = indexOf(entries)
        const removed = entries.slice(0, cut % (entries.length + 1))
        for (const each of removed) index.remove(each)
        const left = entries.slice(removed.length)
        expect(index.best(call)).toBe(bestByHand(left, call))
        for (const each of entries) expect(index.find(each.match, each.uri)).toBe(left.find((one) => one === each))
      },
    ),
    { numRuns: 2000 },
  )
})
