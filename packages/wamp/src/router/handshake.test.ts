import { describe, expect, test } from 'vitest'
import { ERROR } from '../errors.ts'
import { ManualTimers } from '../testing/manual-timers.ts'
import { openRouter } from '../testing/open-router.ts'
import { Talker } from '../testing/talker.ts'
import type { AuthStep, Authenticator, HelloRequest } from './authenticator.ts'

const accepted: AuthStep = {
  kind: 'accept',
  identity: {
    authid: 'me',
    authrole: 'user',
    authmethod: 'ticket',
    authprovider: 'test',
    authextra: { level: 2 },
    principal: { secret: 'never sent' },
  },
}

function challenge(method: string, answer: (signature: string) => AuthStep | Promise<AuthStep>): AuthStep {
  return { kind: 'challenge', method, extra: { nonce: 1 }, answer }
}

async function greet(authenticate: Authenticator, details = ''): Promise<Talker> {
  const talker = new Talker(await openRouter({ authenticate }).open())
  talker.send(`[1,"realm1",{"roles":{"caller":{}}${details}}]`)
  return talker
}

describe('authentication', () => {
  test.each([
    { name: 'nothing', details: '', authmethods: ['anonymous'], authid: null },
    { name: 'an empty list of methods', details: ',"authmethods":[]', authmethods: ['anonymous'], authid: null },
    {
      name: 'methods and an id',
      details: ',"authmethods":["wampcra","ticket"],"authid":"7"',
      authmethods: ['wampcra', 'ticket'],
      authid: '7',
    },
    {
      name: 'values of wrong types',
      details: ',"authmethods":["ticket",1],"authid":7,"authextra":[]',
      authmethods: ['ticket'],
      authid: null,
    },
  ])('a HELLO with $name reaches the authenticator', async ({ details, authmethods, authid }) => {
    let seen: HelloRequest | null = null
    const talker = await greet((hello) => {
      seen = hello
      return accepted
    }, details)
    expect((await talker.next())[0]).toBe(2)
    expect(seen).toMatchObject({ realm: 'realm1', authmethods, authid, authextra: {} })
  })

  test('WELCOME says who the session is, and nothing of its principal', async () => {
    const frame = String(await (await greet(() => accepted)).peer.nextFrame())
    expect(JSON.parse(frame)).toMatchObject({
      2: { authid: 'me', authrole: 'user', authmethod: 'ticket', authprovider: 'test', authextra: { level: 2 } },
    })
    expect(frame).not.toContain('never sent')
  })

  test('a challenge may be followed by another before the session opens', async () => {
    const talker = await greet(() =>
      challenge('first', (one) =>
        Promise.resolve(challenge('second', (two) => (one + two === 'ab' ? accepted : { kind: 'refuse', uri: 'no' }))),
      ),
    )
    expect(await talker.next()).toEqual([4, 'first', { nonce: 1 }])
    talker.send('[5,"a",{}]')
    expect(await talker.next()).toEqual([4, 'second', { nonce: 1 }])
    talker.send('[5,"b",{}]')
    expect((await talker.next())[0]).toBe(2)
  })

  test.each([
    {
      name: 'refuses',
      step: () => ({ kind: 'refuse', uri: ERROR.authenticationDenied }) as const,
      uri: ERROR.authenticationDenied,
    },
    { name: 'refuses later', step: () => Promise.resolve({ kind: 'refuse', uri: 'app.no' } as const), uri: 'app.no' },
    {
      name: 'throws',
      step: () => {
        throw new Error('database down, password hunter2')
      },
      uri: ERROR.authenticationFailed,
    },
    { name: 'rejects', step: () => Promise.reject(new Error('database down')), uri: ERROR.authenticationFailed },
  ])('an authenticator that $name aborts with its URI and no more', async ({ step, uri }) => {
    const talker = await greet(step)
    expect(await talker.next()).toEqual([3, {}, uri])
    await talker.peer.closed
  })

  test('a realm that is not open is refused', async () => {
    const { router, open } = openRouter()
    router.closeRealm('realm1')
    const talker = new Talker(await open())
    talker.send('[1,"realm1",{"roles":{"caller":{}}}]')
    expect((await talker.next())[2]).toBe(ERROR.noSuchRealm)
  })

  test('a message while the authenticator decides is a violation', async () => {
    const talker = await greet(() => new Promise(() => {}))
    talker.send('[16,1,{},"a.b"]')
    expect((await talker.next())[2]).toBe(ERROR.protocolViolation)
  })

  test('a peer gone while the authenticator decides leaves nothing behind', async () => {
    const decision = Promise.withResolvers<AuthStep>()
    const { router, open } = openRouter({ authenticate: () => decision.promise })
    const talker = new Talker(await open())
    talker.send('[1,"realm1",{"roles":{"caller":{}}}]')
    await Promise.resolve()
    talker.peer.close()
    decision.resolve(accepted)
    await talker.peer.closed
    expect(router.metrics().sessions).toBe(0)
    expect(router.connections).toBe(0)
  })
})

describe('deadlines', () => {
  test.each([
    { name: 'says nothing', frames: [] },
    { name: 'leaves its challenge unanswered', frames: ['[1,"realm1",{"roles":{"caller":{}}}]'] },
  ])('a peer that $name is closed after 10 s', async ({ frames }) => {
    const timers = new ManualTimers()
    const { router, open } = openRouter({ timers, authenticate: () => challenge('ticket', () => accepted) })
    const talker = new Talker(await open())
    for (const frame of frames) {
      talker.send(frame)
      await talker.next()
    }
    timers.advance(9999)
    expect(router.connections).toBe(1)
    timers.advance(1)
    expect((await talker.peer.closed).code).toBe(1008)
    expect([router.connections, timers.size]).toEqual([0, 0])
  })

  test('a joined session has no deadline; after GOODBYE an idle transport has', async () => {
    const timers = new ManualTimers()
    const { router, open } = openRouter({ timers })
    const talker = new Talker(await open())
    await talker.join()
    timers.advance(1_000_000)
    expect(router.connections).toBe(1)
    talker.send('[6,{},"wamp.close.normal"]')
    await talker.next()
    timers.advance(10_000)
    expect((await talker.peer.closed).code).toBe(1008)
  })

  test('our GOODBYE waits for its answer, ignores all else, and not for ever', async () => {
    const timers = new ManualTimers()
    const { router, open } = openRouter({ timers })
    const [polite, mute] = [new Talker(await open()), new Talker(await open())]
    await polite.join()
    await mute.join()
    router.close()
    expect(router.metrics().sessions).toBe(0)
    for (const talker of [polite, mute]) expect(await talker.next()).toEqual([6, {}, 'wamp.close.system_shutdown'])
    polite.send('[32,1,{},"a.b"]')
    polite.send('[6,{},"wamp.error.goodbye_and_out"]')
    expect((await polite.peer.closed).code).toBe(1001)
    expect(router.connections).toBe(1)
    timers.advance(1000)
    expect((await mute.peer.closed).code).toBe(1001)
    expect([router.connections, timers.size]).toEqual([0, 0])
  })

  test('closing a realm ends its sessions and no others', async () => {
    const { router, open } = openRouter()
    router.openRealm('realm2')
    const [one, two] = [new Talker(await open()), new Talker(await open())]
    await one.join()
    two.send('[1,"realm2",{"roles":{"caller":{}}}]')
    await two.next()
    router.closeRealm('realm2')
    expect(await two.next()).toEqual([6, {}, 'wamp.close.close_realm'])
    await one.expectSilence()
  })
})
