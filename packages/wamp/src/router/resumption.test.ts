import { describe, expect, test } from 'vitest'
import { CLOSE, ERROR } from '../errors.ts'
import { ManualTimers } from '../testing/manual-timers.ts'
import { type Joined, openRouter, joined as joinRouter, settled } from '../testing/open-router.ts'
import { ALL_FEATURES, Talker } from '../testing/talker.ts'
import { type TextTransport, textPair } from '../testing/text-pair.ts'
import type { HelloRequest } from './authenticator.ts'
import { Router, type RouterOptions } from './router.ts'

const WINDOW_MS = 60_000

interface Resumable extends Joined {
  readonly details: { resumable?: boolean; resumed?: boolean; resume_token?: string }
}

function lab(options: Partial<RouterOptions> = {}): { router: Router; timers: ManualTimers } {
  const timers = new ManualTimers()
  const router = new Router({
    authenticate: ({ authid, authextra }: HelloRequest) => ({
      kind: 'accept',
      identity: {
        authid: authid ?? 'anyone',
        authrole: typeof authextra['role'] === 'string' ? authextra['role'] : 'user',
        authmethod: 'anonymous',
        authprovider: 'test',
      },
    }),
    authorize: () => true,
    timers,
    realm: { resumption: { windowMs: WINDOW_MS, eventsMax: 3 } },
    ...options,
  })
  router.openRealm('realm1')
  return { router, timers }
}

async function hello(router: Router, details: Record<string, unknown> = {}): Promise<Resumable> {
  const { peer, transport } = textPair()
  router.attach(transport)
  const talker = new Talker(peer)
  talker.send([1, 'realm1', { roles: ALL_FEATURES, ...details }])
  const [type, id, welcome] = await talker.next()
  expect(type).toBe(2)
  return { talker, transport, id: Number(id), details: welcome as Resumable['details'] }
}

const begin = (router: Router, more = {}): Promise<Resumable> => hello(router, { resumable: true, ...more })

const resume = (router: Router, { id, details }: Resumable, more = {}): Promise<Resumable> =>
  hello(router, { 'resume-session': id, 'resume-token': details.resume_token, ...more })

async function lose({ talker }: Joined): Promise<void> {
  talker.peer.close()
  await settled()
}

async function publish({ talker }: Joined, topic: string, ...values: unknown[]): Promise<void> {
  for (const value of values) await talker.ask((id) => [16, id, { acknowledge: true }, topic, [value]])
}

describe('a session that comes back', () => {
  test('is the same one, with its subscriptions, its registrations and what waited for it', async () => {
    const { router, timers } = lab()
    const [first, other] = [await begin(router), await joinRouter(router)]
    expect(first.details).toMatchObject({ resumable: true, resume_token: expect.stringMatching(/^[0-9a-f]{32}$/) })
    await other.talker.register('p.other')
    const subscription = await first.talker.subscribe('a.b')
    const registration = await first.talker.register('p.mine')
    first.talker.send([48, 3, {}, 'p.other'])
    const [, invocation] = await other.talker.next()
    await lose(first)
    expect(router.metrics()).toMatchObject({ sessions: 2, sessionsParked: 1 })
    await publish(other, 'a.b', 1, 2)
    other.talker.send([70, invocation, {}, ['answer']])
    const second = await resume(router, first)
    expect(second.id).toBe(first.id)
    expect(second.details).toMatchObject({ resumable: true, resumed: true })
    expect(second.details.resume_token).not.toBe(first.details.resume_token)
    expect(await second.talker.next()).toEqual([50, 3, {}, ['answer']])
    expect((await second.talker.next()).slice(0, 5)).toMatchObject([36, subscription, expect.any(Number), {}, [1]])
    expect((await second.talker.next())[4]).toEqual([2])
    other.talker.send([48, 90, {}, 'p.mine'])
    expect((await second.talker.next()).slice(0, 3)).toEqual([68, 1, registration])
    expect(router.metrics()).toMatchObject({ sessions: 2, sessionsParked: 0, sessionsResumed: 1 })
    expect(timers.size).toBe(0)
  })

  test('has the latest events, and knows how many it missed', async () => {
    const { router } = lab()
    const [first, other] = [await begin(router), await joinRouter(router)]
    await first.talker.subscribe('a.b')
    await lose(first)
    await publish(other, 'a.b', 1, 2, 3, 4, 5)
    const second = await resume(router, first)
    const events = [await second.talker.next(), await second.talker.next(), await second.talker.next()]
    expect(events.map(([, , , details, args]) => [details, args])).toEqual([
      [{ _dropped: 2 }, [3]],
      [{}, [4]],
      [{}, [5]],
    ])
    await second.talker.expectSilence()
  })

  test('may come while its former transport seems alive, which is then closed', async () => {
    const { router } = lab()
    const [first, other] = [await begin(router), await joinRouter(router)]
    await first.talker.subscribe('a.b')
    const second = await resume(router, first)
    expect([second.id, second.details.resumed]).toEqual([first.id, true])
    await first.transport.closed
    await publish(other, 'a.b', 1)
    expect((await second.talker.next())[4]).toEqual([1])
    expect(router.metrics()).toMatchObject({ sessions: 2, sessionsParked: 0 })
    expect(router.connections).toBe(2)
  })

  test('gets nothing it may not have any more', async () => {
    let allows = true
    const { router } = lab({ authorize: async (_session, _action, uri) => allows || uri !== 'a.b' })
    const [first, other] = [await begin(router), await joinRouter(router)]
    const subscription = await first.talker.subscribe('a.b')
    await first.talker.subscribe('a.c')
    await lose(first)
    await publish(other, 'a.b', 1)
    await publish(other, 'a.c', 2)
    allows = false
    const second = await resume(router, first)
    expect(await second.talker.next()).toEqual([35, 0, { subscription, reason: ERROR.notAuthorized }])
    expect((await second.talker.next())[4]).toEqual([2])
    await second.talker.expectSilence()
  })

  test('announces what it can do anew', async () => {
    const { router } = lab()
    const first = await begin(router)
    await lose(first)
    await resume(router, first, { roles: { caller: {} } })
    expect(router.sessions().map((session) => session.announces('subscriber', 'subscription_revocation'))).toEqual([
      false,
    ])
  })
})

