import { expect } from 'vitest'
import { CLOSE, ERROR } from '../errors.ts'
import { TYPE } from '../messages.ts'
import type { Case, Join, Talker } from './talker.ts'

interface Peer {
  readonly talker: Talker
  readonly id: number
}

/** A peer that knows its session id. */
async function peer(join: Join): Promise<Peer> {
  const talker = await join()
  talker.send([TYPE.GOODBYE, {}, CLOSE.normal])
  await talker.next()
  return { talker, id: await talker.join() }
}

/** Calls a procedure of the router. @returns the one value of its result, or the URI of its error */
async function meta(talker: Talker, procedure: string, args: unknown[] = [], kwargs = {}): Promise<unknown> {
  const answer = await talker.ask((id) => [TYPE.CALL, id, {}, `wamp.${procedure}`, args, kwargs])
  if (answer[0] === TYPE.ERROR) return answer[4]
  expect(answer[0]).toBe(TYPE.RESULT)
  const values = answer[3] as unknown[]
  expect(values).toHaveLength(1)
  return values[0]
}

/** The next event whose first argument is this one: other sessions of the realm come and go, too. */
async function eventAbout(talker: Talker, first: (value: unknown) => boolean): Promise<unknown[]> {
  for (;;) {
    const message = await talker.next()
    expect(message[0]).toBe(TYPE.EVENT)
    const args = message[4] as unknown[]
    if (first(args[0])) return args
  }
}

let names = 0
const newName = (): string => `case.meta.n${(names += 1)}`

const SESSION_ERRORS: readonly [procedure: string, args: unknown[], uri: string][] = [
  ['session.get', [1], ERROR.noSuchSession],
  ['session.get', [], ERROR.invalidArgument],
  ['session.get', ['1'], ERROR.invalidArgument],
  ['session.get', [1.5], ERROR.invalidArgument],
  ['session.count', ['anonymous'], ERROR.invalidArgument],
  ['session.list', [{}], ERROR.invalidArgument],
  ['session.kill', [1], ERROR.noSuchSession],
  ['session.kill', ['1'], ERROR.invalidArgument],
  ['session.kill_by_authid', [7], ERROR.invalidArgument],
  ['session.kill_by_authrole', [], ERROR.invalidArgument],
  ['session.add_testament', [], ERROR.invalidArgument],
  ['session.add_testament', ['a..b', [], {}], ERROR.invalidUri],
  ['session.add_testament', ['wamp.session.on_join', [], {}], ERROR.invalidUri],
  ['session.add_testament', ['a.b', {}, {}], ERROR.invalidArgument],
  ['session.add_testament', ['a.b', [], []], ERROR.invalidArgument],
  ['session.no_such', [], ERROR.noSuchProcedure],
]
const HOLDER_ERRORS = (['registration', 'subscription'] as const).flatMap((what) => {
  const unknown = what === 'registration' ? ERROR.noSuchRegistration : ERROR.noSuchSubscription
  const role = what === 'registration' ? 'callee' : 'subscriber'
  return [
    [`${what}.get`, [4_000_000_000], unknown],
    [`${what}.list_${role}s`, [4_000_000_000], unknown],
    [`${what}.count_${role}s`, [4_000_000_000], unknown],
    [`${what}.remove_${role}`, [4_000_000_000, 1], unknown],
    [`${what}.get`, ['1'], ERROR.invalidArgument],
    [`${what}.lookup`, [7], ERROR.invalidArgument],
    [`${what}.lookup`, ['a.b', { match: 'regex' }], ERROR.invalidArgument],
    [`${what}.lookup`, ['a..b'], ERROR.invalidUri],
    [`${what}.match`, [], ERROR.invalidArgument],
  ] as [string, unknown[], string][]
})

