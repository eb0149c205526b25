import { describe, expect, test } from 'vitest'
import { CLOSE, ERROR } from '../errors.ts'
import { joined, openRouter, settled } from '../testing/open-router.ts'
import { ALL_FEATURES, Talker } from '../testing/talker.ts'
import { textPair } from '../testing/text-pair.ts'
import type { AuthStep } from './authenticator.ts'
import type { Router } from './router.ts'

const ANYBODY = { authid: 'anyone', authrole: 'anonymous', authmethod: 'anonymous', authprovider: 'test' }

async function answerTo(router: Router, hello: unknown[]): Promise<unknown[]> {
  const { peer, transport } = textPair()
  router.attach(transport)
  const talker = new Talker(peer)
  talker.send(hello)
  return await talker.next()
}

describe('HELLO', () => {
  test.each([
    { name: 'one role and nothing more', details: { roles: { caller: {} } } },
    { name: 'a role that routers have, beside its own', details: { roles: { caller: {}, broker: {} } } },
    { name: 'features that are no dict', details: { roles: { caller: { features: [] } } } },
    { name: 'keys nobody knows', details: { roles: { caller: {} }, agent: 7, _mine: {}, authrole: 'admin' } },
    { name: 'a session to resume that is no id', details: { roles: { caller: {} }, 'resume-session': 'x' } },
  ])('with $name is welcome', async ({ details }) => {
    expect((await answerTo(openRouter().router, [1, 'realm1', details])).slice(0, 1)).toEqual([2])
  })

  test.each([
    { name: 'no realm of that name', realm: 'realm9', uri: ERROR.noSuchRealm },
    { name: 'a realm that is no URI', realm: 'a..b', uri: ERROR.invalidUri },
    { name: 'an empty realm', realm: '', uri: ERROR.invalidUri },
  ])('with $name is refused', async ({ realm, uri }) => {
    const answer = await answerTo(openRouter().router, [1, realm, { roles: { caller: {} } }])
    expect(answer).toEqual([3, {}, uri])
  })

  test('announces a feature by true alone, and canceling in either spelling', async () => {
    const { router } = openRouter()
    const features = { call_cancelling: true, call_timeout: 1, progressive_call_results: false }
    await answerTo(router, [1, 'realm1', { roles: { callee: { features } } }])
    const [session] = router.sessions()
    const announced = ['call_canceling', 'call_timeout', 'progressive_call_results'].map((feature) =>
      session?.announces('callee', feature),
    )
    expect(announced).toEqual([true, false, false])
    expect(session?.announces('caller', 'call_canceling')).toBe(false)
  })
})

describe('request ids', () => {
  const strict = (): Router => openRouter({ realm: { requestIds: 'strict' } }).router

  test('strict: every request counts, answered or refused; parts of a call and CANCEL do not', async () => {
    const router = strict()
    const [callee, caller] = [
      await joined(router, { roles: ALL_FEATURES }),
      await joined(router, { roles: ALL_FEATURES }),
    ]
    await callee.talker.register('p.q')
    caller.talker.send([16, 1, {}, 'wamp.refused'])
    caller.talker.send([32, 2, {}, 'a..b'])
    expect((await caller.talker.next()).slice(0, 3)).toEqual([8, 32, 2])
    caller.talker.send([34, 3, 99])
    expect((await caller.talker.next()).slice(0, 3)).toEqual([8, 34, 3])
    caller.talker.send([48, 4, { progress: true }, 'p.q', [1]])
    caller.talker.send([16, 5, {}, 'a.b'])
    caller.talker.send([48, 4, { progress: true }, 'p.q', [2]])
    caller.talker.send([48, 4, {}, 'p.q', [3]])
    caller.talker.send([49, 4, { mode: 'skip' }])
    for (const part of [1, 2, 3]) expect((await callee.talker.next()).slice(0, 2).concat(part)).toEqual([68, 1, part])
    expect((await caller.talker.next()).slice(0, 5)).toEqual([8, 48, 4, {}, ERROR.canceled])
    caller.talker.send([48, 4, { progress: true }, 'p.q', ['of a call that has ended']])
    caller.talker.send([48, 6, {}, 'no.such'])
    expect((await caller.talker.next()).slice(0, 3)).toEqual([8, 48, 6])
  })

  test.each([
    { name: 'one that is left out', frames: [[16, 2, {}, 'a.b']] },
    {
      name: 'one that comes twice',
      frames: [
        [16, 1, {}, 'a.b'],
        [16, 1, {}, 'a.b'],
      ],
    },
    {
      name: 'one that goes back',
      frames: [
        [16, 1, {}, 'a.b'],
        [32, 2, {}, 'a.b'],
        [34, 1, 1],
      ],
    },
    { name: 'a call ahead of its turn', frames: [[48, 3, {}, 'a.b']] },
  ])('strict: $name is a violation', async ({ frames }) => {
    const { talker } = await joined(strict())
    for (const frame of frames) talker.send(frame)
    let message = await talker.next()
    while (message[0] === 33) message = await talker.next()
    expect(message).toMatchObject([3, {}, ERROR.protocolViolation])
  })

  test('lenient: what is out of order is served and counted', async () => {
    const { router } = openRouter()
    const { talker } = await joined(router)
    for (const id of [1, 2, 7, 8, 3]) talker.send([32, id, {}, `t.n${id}`])
    for (const id of [1, 2, 7, 8, 3]) expect((await talker.next()).slice(0, 2)).toEqual([33, id])
    expect(router.metrics().requestsOutOfOrder).toBe(2)
  })
})

