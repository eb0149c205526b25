import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CLOSE, ERROR } from '../errors.ts'
import { ManualTimers } from '../testing/manual-timers.ts'
import { type Joined, joined, settled } from '../testing/open-router.ts'
import { HELLO, Talker } from '../testing/talker.ts'
import { textPair } from '../testing/text-pair.ts'
import type { HelloRequest } from './authenticator.ts'
import type { Quotas } from './options.ts'
import { Router } from './router.ts'

/** A router whose clients are who they say they are in HELLO. */
function limited(quotas: Quotas, timers = new ManualTimers()): { router: Router; timers: ManualTimers } {
  const router = new Router({
    authenticate: ({ authid }: HelloRequest) => ({
      kind: 'accept',
      identity: { authid: authid ?? 'anyone', authrole: 'user', authmethod: 'anonymous', authprovider: 'test' },
    }),
    authorize: () => true,
    timers,
    now: () => timers.now,
    realm: { quotas },
  })
  router.openRealm('realm1')
  return { router, timers }
}

const as = (authid: string): Record<string, unknown> => ({ authid })

/** Uses one up in a way of its own; `n` tells one use from another. */
const USES = {
  subscriptions: (n: number) => (id: number) => [32, id, {}, `t.n${n}`],
  registrations: (n: number) => (id: number) => [64, id, {}, `p.n${n}`],
} as const

describe.each(['session', 'principal', 'realm'] as const)('a quota of the %s', (scope) => {
  test.each(['subscriptions', 'registrations'] as const)('of %s', async (quota) => {
    const { router } = limited({ [scope]: { [quota]: 2 } })
    const [one, same, other] = [
      await joined(router, as('me')),
      await joined(router, as('me')),
      await joined(router, as('you')),
    ]
    const second = { session: one, principal: same, realm: other }[scope]
    await one.talker.ask(USES[quota](1))
    const [, , held] = await second.talker.ask(USES[quota](2))
    const [type, , , , uri, , kwargs] = await one.talker.ask(USES[quota](3))
    expect([type, uri, kwargs]).toEqual([8, ERROR.unavailable, { quota, scope, limit: 2 }])
    await second.talker.ask((id) => [quota === 'subscriptions' ? 34 : 66, id, held])
    expect((await one.talker.ask(USES[quota](4)))[0]).toBe(quota === 'subscriptions' ? 33 : 65)
  })

  test('of calls', async () => {
    const { router } = limited({ [scope]: { calls: 1 } })
    const [callee, one] = [await joined(router, as('callee')), await joined(router, as('me'))]
    await callee.talker.register('p.q')
    one.talker.send([48, 1, {}, 'p.q'])
    await callee.talker.next()
    one.talker.send([48, 2, {}, 'p.q'])
    const [, , request, , uri, , kwargs] = await one.talker.next()
    expect([request, uri, kwargs]).toEqual([2, ERROR.unavailable, { quota: 'calls', scope, limit: 1 }])
    callee.talker.send([70, 1, {}])
    expect((await one.talker.next()).slice(0, 2)).toEqual([50, 1])
    one.talker.send([48, 3, {}, 'p.q'])
    expect((await callee.talker.next()).slice(0, 2)).toEqual([68, 2])
  })
})

test.each(['principal', 'realm'] as const)('a quota of sessions of the %s refuses HELLO', async (scope) => {
  const { router } = limited({ [scope]: { sessions: 1 } })
  const first = await joined(router, as('me'))
  const { peer, transport } = textPair()
  router.attach(transport)
  const talker = new Talker(peer)
  talker.send([1, 'realm1', { roles: { caller: {} }, authid: 'me' }])
  expect(await talker.next()).toEqual([3, { message: `a ${scope} has at most 1 sessions` }, ERROR.unavailable])
  expect((await talker.peer.closed).code).toBe(1013)
  if (scope === 'principal') await joined(router, as('you'))
  first.talker.peer.close()
  await joined(router, as('me'))
})

