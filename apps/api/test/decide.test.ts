import { formatTimestamp, parseTimestamp, RULE_DEFAULTS, type Condition, type Rule } from '@sluice/model'
import { openDatabase, type Database, type TriggerCache } from '@sluice/store'
import { openTestDatabase } from '@sluice/store/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { makeDecide, type Decide } from '../src/decide.ts'
import { makeIngest, type Ingest } from '../src/ingest.ts'
import { openProxy } from './postgres-proxy.ts'

const T0 = parseTimestamp('2026-11-22T10:00:00Z') ?? 0
const URL = 'https://example.org/hook'

type Streams = { accountId: number; feedId: number; keys: Record<string, number> }

/** An account with one feed of these datastreams. */
async function makeStreams(db: Database, login: string, ids: readonly string[]): Promise<Streams> {
  const { rows } = await db.pool.query<{ accountId: number; feedId: number; keys: Record<string, number> }>(
    `with owner as (insert into account (login, name, email) values ($1, $1, $1) returning id),
      made as (insert into feed (account_id, title, is_private) select id, 'Weather', false from owner returning id),
      streams as (insert into datastream (feed_id, id) select made.id, s from made, unnest($2::text[]) s returning id, key)
     select owner.id as "accountId", made.id as "feedId", (select json_object_agg(id, key) from streams) as keys
     from owner, made`,
    [login, ids],
  )
  return rows[0] as Streams
}

async function makeTrigger(db: Database, by: { accountId: number }, on: Streams, rule: Partial<Rule>): Promise<number> {
  const whole = { ...RULE_DEFAULTS, conditions: [], ...rule }
  const streamKeys = new Set(whole.conditions.map(({ datastreamId }) => on.keys[datastreamId]))
  const { rows } = await db.pool.query<{ id: number }>(
    `with target as (insert into endpoint (account_id, kind, address) values ($1, 'http', $2)
         on conflict (account_id, kind, address) do update set address = excluded.address returning id),
      made as (insert into trigger (account_id, feed_id, endpoint_id, name, rule, action)
         select $1, $3, id, 'Too warm', $4, $5 from target returning id),
      inputs as (insert into trigger_input (stream_key, trigger_id) select k, id from made, unnest($6::bigint[]) k),
      state as (insert into trigger_state (trigger_id, state) select id, $7 from made),
      flag as (update datastream set has_trigger = true where key = any($6::bigint[]))
     select id from made`,
    [
      by.accountId,
      URL,
      on.feedId,
      JSON.stringify(whole),
      JSON.stringify({ kind: 'http', url: URL, format: 'json' }),
      [...streamKeys],
      JSON.stringify({ armed: true, pending: null, firedAt: null, isFrozen: false }),
    ],
  )
  return rows[0]?.id ?? 0
}

/** As the store does it. */
async function setEnabled(db: Database, isEnabled: boolean): Promise<void> {
  await db.pool.query('update trigger set is_enabled = $1', [isEnabled])
  await db.pool.query('update datastream set trigger_revision = trigger_revision + 1')
}

const above = (threshold: string, datastreamId = 't'): Condition => ({ datastreamId, type: 'gt', threshold })
const ours = (): Decide => makeDecide({ publicUrl: () => 'https://sluice.example' })
const ingestOn = (db: Database, decide = ours()): Ingest => makeIngest({ db, decide })

const points = (streams: Streams, values: readonly [string, number, string][]) => ({
  feedId: streams.feedId,
  accountId: streams.accountId,
  points: values.map(([id, at, value]) => ({
    datastreamId: id,
    streamKey: streams.keys[id] ?? 0,
    at: T0 + at * 1e6,
    value,
  })),
})

const deliveries = async (db: Database) =>
  (
    await db.pool.query<{ trigger_id: number; firing: number; datastream_id: string; value: string; second: number }>(
      `select trigger_id, firing, datastream_id, value, extract(epoch from at - $1::timestamptz)::int as second
       from delivery order by trigger_id, firing`,
      [formatTimestamp(T0)],
    )
  ).rows
const seconds = async (db: Database): Promise<number[]> => (await deliveries(db)).map(({ second }) => second)