const sessionCases: readonly Case[] = [
  {
    name: 'wamp.session.count, list and get know the sessions of the realm',
    async run(join) {
      const [one, two] = [await peer(join), await peer(join)]
      const details = await meta(one.talker, 'session.get', [two.id])
      expect(details).toMatchObject({
        session: two.id,
        authid: expect.any(String),
        authrole: 'anonymous',
        authmethod: 'anonymous',
        authprovider: expect.any(String),
        transport: expect.any(Object),
      })
      expect(await meta(one.talker, 'session.list')).toEqual(expect.arrayContaining([one.id, two.id]))
      expect(await meta(one.talker, 'session.list', [['anonymous', 'x']])).toEqual(
        expect.arrayContaining([one.id, two.id]),
      )
      expect(await meta(one.talker, 'session.list', [['nobody']])).toEqual([])
      expect(await meta(one.talker, 'session.count', [[]])).toBe(0)
      expect(await meta(one.talker, 'session.count')).toBeGreaterThanOrEqual(2)
      two.talker.peer.close()
      await expect.poll(() => meta(one.talker, 'session.get', [two.id])).toBe(ERROR.noSuchSession)
    },
  },
  {
    name: 'wamp.session.on_join and on_leave tell of sessions',
    async run(join) {
      const watcher = await join()
      await watcher.subscribe('wamp.session.on_join')
      await watcher.subscribe('wamp.session.on_leave')
      const one = await peer(join)
      const isOne = (value: unknown): boolean => (value as { session?: number }).session === one.id
      expect(await eventAbout(watcher, isOne)).toMatchObject([
        { session: one.id, authrole: 'anonymous', authmethod: 'anonymous', transport: expect.any(Object) },
      ])
      one.talker.send([TYPE.GOODBYE, {}, CLOSE.normal])
      const left = await eventAbout(watcher, (value) => value === one.id)
      expect(left).toEqual([one.id, expect.any(String), 'anonymous'])
    },
  },
  {
    name: 'wamp.session.kill ends a session with GOODBYE, its reason and its message',
    async run(join) {
      const [one, two, three] = [await peer(join), await peer(join), await peer(join)]
      expect(await meta(one.talker, 'session.kill', [two.id])).toBe(null)
      expect(await two.talker.next()).toEqual([TYPE.GOODBYE, {}, CLOSE.killed])
      two.talker.send([TYPE.GOODBYE, {}, CLOSE.goodbyeAndOut])
      await two.talker.peer.closed
      const bad = await meta(one.talker, 'session.kill', [three.id], { reason: 'no good uri' })
      expect(bad).toBe(ERROR.invalidUri)
      await meta(one.talker, 'session.kill', [three.id], { reason: 'app.tired', message: 'good night' })
      expect(await three.talker.next()).toEqual([TYPE.GOODBYE, { message: 'good night' }, 'app.tired'])
      expect(await meta(one.talker, 'session.kill', [two.id])).toBe(ERROR.noSuchSession)
      expect(await meta(one.talker, 'session.kill', [one.id])).toBe(ERROR.noSuchSession)
    },
  },
  {
    name: 'wamp.session.kill_by_authid, by_authrole and kill_all spare their caller, and say whom they met',
    async run(join) {
      const [one, two] = [await peer(join), await peer(join)]
      const { authid } = (await meta(one.talker, 'session.get', [two.id])) as { authid: string }
      expect(await meta(one.talker, 'session.kill_by_authid', ['nobody'])).toEqual([])
      const killed = await meta(one.talker, 'session.kill_by_authid', [authid], { reason: 'app.by_authid' })
      expect(killed).toContain(two.id)
      expect(killed).not.toContain(one.id)
      expect((await two.talker.next())[2]).toBe('app.by_authid')
      const three = await peer(join)
      expect(await meta(one.talker, 'session.kill_by_authrole', ['nobody'])).toBe(0)
      expect(await meta(one.talker, 'session.kill_by_authrole', ['anonymous'])).toBeGreaterThanOrEqual(1)
      expect((await three.talker.next())[2]).toBe(CLOSE.killed)
      const four = await peer(join)
      expect(await meta(one.talker, 'session.kill_all', [], { reason: 'app.all' })).toBeGreaterThanOrEqual(1)
      expect((await four.talker.next())[2]).toBe('app.all')
      await one.talker.expectSilence()
    },
  },
  {
    name: 'testaments are published when the session is gone, detached before destroyed, in the order they were added',
    async run(join) {
      const [one, watcher] = [await peer(join), await join()]
      const topic = newName()
      await watcher.subscribe(topic)
      const add = (value: string, kwargs = {}): Promise<unknown> =>
        meta(one.talker, 'session.add_testament', [topic, [value], { k: 1 }], kwargs)
      expect(await add('destroyed 1')).toBe(null)
      await add('detached 1', { scope: 'detached' })
      await add('destroyed 2', { scope: 'destroyed', publish_options: { exclude: [1] } })
      await add('for nobody', { publish_options: { eligible: [] } })
      expect(await add('x', { scope: 'later' })).toBe(ERROR.invalidArgument)
      expect(await add('x', { publish_options: { eligible: 5 } })).toBe(ERROR.invalidArgument)
      await watcher.expectSilence()
      one.talker.peer.close()
      for (const value of ['detached 1', 'destroyed 1', 'destroyed 2'])
        expect((await watcher.next()).slice(4)).toEqual([[value], { k: 1 }])
      await watcher.expectSilence()
    },
  },
  {
    name: 'testaments that were flushed, or whose session fell with all others, are not published',
    async run(join) {
      const [one, two, watcher] = [await peer(join), await peer(join), await peer(join)]
      const topic = newName()
      await watcher.talker.subscribe(topic)
      for (const scope of ['detached', 'destroyed', 'destroyed'])
        await meta(one.talker, 'session.add_testament', [topic, [scope], {}], { scope })
      await meta(two.talker, 'session.add_testament', [topic, ['two'], {}])
      expect(await meta(one.talker, 'session.flush_testaments', [], { scope: 'later' })).toBe(ERROR.invalidArgument)
      expect(await meta(one.talker, 'session.flush_testaments')).toBe(2)
      expect(await meta(one.talker, 'session.flush_testaments')).toBe(0)
      one.talker.send([TYPE.GOODBYE, {}, CLOSE.normal])
      expect((await watcher.talker.next())[4]).toEqual(['detached'])
      await meta(watcher.talker, 'session.kill_all')
      await two.talker.next()
      await watcher.talker.expectSilence()
    },
  },
]

