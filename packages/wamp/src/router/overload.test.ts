import { describe, expect, test } from 'vitest'
import { ERROR } from '../errors.ts'
import type { Event } from '../messages.ts'
import { Payload } from '../payload.ts'
import { type Joined, joined, openRouter, settled } from '../testing/open-router.ts'
import { EventQueue } from './event-queue.ts'
import type { OverflowPolicy } from './options.ts'
import type { Router } from './router.ts'

const LIMITS = { highWaterBytes: 100, hardLimitBytes: 1000, queueEventsMax: 3 }

async function lab(
  overflow: OverflowPolicy,
): Promise<{ router: Router; slow: Joined; fast: Joined; publisher: Joined }> {
  const { router } = openRouter({ limits: LIMITS, realm: { overflow } })
  const [slow, fast, publisher] = [await joined(router), await joined(router), await joined(router)]
  return { router, slow, fast, publisher }
}

/** Publishes one event to each of the topics and waits until they are dispatched. */
async function publish({ talker }: Joined, ...events: [topic: string, value: unknown][]): Promise<void> {
  for (const [topic, value] of events) await talker.ask((id) => [16, id, { acknowledge: true }, topic, [value]])
}

/** The next events: subscription, details and value. */
async function events({ talker }: Joined, count: number): Promise<unknown[]> {
  const seen: unknown[] = []
  while (seen.length < count) {
    const [type, subscription, , details, args] = await talker.next()
    expect(type).toBe(36)
    seen.push([subscription, details, (args as unknown[])[0]])
  }
  return seen
}

describe('what a slow subscriber gets when it reads again', () => {
  test.each([
    {
      name: 'drop_newest: the last of each subscription, with the number lost before it',
      overflow: 'drop_newest',
      kept: (a: number, b: number) => [
        [a, { _dropped: 2 }, 'a3'],
        [b, { _dropped: 1 }, 'b2'],
      ],
      dropped: 3,
    },
    {
      name: 'drop_oldest: the latest three',
      overflow: 'drop_oldest',
      kept: (a: number, b: number) => [
        [b, {}, 'b1'],
        [a, { _dropped: 2 }, 'a3'],
        [b, {}, 'b2'],
      ],
      dropped: 2,
    },
    {
      name: 'conflate: the latest of each topic',
      overflow: 'conflate',
      kept: (a: number, b: number) => [
        [a, { _dropped: 2 }, 'a3'],
        [b, { _dropped: 1 }, 'b2'],
      ],
      dropped: 3,
    },
  ] as const)('$name', async ({ overflow, kept, dropped }) => {
    const { router, slow, fast, publisher } = await lab(overflow)
    const [a, b] = [await slow.talker.subscribe('t.a'), await slow.talker.subscribe('t.b')]
    await fast.talker.subscribe('t.a')
    slow.transport.bufferedBytes = 101
    await publish(publisher, ['t.a', 'a1'], ['t.a', 'a2'], ['t.b', 'b1'], ['t.a', 'a3'], ['t.b', 'b2'])
    await slow.talker.expectSilence()
    expect((await events(fast, 3)).map((event) => (event as unknown[])[2])).toEqual(['a1', 'a2', 'a3'])
    slow.transport.drain()
    expect(await events(slow, kept(a, b).length)).toEqual(kept(a, b))
    expect(router.metrics().eventsDropped).toBe(dropped)
    expect(router.sessions().map(({ eventsDropped }) => eventsDropped)).toEqual([dropped, 0, 0])
    const byTopic = router.realm('realm1')?.dropsByTopic ?? new Map<string, number>()
    expect([...byTopic.values()].reduce((sum, count) => sum + count, 0)).toBe(dropped)
    expect(byTopic.get('t.a')).toBe(2)
    await publish(publisher, ['t.a', 'later'])
    expect(await events(slow, 1)).toEqual([[a, {}, 'later']])
  })

  test('conflate tells the topics of a pattern apart', async () => {
    const { slow, publisher } = await lab('conflate')
    const all = await slow.talker.subscribe('t', '{"match":"prefix"}')
    slow.transport.bufferedBytes = 101
    await publish(publisher, ['t.a', 1], ['t.b', 2], ['t.a', 3])
    slow.transport.drain()
    expect(await events(slow, 2)).toEqual([
      [all, { topic: 't.b', _dropped: 1 }, 2],
      [all, { topic: 't.a' }, 3],
    ])
  })

  test('disconnect: an ABORT, and nothing is left of it', async () => {
    const { router, slow, publisher } = await lab('disconnect')
    await slow.talker.subscribe('t.a')
    slow.transport.bufferedBytes = 101
    await publish(publisher, ['t.a', 1], ['t.a', 2])
    expect((await slow.talker.next()).slice(0, 3)).toEqual([3, { message: 'too slow' }, ERROR.unavailable])
    expect((await slow.transport.closed).code).toBe(1013)
    expect(router.metrics()).toMatchObject({ sessions: 2, subscriptions: 0, eventsDropped: 1 })
  })

  test('losses of a subscription whose events all gave way are told with its next event, whenever that comes', async () => {
    const { slow, publisher } = await lab('drop_oldest')
    const [a, b] = [await slow.talker.subscribe('t.a'), await slow.talker.subscribe('t.b')]
    slow.transport.bufferedBytes = 101
    await publish(publisher, ['t.a', 1], ['t.b', 1], ['t.b', 2], ['t.b', 3])
    slow.transport.drain()
    expect(await events(slow, 3)).toEqual([1, 2, 3].map((n) => [b, {}, n]))
    await publish(publisher, ['t.b', 4], ['t.a', 2], ['t.a', 3])
    expect(await events(slow, 3)).toEqual([
      [b, {}, 4],
      [a, { _dropped: 1 }, 2],
      [a, {}, 3],
    ])
  })

  test('a subscription that is given up has nothing waiting', async () => {
    const { slow, publisher } = await lab('drop_oldest')
    const [a, b] = [await slow.talker.subscribe('t.a'), await slow.talker.subscribe('t.b')]
    slow.transport.bufferedBytes = 101
    await publish(publisher, ['t.a', 1], ['t.b', 1])
    await slow.talker.ask((id) => [34, id, a])
    slow.transport.drain()
    expect(await events(slow, 1)).toEqual([[b, {}, 1]])
    await slow.talker.expectSilence()
  })
})

