import { randomUUID } from 'node:crypto'
import {
  type ClientAuth,
  ERROR,
  type Session,
  anyAuth,
  craAuth,
  join,
  openWebSocket,
  scramAuth,
  ticketAuth,
} from '@sluice/wamp'
import type { KeyPrincipal } from '@sluice/model'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Lab, PATIENT, openLab, testKey } from './lab.ts'

let lab: Lab
beforeEach(async () => {
  lab = await openLab({}, async ({ session }) => {
    await session.register('sluice.feed.get', (_args, _kwargs, { caller }) => caller)
  })
  lab.directory.keys.set('slc_full', testKey())
})
afterEach(async () => await lab[Symbol.asyncDispose]())

async function enter(auth: ClientAuth, realm = 'acme'): Promise<Session> {
  return await join(await openWebSocket(lab.url), { realm, timers: globalThis, auth })
}
const refused = { uri: ERROR.authenticationFailed, args: [] }

describe.each([
  { method: 'wampcra', auth: (authid: string, secret: string): ClientAuth => craAuth({ authid, secret }) },
  { method: 'wamp-scram', auth: (authid: string, password: string): ClientAuth => scramAuth({ authid, password }) },
  {
    method: 'scram',
    auth: (authid: string, password: string): ClientAuth => scramAuth({ authid, password, dialects: ['scram'] }),
  },
])('an API key as the secret of $method', ({ method, auth }) => {
  test('joins under the id of the key, and the platform knows it', async () => {
    const session = await enter(auth('7', 'slc_full'))
    expect(session.details).toMatchObject({ authid: '7', authrole: 'key', authmethod: method })
    expect((await session.call('sluice.feed.get')).args).toEqual([
      { session: session.id, authid: '7', authrole: 'key' },
    ])
    await session.leave()
  })

  test.each([
    { name: 'a wrong key', authid: '7', key: 'slc_wrong', realm: 'acme' },
    { name: 'an id nobody has', authid: '8', key: 'slc_full', realm: 'acme' },
    { name: 'no id', authid: 'device', key: 'slc_full', realm: 'acme' },
    { name: 'an id like another', authid: '07', key: 'slc_full', realm: 'acme' },
    { name: 'an account that does not exist', authid: '7', key: 'slc_full', realm: 'nobody' },
  ])('$name is challenged, and refused like all the others', async ({ authid, key, realm }) => {
    const given = auth(authid, key)
    let isAsked = false
    const answer: ClientAuth['answer'] = (name, extra) => {
      isAsked = true
      return given.answer?.(name, extra) ?? { signature: '' }
    }
    await expect(enter({ ...given, answer }, realm)).rejects.toMatchObject(refused)
    expect(isAsked).toBe(true)
    expect(lab.realms).toHaveLength(0)
  })
})

test('the client’s first method is taken', async () => {
  const both = anyAuth(craAuth({ authid: '7', secret: 'slc_full' }), ticketAuth('slc_full', '7'))
  expect((await enter(both)).details.authmethod).toBe('wampcra')
})

test('what a key may not do any more is taken from its open sessions, and the rest goes on', async () => {
  const session = await enter(ticketAuth('slc_full'))
  const other = await enter(ticketAuth('slc_full'))
  const got: unknown[] = []
  await session.subscribe('sluice.feed.1977.datapoints', (args) => got.push(args))
  await session.subscribe('sluice.', (args) => got.push(['all', ...args]), { match: 'prefix' })
  await session.register('app.add', () => 1)
  lab.directory.keys.set(
    'slc_full',
    testKey({ permissions: [{ accessMethods: ['get'], resources: [{ feedId: 1977 }] }] }),
  )
  await expect
    .poll(() => other.call('app.add').then(String, (error: { uri: string }) => error.uri), PATIENT)
    .toBe(ERROR.notAuthorized)
  lab.realms[0]?.session.publish('sluice.feed.19.datapoints', ['not to be heard'])
  lab.realms[0]?.session.publish('sluice.feed.1977.datapoints', ['heard'])
  await expect.poll(() => got, PATIENT).toEqual([['heard']])
  await expect(session.register('app.mul', () => 1)).rejects.toMatchObject({ uri: ERROR.notAuthorized })
  lab.directory.keys.set('slc_other', testKey({ keyId: 8 }))
  const third = await enter(ticketAuth('slc_other'))
  await expect(third.call('app.add')).rejects.toMatchObject({ uri: ERROR.noSuchProcedure })
})

