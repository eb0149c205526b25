import type { KeyPrincipal, Permission } from '@sluice/model'
import type { Action, Dict } from '@sluice/wamp'
import { describe, expect, test } from 'vitest'
import { makeAuthorizer } from './authorize.ts'
import type { BusPrincipal } from './directory.ts'

const authorize = makeAuthorizer({
  findKeyForRealm: () => Promise.resolve(null),
  revealKeyForRealm: () => Promise.resolve(null),
  saltFor: () => new Uint8Array(16),
  isLogin: () => Promise.resolve(false),
  redeemTicket: () => Promise.resolve(null),
  filterValid: () => Promise.resolve({ keys: new Map(), sessionIds: new Set() }),
  isFeedReadable: (_principal, feedId) => Promise.resolve(feedId === 19),
})

async function verdict(principal: BusPrincipal, action: Action, uri: string, options: Dict = {}): Promise<boolean> {
  const { kind } = principal
  const identity = { authid: 'x', authrole: kind, authmethod: 'ticket', authprovider: 'test', principal }
  const decided = await authorize({ id: 1, realm: 'acme', identity }, action, uri, options)
  return typeof decided === 'boolean' ? decided : decided.allow
}

function key(permissions: Permission[], privateAccess = true): KeyPrincipal {
  return { kind: 'key', accountId: 1, login: 'acme', keyId: 7, permissions, privateAccess, expiresAt: null }
}

const ROLES = {
  backend: { kind: 'backend' },
  owner: { kind: 'owner', accountId: 1, login: 'acme', sessionId: 's' },
  anonymous: { kind: 'anonymous' },
  full: key([{ accessMethods: ['get', 'put', 'post', 'delete'] }]),
  reader: key([{ accessMethods: ['get'] }]),
  publicReader: key([{ accessMethods: ['get'] }], false),
  writer: key([{ accessMethods: ['put'] }]),
  poster: key([{ accessMethods: ['post'] }]),
  deleter: key([{ accessMethods: ['delete'] }]),
  feed19: key([{ accessMethods: ['get', 'put'], resources: [{ feedId: 19 }] }]),
  channel: key([{ accessMethods: ['get', 'put'], resources: [{ feedId: 19, datastreamId: 'temp' }] }]),
} as const satisfies Record<string, BusPrincipal>
type Role = keyof typeof ROLES
const everyone = Object.keys(ROLES) as Role[]

