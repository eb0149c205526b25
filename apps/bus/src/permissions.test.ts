import type { Action, Grant, Identity, MatchPolicy } from '@sluice/wamp'
import { describe, expect, test } from 'vitest'
import { type Permission, asComponent, permissionsOf } from './permissions.ts'

const joe: Identity = { authid: 'joe', authrole: 'user', authmethod: 'ticket', authprovider: 'test' }
const all = { call: true, register: true, publish: true, subscribe: true }

function decide(
  rows: readonly Permission[],
  [action, uri, match = 'exact']: readonly [Action, string, MatchPolicy?],
  who: Identity = joe,
): Grant | null {
  return permissionsOf(rows)(who).decide(action, uri, match)
}

const ROWS: readonly Permission[] = [
  { uri: '', match: 'prefix', allow: { subscribe: true } },
  { uri: 'app.', match: 'prefix', allow: { call: true, publish: true, register: true, subscribe: true } },
  { uri: 'app.secret.', match: 'prefix', allow: {} },
  { uri: 'app.secret.open', match: 'exact', allow: { subscribe: true } },
  { uri: 'app..status', match: 'wildcard', allow: { subscribe: true } },
]

describe('the longest match wins', () => {
  test.each([
    { does: ['call', 'app.add'], allowed: true },
    { does: ['call', 'other.add'], allowed: false },
    { does: ['subscribe', 'other.topic'], allowed: true },
    { does: ['publish', 'app.secret.x'], allowed: false },
    { does: ['subscribe', 'app.secret.x'], allowed: false },
    { does: ['subscribe', 'app.secret.open'], allowed: true },
    { does: ['call', 'app.secret.open'], allowed: false },
    { does: ['publish', 'app.door.status'], allowed: false },
    // both have eleven characters, so the first row decides
    { does: ['subscribe', 'app.secret.status'], allowed: false },
  ] as const)('$does.0 $does.1: $allowed', ({ does, allowed }) => {
    expect(decide(ROWS, does)?.allow).toBe(allowed)
  })

  test('a URI that no row is about is not decided', () => {
    expect(decide([{ uri: 'a', match: 'exact', allow: all }], ['call', 'b'])).toBeNull()
    expect(decide([{ uri: 'a', match: 'exact', allow: all }], ['subscribe', 'b', 'prefix'])).toBeNull()
  })
})

describe('patterns of requests', () => {
  test.each([
    { does: ['subscribe', 'other.', 'prefix'], is: 'allowed' },
    { does: ['subscribe', 'app.door.', 'prefix'], is: 'allowed' },
    { does: ['subscribe', 'app.door.x.', 'prefix'], is: 'allowed' },
    { does: ['subscribe', '', 'prefix'], is: 'filtered' },
    { does: ['subscribe', 'app.', 'prefix'], is: 'filtered' },
    { does: ['subscribe', 'app.secret.', 'prefix'], is: 'filtered' },
    { does: ['subscribe', 'app.secret.private.', 'prefix'], is: 'denied' },
    { does: ['subscribe', 'app..status', 'wildcard'], is: 'filtered' },
    { does: ['subscribe', '.secret.open', 'wildcard'], is: 'filtered' },
    { does: ['register', 'app.math.x.', 'prefix'], is: 'allowed' },
    { does: ['register', 'app.', 'prefix'], is: 'denied' },
    { does: ['register', '', 'prefix'], is: 'denied' },
    { does: ['register', 'app..x', 'wildcard'], is: 'denied' },
    { does: ['register', 'app.math..y', 'wildcard'], is: 'allowed' },
  ] as const)('$does.0 $does.2 "$does.1" is $is', ({ does, is }) => {
    const grant = decide(ROWS, does)
    expect(grant?.allow === true ? (grant.filter ? 'filtered' : 'allowed') : 'denied').toBe(is)
  })

  test('the filter judges each event by its topic', () => {
    const grant = decide(ROWS, ['subscribe', '', 'prefix'])
    const topics = ['a', 'app.x', 'app.secret', 'app.secret.x', 'app.secret.open', 'app.door.status']
    expect(topics.filter((topic) => grant?.filter?.(topic))).toEqual([
      'a',
      'app.x',
      'app.secret',
      'app.secret.open',
      'app.door.status',
    ])
  })
})

describe('disclosure', () => {
  test.each([
    { disclose: undefined, action: 'call', expected: undefined },
    { disclose: { caller: 'on' }, action: 'call', expected: 'on' },
    { disclose: { caller: 'on' }, action: 'publish', expected: undefined },
    { disclose: { publisher: 'choose' }, action: 'publish', expected: 'choose' },
    { disclose: { publisher: 'choose' }, action: 'call', expected: undefined },
  ] as const)('$disclose for $action is $expected', ({ disclose, action, expected }) => {
    const rows: Permission[] = [{ uri: 'a', match: 'exact', allow: all, ...(disclose ? { disclose } : {}) }]
    expect(decide(rows, [action, 'a'])).toEqual({ allow: true, ...(expected ? { disclose: expected } : {}) })
  })

  test('a trust level is granted along', () => {
    expect(decide([{ uri: 'a', match: 'exact', allow: all, trustlevel: 3 }], ['call', 'a'])).toEqual({
      allow: true,
      disclose: 'off',
      trustlevel: 3,
    })
  })
})

describe('templates', () => {
  const own: readonly Permission[] = [
    { uri: 'device.${authid}.', match: 'prefix', allow: all },
    { uri: 'role.${authrole}.${authid}', match: 'exact', allow: all },
    { uri: 'room..${authid}', match: 'wildcard', allow: all },
  ]
  test.each([
    { authid: 'joe', uri: 'device.joe.temperature', may: true },
    { authid: 'joe', uri: 'device.joey.temperature', may: undefined },
    { authid: 'joe', uri: 'role.user.joe', may: true },
    { authid: 'joe', uri: 'room.7.joe', may: true },
    { authid: 'joe', uri: 'room.7.jim', may: undefined },
    { authid: 'a.b', uri: 'device.a.b.x', may: undefined },
    { authid: 'a.b', uri: 'device.a%2Eb.x', may: true },
    { authid: '', uri: 'room.7.jim', may: undefined },
    { authid: '', uri: 'device..x', may: undefined },
    { authid: '${authrole}', uri: 'device.user.x', may: undefined },
    { authid: '$&', uri: 'device.$&.x', may: true },
  ])('"$authid" may call $uri: $may', ({ authid, uri, may }) => {
    expect(decide(own, ['call', uri], { ...joe, authid })?.allow).toBe(may)
  })

  test('different names are different components', () => {
    const names = ['a.b', 'a%2Eb', 'a b', 'a%20b', 'a#b', 'a\tb', 'a_b']
    const components = names.map(asComponent)
    expect(new Set(components).size).toBe(names.length)
    for (const component of components) expect(component).toMatch(/^[^\s.#]+$/)
  })
})
