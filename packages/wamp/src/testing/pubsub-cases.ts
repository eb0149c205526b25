import { expect } from 'vitest'
import { ERROR } from '../errors.ts'
import { TYPE } from '../messages.ts'
import { newTopic, publish } from './publishing.ts'
import type { Case } from './talker.ts'

export const pubsubCases: readonly Case[] = [
  {
    name: 'an event carries the publication id, and no empty payload',
    async run(join) {
      const [subscriber, publisher] = [await join(), await join()]
      const topic = newTopic()
      const subscription = await subscriber.subscribe(topic)
      const publication = await publish(publisher, topic)
      expect(await subscriber.next()).toEqual([TYPE.EVENT, subscription, publication, {}])
      const second = await publish(publisher, topic, ',[],{}')
      expect(await subscriber.next()).toEqual([TYPE.EVENT, subscription, second, {}])
    },
  },
  {
    isJsonOnly: true,
    name: 'a payload passes character by character',
    async run(join) {
      const [subscriber, publisher] = [await join(), await join()]
      const topic = newTopic()
      const subscription = await subscriber.subscribe(topic)
      const tail = '["20.50",20.50,12345678901234567890,"\\u00fc ü \\ud83d\\ude00",{"__proto__":1}],{"k":[null]}'
      const publication = await publish(publisher, topic, `,${tail}`)
      expect(await subscriber.peer.nextFrame()).toBe(`[36,${subscription},${publication},{},${tail}]`)
    },
  },
  {
    name: 'keyword arguments alone pass with an empty list before them',
    async run(join) {
      const [subscriber, publisher] = [await join(), await join()]
      const topic = newTopic()
      await subscriber.subscribe(topic)
      await publish(publisher, topic, ',[],{"a":1}')
      expect((await subscriber.next()).slice(4)).toEqual([[], { a: 1 }])
    },
  },
  {
    name: 'a publisher gets its own event only with exclude_me false',
    async run(join) {
      const both = await join()
      const topic = newTopic()
      await both.subscribe(topic)
      await publish(both, topic)
      both.send(`[16,99,{"exclude_me":false},"${topic}",[7]]`)
      expect((await both.next()).slice(4)).toEqual([[7]])
    },
  },
  {
    name: 'an unacknowledged PUBLISH is never answered, whatever is wrong with it',
    async run(join) {
      const talker = await join()
      talker.send('[16,1,{},"no good uri"]')
      talker.send('[16,2,{},"wamp.session.on_join"]')
      await talker.expectSilence()
    },
  },
  {
    name: 'publishing under wamp. is refused',
    async run(join) {
      const talker = await join()
      const answer = await talker.ask((id) => `[16,${id},{"acknowledge":true},"wamp.session.on_join"]`)
      expect(answer.slice(0, 5)).toEqual([TYPE.ERROR, TYPE.PUBLISH, 1, {}, ERROR.invalidUri])
    },
  },
  ...['a..b', '.a', 'a.', 'a b', 'a#b', '', 'x'.repeat(1025)].map(
    (topic) =>
      ({
        name: `subscribing to ${topic.length > 10 ? 'a topic of 1025 characters' : `"${topic}"`} is refused`,
        async run(join) {
          const talker = await join()
          const answer = await talker.ask((id) => `[32,${id},{},"${topic}"]`)
          expect(answer.slice(0, 5)).toEqual([TYPE.ERROR, TYPE.SUBSCRIBE, 1, {}, ERROR.invalidUri])
        },
      }) satisfies Case,
  ),
  {
    isOnWireOnly: true,
    name: 'a match policy that does not exist is a protocol violation',
    async run(join) {
      const talker = await join()
      const answer = await talker.ask((id) => `[32,${id},{"match":"regex"},"a.b"]`)
      expect(answer).toMatchObject([TYPE.ABORT, {}, ERROR.protocolViolation])
    },
  },
  {
    name: 'subscribing twice gives the same subscription and one event',
    async run(join) {
      const [subscriber, publisher] = [await join(), await join()]
      const topic = newTopic()
      const first = await subscriber.subscribe(topic)
      expect(await subscriber.subscribe(topic)).toBe(first)
      await publish(publisher, topic, ',[1]')
      expect((await subscriber.next()).slice(4)).toEqual([[1]])
      await subscriber.expectSilence()
    },
  },
  {
    name: 'after UNSUBSCRIBE, which may carry options, no event comes',
    async run(join) {
      const [subscriber, publisher] = [await join(), await join()]
      const topic = newTopic()
      const subscription = await subscriber.subscribe(topic)
      expect((await subscriber.ask((id) => `[34,${id},${subscription},{}]`))[0]).toBe(TYPE.UNSUBSCRIBED)
      await publish(publisher, topic)
      await subscriber.expectSilence()
      const again = await subscriber.ask((id) => `[34,${id},${subscription}]`)
      expect(again[4]).toBe(ERROR.noSuchSubscription)
    },
  },
  {
    name: 'the subscription of another session cannot be given up',
    async run(join) {
      const [subscriber, other] = [await join(), await join()]
      const subscription = await subscriber.subscribe(newTopic())
      expect((await other.ask((id) => `[34,${id},${subscription}]`))[4]).toBe(ERROR.noSuchSubscription)
    },
  },
  {
    name: 'every matching subscription gets one event of the same publication, patterns with the topic',
    async run(join) {
      const [subscriber, publisher] = [await join(), await join()]
      const exact = await subscriber.subscribe('multi.a.b')
      const prefix = await subscriber.subscribe('multi.a', '{"match":"prefix"}')
      const wildcard = await subscriber.subscribe('multi..b', '{"match":"wildcard"}')
      await subscriber.subscribe('multi.b', '{"match":"prefix"}')
      await subscriber.subscribe('multi.', '{"match":"wildcard"}')
      const publication = await publish(publisher, 'multi.a.b')
      const events = [await subscriber.next(), await subscriber.next(), await subscriber.next()]
      expect(events).toContainEqual([TYPE.EVENT, exact, publication, {}])
      expect(events).toContainEqual([TYPE.EVENT, prefix, publication, { topic: 'multi.a.b' }])
      expect(events).toContainEqual([TYPE.EVENT, wildcard, publication, { topic: 'multi.a.b' }])
      await subscriber.expectSilence()
    },
  },
  {
    name: 'events of one publisher keep their order across topics',
    async run(join) {
      const [subscriber, publisher] = [await join(), await join()]
      const [a, b] = [newTopic(), newTopic()]
      await subscriber.subscribe(a)
      await subscriber.subscribe(b)
      for (let n = 1; n <= 200; n += 1) publisher.send(`[16,${n},{},"${n % 3 === 0 ? a : b}",[${n}]]`)
      const seen: unknown[] = []
      while (seen.length < 200) seen.push(((await subscriber.next())[4] as unknown[])[0])
      expect(seen).toEqual(Array.from({ length: 200 }, (_, i) => i + 1))
    },
  },
  {
    name: 'a subscriber that is gone is forgotten',
    async run(join) {
      const [subscriber, publisher, other] = [await join(), await join(), await join()]
      const topic = newTopic()
      await subscriber.subscribe(topic)
      await other.subscribe(topic)
      subscriber.peer.close()
      await publish(publisher, topic, ',[1]')
      expect((await other.next())[4]).toEqual([1])
    },
  },
]
