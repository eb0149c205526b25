import { beforeEach, describe, expect, test } from 'vitest'
import { CLOSE, ERROR } from '../errors.ts'
import { ID_MAX } from '../ids.ts'
import { TYPE } from '../messages.ts'
import { type Dict, Payload } from '../payload.ts'
import { ROUTER_ROLES } from '../router/welcome.ts'
import { ManualTimers } from '../testing/manual-timers.ts'
import { ScriptedRouter } from '../testing/scripted-router.ts'
import { type Connection, type ConnectionStatus, connect } from './connection.ts'

const FIRST: Dict = { roles: ROUTER_ROLES, resumable: true, resume_token: 'one' }
const RESUMED: Dict = { roles: ROUTER_ROLES, resumable: true, resume_token: 'two', resumed: true }
const REFUSED: Dict = { roles: ROUTER_ROLES, resumable: true, resume_token: 'three', resumed: false }

let timers: ManualTimers
let connection: Connection
let statuses: ConnectionStatus[]
let router: ScriptedRouter

/** The router that the next attempt reaches. */
function arrange(welcome: Dict): void {
  router = new ScriptedRouter(welcome)
}

beforeEach(async () => {
  timers = new ManualTimers()
  statuses = []
  arrange(FIRST)
  const open = () => Promise.resolve(router.near)
  connection = connect({ url: '', realm: 'realm1', timers, random: () => 0.5, open, resume: true })
  connection.onStatus((status) => statuses.push(status))
  const [hello] = await router.got()
  expect(hello).toMatchObject([TYPE.HELLO, 'realm1', { resumable: true }])
  expect(hello?.[2]).not.toHaveProperty('resume-token')
})

/** Cuts the transport and connects again. @returns what the client said, HELLO first */
async function cutAndReturn(welcome: Dict): Promise<unknown[][]> {
  await cut()
  return await comeBack(welcome)
}

async function cut(): Promise<void> {
  router.cut()
  await router.got()
  expect(statuses.at(-1)).toBe('connecting')
}

async function comeBack(welcome: Dict): Promise<unknown[][]> {
  arrange(welcome)
  timers.advance(500)
  const got = await router.got()
  expect(statuses.at(-1)).toBe('open')
  return got
}

async function subscribe(): Promise<{ events: unknown[]; unsubscribe(): Promise<void> }> {
  const events: unknown[] = []
  const subscribing = connection.subscribe('a.b', (args, _kwargs, { dropped }) => events.push([args, dropped]))
  await router.got()
  router.send([TYPE.SUBSCRIBED, 1, 5])
  const subscription = await subscribing
  return { events, unsubscribe: () => subscription.unsubscribe() }
}

