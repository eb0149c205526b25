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
