import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TYPE } from '../messages.ts'
import { openNamed } from '../testing/named-peers.ts'
import { publishValues } from '../testing/publishing.ts'
import type { Talker } from '../testing/talker.ts'

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ does: fc.constant('publish' as const), topic: fc.constantFrom('log.a', 'log.b') }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('lose' as const) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('return' as const) }) },
)

/** Reads all that has come. @returns the numbers of its events and the last publication */
async function read(talker: Talker): Promise<{ numbers: unknown[]; last: number | null }> {
  const numbers: unknown[] = []
  let last: number | null = null
  talker.send([TYPE.CALL, 9000, {}, 'nobody.registers.this'])
  for (let message = await talker.next(); message[0] === TYPE.EVENT; message = await talker.next()) {
    numbers.push((message[4] as unknown[])[0])
    last = Number(message[2])
  }
  return { numbers, last }
}

test(
  'a subscriber that comes and goes and catches up gets everything once and in order',
  { timeout: 60_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 60, size: 'max' }),
        fc.constantFrom({ match: 'exact', topic: 'log.a' }, { match: 'prefix', topic: 'log.' }),
        async (steps, { match, topic }) => {
          const { enter } = openNamed({ realm: { history: [{ match: 'prefix', topic: 'log', eventsMax: 1000 }] } })
          const publisher = await enter('pat')
          // the first publication is known from the start, as a stored position would be
          let last = await publishValues(publisher, 'log.a', [-1])
          const seen: unknown[] = []
          const expected: number[] = []
          let subscriber: Talker | null = null
          const come = async (): Promise<Talker> => {
            const talker = await enter('sue')
            await talker.subscribe(topic, JSON.stringify({ match, _after_publication: last }))
            return talker
          }
          const go = async (talker: Talker): Promise<void> => {
            const got = await read(talker)
            seen.push(...got.numbers)
            last = got.last ?? last
            talker.peer.close()
          }
          for (const [n, s] of steps.entries()) {
            if (s.does === 'publish') {
              await publishValues(publisher, s.topic, [n])
              if (match === 'prefix' || s.topic === topic) expected.push(n)
            } else if (s.does === 'return') subscriber ??= await come()
            else if (subscriber) {
              await go(subscriber)
              subscriber = null
            }
          }
          await go(subscriber ?? (await come()))
          expect(seen).toEqual(expected)
        },
      ),
      { numRuns: 200 },
    )
  },
)
