import {
  type ClientAuth,
  ERROR,
  type Session,
  WampError,
  anonymousAuth,
  craAuth,
  cryptosignAuth,
  join,
  openWebSocket,
  saltPassword,
  scramAuth,
  scramKeys,
  signingKey,
  ticketAuth,
  toHex,
} from '@sluice/wamp'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parseRealmConfig } from '../src/index.ts'
import { type Lab, PATIENT, openLab } from './lab.ts'

const all = { call: true, register: true, publish: true, subscribe: true }
const ask = { procedure: 'auth.find', realm: 'office' }
const config = {
  realms: [
    {
      name: 'office',
      roles: [{ name: 'clerk', permissions: [{ uri: '*', allow: all }] }],
      auth: { ticket: { principals: { clerk: { role: 'clerk', ticket: 'clerk' } } } },
    },
    {
      name: 'factory',
      roles: [
        {
          name: 'user',
          permissions: [
            { uri: 'open.*', allow: all },
            { uri: 'sluice.authorization.purge', allow: { call: true } },
          ],
          authorizer: { procedure: 'auth.may', realm: 'office' },
        },
        {
          name: 'device',
          permissions: [
            { uri: 'device.${authid}.*', allow: all },
            { uri: 'open.', match: 'prefix', allow: { call: true }, disclose: { caller: true } },
          ],
        },
      ],
      auth: { ticket: ask, wampcra: ask, scram: ask, cryptosign: ask, anonymous: ask },
    },
  ],
}

let lab: Lab
let clerk: Session
let asked: unknown[][]
let answers: Map<string, unknown>
beforeEach(async () => {
  lab = await openLab(parseRealmConfig(JSON.stringify(config), { env: {}, readFile: () => '' }))
  clerk = await enter(ticketAuth('clerk', 'clerk'), 'office')
  asked = []
  answers = new Map()
})
afterEach(async () => await lab[Symbol.asyncDispose]())

async function enter(auth: ClientAuth, realm = 'factory'): Promise<Session> {
  return await join(await openWebSocket(lab.url), { realm, timers: globalThis, auth })
}

/** The clerk answers about a principal by its authid, or says that there is none. */
async function serve(): Promise<void> {
  await clerk.register('auth.find', (args) => {
    asked.push([...args])
    const answer = answers.get(String(args[1]))
    if (answer === undefined) throw new WampError('auth.error.unknown')
    return answer
  })
}
const refused = { uri: ERROR.authenticationFailed }

describe('authenticators', () => {
  test('a ticket is judged by the procedure, which is told what Crossbar tells', async () => {
    await serve()
    answers.set('joe', { role: 'user', authid: 'Joe', extra: { floor: 7 } })
    const session = await enter(ticketAuth('secret', 'joe'))
    expect(session.details).toMatchObject({ authid: 'Joe', authrole: 'user', authmethod: 'ticket' })
    expect(session.details.raw['authextra']).toEqual({ floor: 7 })
    expect(asked).toEqual([
      [
        'factory',
        'joe',
        {
          authmethod: 'ticket',
          authextra: {},
          session: session.id,
          ticket: 'secret',
          transport: { type: 'websocket', peer: expect.stringContaining('127.0.0.1') as string },
        },
      ],
    ])
    await expect(enter(ticketAuth('secret', 'jim'))).rejects.toMatchObject(refused)
  })

  test('a role alone is an answer; one that the realm has not is none', async () => {
    await serve()
    answers.set('joe', 'device').set('jim', 'king')
    expect((await enter(ticketAuth('x', 'joe'))).details).toMatchObject({ authid: 'joe', authrole: 'device' })
    await expect(enter(ticketAuth('x', 'jim'))).rejects.toMatchObject({ uri: ERROR.noSuchRole })
  })

  test('wampcra, scram and cryptosign get from it what they need', async () => {
    await serve()
    const key = await signingKey(new Uint8Array(32).fill(7))
    const cost = { kdf: 'pbkdf2', salt: new Uint8Array(16), iterations: 4096 } as const
    const keys = await scramKeys(await saltPassword('pencil', cost, { dialect: 'wamp-scram' }))
    answers
      .set('cra', { role: 'user', secret: 'secret' })
      .set('scram', {
        role: 'user',
        kdf: 'pbkdf2',
        salt: toHex(cost.salt),
        iterations: 4096,
        'stored-key': toHex(keys.storedKey),
        'server-key': toHex(keys.serverKey),
      })
      .set('sign', { role: 'device', authorized_keys: [toHex(key.publicKey)] })
      .set('null', { role: 'user' })
    const methods = async (auth: ClientAuth): Promise<unknown> => (await enter(auth)).details.authmethod
    expect(await methods(craAuth({ authid: 'cra', secret: 'secret' }))).toBe('wampcra')
    expect(await methods(scramAuth({ authid: 'scram', password: 'pencil' }))).toBe('wamp-scram')
    expect(await methods(cryptosignAuth({ key, authid: 'sign' }))).toBe('cryptosign')
    expect(await methods(anonymousAuth('me'))).toBe('anonymous')
    for (const auth of [
      craAuth({ authid: 'cra', secret: 'wrong' }),
      craAuth({ authid: 'nobody', secret: 'secret' }),
      scramAuth({ authid: 'scram', password: 'wrong' }),
      scramAuth({ authid: 'nobody', password: 'pencil' }),
      cryptosignAuth({ key: await signingKey(new Uint8Array(32)), authid: 'sign' }),
    ])
      await expect(enter(auth)).rejects.toMatchObject(refused)
  })

  test('without the procedure, and with an answer that makes no sense, nobody enters', async () => {
    await expect(enter(ticketAuth('x', 'joe'))).rejects.toMatchObject(refused)
    await serve()
    answers.set('joe', { floor: 7 })
    await expect(enter(ticketAuth('x', 'joe'))).rejects.toMatchObject(refused)
    expect(lab.bus.metrics().authenticationsFailed).toBe(2)
  })
})