describe.each([
  { method: 'ticket', auth: (key: string): ClientAuth => ticketAuth(key) },
  { method: 'wampcra', auth: (key: string): ClientAuth => craAuth({ authid: '7', secret: key }) },
  { method: 'wamp-scram', auth: (key: string): ClientAuth => scramAuth({ authid: '7', password: key }) },
])('a key that is rolled, by $method', ({ auth }) => {
  test('is taken with both texts; when the overlap ends, so do the sessions of the old one', async () => {
    const early = await enter(auth('slc_full'))
    lab.directory.keys.clear()
    lab.directory.keys.set('slc_new', testKey({ generation: 1 }))
    lab.directory.former.set('slc_full', testKey({ previousUntil: '2999-01-01T00:00:00Z' }))
    const [late, renewed] = [await enter(auth('slc_full')), await enter(auth('slc_new'))]
    const ended = new Set<string>()
    for (const [name, session] of Object.entries({ early, late, renewed })) {
      void session.closed.then(() => ended.add(name))
    }
    // what a key may do changes while it is being rolled, and sessions of both texts go on
    const reading = { permissions: [{ accessMethods: ['get' as const] }] }
    lab.directory.keys.set('slc_new', testKey({ generation: 1, ...reading }))
    lab.directory.former.set('slc_full', testKey({ previousUntil: '2999-01-01T00:00:00Z', ...reading }))
    for (const session of [early, late, renewed]) {
      const registering = (): Promise<string> =>
        session.register(`app.${randomUUID()}`, () => 1).then(String, ({ uri }: { uri: string }) => uri)
      await expect.poll(registering, PATIENT).toBe(ERROR.notAuthorized)
    }
    expect([...ended]).toEqual([])
    lab.directory.former.clear()
    await expect.poll(() => [...ended].sort(), PATIENT).toEqual(['early', 'late'])
    await expect(enter(auth('slc_full'))).rejects.toMatchObject(refused)
    expect((await renewed.call('sluice.feed.get')).args).toHaveLength(1)
  })
})

describe('a key that is bound', () => {
  test.each([
    { to: 'this address', sourceIp: '127.0.0.0/8', joins: true },
    { to: 'another one', sourceIp: '192.0.2.1', joins: false },
    { to: 'pages of a site', referer: 'example.org', joins: false },
  ])('to $to joins: $joins', async ({ joins, to: _to, ...constraint }) => {
    lab.directory.keys.set('slc_bound', testKey({ keyId: 9, permissions: [{ accessMethods: ['get'], ...constraint }] }))
    for (const auth of [ticketAuth('slc_bound'), craAuth({ authid: '9', secret: 'slc_bound' })]) {
      if (joins) expect((await enter(auth)).details.authid).toBe('9')
      else await expect(enter(auth)).rejects.toMatchObject(refused)
    }
    const use = [9, expect.stringContaining('127.0.0.1')]
    expect(lab.directory.uses).toEqual(joins ? [use, use] : [])
  })

  test('has only what is for its sessions, also after it changed', async () => {
    const permissions: KeyPrincipal['permissions'] = [
      { accessMethods: ['get'] },
      { accessMethods: ['put'], sourceIp: '192.0.2.1' },
    ]
    lab.directory.keys.set('slc_bound', testKey({ keyId: 9, permissions }))
    const session = await enter(ticketAuth('slc_bound'))
    await expect(session.register('app.add', () => 1)).rejects.toMatchObject({ uri: ERROR.notAuthorized })
    let isClosed = false
    void session.closed.then(() => (isClosed = true))
    lab.directory.keys.set('slc_bound', testKey({ keyId: 9, permissions: permissions.slice(1) }))
    await expect.poll(() => isClosed, PATIENT).toBe(true)
  })
})
