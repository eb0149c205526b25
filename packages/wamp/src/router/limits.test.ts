import { describe, expect, test } from 'vitest'
import { ERROR } from '../errors.ts'
import { joined, openRouter } from '../testing/open-router.ts'
import type { Router, RouterOptions } from './router.ts'

function limited(limits: RouterOptions['limits'], options: Partial<RouterOptions> = {}): Router {
  return openRouter({ ...(limits ? { limits } : {}), ...options }).router
}

describe('a peer that does not keep up', () => {
  test('loses EVENTs but for the last, counted, and no answers', async () => {
    const router = limited({ highWaterBytes: 100, hardLimitBytes: 1000 })
    const [slow, publisher] = [await joined(router), await joined(router)]
    await slow.talker.subscribe('a.b')
    slow.transport.bufferedBytes = 101
    for (let n = 1; n <= 5; n += 1) await publisher.talker.ask((id) => `[16,${id},{"acknowledge":true},"a.b",[${n}]]`)
    await slow.talker.expectSilence()
    expect(router.metrics().eventsDropped).toBe(4)
    expect(router.sessions().map(({ eventsDropped }) => eventsDropped)).toEqual([4, 0])
    slow.transport.drain()
    expect((await slow.talker.next())[4]).toEqual([5])
    publisher.talker.send('[16,99,{},"a.b",[6]]')
    expect((await slow.talker.next())[4]).toEqual([6])
  })

  test('gets no calls: its callers hear that no callee is available', async () => {
    const router = limited({ highWaterBytes: 100 })
    const [callee, caller] = [await joined(router), await joined(router)]
    await callee.talker.register('a.b')
    callee.transport.bufferedBytes = 101
    expect((await caller.talker.ask((id) => `[48,${id},{},"a.b"]`))[4]).toBe(ERROR.noAvailableCallee)
  })

  test('is closed when answers pile up to the hard limit, and its callers are told', async () => {
    const router = limited({ highWaterBytes: 100, hardLimitBytes: 1000 })
    const [slow, caller] = [await joined(router), await joined(router)]
    await slow.talker.register('a.b')
    caller.talker.send('[48,1,{},"a.b"]')
    await slow.talker.next()
    slow.transport.bufferedBytes = 1001
    slow.talker.send('[48,50,{},"no.such.procedure"]')
    expect((await slow.transport.closed).code).toBe(1013)
    expect((await caller.talker.next()).slice(0, 5)).toEqual([8, 48, 1, {}, ERROR.canceled])
    expect(router.metrics().sessions).toBe(1)
  })
})

describe('limits per session', () => {
  test('subscriptions; one that exists already is no new one', async () => {
    const { talker } = await joined(limited({ subscriptionsMax: 2 }))
    const first = await talker.subscribe('a.one')
    await talker.subscribe('a.two')
    expect((await talker.ask((id) => `[32,${id},{},"a.three"]`))[4]).toBe(ERROR.unavailable)
    expect(await talker.subscribe('a.one')).toBe(first)
    await talker.ask((id) => `[34,${id},${first}]`)
    await talker.subscribe('a.three')
  })

  test('registrations', async () => {
    const { talker } = await joined(limited({ registrationsMax: 1 }))
    const first = await talker.register('a.one')
    expect((await talker.ask((id) => `[64,${id},{},"a.two"]`))[4]).toBe(ERROR.unavailable)
    await talker.ask((id) => `[66,${id},${first}]`)
    await talker.register('a.two')
  })

  test('calls in flight', async () => {
    const router = limited({ callsMax: 1 })
    const [callee, caller] = [await joined(router), await joined(router)]
    await callee.talker.register('a.b')
    caller.talker.send('[48,1,{},"a.b"]')
    await callee.talker.next()
    caller.talker.send('[48,2,{},"a.b"]')
    expect((await caller.talker.next()).slice(0, 5)).toEqual([8, 48, 2, {}, ERROR.unavailable])
    callee.talker.send('[70,1,{}]')
    await caller.talker.next()
    caller.talker.send('[48,3,{},"a.b"]')
    expect((await callee.talker.next())[0]).toBe(68)
  })

  test('messages behind an undecided authorization', async () => {
    const router = limited({ waitingMax: 10 }, { authorize: () => new Promise(() => {}) })
    const { talker, transport } = await joined(router)
    for (let n = 1; n <= 12; n += 1) talker.send(`[32,${n},{},"a.b"]`)
    expect((await transport.closed).code).toBe(1013)
    expect(router.metrics().sessions).toBe(0)
  })

  test('request ids, when strict, count up by one over all kinds of requests', async () => {
    const router = limited({}, { realm: { requestIds: 'strict' } })
    const { talker } = await joined(router)
    await talker.subscribe('a.b')
    await talker.register('a.c')
    talker.send('[16,4,{},"a.b"]')
    expect((await talker.next())[2]).toBe(ERROR.protocolViolation)
  })

  test('URIs, when strict, are lower case', async () => {
    const { talker } = await joined(limited({}, { realm: { uris: 'strict' } }))
    expect((await talker.ask((id) => `[32,${id},{},"test-topic"]`))[4]).toBe(ERROR.invalidUri)
  })
})