test('strict request ids: what was lost with a transport leaves one hole, and no other', async () => {
  const { router } = lab({
    realm: { requestIds: 'strict', resumption: { windowMs: WINDOW_MS, eventsMax: 3 } },
  })
  const first = await begin(router)
  await first.talker.subscribe('a.b')
  await lose(first)
  const { talker } = await resume(router, first)
  talker.send([32, 7, {}, 'a.c'])
  expect((await talker.next()).slice(0, 2)).toEqual([33, 7])
  talker.send([32, 9, {}, 'a.d'])
  expect((await talker.next())[2]).toBe(ERROR.protocolViolation)
})

describe('a token', () => {
  test('is good once', async () => {
    const { router } = lab()
    const first = await begin(router)
    await lose(first)
    const second = await resume(router, first)
    await lose(second)
    const thief = await resume(router, first)
    expect(thief.details.resumed).toBe(false)
    expect(thief.id).not.toBe(first.id)
    expect((await resume(router, second)).id).toBe(first.id)
    expect(router.metrics().resumptionsRefused).toBe(1)
  })

  test.each([
    { name: 'another authid', more: { authid: 'you' } },
    { name: 'another role', more: { authextra: { role: 'admin' } } },
    { name: 'a wrong token', more: { 'resume-token': '0'.repeat(32) } },
    { name: 'an empty token', more: { 'resume-token': '' } },
    { name: 'another session', more: { 'resume-session': 1 } },
  ])('is good for nothing with $name, and stays good for its owner', async ({ more }) => {
    const { router } = lab()
    const first = await begin(router)
    await lose(first)
    expect((await resume(router, first, more)).details.resumed).toBe(false)
    expect((await resume(router, first)).details.resumed).toBe(true)
  })

  test('is good for nothing in another realm', async () => {
    const { router } = lab()
    router.openRealm('realm2')
    const first = await begin(router)
    await lose(first)
    const { peer, transport } = textPair()
    router.attach(transport)
    const talker = new Talker(peer)
    talker.send([
      1,
      'realm2',
      { roles: ALL_FEATURES, 'resume-session': first.id, 'resume-token': first.details.resume_token },
    ])
    expect((await talker.next())[2]).toMatchObject({ realm: 'realm2', resumed: false })
  })

  test.each([
    { name: 'HELLO does not ask for it', details: {}, options: {} },
    { name: 'the realm has no resumption', details: { resumable: true }, options: { realm: {} } },
  ])('is not issued where $name; the session ends with its transport', async ({ details, options }) => {
    const { router } = lab(options)
    const session = await hello(router, details)
    expect([session.details.resumable, session.details.resume_token]).toEqual([undefined, undefined])
    await lose(session)
    expect(router.metrics().sessions).toBe(0)
  })
})