describe('a resumed session', () => {
  test('is asked for with its token, a new one each time, and makes nothing again', async () => {
    const { events } = await subscribe()
    const before = connection.session()
    const resume = { 'resume-session': 7, 'resume-token': 'one' }
    expect(await cutAndReturn(RESUMED)).toMatchObject([[TYPE.HELLO, 'realm1', { resumable: true, ...resume }]])
    expect(connection.session()).toBe(before)
    expect(before?.details.resumed).toBe(true)
    router.send([TYPE.EVENT, 5, 9, { _dropped: 3 }, Payload.of(['late'])])
    await router.got()
    expect(events).toEqual([[['late'], 3]])
    const again = { 'resume-session': 7, 'resume-token': 'two' }
    expect(await cutAndReturn(RESUMED)).toMatchObject([[TYPE.HELLO, 'realm1', again]])
  })

  test('is none if the router has not kept it: everything is made again', async () => {
    await subscribe()
    const before = connection.session()
    expect((await cutAndReturn(REFUSED)).slice(1)).toEqual([[TYPE.SUBSCRIBE, 1, {}, 'a.b']])
    expect(connection.session()).not.toBe(before)
    expect((await before?.closed)?.uri).toBe(CLOSE.transportLost)
  })

  test('rejects calls and publications that were on the wire, and drops those that come meanwhile', async () => {
    const session = connection.session()
    const underway = [session?.call('a.p'), session?.publishAcknowledged('a.b')]
    await router.got()
    await cut()
    for (const each of underway) await expect(each).rejects.toMatchObject({ uri: CLOSE.transportLost })
    session?.publish('a.b')
    expect(session?.publicationsDropped).toBe(1)
    await expect(session?.call('a.p')).rejects.toMatchObject({ uri: CLOSE.transportLost })
    const waiting = connection.call('a.p')
    expect((await comeBack(RESUMED)).slice(1)).toEqual([[48, 3, {}, 'a.p']])
    router.send([TYPE.RESULT, 3, {}, Payload.of([1])])
    expect((await waiting).args).toEqual([1])
  })

  test('has aborted its procedures, whose callers were told, and keeps its registrations', async () => {
    const aborted: unknown[] = []
    const answer = Promise.withResolvers<number>()
    const registering = connection.register('a.p', ([n], _kwargs, { signal }) => {
      signal.addEventListener('abort', () => aborted.push(n))
      return n === 1 ? answer.promise : n
    })
    await router.got()
    router.send([TYPE.REGISTERED, 1, 3])
    await registering
    router.send([TYPE.INVOCATION, 1, 3, {}, Payload.of([1])])
    await router.got()
    await cut()
    expect(aborted).toEqual([1])
    answer.resolve(1)
    expect(await comeBack(RESUMED)).toHaveLength(1)
    router.send([TYPE.INVOCATION, 2, 3, {}, Payload.of([2])])
    expect(await router.got()).toEqual([[70, 2, {}, [2]]])
  })

  test('whose SUBSCRIBE was answered meanwhile has its subscription', async () => {
    const events: unknown[] = []
    const subscribing = connection.subscribe('a.b', (args) => events.push(args))
    await router.got()
    const sent = await cutAndReturn(RESUMED)
    // a request that changes nothing: what the router has not answered before it, it never got
    expect(sent.slice(1)).toEqual([[TYPE.UNSUBSCRIBE, 2, ID_MAX]])
    router.send(
      [TYPE.SUBSCRIBED, 1, 5],
      [TYPE.EVENT, 5, 9, {}, Payload.of(['first'])],
      [TYPE.ERROR, TYPE.UNSUBSCRIBE, 2, {}, ERROR.noSuchSubscription, Payload.empty],
    )
    expect((await subscribing).id).toBe(5)
    expect(events).toEqual([['first']])
    expect(await router.got()).toEqual([])
  })

  test('whose SUBSCRIBE never arrived sends it again', async () => {
    const subscribing = connection.subscribe('a.b', () => {})
    await router.got()
    await cutAndReturn(RESUMED)
    router.send([TYPE.ERROR, TYPE.UNSUBSCRIBE, 2, {}, ERROR.noSuchSubscription, Payload.empty])
    expect(await router.got()).toEqual([[TYPE.SUBSCRIBE, 3, {}, 'a.b']])
    router.send([TYPE.SUBSCRIBED, 3, 5])
    expect((await subscribing).id).toBe(5)
  })

  test('gives up what was unsubscribed meanwhile, and makes what was subscribed', async () => {
    const { unsubscribe } = await subscribe()
    await cut()
    await unsubscribe()
    void connection.subscribe('c.d', () => {}).catch(() => {})
    expect((await comeBack(RESUMED)).slice(1)).toEqual([
      [TYPE.UNSUBSCRIBE, 2, 5],
      [TYPE.SUBSCRIBE, 3, {}, 'c.d'],
    ])
  })
})

test.each([
  { name: 'the session that goes on', welcome: RESUMED, made: [] },
  { name: 'the next session', welcome: REFUSED, made: [[TYPE.SUBSCRIBE, 1, {}, 'a.b']] },
])('a revoked subscription and $name', async ({ welcome, made }) => {
  const { unsubscribe } = await subscribe()
  router.send([TYPE.UNSUBSCRIBED, 0, { subscription: 5, reason: 'app.no' }])
  expect(await router.got()).toEqual([])
  expect((await cutAndReturn(welcome)).slice(1)).toEqual(made)
  if (made.length > 0) router.send([TYPE.SUBSCRIBED, 1, 6])
  await router.got()
  void unsubscribe()
  expect(await router.got()).toEqual(made.map(() => [TYPE.UNSUBSCRIBE, 2, 6]))
})

describe('a session without a transport', () => {
  test('ends when the connection is closed', async () => {
    const session = connection.session()
    await cut()
    await connection.close()
    expect((await session?.closed)?.uri).toBe(CLOSE.normal)
    expect([statuses.at(-1), timers.size]).toEqual(['closed', 0])
  })

  test('that is being resumed when the connection is closed leaves at once', async () => {
    await cut()
    arrange(RESUMED)
    timers.advance(500)
    await connection.close()
    const [, goodbye] = await router.got()
    expect(goodbye).toEqual([TYPE.GOODBYE, {}, CLOSE.normal])
    router.send([TYPE.GOODBYE, {}, CLOSE.goodbyeAndOut])
    await router.got()
    expect(timers.size).toBe(0)
  })

  test('is not waited for after GOODBYE of the router', async () => {
    const session = connection.session()
    router.send([TYPE.GOODBYE, {}, CLOSE.systemShutdown])
    await router.got()
    expect((await session?.closed)?.uri).toBe(CLOSE.systemShutdown)
    arrange(FIRST)
    timers.advance(500)
    const [hello] = await router.got()
    expect(hello?.[2]).not.toHaveProperty('resume-token')
  })
})

test('without `resume` nothing is asked for, and a lost transport ends the session', async () => {
  const plain = new ScriptedRouter(FIRST)
  const open = () => Promise.resolve(plain.near)
  const other = connect({ url: '', realm: 'realm1', timers, open })
  const [hello] = await plain.got()
  expect(hello?.[2]).not.toHaveProperty('resumable')
  const session = other.session()
  plain.cut()
  expect((await session?.closed)?.uri).toBe(CLOSE.transportLost)
  await other.close()
})
