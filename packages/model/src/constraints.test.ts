import { expect, test } from 'vitest'
import { hindrances, isConstrained, isRefererConstraint, narrowPrincipal, renewKey } from './constraints.ts'
import type { KeyPrincipal, Permission } from './principal.ts'

const key = (permissions: Permission[]): KeyPrincipal => ({
  kind: 'key',
  accountId: 1,
  login: 'ann',
  keyId: 1,
  permissions,
  privateAccess: true,
  expiresAt: null,
})
const get = (more: Partial<Permission> = {}): Permission => ({ accessMethods: ['get'], ...more })
const from = (remoteAddress: string | null, referer: string | null = null) => ({ remoteAddress, referer })

test.each([
  { permissions: [get()], is: false },
  { permissions: [get({ resources: [{ feedId: 1 }], label: 'x' })], is: false },
  { permissions: [get(), get({ referer: 'example.org' })], is: true },
  { permissions: [get({ sourceIp: '10.0.0.1' })], is: true },
  { permissions: [get({ minimumIntervalS: 1 })], is: true },
])('$permissions constrained: $is', ({ permissions, is }) => {
  expect(isConstrained({ permissions })).toBe(is)
})

test.each([
  { sourceIp: '192.0.2.1', address: '192.0.2.1', holds: true },
  { sourceIp: '192.0.2.1', address: '::ffff:192.0.2.1', holds: true },
  { sourceIp: '192.0.2.1', address: '192.0.2.2', holds: false },
  { sourceIp: '10.0.0.0/8', address: '10.9.8.7', holds: true },
  { sourceIp: '10.0.0.0/8', address: '11.0.0.0', holds: false },
  { sourceIp: '2001:db8::/32', address: '2001:db8::7', holds: true },
  { sourceIp: '2001:db8::/32', address: '10.0.0.1', holds: false },
  { sourceIp: '10.0.0.0/8', address: '', holds: false },
  { sourceIp: '10.0.0.0/8', address: 'unix', holds: false },
  { sourceIp: '0.0.0.0/0', address: null, holds: false },
])('source_ip $sourceIp and a request from $address: $holds', ({ sourceIp, address, holds }) => {
  expect(hindrances(get({ sourceIp }), from(address)).length === 0).toBe(holds)
})

test.each([
  { referer: 'example.org', page: 'http://example.org/a?b', holds: true },
  { referer: 'Example.ORG', page: 'https://example.org', holds: true },
  { referer: 'example.org', page: 'https://EXAMPLE.org:8443/x', holds: true },
  { referer: 'example.org', page: 'example.org', holds: true },
  { referer: 'example.org', page: 'http://www.example.org/', holds: false },
  { referer: 'example.org', page: 'http://example.org.evil.net/', holds: false },
  { referer: 'example.org', page: 'http://evil.net/example.org', holds: false },
  { referer: 'example.org', page: 'http://example.org@evil.net/', holds: false },
  { referer: 'example.org', page: 'http://evil.net?http://example.org/', holds: false },
  { referer: 'example.org', page: null, holds: false },
  { referer: 'example.org', page: 'about:blank', holds: false },
  { referer: 'localhost:3000', page: 'http://localhost:3000/x', holds: true },
  { referer: 'localhost:3000', page: 'http://localhost:3001/x', holds: false },
  { referer: 'example.org:80', page: 'http://example.org/x', holds: true },
  { referer: 'example.org/app', page: 'http://example.org/app/page', holds: true },
  { referer: 'example.org/app', page: 'http://example.org/other', holds: false },
  { referer: 'http://example.org', page: 'http://example.org/page', holds: true },
  { referer: 'http://example.org', page: 'http://example.org:80/page', holds: true },
  { referer: 'http://example.org', page: 'https://example.org/page', holds: false },
  { referer: 'http://example.org', page: 'http://example.org:8080/', holds: false },
  { referer: 'http://example.org', page: 'http://example.org.evil.net/', holds: false },
  { referer: 'https://example.org/app/', page: 'https://example.org/app/page', holds: true },
  { referer: 'https://example.org/app/', page: 'https://example.org/apples', holds: false },
  { referer: 'http://[2001:db8::1]:8080/', page: 'http://[2001:db8::1]:8080/x', holds: true },
])('referer $referer and a request of $page: $holds', ({ referer, page, holds }) => {
  expect(hindrances(get({ referer }), from('192.0.2.1', page)).length === 0).toBe(holds)
})