/** One row: what is done, and who may do it. Everybody else may not. */
const ROWS: readonly { does: Action; uri: string; match?: string; may: readonly Role[] }[] = [
  {
    does: 'subscribe',
    uri: 'sluice.feed.19.datapoints',
    may: ['backend', 'owner', 'full', 'reader', 'publicReader', 'feed19'],
  },
  { does: 'subscribe', uri: 'sluice.feed.1977.datapoints', may: ['backend', 'owner', 'full', 'reader'] },
  { does: 'subscribe', uri: 'sluice.feed.19.nothing', may: ['backend', 'owner', 'full', 'reader'] },
  { does: 'subscribe', uri: 'sluice.feed.019.datapoints', may: ['backend', 'owner', 'full', 'reader'] },
  { does: 'subscribe', uri: 'sluice.device.1.status', may: ['backend', 'owner', 'full', 'reader'] },
  { does: 'subscribe', uri: 'sluice.feed.19', match: 'prefix', may: ['backend', 'owner', 'full', 'reader'] },
  { does: 'subscribe', uri: '', match: 'prefix', may: ['backend', 'owner', 'full', 'reader'] },
  { does: 'subscribe', uri: 's', match: 'prefix', may: ['backend', 'owner', 'full', 'reader'] },
  { does: 'subscribe', uri: 'sluice', match: 'prefix', may: ['backend', 'owner', 'full', 'reader'] },
  { does: 'subscribe', uri: '.feed.19.datapoints', match: 'wildcard', may: ['backend', 'owner', 'full', 'reader'] },
  { does: 'subscribe', uri: 'sluice.feed..updated', match: 'wildcard', may: ['backend', 'owner', 'full', 'reader'] },
  {
    does: 'subscribe',
    uri: 'sluices.',
    match: 'prefix',
    may: ['backend', 'owner', 'anonymous', 'full', 'reader', 'publicReader', 'feed19', 'channel'],
  },
  {
    does: 'subscribe',
    uri: 'app..x',
    match: 'wildcard',
    may: ['backend', 'owner', 'anonymous', 'full', 'reader', 'publicReader', 'feed19', 'channel'],
  },
  {
    does: 'subscribe',
    uri: 'test-topic',
    may: ['backend', 'owner', 'anonymous', 'full', 'reader', 'publicReader', 'feed19', 'channel'],
  },
  { does: 'publish', uri: 'sluice.feed.19.datapoints', may: ['backend'] },
  { does: 'publish', uri: 'sluice', may: ['backend'] },
  {
    does: 'publish',
    uri: 'test-topic',
    may: ['backend', 'owner', 'anonymous', 'full', 'writer', 'poster', 'feed19', 'channel'],
  },
  { does: 'register', uri: 'sluice.datapoints.append', may: ['backend'] },
  { does: 'register', uri: 'sluice.anything', may: ['backend'] },
  {
    does: 'register',
    uri: 'app.add',
    may: ['backend', 'owner', 'anonymous', 'full', 'writer', 'poster', 'feed19', 'channel'],
  },
  {
    does: 'call',
    uri: 'app.add',
    may: ['backend', 'owner', 'anonymous', 'full', 'writer', 'poster', 'feed19', 'channel'],
  },
  {
    does: 'call',
    uri: 'sluice.datapoints.append',
    may: ['backend', 'owner', 'full', 'writer', 'poster', 'feed19', 'channel'],
  },
  { does: 'call', uri: 'sluice.feed.update', may: ['backend', 'owner', 'full', 'writer', 'feed19', 'channel'] },
  {
    does: 'call',
    uri: 'sluice.feed.get',
    may: ['backend', 'owner', 'full', 'reader', 'publicReader', 'feed19', 'channel'],
  },
  {
    does: 'call',
    uri: 'sluice.history.query',
    may: ['backend', 'owner', 'full', 'reader', 'publicReader', 'feed19', 'channel'],
  },
  { does: 'call', uri: 'sluice.unknown', may: ['backend', 'owner'] },
  { does: 'call', uri: 'wamp.session.kill', may: ['backend', 'owner'] },
  { does: 'call', uri: 'wamp.session.kill_all', may: ['backend', 'owner'] },
  { does: 'call', uri: 'wamp.registration.remove_callee', may: ['backend', 'owner'] },
  { does: 'call', uri: 'wamp.subscription.remove_subscriber', may: ['backend', 'owner'] },
  { does: 'call', uri: 'wamp.session.get', may: ['backend', 'owner', 'full', 'reader'] },
  { does: 'call', uri: 'wamp.session.count', may: ['backend', 'owner', 'anonymous', 'full', 'reader'] },
  { does: 'call', uri: 'wamp.subscription.list', may: ['backend', 'owner', 'anonymous', 'full', 'reader'] },
  { does: 'call', uri: 'wamp.session.add_testament', may: everyone },
  { does: 'call', uri: 'wamp.subscription.get_events', may: everyone },
  { does: 'subscribe', uri: 'wamp.session.on_join', may: ['backend', 'owner', 'full', 'reader'] },
  { does: 'subscribe', uri: 'wamp.session.on_leave', may: ['backend', 'owner', 'anonymous', 'full', 'reader'] },
  { does: 'subscribe', uri: 'wam', match: 'prefix', may: ['backend', 'owner', 'anonymous', 'full', 'reader'] },
  {
    does: 'subscribe',
    uri: 'wamp..on_join',
    match: 'wildcard',
    may: ['backend', 'owner', 'anonymous', 'full', 'reader'],
  },
]

describe.each(ROWS)('$does "$uri" $match', ({ does, uri, match, may }) => {
  test.each(everyone.map((role) => ({ role, isAllowed: may.includes(role) })))('$role: $isAllowed', async (row) => {
    expect(await verdict(ROLES[row.role], does, uri, match ? { match } : {})).toBe(row.isAllowed)
  })
})

test.each([
  { topic: 'app.x', hears: true },
  { topic: 'wamp.session.on_leave', hears: true },
  { topic: 'wamp.session.on_join', hears: false },
])('a stranger hears $topic by a pattern: $hears', async ({ topic, hears }) => {
  const identity = { authid: 'x', authrole: 'anonymous', authmethod: 'anonymous', authprovider: 'test' }
  const session = { id: 1, realm: 'realm1', identity: { ...identity, principal: ROLES.anonymous } }
  expect(await authorize(session, 'subscribe', 'wamp', { match: 'prefix' })).toMatchObject({ allow: true })
  const verdict = await authorize(session, 'subscribe', 'app', { match: 'prefix' })
  expect(typeof verdict === 'object' && verdict.filter?.(topic)).toBe(hears)
})

test.each([
  { role: 'full', action: 'call', uri: 'sluice.feed.get', disclose: 'on' },
  { role: 'owner', action: 'call', uri: 'sluice.feed.get', disclose: 'on' },
  { role: 'full', action: 'call', uri: 'app.add', disclose: undefined },
  { role: 'full', action: 'publish', uri: 'app.topic', disclose: undefined },
  { role: 'anonymous', action: 'call', uri: 'app.add', disclose: undefined },
] as const)('$action $uri by $role discloses: $disclose', async ({ role, action, uri, disclose }) => {
  const identity = { authid: 'x', authrole: role, authmethod: 'ticket', authprovider: 'test', principal: ROLES[role] }
  const verdict = await authorize({ id: 1, realm: 'acme', identity }, action, uri, {})
  expect(typeof verdict === 'object' ? verdict.disclose : undefined).toBe(disclose)
})
