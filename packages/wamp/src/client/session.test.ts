import { beforeEach, describe, expect, test } from 'vitest'
import { CLOSE, ERROR, WampError } from '../errors.ts'
import { linkedPair } from '../linked-pair.ts'
import { TYPE } from '../messages.ts'
import { Payload } from '../payload.ts'
import type { Router } from '../router/router.ts'
import { ManualTimers } from '../testing/manual-timers.ts'
import { openRouter } from '../testing/open-router.ts'
import { makeAbort } from './abort.ts'
import { join, ticketAuth } from './join.ts'
import { Result } from './handlers.ts'
import type { Session } from './session.ts'

let router: Router
let timers: ManualTimers
let errors: unknown[]

beforeEach(() => {
  router = openRouter().router
  timers = new ManualTimers()
  errors = []
})

async function enter(): Promise<Session> {
  const [near, far] = linkedPair()
  router.attach(far)
  return await join(near, { realm: 'realm1', timers, onError: (error) => errors.push(error) })
}

describe('join', () => {
  test('answers the challenge with the ticket', async () => {
    const { router: guarded } = openRouter({
      authenticate: ({ authid }) => ({
        kind: 'challenge',
        method: 'ticket',
        extra: {},
        answer: (ticket) =>
          ticket === 'secret'
            ? {
                kind: 'accept',
                identity: { authid: authid ?? '', authrole: 'r', authmethod: 'ticket', authprovider: 'p' },
              }
            : { kind: 'refuse', uri: ERROR.authenticationFailed },
      }),
    })
    const attempt = async (ticket: string): Promise<Session> => {
      const [near, far] = linkedPair()
      guarded.attach(far)
      return await join(near, { realm: 'realm1', timers, auth: ticketAuth(ticket, '7') })
    }
    expect((await attempt('secret')).details).toMatchObject({ authid: '7', authrole: 'r', authmethod: 'ticket' })
    await expect(attempt('wrong')).rejects.toMatchObject({ uri: ERROR.authenticationFailed })
    expect(timers.size).toBe(0)
  })

  test('gives up on a silent router after 10 s', async () => {
    const [near] = linkedPair()
    const joining = join(near, { realm: 'realm1', timers })
    timers.advance(10_000)
    await expect(joining).rejects.toMatchObject({ uri: ERROR.timeout })
  })

  test('rejects when the transport closes', async () => {
    const [near, far] = linkedPair()
    const joining = join(near, { realm: 'realm1', timers })
    far.close(1013, 'full')
    await expect(joining).rejects.toMatchObject({ uri: CLOSE.transportLost, kwargs: { code: 1013 } })
  })
})

describe('events', () => {
  test('each handler of a topic gets each event once, with its details', async () => {
    const [one, two] = [await enter(), await enter()]
    const got: unknown[] = []
    const handler = (args: unknown[], kwargs: object, { topic }: { topic: string }): number =>
      got.push([args, kwargs, topic])
    const first = await one.subscribe('a.b', handler)
    const second = await one.subscribe('a.b', handler)
    expect(second.id).toBe(first.id)
    await two.publishAcknowledged('a.b', [1], { k: 2 })
    expect(got).toEqual([
      [[1], { k: 2 }, 'a.b'],
      [[1], { k: 2 }, 'a.b'],
    ])
    await first.unsubscribe()
    await first.unsubscribe()
    await two.publishAcknowledged('a.b', [2])
    expect(got).toHaveLength(3)
    await second.unsubscribe()
    expect(router.metrics().subscriptions).toBe(0)
  })

  test('giving up a subscription while another handler asks for the same topic loses neither', async () => {
    const [one, two] = [await enter(), await enter()]
    const got: unknown[] = []
    const first = await one.subscribe('a.b', () => {})
    const asking = one.subscribe('a.b', (args) => got.push(args))
    await first.unsubscribe()
    const second = await asking
    await two.publishAcknowledged('a.b', [1])
    expect(got).toEqual([[1]])
    await second.unsubscribe()
    const asked = [one.subscribe('a.b', (args) => got.push(args)), second.unsubscribe()]
    await Promise.all(asked)
    await two.publishAcknowledged('a.b', [2])
    expect(got).toEqual([[1], [2]])
  })

  test('an event right behind SUBSCRIBED is not missed', async () => {
    const [near, far] = linkedPair()
    far.onMessage(([type, request]) => {
      if (type === TYPE.HELLO) far.send([TYPE.WELCOME, 1, {}])
      if (type === TYPE.SUBSCRIBE) {
        far.send([TYPE.SUBSCRIBED, request, 5])
        far.send([TYPE.EVENT, 5, 9, {}, Payload.of(['at once'])])
      }
    })
    const session = await join(near, { realm: 'realm1', timers })
    const got: unknown[] = []
    await session.subscribe('a.b', (args) => got.push(args))
    expect(got).toEqual([['at once']])
  })

  test('a pattern subscription hears the topic', async () => {
    const [one, two] = [await enter(), await enter()]
    const topics: string[] = []
    await one.subscribe('a', (_args, _kwargs, { topic }) => topics.push(topic), { match: 'prefix' })
    await two.publishAcknowledged('a.b')
    await two.publishAcknowledged('a.c')
    expect(topics).toEqual(['a.b', 'a.c'])
  })

  test('a handler that throws is reported and the next one still called', async () => {
    const [one, two] = [await enter(), await enter()]
    const got: unknown[] = []
    const bug = new Error('bug')
    await one.subscribe('a.b', () => {
      throw bug
    })
    await one.subscribe('a.b', (args) => got.push(args))
    await two.publishAcknowledged('a.b')
    expect([errors, got]).toEqual([[bug], [[]]])
  })

  test('a value passes between sessions of one process as it is', async () => {
    const [one, two] = [await enter(), await enter()]
    const got: unknown[] = []
    await one.subscribe('a.b', ([value]) => got.push(value))
    const value = { at: 1n }
    await two.publishAcknowledged('a.b', [value])
    expect(got[0]).toBe(value)
  })
})