describe('an episode of overload', () => {
  test('is announced when it begins and when it is over', async () => {
    const { slow, fast, publisher } = await lab('drop_newest')
    await slow.talker.subscribe('t.a')
    await fast.talker.subscribe('wamp.session.on_overload')
    for (let episode = 0; episode < 2; episode += 1) {
      slow.transport.bufferedBytes = 101
      await publish(publisher, ['t.a', 1], ['t.a', 2], ['t.a', 3], ['t.a', 4])
      expect((await fast.talker.next())[4]).toEqual([slow.id, { dropped: 1, topic: 't.a', over: false }])
      await fast.talker.expectSilence()
      slow.transport.drain()
      expect((await fast.talker.next())[4]).toEqual([slow.id, { dropped: 3, topic: 't.a', over: true }])
      await slow.talker.next()
    }
  })

  test('without losses is none', async () => {
    const { slow, fast, publisher } = await lab('drop_newest')
    await slow.talker.subscribe('t.a')
    await fast.talker.subscribe('wamp.session.on_overload')
    slow.transport.bufferedBytes = 101
    await publish(publisher, ['t.a', 1])
    slow.transport.drain()
    await settled()
    await fast.talker.expectSilence()
  })

  test('of a session that watches overloads comes to an end', async () => {
    const { router, slow, fast, publisher } = await lab('drop_newest')
    for (const watcher of [slow, fast]) {
      await watcher.talker.subscribe('wamp.session.on_overload')
      await watcher.talker.subscribe('t.a')
      watcher.transport.bufferedBytes = 101
    }
    await publish(publisher, ['t.a', 1], ['t.a', 2])
    await settled()
    expect(router.metrics().eventsDropped).toBeLessThan(10)
  })
})

test('a peer that does not read is not read, either', async () => {
  const { slow, publisher } = await lab('drop_newest')
  await slow.talker.subscribe('t.a')
  slow.transport.bufferedBytes = 101
  await publish(publisher, ['t.a', 1])
  expect(slow.transport.pauses).toBe(1)
  await slow.talker.subscribe('t.b')
  expect(slow.transport.pauses).toBe(2)
  expect(publisher.transport.pauses).toBe(0)
})

test('answers pass a congested session by, in order, up to the hard limit', async () => {
  const { slow } = await lab('drop_newest')
  slow.transport.bufferedBytes = 1000
  for (let n = 0; n < 20; n += 1) expect(await slow.talker.subscribe(`t.n${n}`)).toBeGreaterThan(0)
})

test('a subscriber that never reads again costs no more after a hundred thousand events than after three', () => {
  const queue = new EventQueue('drop_oldest', { eventsMax: 1000, bytesMax: 1000 })
  const codec = { encodeTail: () => '', decodeTail: () => ({ args: [], kwargs: {} }) }
  let lost = 0
  for (let n = 1; n <= 100_000; n += 1) {
    const event: Event = [36, 1 + (n % 2000), n, {}, Payload.raw(codec, { tail: 'x'.repeat(300), elements: 1 })]
    queue.push(event, 'a.b', () => (lost += 1))
  }
  expect(lost).toBe(99_997)
  let kept = 0
  while (queue.shift()) kept += 1
  expect(kept).toBe(3)
})

test('an event larger than all that may wait is itself lost', () => {
  const queue = new EventQueue('conflate', { eventsMax: 10, bytesMax: 100 })
  const codec = { encodeTail: () => '', decodeTail: () => ({ args: [], kwargs: {} }) }
  const event: Event = [36, 1, 1, {}, Payload.raw(codec, { tail: 'x'.repeat(101), elements: 1 })]
  expect(queue.push(event, 'a.b', () => {})).toBe(false)
  expect(queue.isEmpty).toBe(true)
})