describe('authorization', () => {
  test('messages keep their order while the authorizer thinks, however long each takes', async () => {
    const decisions: PromiseWithResolvers<boolean>[] = []
    const router = limited(
      {},
      {
        authorize(_session, action) {
          if (action !== 'publish') return true
          const decision = Promise.withResolvers<boolean>()
          decisions.push(decision)
          return decision.promise
        },
      },
    )
    const [publisher, subscriber] = [await joined(router), await joined(router)]
    await subscriber.talker.subscribe('a.b')
    for (let n = 1; n <= 3; n += 1) publisher.talker.send(`[16,${n},{},"a.b",[${n}]]`)
    publisher.talker.send('[48,4,{},"no.such"]')
    for (const [n, isAllowed] of [true, false, true].entries()) {
      await expect.poll(() => decisions.length).toBe(n + 1)
      decisions[n]?.resolve(isAllowed)
    }
    expect((await publisher.talker.next()).slice(0, 3)).toEqual([8, 48, 4])
    expect((await subscriber.talker.next())[4]).toEqual([1])
    expect((await subscriber.talker.next())[4]).toEqual([3])
    expect(router.metrics().refused).toBe(1)
  })

  test.each([
    { name: 'refuses', authorize: () => false, uri: ERROR.notAuthorized },
    { name: 'refuses later', authorize: () => Promise.resolve(false), uri: ERROR.notAuthorized },
    {
      name: 'throws',
      authorize: () => {
        throw new Error('broken')
      },
      uri: ERROR.authorizationFailed,
    },
    { name: 'rejects', authorize: () => Promise.reject(new Error('broken')), uri: ERROR.authorizationFailed },
  ])('an authorizer that $name answers every request and no unacknowledged PUBLISH', async ({ authorize, uri }) => {
    const { talker } = await joined(limited({}, { authorize }))
    talker.send('[16,90,{},"a.b"]')
    for (const frame of [
      '[16,91,{"acknowledge":true},"a.b"]',
      '[32,92,{},"a.b"]',
      '[48,93,{},"a.b"]',
      '[64,94,{},"a.b"]',
    ]) {
      talker.send(frame)
      const [type, request] = JSON.parse(frame) as unknown[]
      expect(await talker.next()).toEqual([8, type, request, {}, uri, ['a.b']])
    }
  })

  test.each(['now', 'later'])('the procedures of the router are asked for as any other; decided %s', async (when) => {
    const asked: unknown[] = []
    const router = limited(
      {},
      {
        authorize(_session, action, uri) {
          asked.push([action, uri])
          const isAllowed = !uri.startsWith('wamp.session.kill') && uri !== 'secret.topic'
          return when === 'now' ? isAllowed : Promise.resolve(isAllowed)
        },
      },
    )
    const [one, two] = [await joined(router), await joined(router)]
    expect((await one.talker.ask((id) => [48, id, {}, 'wamp.session.kill_all']))[4]).toBe(ERROR.notAuthorized)
    expect((await one.talker.ask((id) => [48, id, {}, 'wamp.session.count']))[3]).toEqual([2])
    const testament = await one.talker.ask((id) => [48, id, {}, 'wamp.session.add_testament', ['secret.topic', [], {}]])
    expect(testament[4]).toBe(ERROR.notAuthorized)
    await two.talker.expectSilence()
    expect(asked.slice(0, 4)).toEqual([
      ['call', 'wamp.session.kill_all'],
      ['call', 'wamp.session.count'],
      ['call', 'wamp.session.add_testament'],
      ['publish', 'secret.topic'],
    ])
  })

  test('a session gone while its authorizer thinks is not served any more', async () => {
    const decision = Promise.withResolvers<boolean>()
    const router = limited({}, { authorize: () => decision.promise })
    const { talker } = await joined(router)
    talker.send('[32,1,{},"a.b"]')
    await Promise.resolve()
    talker.peer.close()
    decision.resolve(true)
    await talker.peer.closed
    expect(router.metrics()).toMatchObject({ sessions: 0, subscriptions: 0 })
  })
})

test('killing a session ends it and no other', async () => {
  const router = limited({})
  const [one, two] = [await joined(router), await joined(router)]
  const [first] = router.sessions()
  if (first) router.kill(first)
  expect(await one.talker.next()).toEqual([6, {}, 'wamp.close.killed'])
  await two.talker.expectSilence()
})

test('nothing is left of a hundred sessions that came and went', async () => {
  const router = limited({})
  for (let n = 0; n < 100; n += 1) {
    const { talker } = await joined(router)
    await talker.subscribe(`a.t${n % 10}`)
    await talker.subscribe('a', '{"match":"prefix"}')
    await talker.register(`a.p${n}`)
    talker.peer.close()
  }
  expect(router.metrics()).toMatchObject({ sessions: 0, subscriptions: 0, registrations: 0 })
  expect(router.connections).toBe(0)
})