test('a crossing is in the outbox when its datapoint is answered, with a message and a number', async () => {
  await using database = await openTestDatabase()
  const { db } = database
  const streams = await makeStreams(db, 'ann', ['t', 'u'])
  const id = await makeTrigger(db, streams, streams, { conditions: [above('30')] })
  const ingest = ingestOn(db)
  await ingest.append(points(streams, [['t', 0, '29.9']]))
  expect(await deliveries(db)).toEqual([])
  await ingest.append(
    points(streams, [
      ['t', 1, '30.1'],
      ['u', 1, '99'],
    ]),
  )
  await ingest.append(
    points(streams, [
      ['t', 2, '31'],
      ['t', 3, '1e1'],
      ['t', 4, '30.0'],
      ['t', 5, '30.00001'],
    ]),
  )
  expect(await deliveries(db)).toEqual([
    { trigger_id: id, firing: 1, datastream_id: 't', value: '30.1', second: 1 },
    { trigger_id: id, firing: 2, datastream_id: 't', value: '30.00001', second: 5 },
  ])
  const { rows } = await db.pool.query<{ body: string; content_type: string; status: string }>(
    'select body, content_type, status from delivery order by number',
  )
  expect(JSON.parse(rows[0]?.body ?? '')).toMatchObject({
    type: 'trigger.fired',
    data: { trigger: { id, name: 'Too warm' }, environment: { title: 'Weather' }, datastream: { value: '30.1' } },
  })
  expect(rows[0]).toMatchObject({ content_type: 'application/json', status: 'pending' })
})

test('a write to watched and other datastreams is one commit: when deciding fails, nothing of it is kept', async () => {
  await using database = await openTestDatabase()
  const { db } = database
  const streams = await makeStreams(db, 'ann', ['t', 'u'])
  await makeTrigger(db, streams, streams, { conditions: [{ datastreamId: 't', type: 'change' }] })
  const other = await makeStreams(db, 'bob', ['v'])
  const decide = ours()
  const ingest = ingestOn(db, async (tx, changes, lockedFeeds) => {
    const firings = await decide(tx, changes, lockedFeeds)
    if (changes.some((change) => change.points.some(({ value }) => value === 'bug'))) throw new Error('a bug')
    return firings
  })
  await ingest.append(points(streams, [['t', 0, '1']]))
  const beside = ingest.append(
    points(streams, [
      ['t', 1, '2'],
      ['u', 1, '2'],
    ]),
  )
  const elsewhere = ingest.append(points(other, [['v', 1, '2']]))
  await expect(
    ingest.append(
      points(streams, [
        ['u', 2, '3'],
        ['t', 2, 'bug'],
      ]),
    ),
  ).rejects.toThrow('a bug')
  expect(await beside).toEqual([{ result: 'stored' }, { result: 'stored' }])
  expect(await elsewhere).toEqual([{ result: 'stored' }])
  expect(await seconds(db)).toEqual([1])
  const { rows } = await db.pool.query<{ count: number }>('select count(*)::int as count from datapoint')
  expect(rows[0]?.count).toBe(4)
})

test('what is sent again, or comes late, fires nothing', async () => {
  await using database = await openTestDatabase()
  const { db } = database
  const streams = await makeStreams(db, 'ann', ['t'])
  await makeTrigger(db, streams, streams, {
    conditions: [{ datastreamId: 't', type: 'gt', threshold: '5' }],
    mode: 'level',
  })
  const ingest = ingestOn(db)
  const sent = points(streams, [
    ['t', 10, '9'],
    ['t', 11, '9'],
  ])
  await ingest.append(sent)
  expect(await ingest.append(sent)).toEqual([{ result: 'duplicate' }, { result: 'duplicate' }])
  await ingest.append(points(streams, [['t', 3, '99']]))
  expect(await seconds(db)).toEqual([10, 11])
})

test.each(['before', 'after'] as const)(
  'when the connection breaks %s the commit, the crossing is delivered once',
  async (when) => {
    await using database = await openTestDatabase()
    const streams = await makeStreams(database.db, 'ann', ['t'])
    await makeTrigger(database.db, streams, streams, { conditions: [above('5')] })
    await using proxy = await openProxy(database.url)
    const db = await openDatabase({ url: proxy.url })
    const ingest = ingestOn(db)
    await ingest.append(points(streams, [['t', 0, '1']]))
    proxy.cut(when, 1, /commit\0/)
    expect(await ingest.append(points(streams, [['t', 1, '9']]))).toEqual([{ result: 'stored' }])
    expect(proxy.cuts()).toBe(1)
    expect(await seconds(database.db)).toEqual([1])
    await db.close()
  },
)

test('what waits behind a full batch is decided before what came after it', async () => {
  await using database = await openTestDatabase()
  const { db } = database
  const streams = await makeStreams(db, 'ann', ['t', 'u'])
  await makeTrigger(db, streams, streams, { conditions: [above('30')] })
  await makeTrigger(db, streams, streams, { conditions: [{ datastreamId: 'u', type: 'lt', threshold: '-1' }] })
  const cache: TriggerCache = new Map()
  const decide = makeDecide({ publicUrl: () => 'https://sluice.example' }, cache)
  const ingest = makeIngest({ db, decide, cache })
  await ingest.append(
    points(streams, [
      ['t', -1, '29'],
      ['u', -1, '1'],
    ]),
  )
  // now it is known what watches them, and what came last
  await ingest.append(
    points(streams, [
      ['t', 0, '29'],
      ['u', 0, '1'],
    ]),
  )
  const crossing = ingest.append(points(streams, [['t', 1, '35']]))
  const filler = ingest.append(
    points(
      streams,
      Array.from({ length: 6000 }, (_, at) => ['u', at + 1, '1']),
    ),
  )
  const waiting = [ingest.append(points(streams, [['t', 2, '20']])), ingest.append(points(streams, [['t', 3, '36']]))]
  // the first batch is under way, and its crossing handed on
  for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve))
  const after = ingest.append(points(streams, [['t', 4, '20']]))
  await Promise.all([crossing, filler, ...waiting, after])
  expect(await seconds(db)).toEqual([1, 3])
})

