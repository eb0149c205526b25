import { describe, expect, test } from 'vitest'
import { PARTS_UNINTERRUPTED, parseFeatures } from './features.ts'

const sorted = (set: ReadonlySet<string> | undefined): string[] => [...(set ?? [])].toSorted()

describe('features of HELLO', () => {
  test.each([
    { name: 'only true counts', features: { a_one: true, a_two: false, a_three: 1 }, expected: ['a_one'] },
    { name: 'both spellings', features: { call_cancelling: true }, expected: ['call_canceling'] },
    { name: 'none', features: undefined, expected: [] },
    { name: 'of a wrong type', features: ['a_one'], expected: [] },
  ])('$name', ({ features, expected }) => {
    expect(sorted(parseFeatures({ roles: { callee: { features } } })?.callee)).toEqual(expected)
  })

  test.each([{}, { roles: null }, { roles: { broker: {} } }, { roles: { caller: true } }])(
    '%j: no client role',
    (details) => {
      expect(parseFeatures(details)).toBeNull()
    },
  )

  test('equal announcements are one object', () => {
    const announce = () => parseFeatures({ roles: { caller: { features: { call_timeout: true } } } })
    expect(announce()).toBe(announce())
  })

  test('wampy is taken for what it can do, in the roles that it has', () => {
    const roles = { caller: { features: {} }, callee: { features: {} } }
    const [wampy, other] = [
      parseFeatures({ roles, agent: 'Wampy.js v8.0.2' }),
      parseFeatures({ roles, agent: 'wampyish' }),
    ]
    expect(sorted(wampy?.caller)).toEqual(['progressive_call_invocations'])
    expect(sorted(wampy?.callee)).toEqual([
      'progressive_call_invocations',
      'progressive_call_results',
      PARTS_UNINTERRUPTED,
    ])
    expect(sorted(other?.callee)).toEqual([])
    expect(parseFeatures({ roles: { publisher: {} }, agent: 'Wampy.js v8.0.2' })).toEqual({ publisher: new Set() })
  })
})