const holderCases: readonly Case[] = [
  {
    name: 'wamp.registration.* know what is registered, and remove_callee takes it away',
    async run(join) {
      const [callee, other] = [await peer(join), await join({})]
      const procedure = newName()
      const id = await callee.talker.register(procedure)
      expect(await meta(other, 'registration.lookup', [procedure])).toBe(id)
      expect(await meta(other, 'registration.lookup', [procedure, { match: 'prefix' }])).toBe(null)
      expect(await meta(other, 'registration.match', [procedure])).toBe(id)
      expect(await meta(other, 'registration.match', [newName()])).toBe(null)
      expect(((await meta(other, 'registration.list')) as { exact: number[] }).exact).toContain(id)
      expect(await meta(other, 'registration.get', [id])).toEqual({
        id,
        created: expect.stringMatching(ISO),
        uri: procedure,
        match: 'exact',
        invoke: 'single',
      })
      expect(await meta(other, 'registration.list_callees', [id])).toEqual([callee.id])
      expect(await meta(other, 'registration.count_callees', [id])).toBe(1)
      expect(await meta(other, 'registration.remove_callee', [id, 1])).toBe(ERROR.noSuchSession)
      expect(await meta(other, 'registration.remove_callee', [id, callee.id], { reason: 'app.no' })).toBe(true)
      expect(await meta(other, 'registration.get', [id])).toBe(ERROR.noSuchRegistration)
    },
  },
  {
    name: 'wamp.subscription.* know what is subscribed to, and remove_subscriber takes it away',
    async run(join) {
      const [subscriber, other] = [await peer(join), await join({})]
      const topic = newName()
      const exact = await subscriber.talker.subscribe(topic)
      const prefix = await subscriber.talker.subscribe(topic, '{"match":"prefix"}')
      expect(await meta(other, 'subscription.lookup', [topic])).toBe(exact)
      expect(await meta(other, 'subscription.lookup', [topic, { match: 'prefix' }])).toBe(prefix)
      expect(await meta(other, 'subscription.lookup', [topic, { match: 'wildcard' }])).toBe(null)
      expect(await meta(other, 'subscription.match', [topic])).toEqual(expect.arrayContaining([exact, prefix]))
      expect(await meta(other, 'subscription.match', [`${topic}.x`])).toEqual([prefix])
      expect(await meta(other, 'subscription.match', [newName()])).toBe(null)
      expect(await meta(other, 'subscription.list')).toMatchObject({
        exact: expect.arrayContaining([exact]),
        prefix: expect.arrayContaining([prefix]),
        wildcard: expect.any(Array),
      })
      expect(await meta(other, 'subscription.get', [prefix])).toEqual({
        id: prefix,
        created: expect.stringMatching(ISO),
        uri: topic,
        match: 'prefix',
      })
      expect(await meta(other, 'subscription.list_subscribers', [exact])).toEqual([subscriber.id])
      expect(await meta(other, 'subscription.count_subscribers', [exact])).toBe(1)
      expect(await meta(other, 'subscription.remove_subscriber', [exact, 1])).toBe(ERROR.noSuchSession)
      expect(await meta(other, 'subscription.remove_subscriber', [exact, subscriber.id])).toBe(true)
      expect(await meta(other, 'subscription.get', [exact])).toBe(ERROR.noSuchSubscription)
    },
  },
  ...(['registration', 'subscription'] as const).map((what): Case => ({
    name: `wamp.${what}.on_* come in order, with the session and the ${what}`,
    async run(join) {
      const [one, watcher] = [await peer(join), await join()]
      const isOne = (value: unknown): boolean => value === one.id
      const [begin, end] = what === 'registration' ? ['register', 'unregister'] : ['subscribe', 'unsubscribe']
      const topics = ['on_create', `on_${begin}`, `on_${end}`, 'on_delete'].map((name) => `wamp.${what}.${name}`)
      const uri = newName()
      for (const topic of topics) await watcher.subscribe(topic)
      const id = what === 'registration' ? await one.talker.register(uri) : await one.talker.subscribe(uri)
      expect(await eventAbout(watcher, isOne)).toMatchObject([one.id, { id, uri, match: 'exact' }])
      expect(await eventAbout(watcher, isOne)).toEqual([one.id, id])
      await one.talker.ask((request) => [what === 'registration' ? TYPE.UNREGISTER : TYPE.UNSUBSCRIBE, request, id])
      expect(await eventAbout(watcher, isOne)).toEqual([one.id, id])
      expect(await eventAbout(watcher, isOne)).toEqual([one.id, id])
      await watcher.expectSilence()
    },
  })),
  {
    name: 'subscriptions to wamp. topics are not announced',
    async run(join) {
      const [one, watcher] = [await join(), await join()]
      await watcher.subscribe('wamp.subscription.on_create')
      await watcher.subscribe('wamp.subscription.on_subscribe')
      await one.subscribe('wamp.registration.on_delete')
      await watcher.expectSilence()
    },
  },
]

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/

export const metaCases: readonly Case[] = [
  ...sessionCases,
  ...holderCases,
  ...[...SESSION_ERRORS, ...HOLDER_ERRORS].map(([procedure, args, uri]): Case => ({
    name: `wamp.${procedure} ${JSON.stringify(args)} fails with ${uri}`,
    async run(join) {
      expect(await meta(await join(), procedure, args)).toBe(uri)
    },
  })),
  {
    name: 'a procedure under wamp. cannot be registered, under no policy',
    async run(join) {
      const talker = await join()
      for (const match of ['exact', 'prefix', 'wildcard'])
        for (const uri of ['wamp.session.count', 'wamp.mine', 'wamp']) {
          const answer = await talker.ask((id) => [TYPE.REGISTER, id, { match }, uri])
          expect(answer.slice(0, 2).concat(answer[4])).toEqual([TYPE.ERROR, TYPE.REGISTER, ERROR.invalidUri])
        }
    },
  },
]
