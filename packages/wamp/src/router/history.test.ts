import { describe, expect, test } from 'vitest'
import { ERROR } from '../errors.ts'
import { TYPE } from '../messages.ts'
import { openNamed } from '../testing/named-peers.ts'
import { call, nextArgs, publishValues } from '../testing/publishing.ts'
import type { Talker } from '../testing/talker.ts'
import type { HistoryRule } from './options.ts'
import type { RouterOptions } from './router.ts'

const RULE: HistoryRule = { match: 'prefix', topic: 'log.', eventsMax: 100 }
const START = Date.UTC(2026, 0, 1)
const GET_EVENTS = 'wamp.subscription.get_events'

function kept(rules: readonly HistoryRule[] = [RULE], options: Partial<RouterOptions> = {}) {
  const clock = { now: START }
  return { clock, ...openNamed({ now: () => clock.now, realm: { history: rules }, ...options }) }
}

interface Found {
  readonly timestamp: string
  readonly publication: number
  readonly details: Record<string, unknown>
  readonly args?: unknown[]
}

async function events(talker: Talker, id: number, filters: Record<string, unknown> = {}): Promise<Found[]> {
  return (await call(talker, GET_EVENTS, [id], filters)) as Found[]
}

async function refused(talker: Talker, args: unknown[], filters: Record<string, unknown> = {}): Promise<unknown> {
  return (await talker.ask((id) => [TYPE.CALL, id, {}, GET_EVENTS, args, filters]))[4]
}

const numbers = (found: readonly Found[]): unknown[] => found.map(({ args }) => args?.[0])