describe('the end of a session', () => {
  test('a violation takes all it had with it at once, whatever else is on the way', async () => {
    const { router } = openRouter()
    const [one, other] = [await joined(router), await joined(router)]
    await one.talker.subscribe('a.b')
    await one.talker.register('p.q')
    other.talker.send([48, 1, {}, 'p.q'])
    await one.talker.next()
    one.transport.receive('[2,1,{}]')
    expect(router.metrics()).toMatchObject({ sessions: 1, subscriptions: 0, registrations: 0 })
    expect((await other.talker.next()).slice(0, 5)).toEqual([8, 48, 1, {}, ERROR.canceled])
    one.transport.receive('[32,3,{},"a.b"]')
    expect(router.metrics().subscriptions).toBe(0)
  })

  test('GOODBYE comes after what was said before it, though that has to be thought about', async () => {
    const { router } = openRouter({ authorize: () => Promise.resolve(true) })
    const { talker } = await joined(router)
    talker.send([32, 1, {}, 'a.b'])
    talker.send([6, {}, CLOSE.normal])
    talker.send([1, 'realm1', { roles: { caller: {} } }])
    expect([(await talker.next())[0], (await talker.next())[0], (await talker.next())[0]]).toEqual([33, 6, 2])
    expect(router.metrics()).toMatchObject({ sessions: 1, subscriptions: 0 })
  })

  test('GOODBYE of both at once is answered by neither', async () => {
    const { router } = openRouter({ authorize: () => new Promise(() => {}) })
    const { talker, transport } = await joined(router)
    talker.send([32, 1, {}, 'a.b'])
    talker.send([6, {}, CLOSE.normal])
    await settled()
    router.close()
    expect((await talker.next()).slice(0, 3)).toEqual([6, {}, CLOSE.systemShutdown])
    expect((await talker.peer.closed).code).toBe(1001)
    expect(transport.sent).toBe(2)
  })

  test('a session id is not given out twice', async () => {
    const numbers = [0.5, 0.5, 0.5, 0.25]
    const { router } = openRouter({ random: () => numbers.shift() ?? Math.random() })
    const [one, two] = [await joined(router), await joined(router)]
    expect([one.id, two.id]).toEqual([2 ** 52 + 1, 2 ** 51 + 1])
  })
})

/** No format can say it. */
const LOOP: Record<string, unknown> = {}
LOOP['again'] = LOOP

describe('a defect', () => {
  const nonsense = undefined as unknown as boolean
  test.each([
    { name: 'an authorizer that decides nothing', authorize: () => nonsense },
    { name: 'one that decides nothing later', authorize: () => Promise.resolve(nonsense) },
  ])('$name ends the session it befell and no other', async ({ authorize }) => {
    const faults: unknown[] = []
    let isBroken = false
    const { router } = openRouter({
      authorize: () => (isBroken ? authorize() : true),
      onFault: (error) => faults.push(error),
    })
    const [one, other] = [await joined(router), await joined(router)]
    isBroken = true
    one.talker.send([32, 1, {}, 'a.b'])
    expect(await one.talker.next()).toEqual([3, {}, ERROR.runtimeError])
    expect((await one.talker.peer.closed).code).toBe(1011)
    isBroken = false
    await other.talker.expectSilence()
    expect(faults).toEqual([expect.any(TypeError)])
  })

  test.each<{ name: string; step: AuthStep }>([
    { name: 'WELCOME', step: { kind: 'accept', identity: { ...ANYBODY, authextra: LOOP } } },
    { name: 'CHALLENGE', step: { kind: 'challenge', method: 'x', extra: LOOP, answer: () => ANSWER } },
  ])('a $name that cannot be said ends what was to be a session', async ({ step }) => {
    const faults: unknown[] = []
    for (const authenticate of [() => step, () => Promise.resolve(step)]) {
      const { router } = openRouter({ authenticate, onFault: (error) => faults.push(error) })
      expect((await answerTo(router, [1, 'realm1', { roles: { caller: {} } }]))[0]).toBe(3)
      expect([router.metrics().sessions, router.connections]).toEqual([0, 0])
    }
    expect(faults).toHaveLength(2)
  })
})

const ANSWER: AuthStep = { kind: 'accept', identity: ANYBODY }
