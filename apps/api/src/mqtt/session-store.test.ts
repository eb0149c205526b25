import { expect, test } from 'vitest'
import { makeSessionStore } from './session-store.ts'
import type { Holder } from './session-store.ts'

const MINUTE_MS = 60_000

function makeStore() {
  let nowMs = 0
  const store = makeSessionStore(() => nowMs)
  const aedes = store.persistence as {
    subscriptionsByClient(client: { id: string }): Promise<unknown[]>
    incomingStorePacket(client: Holder, packet: { messageId: number }): Promise<void>
    incomingGetPacket(client: Holder, packet: { messageId: number }): Promise<unknown>
    incomingDelPacket(client: Holder, packet: { messageId: number }): Promise<void>
  }
  return {
    store,
    aedes,
    enter(id: string, clean = false): Holder {
      const client = { id, clean }
      store.enter(client)
      return client
    },
    isPresent: async (id: string) => (await aedes.subscriptionsByClient({ id })).length > 0,
    pass: (minutes: number) => (nowMs += minutes * MINUTE_MS),
  }
}

test('a session that is kept is there again, with its topics and what it has not released', async () => {
  const { store, aedes, enter, isPresent } = makeStore()
  const before = enter('1 pump')
  expect(await isPresent('1 pump')).toBe(false)
  for (const topic of ['a', 'b']) store.remember(before, topic)
  store.forget(before, ['a', 'none'])
  for (const messageId of [7, 8]) await aedes.incomingStorePacket(before, { messageId })
  await aedes.incomingDelPacket(before, { messageId: 8 })
  store.leave(before)
  const after = enter('1 pump')
  expect(await isPresent('1 pump')).toBe(true)
  expect(store.topics(after)).toEqual(['b'])
  expect([...store.unreleased(after)]).toEqual([7])
  expect(await aedes.incomingGetPacket(after, { messageId: 7 })).toBeTruthy()
  await expect(aedes.incomingGetPacket(after, { messageId: 8 })).rejects.toThrow('no such packet')
})

test.each([
  { what: 'ten minutes later', older: false, newer: false, minutes: 10, present: false },
  { what: 'a moment before', older: false, newer: false, minutes: 9.9, present: true },
  { what: 'after a clean one', older: true, newer: false, minutes: 0, present: false },
  { what: 'for a clean one', older: false, newer: true, minutes: 0, present: false },
])('$what: a session is there $present', async ({ older, newer, minutes, present }) => {
  const { store, enter, isPresent, pass } = makeStore()
  const before = enter('1 pump', older)
  store.remember(before, 'a')
  store.leave(before)
  pass(minutes)
  const after = enter('1 pump', newer)
  expect(await isPresent('1 pump')).toBe(present)
  expect(store.topics(after)).toEqual(present ? ['a'] : [])
})

test.each([
  { older: false, newer: false, topics: ['a', 'b'] },
  { older: true, newer: false, topics: ['b'] },
  { older: false, newer: true, topics: [] },
])('taken over ($older, $newer): the end of the older connection ends nothing', async ({ older, newer, topics }) => {
  const { store, aedes, enter } = makeStore()
  const first = enter('1 pump', older)
  store.remember(first, 'a')
  const second = enter('1 pump', newer)
  store.remember(second, 'b')
  // it was under way on the older one
  await aedes.incomingStorePacket(first, { messageId: 7 })
  store.leave(first)
  store.leave(second)
  const last = enter('1 pump')
  expect(store.topics(last)).toEqual(topics)
  expect([...store.unreleased(last)]).toEqual(older || newer ? [] : [7])
})

test('the waiting sessions of one account weigh a megabyte at most, and others have nothing to do with it', () => {
  const { store, enter } = makeStore()
  const leaveOne = (id: string, topicChars: number): void => {
    const client = enter(id)
    store.remember(client, 'x'.repeat(topicChars))
    store.leave(client)
  }
  leaveOne('2 pump', 1000)
  for (let count = 0; count < 12; count++) leaveOne(`1 pump${count}`, 100_000)
  const ids = ['2 pump', ...Array.from({ length: 12 }, (_, count) => `1 pump${count}`)]
  const kept = ids.filter((id) => store.topics(enter(id)).length > 0)
  expect(kept).toEqual(['2 pump', ...ids.slice(-10)])
})

test('what waited too long is forgotten without anybody asking for it', async () => {
  const { store, enter, isPresent, pass } = makeStore()
  store.leave(enter('1 a'))
  pass(5)
  store.leave(enter('1 b'))
  pass(5)
  store.tidy()
  pass(-10)
  enter('1 a')
  enter('1 b')
  expect([await isPresent('1 a'), await isPresent('1 b')]).toEqual([false, true])
})
