import type { KeyPrincipal } from '@sluice/model'
import { expect, test } from 'vitest'
import { makeKeyUses } from './key-uses.ts'

const key = (keyId: number, more: Partial<KeyPrincipal> = {}): KeyPrincipal => ({
  kind: 'key',
  accountId: 1,
  login: 'ann',
  keyId,
  permissions: [{ accessMethods: ['get'] }],
  privateAccess: true,
  expiresAt: null,
  ...more,
})
const from = (client?: string) => ({ address: '192.0.2.1', client, protocol: 'mqtt' })

test.each([
  { client: 'Arduino/1.0', kept: 'Arduino/1.0' },
  { client: 'x'.repeat(200), kept: 'x'.repeat(128) },
  { client: `${'x'.repeat(127)}\u{1f600}`, kept: `${'x'.repeat(127)}\ufffd` },
  { client: ' a\0b\n', kept: 'a b' },
  { client: '', kept: 'mqtt' },
  { client: ' \t', kept: 'mqtt' },
  { client: undefined, kept: 'mqtt' },
])('a client that calls itself $client is kept as $kept', ({ client, kept }) => {
  const uses = makeKeyUses()
  uses.note(key(7), from(client), 5)
  expect(uses.take()).toEqual([{ keyId: 7, generation: 0, at: 5000, address: '192.0.2.1', client: kept }])
})

test('the newest use of each text of each key is taken once', () => {
  const uses = makeKeyUses()
  uses.note(key(7, { generation: 3 }), from('b'), 2)
  uses.note(key(7, { generation: 3 }), from('a'), 1)
  uses.note(key(7, { generation: 2, previousUntil: '2999-01-01T00:00:00Z' }), from('old'), 3)
  uses.note(key(8), { address: '', protocol: 'wamp' }, 4)
  expect(uses.take()).toEqual([
    { keyId: 7, generation: 2, at: 3000, address: '192.0.2.1', client: 'old' },
    { keyId: 7, generation: 3, at: 2000, address: '192.0.2.1', client: 'b' },
    { keyId: 8, generation: 0, at: 4000, address: null, client: 'wamp' },
  ])
  expect(uses.take()).toEqual([])
})