describe('authorizers', () => {
  let verdict: unknown
  let user: Session
  beforeEach(async () => {
    await serve()
    answers.set('joe', 'user').set('jim', 'user')
    verdict = true
    await clerk.register('auth.may', (args) => {
      asked.push([...args])
      if (verdict instanceof Error) throw verdict
      return verdict
    })
    user = await enter(ticketAuth('x', 'joe'))
    asked = []
  })

  test('are asked about what no permission decides, and are told what Crossbar tells', async () => {
    await user.subscribe('closed.x', () => {}, { match: 'prefix' })
    await user.subscribe('open.x', () => {})
    const who = { session: user.id, realm: 'factory', authid: 'joe', authrole: 'user' }
    const session = { ...who, authmethod: 'ticket', authprovider: 'dynamic' }
    expect(asked).toEqual([[session, 'closed.x', 'subscribe', { match: 'prefix' }]])
  })

  test.each([
    { answer: false, uri: ERROR.notAuthorized },
    { answer: { allow: false }, uri: ERROR.notAuthorized },
    { answer: 'yes', uri: ERROR.authorizationFailed },
    { answer: null, uri: ERROR.authorizationFailed },
    { answer: new WampError('auth.error.broken'), uri: ERROR.authorizationFailed },
  ])('the answer $answer is $uri', async ({ answer, uri }) => {
    verdict = answer
    await expect(user.subscribe('closed.x', () => {})).rejects.toMatchObject({ uri })
  })

  test.each([
    { answer: true, caller: undefined },
    { answer: { allow: true }, caller: undefined },
    { answer: { allow: true, disclose: true }, caller: 'joe' },
  ])('the answer $answer discloses $caller', async ({ answer, caller }) => {
    const other = await enter(ticketAuth('x', 'jim'))
    verdict = true
    await other.register('closed.who', (_args, _kwargs, details) => details.caller?.authid ?? null)
    verdict = answer
    expect((await user.call('closed.who')).args).toEqual([caller ?? null])
  })

  test('are asked again for each request, unless they say that the answer may be kept; a purge ends that', async () => {
    const publish = (): Promise<number> => user.publishAcknowledged('closed.x')
    await publish()
    await publish()
    expect(asked).toHaveLength(2)
    verdict = { allow: true, cache: true }
    await publish()
    await publish()
    await user.publishAcknowledged('closed.y')
    expect(asked).toHaveLength(4)
    expect(await lab.bus.purgeDecisions({ authid: 'jim' })).toBe(0)
    expect(await lab.bus.purgeDecisions({ authid: 'joe', realm: 'factory' })).toBe(2)
    verdict = false
    await expect(publish()).rejects.toMatchObject({ uri: ERROR.notAuthorized })
    expect(asked).toHaveLength(5)
  })

  test('a purge takes subscriptions and registrations away that are not allowed any more', async () => {
    verdict = { allow: true, cache: true }
    const got: unknown[] = []
    await user.subscribe('closed.x', (args) => got.push(args))
    await user.subscribe('open.x', (args) => got.push(args))
    await user.register('closed.add', () => 1)
    verdict = { allow: false, cache: true }
    const jim = await enter(ticketAuth('x', 'jim'))
    expect((await jim.call('sluice.authorization.purge', [{ authid: 'joe' }])).args).toEqual([2])
    verdict = true
    await jim.publishAcknowledged('closed.x', ['no'])
    await jim.publishAcknowledged('open.x', ['yes'])
    await expect.poll(() => got, PATIENT).toEqual([['yes']])
    await expect(jim.call('closed.add')).rejects.toMatchObject({ uri: ERROR.noSuchProcedure })
  })
})

test('permissions that name the principal, and disclosure by URI', async () => {
  await serve()
  answers.set('joe', 'device').set('jim', 'user')
  const [device, user] = [await enter(ticketAuth('x', 'joe')), await enter(ticketAuth('x', 'jim'))]
  await device.register('device.joe.add', () => 1)
  await expect(device.register('device.jim.add', () => 1)).rejects.toMatchObject({ uri: ERROR.notAuthorized })
  await expect(device.subscribe('device.', () => {}, { match: 'prefix' })).resolves.toBeDefined()
  await user.register('open.who', (_args, _kwargs, { caller }) => caller?.authid ?? null)
  expect((await device.call('open.who')).args).toEqual(['joe'])
})