describe('wamp.subscription.get_events', () => {
  test('lists what was published, also before anybody subscribed, in the form of the specification', async () => {
    const { clock, enter } = kept()
    const [publisher, reader] = [await enter('pat'), await enter('sue')]
    const first = await publishValues(publisher, 'log.a', [1])
    clock.now += 1500
    const [, , second] = await publisher.ask((id) => [16, id, { acknowledge: true }, 'log.a', [], { k: 2 }])
    clock.now += 1
    const third = await publishValues(publisher, 'log.a', [])
    await publishValues(publisher, 'other.a', [])
    const subscription = await reader.subscribe('log.a')
    const common = { subscription, details: {} }
    expect(await events(reader, subscription)).toEqual([
      { ...common, timestamp: '2026-01-01T00:00:00.000Z', publication: first, args: [1] },
      { ...common, timestamp: '2026-01-01T00:00:01.500Z', publication: second, args: [], kwargs: { k: 2 } },
      { ...common, timestamp: '2026-01-01T00:00:01.501Z', publication: third },
    ])
    expect(numbers((await call(reader, GET_EVENTS, [subscription, 2])) as Found[])).toEqual([undefined, undefined])
  })

  // events 0 to 5 at seconds 0 to 5, odd ones on log.b
  const SECOND = (s: number): string => new Date(START + s * 1000).toISOString()
  test.each([
    { filters: {}, found: [0, 1, 2, 3, 4, 5] },
    { filters: { reverse: true }, found: [5, 4, 3, 2, 1, 0] },
    { filters: { reverse: false, limit: 2 }, found: [0, 1] },
    { filters: { reverse: true, limit: 2 }, found: [5, 4] },
    { filters: { limit: 100 }, found: [0, 1, 2, 3, 4, 5] },
    { filters: { topic: 'log.b' }, found: [1, 3, 5] },
    { filters: { topic: 'log.c' }, found: [] },
    { filters: { topic: 'log.b', limit: 2, reverse: true }, found: [5, 3] },
    { filters: { from_time: SECOND(3) }, found: [3, 4, 5] },
    { filters: { after_time: SECOND(3) }, found: [4, 5] },
    { filters: { before_time: SECOND(3) }, found: [0, 1, 2] },
    { filters: { until_time: SECOND(3) }, found: [0, 1, 2, 3] },
    { filters: { after_time: '2026-01-01T01:00:03+01:00', before_time: SECOND(5) }, found: [4] },
    { filters: { from_time: SECOND(4), until_time: SECOND(2) }, found: [] },
    { filters: { from_publication: 3 }, found: [3, 4, 5] },
    { filters: { after_publication: 3 }, found: [4, 5] },
    { filters: { before_publication: 3 }, found: [0, 1, 2] },
    { filters: { until_publication: 3 }, found: [0, 1, 2, 3] },
    { filters: { after_publication: 1, before_publication: 4 }, found: [2, 3] },
    { filters: { from_publication: 4, until_publication: 2 }, found: [] },
    { filters: { before_publication: 4, reverse: true, limit: 2 }, found: [3, 2] },
    { filters: { from_publication: 1, after_time: SECOND(2), topic: 'log.b' }, found: [3, 5] },
  ] as { filters: Record<string, unknown>; found: number[] }[])('$filters: $found', async ({ filters, found }) => {
    const { clock, enter } = kept()
    const [publisher, reader] = [await enter('pat'), await enter('sue')]
    const id = await reader.subscribe('log.', '{"match":"prefix"}')
    const ids: number[] = []
    for (const n of [0, 1, 2, 3, 4, 5]) {
      ids.push(await publishValues(publisher, n % 2 === 0 ? 'log.a' : 'log.b', [n]))
      clock.now += 1000
      await reader.next()
    }
    const asked = Object.fromEntries(
      Object.entries(filters).map(([key, value]) => [key, key.endsWith('_publication') ? ids[Number(value)] : value]),
    )
    const got = await events(reader, id, asked)
    expect(numbers(got)).toEqual(found)
    for (const { details, args } of got)
      expect(details).toEqual({ topic: Number(args?.[0]) % 2 === 0 ? 'log.a' : 'log.b' })
  })

  test.each([
    { limit: 0 },
    { limit: 1.5 },
    { limit: 'many' },
    { from_time: 'yesterday' },
    { until_time: 5 },
    { before_time: '2026-13-01T00:00:00Z' },
    { topic: 5 },
    { after_publication: 'x' },
  ])('%j is refused', async (filters) => {
    const { enter } = kept()
    const reader = await enter('sue')
    expect(await refused(reader, [await reader.subscribe('log.a')], filters)).toBe(ERROR.invalidArgument)
  })

  test('honours lists of authids and authroles, and keeps nothing that names sessions', async () => {
    const { enter } = kept()
    const [publisher, sue, tom] = [await enter('pat'), await enter('sue'), await enter('tom', 'boss')]
    const id = await sue.subscribe('log.', '{"match":"prefix"}')
    await tom.subscribe('log.', '{"match":"prefix"}')
    await publishValues(publisher, 'log.a', ['all'])
    await publishValues(publisher, 'log.a', ['sue'], { eligible_authid: ['sue'] })
    await publishValues(publisher, 'log.a', ['bosses'], { eligible_authrole: ['boss'] })
    await publishValues(publisher, 'log.a', ['not tom'], { exclude_authid: ['tom'] })
    await publishValues(publisher, 'log.a', ['session'], { eligible: [sue.session] })
    await publishValues(publisher, 'log.a', ['no session'], { exclude: [1] })
    for (const n of [1, 2, 3, 4, 5]) expect([n, (await sue.next())[0]]).toEqual([n, 36])
    for (const n of [1, 2, 3]) expect([n, (await tom.next())[0]]).toEqual([n, 36])
    expect(numbers(await events(sue, id))).toEqual(['all', 'sue', 'not tom'])
    expect(numbers(await events(tom, id))).toEqual(['all', 'bosses'])
  })

  test('tells who published as the event did', async () => {
    const { enter } = kept([RULE], { authorize: () => ({ allow: true, disclose: 'on' }) })
    const [publisher, knowing, plain] = [
      await enter('pat'),
      await enter('a'),
      await enter('b', 'user', { caller: {}, subscriber: {} }),
    ]
    await publishValues(publisher, 'log.a', [])
    const id = await knowing.subscribe('log.a')
    expect((await events(knowing, id))[0]?.details).toMatchObject({ publisher_authid: 'pat' })
    expect((await events(plain, id))[0]?.details).toEqual({})
  })

  test('is for those who hold the subscription or might, with their filter', async () => {
    const { enter } = kept([RULE], {
      authorize: ({ identity: { authid } }, action) =>
        action !== 'subscribe' || { allow: authid !== 'eve', filter: (topic) => topic.endsWith(authid) },
    })
    const [publisher, sue, tom, eve] = [await enter('pat'), await enter('sue'), await enter('tom'), await enter('eve')]
    for (const name of ['sue', 'tom', 'eve']) await publishValues(publisher, `log.${name}`, [name])
    const id = await sue.subscribe('log.', '{"match":"prefix"}')
    expect(numbers(await events(sue, id))).toEqual(['sue'])
    expect(numbers(await events(tom, id))).toEqual(['tom'])
    expect(await refused(eve, [id])).toBe(ERROR.notAuthorized)
  })

  test('can be found without subscribing', async () => {
    const { enter } = kept()
    const [publisher, reader] = [await enter('pat'), await enter('sue')]
    await publishValues(publisher, 'log.a', [1])
    const id = Number(await call(reader, 'wamp.subscription.lookup', ['log.', { match: 'prefix' }]))
    expect(numbers(await events(reader, id))).toEqual([1])
  })

  test('is bounded by number, by age and by size', async () => {
    const { clock, enter } = kept([
      { match: 'exact', topic: 'few', eventsMax: 3 },
      { match: 'exact', topic: 'young', eventsMax: 100, ageSMax: 10 },
      { match: 'exact', topic: 'small', eventsMax: 100, bytesMax: 2000 },
    ])
    const [publisher, reader] = [await enter('pat'), await enter('sue')]
    const ids = new Map<string, number>()
    for (const topic of ['few', 'young', 'small'])
      ids.set(topic, Number(await call(reader, 'wamp.subscription.lookup', [topic])))
    const read = async (topic: string): Promise<unknown> => numbers(await events(reader, ids.get(topic) ?? 0))
    const published: number[] = []
    for (let n = 0; n < 1000; n += 1) published.push(await publishValues(publisher, 'few', [n]))
    expect(await read('few')).toEqual([997, 998, 999])
    expect(await refused(reader, [ids.get('few')], { from_publication: published[5] })).toBe(ERROR.historyUnavailable)
    for (const n of [1, 2, 3]) {
      await publishValues(publisher, 'young', [n])
      clock.now += 4000
    }
    expect(await read('young')).toEqual([2, 3])
    clock.now += 20_000
    expect(await read('young')).toEqual([])
    for (const n of [1, 2, 3]) await publishValues(publisher, 'small', [n, 'x'.repeat(600)])
    expect(await read('small')).toEqual([2, 3])
  })

  test('is answered in pages where there is much', async () => {
    const { enter } = kept([{ match: 'exact', topic: 'log', eventsMax: 100 }])
    const [publisher, reader] = [await enter('pat'), await enter('sue')]
    for (const n of [1, 2, 3, 4, 5]) await publishValues(publisher, 'log', [n, 'x'.repeat(200_000)])
    const id = await reader.subscribe('log')
    const seen: unknown[] = []
    let page = await events(reader, id)
    while (page.length > 0) {
      expect(page.length).toBeLessThan(4)
      seen.push(...numbers(page))
      page = await events(reader, id, { after_publication: page.at(-1)?.publication })
    }
    expect(seen).toEqual([1, 2, 3, 4, 5])
  })
})