test('several datastreams: the rule knows those that a commit does not touch', async () => {
  await using database = await openTestDatabase()
  const { db } = database
  const streams = await makeStreams(db, 'ann', ['t', 'h'])
  const conditions: Condition[] = [above('30'), { datastreamId: 'h', type: 'lt', threshold: '20' }]
  await makeTrigger(db, streams, streams, { conditions })
  const ingest = ingestOn(db)
  await ingest.append(points(streams, [['t', 0, '35']]))
  await ingest.append(points(streams, [['h', 1, '50']]))
  expect(await deliveries(db)).toEqual([])
  await ingest.append(points(streams, [['h', 2, '10']]))
  await ingest.append(
    points(streams, [
      ['t', 3, '20'],
      ['h', 4, '11'],
    ]),
  )
  await ingest.append(points(streams, [['t', 5, '40']]))
  expect(await seconds(db)).toEqual([2, 5])
})

test("a trigger on another account's feed ends where that becomes private", async () => {
  await using database = await openTestDatabase()
  const { db } = database
  const streams = await makeStreams(db, 'ann', ['t'])
  const bob = await makeStreams(db, 'bob', ['x'])
  await makeTrigger(db, bob, streams, {
    conditions: [{ datastreamId: 't', type: 'gt', threshold: '5' }],
    mode: 'level',
  })
  const ingest = ingestOn(db)
  await ingest.append(points(streams, [['t', 0, '9']]))
  await db.pool.query('update feed set is_private = true')
  await ingest.append(points(streams, [['t', 1, '9']]))
  await setEnabled(db, false)
  await db.pool.query('update feed set is_private = false')
  await ingest.append(points(streams, [['t', 2, '9']]))
  await setEnabled(db, true)
  await ingest.append(points(streams, [['t', 3, '9']]))
  expect(await seconds(db)).toEqual([0, 3])
})

test('two nodes that write to the same datastreams decide every crossing once, in the order of commits', async () => {
  await using database = await openTestDatabase()
  const { db } = database
  const other = await openDatabase({ url: database.url })
  const nodes = [ingestOn(db), ingestOn(other)]
  const value = fc.sample(fc.constantFrom('1', '5', '5.0', '9'), { numRuns: 600, seed: 42 })
  const streams = await makeStreams(db, 'ann', ['t', 'h'])
  const single = await makeTrigger(db, streams, streams, { conditions: [above('5')] })
  const both = await makeTrigger(db, streams, streams, { conditions: [above('5'), above('5', 'h')] })
  let at = 0
  const writers = Array.from({ length: 6 }, async (_, writer) => {
    for (let request = 0; request < 50; request++) {
      at++
      const which = request % 3 === 0 ? 'h' : 't'
      await nodes[writer % 2]?.append(
        points(streams, [
          [which, at, value[at * 2] ?? '1'],
          [which, at + 0.5, value[at] ?? '1'],
        ]),
      )
    }
  })
  await Promise.all(writers)
  await other.close()
  expect((await deliveries(db)).map(({ trigger_id: id, second }) => `${id} ${second}`)).toEqual(
    await redo(db, { single, both }),
  )
})

/** The decisions once more, from what was stored: a plain second statement of "comes true". */
async function redo(db: Database, { single, both }: { single: number; both: number }): Promise<string[]> {
  const { rows } = await db.pool.query<{ id: string; value: string; second: number; late: boolean }>(
    `select d.id, p.value, extract(epoch from p.at - $1::timestamptz)::int as second, p.is_late as late
     from datapoint p join datastream d on d.key = p.stream_key order by p.arrived_at, p.at, d.id`,
    [formatTimestamp(T0)],
  )
  const expected: Record<number, string[]> = { [single]: [], [both]: [] }
  const now: Record<string, number> = {}
  let was = { single: false, both: false }
  for (const { id, value, second, late } of rows) {
    if (late) continue
    now[id] = Number(value)
    const is = { single: (now['t'] ?? 0) > 5, both: (now['t'] ?? 0) > 5 && (now['h'] ?? 0) > 5 }
    if (is.single && !was.single) expected[single]?.push(`${single} ${second}`)
    if (is.both && !was.both) expected[both]?.push(`${both} ${second}`)
    was = is
  }
  return [...(expected[single] ?? []), ...(expected[both] ?? [])]
}