test.each([
  ['example.org', true],
  ['http://example.org/a', true],
  ['localhost:3000', true],
  ['[::1]:80', true],
  ['', false],
  ['/path', false],
  ['http://', false],
  ['ann@example.org', false],
  ['two words', false],
  ['example.org:port', false],
])('%j can be a referer: %s', (text, is) => {
  expect(isRefererConstraint(text)).toBe(is)
})

test('all that a permission states must hold, and any permission may', () => {
  const office = get({ sourceIp: '10.0.0.0/8', referer: 'example.org', minimumIntervalS: 60 })
  const home = get({ sourceIp: '192.0.2.7' })
  const free = get({ resources: [{ feedId: 1 }] })
  const page = 'http://example.org/'
  const left = (principal: KeyPrincipal, ...where: Parameters<typeof from>): Permission[] =>
    narrowPrincipal(principal, from(...where)).permissions
  expect(left(key([office, home, free]), '10.0.0.1', page)).toEqual([office, free])
  expect(left(key([office, home, free]), '10.0.0.1')).toEqual([free])
  expect(left(key([office, home, free]), '192.0.2.7', page)).toEqual([home, free])
  expect(left(key([office, home]), '203.0.113.1', page)).toEqual([])
  expect(left(key([office, home, free]), null)).toEqual([free])
})

test('a key of which everything is left is the same object', () => {
  const principal = key([get({ sourceIp: '10.0.0.0/8', minimumIntervalS: 60 }), get()])
  expect(narrowPrincipal(principal, from('10.0.0.1'))).toBe(principal)
})

test('what hinders is said', () => {
  const permission = get({ sourceIp: '10.0.0.0/8', referer: 'example.org' })
  expect(hindrances(permission, from('192.0.2.1'))).toEqual([
    'it is for requests from 10.0.0.0/8, not from 192.0.2.1',
    'it is for pages of example.org, not for requests without a Referer',
  ])
})

const LATER = '2999-01-01T00:00:00Z'
test.each([
  { what: 'an unchanged key', was: {}, now: {}, goesOn: true },
  { what: 'one that was rolled, with an overlap', was: {}, now: { generation: 1, overlapUntil: LATER }, goesOn: true },
  { what: 'one that was rolled without', was: {}, now: { generation: 1 }, goesOn: false },
  { what: 'one that was rolled twice', was: {}, now: { generation: 2, overlapUntil: LATER }, goesOn: false },
  { what: 'the newest text', was: { generation: 2 }, now: { generation: 2, overlapUntil: LATER }, goesOn: true },
])('a connection with $what goes on: $goesOn', ({ was, now, goesOn }) => {
  const renewed = renewKey({ ...key([get()]), ...was }, { ...key([get({ label: 'new' })]), ...now }, from('10.0.0.1'))
  expect(renewed?.permissions).toEqual(goesOn ? [get({ label: 'new' })] : undefined)
})

test('a connection goes on with what is left of its key at its address, and ends where nothing is', () => {
  const now = key([get({ sourceIp: '10.0.0.1' }), get({ referer: 'example.org' })])
  expect(renewKey(key([get()]), now, from('10.0.0.1'))?.permissions).toEqual([get({ sourceIp: '10.0.0.1' })])
  expect(renewKey(key([get()]), now, from('10.0.0.2'))).toBeNull()
})