describe('rates', () => {
  /** What a peer gets to see while the clock moves on by so much. */
  async function seenAfter(subscriber: Joined, timers: ManualTimers, ms: number): Promise<number> {
    const before = subscriber.transport.sent
    for (let passed = 0; passed < ms; passed += 10) {
      timers.advance(10)
      await settled()
    }
    return subscriber.transport.sent - before
  }

  test.each([
    { name: 'messages', quota: { messagesPerS: 100 }, value: 'x' },
    { name: 'bytes', quota: { bytesPerS: 10_000 }, value: 'x'.repeat(96) },
  ])('of $name are kept to, nothing is lost and order stays', async ({ quota, value }) => {
    const { router, timers } = limited({ principal: quota })
    const [subscriber, publisher] = [await joined(router, as('subscriber')), await joined(router, as('publisher'))]
    await subscriber.talker.subscribe('a.b')
    for (let n = 1; n <= 400; n += 1) publisher.talker.send([16, n, {}, 'a.b', [value], { n }])
    await settled()
    const [burst, first, second] = [
      subscriber.transport.sent - 2,
      await seenAfter(subscriber, timers, 1000),
      await seenAfter(subscriber, timers, 1000),
    ]
    for (const count of [burst, first, second]) {
      expect(count).toBeGreaterThan(80)
      expect(count).toBeLessThan(111)
    }
    await seenAfter(subscriber, timers, 3000)
    const order: unknown[] = []
    while (order.length < 400) order.push(((await subscriber.talker.next())[5] as { n: number }).n)
    expect(order).toEqual(Array.from({ length: 400 }, (_, i) => i + 1))
  })

  test('of the realm are shared by all, and each session waits for itself alone', async () => {
    const { router, timers } = limited({ realm: { messagesPerS: 10 } })
    const [loud, quiet] = [await joined(router), await joined(router)]
    for (let n = 1; n <= 100; n += 1) loud.talker.send([16, n, {}, 'a.b'])
    await settled()
    quiet.talker.send([32, 1, {}, 'a.b'])
    for (let turn = 0; turn < 50 && quiet.transport.sent < 2; turn += 1) {
      timers.advance(10)
      await settled()
    }
    expect((await quiet.talker.next()).slice(0, 2)).toEqual([33, 1])
  })

  test('a peer far ahead is left unread until its messages are done', async () => {
    const { router, timers } = limited({ principal: { messagesPerS: 1000 } })
    const { talker, transport } = await joined(router)
    for (let n = 1; n <= 3000; n += 1) talker.send([16, n, {}, 'a.b'])
    await settled()
    expect(transport.pauses).toBeGreaterThan(0)
    for (let turn = 0; turn < 400; turn += 1) {
      timers.advance(10)
      await settled()
    }
    const { pauses } = transport
    timers.advance(1000)
    expect([transport.pauses - pauses, timers.size]).toEqual([0, 0])
    await talker.expectSilence()
  })

  test('a session that ends while one of its messages waits leaves no timer', async () => {
    const { router, timers } = limited({ principal: { bytesPerS: 1 } })
    const { talker } = await joined(router)
    talker.send([16, 1, {}, 'a.b', ['x'.repeat(1000)]])
    talker.send([16, 2, {}, 'a.b', ['x'.repeat(1000)]])
    await settled()
    expect(timers.size).toBe(1)
    talker.peer.close()
    expect(timers.size).toBe(0)
  })

  test('our GOODBYE is answered though messages wait', async () => {
    const { router, timers } = limited({ principal: { messagesPerS: 1 } })
    const { talker } = await joined(router)
    for (let n = 1; n <= 5; n += 1) talker.send([16, n, {}, 'a.b'])
    await settled()
    router.close()
    expect((await talker.next())[2]).toBe(CLOSE.systemShutdown)
    talker.send([6, {}, CLOSE.goodbyeAndOut])
    expect((await talker.peer.closed).code).toBe(1001)
    expect([router.connections, timers.size]).toEqual([0, 0])
  })
})

/** What a client may do, of three that come and go. */
const act = fc.record({
  who: fc.nat({ max: 2 }),
  does: fc.constantFrom(
    'subscribe',
    'unsubscribe',
    'register',
    'unregister',
    'call',
    'yield',
    'cancel',
    'leave',
    'lose',
  ),
  n: fc.nat({ max: 3 }),
})

test('whatever sessions do, what they held is given back when they are gone', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 60 }), async (acts) => {
      const { router, timers } = limited({ principal: { subscriptions: 3, registrations: 2, calls: 2 } })
      const sessions: (Joined | null)[] = [null, null, null]
      let request = 0
      for (const { who, does, n } of acts) {
        const session = (sessions[who] ??= await joined(router, as(`p${who % 2}`)))
        request += 1
        session.talker.send(saying(does, n, request))
        if (does === 'lose') session.talker.peer.close()
        if (does === 'leave' || does === 'lose') sessions[who] = null
        await settled()
      }
      for (const session of sessions) session?.talker.peer.close()
      await settled()
      router.close()
      timers.advance(20_000)
      const realm = router.realm('realm1')
      const { sessions: open, subscriptions, registrations, calls } = realm?.usage ?? {}
      expect({ open, subscriptions, registrations, calls, principals: realm?.principals, timers: timers.size }).toEqual(
        {
          open: 0,
          subscriptions: 0,
          registrations: 0,
          calls: 0,
          principals: 0,
          timers: 0,
        },
      )
    }),
    { numRuns: 100 },
  )
})

function saying(does: string, n: number, request: number): string | unknown[] {
  switch (does) {
    case 'subscribe':
      return [32, request, { match: n % 2 === 0 ? 'exact' : 'prefix' }, `t.n${n}`]
    case 'unsubscribe':
      return [34, request, n + 1]
    case 'register':
      return [64, request, { invoke: 'roundrobin' }, `p.n${n}`]
    case 'unregister':
      return [66, request, n + 1]
    case 'call':
      return [48, request, { timeout: n * 10 }, `p.n${n}`]
    case 'yield':
      return [70, n + 1, {}]
    case 'cancel':
      return [49, Math.max(1, request - n), { mode: 'skip' }]
    case 'leave':
      return [6, {}, CLOSE.normal]
    default:
      return HELLO
  }
}

test('sessions of the embedding program count for no quota', async () => {
  const { router } = limited({ realm: { sessions: 1, subscriptions: 1 }, session: { subscriptions: 1 } })
  const { peer, transport } = textPair()
  const trusted = { authid: 'backend', authrole: 'trusted', authmethod: 'linked', authprovider: 'test' }
  router.attach(transport, { trusted })
  const backend = new Talker(peer)
  await backend.join()
  await backend.subscribe('t.one')
  await backend.subscribe('t.two')
  const { talker } = await joined(router, as('me'))
  await talker.subscribe('t.one')
  expect(router.realm('realm1')?.usage).toMatchObject({ sessions: 1, subscriptions: 1 })
})
