import { expect } from 'vitest'
import { TYPE } from '../messages.ts'
import { newTopic, publishValues } from './publishing.ts'
import type { Case, Join, Talker } from './talker.ts'

async function group(join: Join, topic: string, keys: readonly string[]): Promise<Talker[]> {
  const members: Talker[] = []
  for (const nkey of keys) {
    const member = await join()
    await member.subscribe(topic, JSON.stringify({ nkey }))
    members.push(member)
  }
  return members
}

/** What each of them has got until now. */
async function gotten(talkers: readonly Talker[]): Promise<unknown[][]> {
  const all: unknown[][] = []
  for (const talker of talkers) {
    const got: unknown[] = []
    talker.send([48, 9000, {}, 'nobody.registers.this'])
    for (let message = await talker.next(); message[0] === 36; message = await talker.next())
      got.push((message[4] as unknown[])[0])
    all.push(got)
  }
  return all
}

/** Advanced Profile, "Sharded Subscription". */
export const groupsCases: readonly Case[] = [
  {
    name: 'without rkey the nodes of a group take turns, and who is in no group gets everything',
    async run(join) {
      const [publisher, witness, topic] = [await join(), await join(), newTopic()]
      const members = await group(join, topic, ['a', 'b', 'c'])
      await witness.subscribe(topic)
      for (const n of [1, 2, 3, 4, 5, 6]) await publishValues(publisher, topic, [n])
      const [all, ...shares] = await gotten([witness, ...members])
      expect(all).toEqual([1, 2, 3, 4, 5, 6])
      expect(shares).toEqual([
        [1, 4],
        [2, 5],
        [3, 6],
      ])
    },
  },
  {
    name: 'one rkey is always the same node, and a node that goes takes no other key with it',
    async run(join) {
      const [publisher, topic] = [await join(), newTopic()]
      const members = await group(join, topic, ['a', 'b', 'c'])
      const keys = Array.from({ length: 30 }, (_, n) => `device-${n}`)
      const round = async (): Promise<unknown[][]> => {
        for (const rkey of keys) await publishValues(publisher, topic, [rkey], { rkey })
        return await gotten(members)
      }
      const first = await round()
      expect(new Set(first.flat())).toEqual(new Set(keys))
      expect(first.flat()).toHaveLength(keys.length)
      for (const share of first) expect(share.length).toBeGreaterThan(0)
      expect(await round()).toEqual(first)
      const gone = members.pop()
      const id = await gone?.subscribe(topic, '{"nkey":"c"}')
      await gone?.ask((request) => [TYPE.UNSUBSCRIBE, request, id])
      const second = await round()
      for (const [n, share] of second.entries()) expect(share).toEqual(expect.arrayContaining(first[n] ?? []))
      expect(second.flat()).toHaveLength(keys.length)
    },
  },
  {
    name: 'sessions of one node get the same; a node that may not have an event is passed over',
    async run(join) {
      const [publisher, topic] = [await join(), newTopic()]
      const [one, two, other] = await group(join, topic, ['a', 'a', 'b'])
      for (const n of [1, 2]) await publishValues(publisher, topic, [n])
      const exclude = [other?.session]
      for (const n of [3, 4]) await publishValues(publisher, topic, [n], { exclude, rkey: 'k' })
      const members = [one, two, other].filter((member) => member !== undefined)
      expect(await gotten(members)).toEqual([[1, 3, 4], [1, 3, 4], [2]])
    },
  },
]
