import { expect } from 'vitest'
import { ERROR } from '../errors.ts'
import { TYPE } from '../messages.ts'
import { call, newTopic } from './publishing.ts'
import { ALL_FEATURES, type Case } from './talker.ts'

const EVENTS = ['on_create', 'on_subscribe', 'on_unsubscribe', 'on_delete']

/** Sessions of other tests may still be going. */
function isAbout(id: number, args: unknown): boolean {
  const about = Array.isArray(args) ? (args[1] as unknown) : null
  return about === id || (typeof about === 'object' && about !== null && 'id' in about && about.id === id)
}

/** Advanced Profile, "Subscription Meta API" and "Subscription Revocation". */
export const subscriptionMetaCases: readonly Case[] = [
  {
    name: 'creation comes before subscribing, deletion after unsubscribing, and a session that goes gives all up',
    async run(join) {
      const [watcher, one, two] = [await join(), await join(), await join()]
      const names = new Map<unknown, string>()
      for (const event of EVENTS) names.set(await watcher.subscribe(`wamp.subscription.${event}`), event)
      const topic = newTopic()
      const id = await one.subscribe(topic, '{"match":"prefix"}')
      await two.subscribe(topic, '{"match":"prefix"}')
      await one.subscribe(topic, '{"match":"prefix"}')
      await two.ask((request) => [TYPE.UNSUBSCRIBE, request, id])
      one.peer.close()
      const seen: unknown[] = []
      while (seen.length < 6) {
        const [, subscription, , , args] = await watcher.next()
        if (isAbout(id, args)) seen.push([names.get(subscription), ...(args as unknown[])])
      }
      const created = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string
      expect(seen).toEqual([
        ['on_create', one.session, { id, created, uri: topic, match: 'prefix' }],
        ['on_subscribe', one.session, id],
        ['on_subscribe', two.session, id],
        ['on_unsubscribe', two.session, id],
        ['on_unsubscribe', one.session, id],
        ['on_delete', one.session, id],
      ])
    },
  },
  {
    name: 'subscribing to meta events announces nothing',
    async run(join) {
      const [watcher, other] = [await join(), await join()]
      for (const event of EVENTS) await watcher.subscribe(`wamp.subscription.${event}`)
      const silent = await other.subscribe('wamp.session.on_leave.x')
      await other.ask((request) => [TYPE.UNSUBSCRIBE, request, silent])
      const told = await other.subscribe(newTopic())
      for (let args: unknown; !isAbout(told, args);) {
        args = (await watcher.next())[4]
        expect(isAbout(silent, args)).toBe(false)
      }
    },
  },
  {
    name: 'subscriptions are found by id, by topic and by what they match',
    async run(join) {
      const [subscriber, other] = [await join(), await join()]
      const topic = newTopic()
      const exact = await subscriber.subscribe(topic)
      const prefix = await other.subscribe(`${topic}.`, '{"match":"prefix"}')
      expect(await call(other, 'wamp.subscription.lookup', [topic])).toBe(exact)
      expect(await call(other, 'wamp.subscription.lookup', [`${topic}.`, { match: 'prefix' }])).toBe(prefix)
      expect(await call(other, 'wamp.subscription.lookup', [`${topic}.x`])).toBeNull()
      expect(await call(other, 'wamp.subscription.match', [`${topic}.x`])).toEqual([prefix])
      expect(await call(other, 'wamp.subscription.match', ['nobody.cares'])).toBeNull()
      expect(await call(other, 'wamp.subscription.get', [exact])).toMatchObject({
        id: exact,
        uri: topic,
        match: 'exact',
      })
      expect(await call(other, 'wamp.subscription.list_subscribers', [exact])).toEqual([subscriber.session])
      expect(await call(other, 'wamp.subscription.count_subscribers', [prefix])).toBe(1)
      const lists = (await call(other, 'wamp.subscription.list')) as Record<string, number[]>
      expect(lists['exact']).toContain(exact)
      expect(lists['prefix']).toContain(prefix)
    },
  },
  {
    name: 'a revoked subscription is told to those who announced that they understand it',
    async run(join) {
      const [modern, plain, admin] = [await join({ roles: ALL_FEATURES }), await join(), await join()]
      const topic = newTopic()
      const id = await modern.subscribe(topic)
      await plain.subscribe(topic)
      for (const { session } of [modern, plain])
        await call(admin, 'wamp.subscription.remove_subscriber', [id, session], { reason: 'app.no_more' })
      expect(await modern.next()).toEqual([TYPE.UNSUBSCRIBED, 0, { subscription: id, reason: 'app.no_more' }])
      await plain.expectSilence()
      const again = await plain.ask((request) => [TYPE.UNSUBSCRIBE, request, id])
      expect(again[4]).toBe(ERROR.noSuchSubscription)
    },
  },
  {
    name: 'history of a subscription nobody keeps is unavailable; of one that does not exist, there is none',
    async run(join) {
      const talker = await join()
      const id = await talker.subscribe(newTopic())
      const asked = async (subscription: number): Promise<unknown> =>
        (await talker.ask((request) => [TYPE.CALL, request, {}, 'wamp.subscription.get_events', [subscription]]))[4]
      expect(await asked(id)).toBe(ERROR.historyUnavailable)
      expect(await asked(id + 100_000)).toBe(ERROR.noSuchSubscription)
    },
  },
]