describe('calls', () => {
  test.each([
    { name: 'a value', returned: 5, args: [5], kwargs: {} },
    { name: 'null', returned: null, args: [null], kwargs: {} },
    { name: 'nothing', returned: undefined, args: [], kwargs: {} },
    { name: 'a list', returned: [1, 2], args: [[1, 2]], kwargs: {} },
    { name: 'a Result', returned: new Result([1, 2], { k: 3 }), args: [1, 2], kwargs: { k: 3 } },
    { name: 'a promise', returned: Promise.resolve(7), args: [7], kwargs: {} },
  ])('a procedure that returns $name', async ({ returned, args, kwargs }) => {
    const [one, two] = [await enter(), await enter()]
    await one.register('a.b', () => returned)
    expect(await two.call('a.b')).toEqual({ args, kwargs })
  })

  test.each([
    {
      name: 'a WampError',
      thrown: new WampError('app.no', ['why'], { k: 1 }),
      uri: 'app.no',
      args: ['why'],
      reported: 0,
    },
    { name: 'an Error', thrown: new Error('hunter2'), uri: ERROR.runtimeError, args: [], reported: 1 },
  ])('a procedure that throws $name, now or later', async ({ thrown, uri, args, reported }) => {
    const [one, two] = [await enter(), await enter()]
    await one.register('now.b', () => {
      throw thrown
    })
    await one.register('later.b', () => Promise.reject(thrown))
    for (const procedure of ['now.b', 'later.b'])
      await expect(two.call(procedure)).rejects.toMatchObject({ name: 'WampError', uri, args })
    expect(errors).toHaveLength(2 * reported)
  })

  test('a call ends after its time, and the late answer harms nothing', async () => {
    const [one, two] = [await enter(), await enter()]
    const answer = Promise.withResolvers<number>()
    await one.register('a.b', () => answer.promise)
    const calling = two.call('a.b', [], {}, { timeoutMs: 500 })
    timers.advance(500)
    await expect(calling).rejects.toMatchObject({ uri: ERROR.timeout })
    answer.resolve(1)
    expect((await two.call('a.b', [], {}, { timeoutMs: 500 })).args).toEqual([1])
    expect(timers.size).toBe(0)
  })

  test('a call ends when aborted, before or after it was made', async () => {
    const [one, two] = [await enter(), await enter()]
    await one.register('a.b', () => new Promise(() => {}))
    const source = makeAbort()
    const { signal } = source
    const calling = two.call('a.b', [], {}, { signal })
    source.abort()
    await expect(calling).rejects.toMatchObject({ uri: ERROR.canceled })
    await expect(two.call('a.b', [], {}, { signal })).rejects.toMatchObject({ uri: ERROR.canceled })
  })

  test('after unregister the procedure is gone', async () => {
    const [one, two] = [await enter(), await enter()]
    const registration = await one.register('a.b', () => 1)
    await registration.unregister()
    await expect(two.call('a.b')).rejects.toMatchObject({ uri: ERROR.noSuchProcedure })
  })
})

describe('the end', () => {
  test('leaving resolves, and afterwards requests reject and publications are counted', async () => {
    const session = await enter()
    await session.leave()
    expect(await session.closed).toMatchObject({ uri: CLOSE.goodbyeAndOut })
    await expect(session.call('a.b')).rejects.toBeInstanceOf(WampError)
    await expect(session.subscribe('a.b', () => {})).rejects.toBeInstanceOf(WampError)
    session.publish('a.b')
    expect(session.publicationsDropped).toBe(1)
    expect([timers.size, router.connections]).toEqual([0, 0])
  })

  test('requests under way reject when the router goes', async () => {
    const session = await enter()
    await session.register('a.b', () => new Promise(() => {}))
    const calling = session.call('a.b')
    await session.publishAcknowledged('x.y')
    router.close()
    await expect(calling).rejects.toMatchObject({ uri: CLOSE.systemShutdown })
    expect((await session.closed).uri).toBe(CLOSE.systemShutdown)
  })

  test('a router that breaks the protocol is left', async () => {
    const [near, far] = linkedPair()
    const got: unknown[] = []
    far.onMessage((message) => {
      got.push(message[0])
      if (message[0] === TYPE.HELLO) far.send([TYPE.WELCOME, 1, {}])
    })
    const session = await join(near, { realm: 'realm1', timers })
    far.send([TYPE.SUBSCRIBE, 1, {}, 'a.b'])
    expect((await session.closed).uri).toBe(ERROR.protocolViolation)
    await expect.poll(() => got).toEqual([TYPE.HELLO, TYPE.ABORT])
  })
})
