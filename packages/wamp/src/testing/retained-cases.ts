import { expect } from 'vitest'
import { TYPE } from '../messages.ts'
import { newTopic, publishValues } from './publishing.ts'
import type { Case } from './talker.ts'

const GET = '{"get_retained":true}'
const retain = { retain: true }

/** Advanced Profile, "Event Retention". */
export const retainedCases: readonly Case[] = [
  {
    name: 'the last retained event comes after SUBSCRIBED, marked, to those who ask, and live ones without the mark',
    async run(join) {
      const [publisher, subscriber, other] = [await join(), await join(), await join()]
      const topic = newTopic()
      await publishValues(publisher, topic, [1], retain)
      const publication = await publishValues(publisher, topic, [2], retain)
      await publishValues(publisher, topic, [3])
      const id = await subscriber.subscribe(topic, GET)
      expect(await subscriber.next()).toEqual([TYPE.EVENT, id, publication, { retained: true }, [2]])
      await other.subscribe(topic)
      const live = await publishValues(publisher, topic, [4], retain)
      for (const talker of [subscriber, other]) expect(await talker.next()).toEqual([TYPE.EVENT, id, live, {}, [4]])
      await other.expectSilence()
    },
  },
  {
    name: 'subscribing again asks again',
    async run(join) {
      const [publisher, subscriber] = [await join(), await join()]
      const topic = newTopic()
      await subscriber.subscribe(topic)
      await publishValues(publisher, topic, [1], retain)
      expect((await subscriber.next())[3]).toEqual({})
      await subscriber.subscribe(topic, GET)
      expect((await subscriber.next())[3]).toEqual({ retained: true })
    },
  },
  {
    name: 'a pattern gets those of all its topics, with their names',
    async run(join) {
      const [publisher, subscriber] = [await join(), await join()]
      const root = newTopic()
      for (const n of [1, 2, 3]) await publishValues(publisher, `${root}.d${n}.state`, [n], retain)
      await publishValues(publisher, `${root}.d1.other`, [0], retain)
      const id = await subscriber.subscribe(`${root}..state`, '{"match":"wildcard","get_retained":true}')
      for (const n of [1, 2, 3])
        expect((await subscriber.next()).slice(1)).toEqual([
          id,
          expect.any(Number),
          { retained: true, topic: `${root}.d${n}.state` },
          [n],
        ])
      await subscriber.expectSilence()
    },
  },
  {
    name: 'a restricted event is kept beside the general one, until that is newer',
    async run(join) {
      const [publisher, one, two] = [await join(), await join(), await join()]
      const topic = newTopic()
      const get = async (talker: typeof one): Promise<unknown> => {
        const id = await talker.subscribe(topic, GET)
        const args = (await talker.next())[4]
        await talker.ask((request) => [TYPE.UNSUBSCRIBE, request, id])
        return args
      }
      await publishValues(publisher, topic, ['all'], retain)
      await publishValues(publisher, topic, ['one'], { ...retain, eligible: [one.session] })
      await publishValues(publisher, topic, ['no two'], { ...retain, exclude: [two.session, one.session] })
      expect([await get(one), await get(two)]).toEqual([['one'], ['all']])
      await publishValues(publisher, topic, ['all again'], retain)
      expect([await get(one), await get(two)]).toEqual([['all again'], ['all again']])
    },
  },
  {
    name: 'its publisher gets it only with exclude_me false, as it would have when it was published',
    async run(join) {
      const both = await join()
      const topic = newTopic()
      await publishValues(both, topic, [1], retain)
      const id = await both.subscribe(topic, GET)
      await both.ask((request) => [TYPE.UNSUBSCRIBE, request, id])
      await publishValues(both, topic, [2], { ...retain, exclude_me: false })
      await both.subscribe(topic, GET)
      expect((await both.next())[4]).toEqual([2])
    },
  },
  {
    name: 'retaining an empty payload clears, and is an event all the same',
    async run(join) {
      const [publisher, subscriber, late] = [await join(), await join(), await join()]
      const topic = newTopic()
      await publishValues(publisher, topic, [1], retain)
      const id = await subscriber.subscribe(topic)
      const publication = await publishValues(publisher, topic, [], retain)
      expect(await subscriber.next()).toEqual([TYPE.EVENT, id, publication, {}])
      await late.subscribe(topic, GET)
      await late.expectSilence()
    },
  },
]