describe('catching up', () => {
  const after = (publication: number, more = {}): string => JSON.stringify({ _after_publication: publication, ...more })

  test('gives what came since, in order and marked, then live events, and no retained one', async () => {
    const { enter } = kept()
    const [publisher, subscriber] = [await enter('pat'), await enter('sue')]
    const first = await publishValues(publisher, 'log.a', [1], { retain: true })
    const second = await publishValues(publisher, 'log.a', [2])
    await publishValues(publisher, 'log.b', ['other'])
    const third = await publishValues(publisher, 'log.a', [3], { retain: true })
    const id = await subscriber.subscribe('log.a', after(first, { get_retained: true }))
    expect(await subscriber.next()).toEqual([36, id, second, { _replayed: true }, [2]])
    expect(await subscriber.next()).toEqual([36, id, third, { _replayed: true }, [3]])
    const live = await publishValues(publisher, 'log.a', [4])
    expect(await subscriber.next()).toEqual([36, id, live, {}, [4]])
    await subscriber.expectSilence()
  })

  test('works for patterns, lists and the publisher’s own events', async () => {
    const { enter } = kept()
    const [publisher, subscriber] = [await enter('pat'), await enter('sue')]
    const first = await publishValues(publisher, 'log.x', [0])
    await publishValues(publisher, 'log.a.up', [1])
    await publishValues(subscriber, 'log.b.up', ['own'])
    await publishValues(publisher, 'log.b.up', ['not for sue'], { exclude_authid: ['sue'] })
    await publishValues(publisher, 'log.b.down', ['other'])
    await publishValues(publisher, 'log.b.up', [2])
    await subscriber.subscribe('log..up', after(first, { match: 'wildcard' }))
    expect((await subscriber.next()).slice(3)).toEqual([{ _replayed: true, topic: 'log.a.up' }, [1]])
    expect((await subscriber.next()).slice(3)).toEqual([{ _replayed: true, topic: 'log.b.up' }, [2]])
    await subscriber.expectSilence()
  })

  test('is refused, and nothing subscribed, when it cannot be complete', async () => {
    const { enter, router } = kept([{ ...RULE, eventsMax: 3 }], { limits: { highWaterBytes: 2000 } })
    const [publisher, subscriber] = [await enter('pat'), await enter('sue')]
    const before = router.metrics().subscriptions
    const ids: number[] = []
    for (const n of [0, 1, 2, 3, 4]) ids.push(await publishValues(publisher, 'log.a', [n]))
    const refusedWith = async (topic: string, options: Record<string, unknown>): Promise<unknown> =>
      (await subscriber.ask((request) => [32, request, options, topic]))[4]
    expect(await refusedWith('log.a', { _after_publication: ids[0] })).toBe(ERROR.historyUnavailable)
    expect(await refusedWith('log.a', { _after_publication: 12345 })).toBe(ERROR.historyUnavailable)
    expect(await refusedWith('other', { _after_publication: ids[4] })).toBe(ERROR.historyUnavailable)
    expect(await refusedWith('log', { _after_publication: ids[4], match: 'prefix' })).toBe(ERROR.historyUnavailable)
    expect(await refusedWith('log.a', { _after_publication: 'x' })).toBe(ERROR.invalidArgument)
    expect(await refusedWith('log.a', { _after_publication: ids[4], nkey: 'n' })).toBe(ERROR.optionNotAllowed)
    for (const n of [5, 6]) await publishValues(publisher, 'log.a', [n, 'x'.repeat(1000)])
    expect(await refusedWith('log.a', { _after_publication: ids[4] })).toBe(ERROR.historyUnavailable)
    expect(router.metrics().subscriptions).toBe(before)
    await publishValues(publisher, 'log.a', [7])
    await subscriber.expectSilence()
  })

  test('from the last event that was given up is complete', async () => {
    const { clock, enter } = kept([{ ...RULE, ageSMax: 10 }])
    const [publisher, subscriber] = [await enter('pat'), await enter('sue')]
    await publishValues(publisher, 'log.a', [1])
    const last = await publishValues(publisher, 'log.a', [2])
    clock.now += 60_000
    await subscriber.subscribe('log.a', after(last))
    await publishValues(publisher, 'log.a', [3])
    expect(await nextArgs(subscriber)).toEqual([3])
  })
})
