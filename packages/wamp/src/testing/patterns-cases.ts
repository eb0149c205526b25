import { expect } from 'vitest'
import { TYPE } from '../messages.ts'
import { newTopic, publishValues } from './publishing.ts'
import type { Case } from './talker.ts'

const PREFIX = '{"match":"prefix"}'
const WILDCARD = '{"match":"wildcard"}'

interface Match {
  readonly options: string
  readonly pattern: string
  readonly hits: readonly string[]
  readonly misses: readonly string[]
}

const MATCHES: readonly Match[] = [
  { options: PREFIX, pattern: 'a.b', hits: ['a.b', 'a.bc', 'a.b.c'], misses: ['a', 'a.c', 'a.B'] },
  { options: PREFIX, pattern: 'a.b.', hits: ['a.b.c', 'a.b.c.d'], misses: ['a.b', 'a.bc'] },
  { options: WILDCARD, pattern: 'a..c', hits: ['a.b.c', 'a.x.c'], misses: ['a.c', 'a.b.c.d', 'a.b.d', 'b.b.c'] },
  { options: WILDCARD, pattern: 'a.b.', hits: ['a.b.c'], misses: ['a.b', 'a.b.c.d'] },
  { options: WILDCARD, pattern: 'a...', hits: ['a.b.c.d'], misses: ['a.b.c', 'b.b.c.d'] },
  { options: WILDCARD, pattern: 'a.b', hits: ['a.b'], misses: ['a.b.c', 'a'] },
]

/** Advanced Profile, "Pattern-based Subscription". */
export const patternsCases: readonly Case[] = [
  ...MATCHES.map(
    ({ options, pattern, hits, misses }) =>
      ({
        name: `${options} "${pattern}" matches ${hits.join(', ')} and not ${misses.join(', ')}`,
        async run(join) {
          const [subscriber, publisher] = [await join(), await join()]
          const root = newTopic()
          const subscription = await subscriber.subscribe(`${root}.${pattern}`, options)
          for (const topic of [...misses, ...hits]) await publishValues(publisher, `${root}.${topic}`, [topic])
          for (const topic of hits) {
            const details = { topic: `${root}.${topic}` }
            const publication = expect.any(Number) as number
            expect(await subscriber.next()).toEqual([TYPE.EVENT, subscription, publication, details, [topic]])
          }
          await subscriber.expectSilence()
        },
      }) satisfies Case,
  ),
  {
    name: 'patterns are subscriptions apart: each gives one event of the publication, until it is given up',
    async run(join) {
      const [subscriber, publisher] = [await join(), await join()]
      const root = newTopic()
      const ids = [
        await subscriber.subscribe(root),
        await subscriber.subscribe(root, PREFIX),
        await subscriber.subscribe(root, WILDCARD),
        await subscriber.subscribe('case', PREFIX),
      ]
      expect(new Set(ids).size).toBe(4)
      const publication = await publishValues(publisher, root, [])
      const events = [
        await subscriber.next(),
        await subscriber.next(),
        await subscriber.next(),
        await subscriber.next(),
      ]
      expect(new Set(events.map((event) => event[1]))).toEqual(new Set(ids))
      for (const event of events) expect(event[2]).toBe(publication)
      for (const id of ids.slice(0, 3)) await subscriber.ask((request) => [TYPE.UNSUBSCRIBE, request, id])
      await publishValues(publisher, root, [])
      expect((await subscriber.next())[1]).toBe(ids[3])
      await subscriber.expectSilence()
    },
  },
]