describe('a session ends for good', () => {
  const ends: readonly { name: string; end(session: Resumable, router: Router, timers: ManualTimers): unknown }[] = [
    { name: 'with GOODBYE', end: ({ talker }) => talker.send([6, {}, CLOSE.normal]) },
    { name: 'with ABORT', end: ({ talker }) => talker.send([3, {}, 'a.b']) },
    { name: 'with a protocol violation', end: ({ talker }) => talker.send([2, 1, {}]) },
    { name: 'when it is killed', end: (_session, router) => killAll(router) },
    {
      name: 'when it is killed while it waits',
      end: async (session, router) => (await lose(session), killAll(router)),
    },
    { name: 'when the router closes', end: (_session, router) => router.close() },
    {
      name: 'when the router closes while it waits',
      end: async (session, router) => (await lose(session), router.close()),
    },
    {
      name: 'when its realm closes',
      end: async (session, router) => (await lose(session), router.closeRealm('realm1')),
    },
    {
      name: 'when its time is over',
      end: async (session, _router, timers) => (await lose(session), timers.advance(WINDOW_MS)),
    },
  ]
  test.each(ends)('$name', async ({ end }) => {
    const { router, timers } = lab()
    const first = await begin(router)
    await first.talker.subscribe('a.b')
    await first.talker.register('p.q')
    await end(first, router, timers)
    await settled()
    expect(router.metrics()).toMatchObject({ sessions: 0, sessionsParked: 0, subscriptions: 0, registrations: 0 })
    timers.advance(20_000)
    expect([router.connections, timers.size]).toEqual([0, 0])
    router.openRealm('realm1')
    expect((await resume(router, first)).details.resumed).toBe(false)
  })

  test('when more answers wait for it than may', async () => {
    const { router } = lab({ limits: { hardLimitBytes: 1000 } })
    const [first, callee] = [await begin(router), await joinRouter(router)]
    await callee.talker.register('p.q')
    for (let n = 2; n <= 5; n += 1) first.talker.send([48, n, {}, 'p.q'])
    for (let n = 1; n <= 4; n += 1) await callee.talker.next()
    await lose(first)
    for (let n = 1; n <= 4; n += 1) callee.talker.send([70, n, {}, ['x'.repeat(300)]])
    await settled()
    expect(router.metrics()).toMatchObject({ sessions: 1, sessionsParked: 0 })
  })
})

test('calls to a callee that is away fail at once, in flight or new, or go to another', async () => {
  const { router } = lab()
  const [callee, caller] = [await begin(router), await joinRouter(router)]
  await callee.talker.ask((id) => [64, id, { invoke: 'roundrobin' }, 'p.q'])
  caller.talker.send([48, 1, {}, 'p.q'])
  await callee.talker.next()
  await lose(callee)
  expect((await caller.talker.next()).slice(0, 5)).toEqual([8, 48, 1, {}, ERROR.canceled])
  caller.talker.send([48, 2, {}, 'p.q'])
  expect((await caller.talker.next()).slice(0, 5)).toEqual([8, 48, 2, {}, ERROR.noAvailableCallee])
  const another = await joinRouter(router)
  await another.talker.ask((id) => [64, id, { invoke: 'roundrobin' }, 'p.q'])
  for (const n of [3, 4]) {
    caller.talker.send([48, n, {}, 'p.q'])
    expect((await another.talker.next())[0]).toBe(68)
  }
  const back = await resume(router, callee)
  back.talker.send([70, 1, {}, ['too late']])
  await back.talker.expectSilence()
})

test('testaments and on_leave come when they should', async () => {
  const { router, timers } = lab()
  const [first, watcher] = [await begin(router), await joinRouter(router)]
  for (const topic of ['wamp.session.on_leave', 't.detached', 't.destroyed']) await watcher.talker.subscribe(topic)
  for (const scope of ['destroyed', 'detached'])
    await first.talker.ask((id) => [48, id, {}, 'wamp.session.add_testament', [`t.${scope}`, [scope], {}], { scope }])
  await lose(first)
  expect((await watcher.talker.next())[4]).toEqual(['detached'])
  const second = await resume(router, first)
  await lose(second)
  await watcher.talker.expectSilence()
  timers.advance(WINDOW_MS)
  expect((await watcher.talker.next())[4]).toEqual(['destroyed'])
  expect((await watcher.talker.next())[4]).toEqual([first.id, 'anyone', 'user'])
  expect(router.metrics().resumptionsExpired).toBe(1)
})

test('a session lost again before it had what waited still has it later', async () => {
  const decisions: ((allow: boolean) => void)[] = []
  let isSlow = false
  const { router } = lab({
    authorize: () => (isSlow ? new Promise<boolean>((resolve) => decisions.push(resolve)) : true),
  })
  const [first, other] = [await begin(router), await joinRouter(router)]
  await first.talker.subscribe('a.b')
  await lose(first)
  await publish(other, 'a.b', 1)
  isSlow = true
  const second = await resume(router, first)
  await lose(second)
  isSlow = false
  const third = await resume(router, second)
  for (const decide of decisions) decide(true)
  expect((await third.talker.next())[4]).toEqual([1])
  await third.talker.expectSilence()
  expect(third.transport).not.toBe(second.transport satisfies TextTransport)
})

function killAll(router: Router): void {
  for (const session of router.sessions()) router.kill(session)
}

test('the clock of a router without resumption is never asked', async () => {
  const timers = new ManualTimers()
  const { router } = openRouter({ timers })
  await lose(await joinRouter(router, { resumable: true }))
  expect(timers.size).toBe(0)
})
