import type { NewDatapoint } from '@sluice/model'
import { numberOf, parseTimestamp } from '@sluice/model'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { appendGuarded, appendUnwatched, appendWatched } from '../src/archive/append.ts'
import { ensurePartitions, partitionOf } from '../src/archive/partitions.ts'
import type { Database } from '../src/database.ts'
import { openTestDatabase } from '../src/testing.ts'

const T0 = parseTimestamp('2026-11-22T10:00:00Z') ?? 0

const point = (streamKey: number, at: number, value: string): NewDatapoint => ({
  streamKey,
  at: T0 + at,
  value,
  number: numberOf(value),
})

async function withStreams(db: Database, count: number): Promise<number[]> {
  const { rows: accounts } = await db.pool.query<{ id: number }>(
    `insert into account (login, name, email) values ('ann', 'Ann', 'ann@example.org') returning id`,
  )
  const { rows: feeds } = await db.pool.query<{ id: number }>(
    `insert into feed (account_id, title, is_private) values ($1, 'Boiler', true) returning id`,
    [accounts[0]?.id],
  )
  const { rows } = await db.pool.query<{ key: number }>(
    `insert into datastream (feed_id, id) select $1, 'd' || n from generate_series(1, $2::int) n returning key`,
    [feeds[0]?.id, count],
  )
  return rows.map((row) => row.key)
}

async function append(db: Database, points: NewDatapoint[]) {
  await ensurePartitions(
    db.pool,
    points.map((one) => one.at),
  )
  return db.inTransaction((tx) => appendWatched(tx, points))
}

const stored = async (db: Database, key: number) =>
  (
    await db.pool.query(
      `select ((extract(epoch from at) * 1000000)::bigint - $2) as at, value, number, is_late from datapoint where stream_key = $1 order by at`,
      [key, T0],
    )
  ).rows
const stream = async (db: Database, key: number) =>
  (await db.pool.query(`select current_value, min_value, max_value from datastream where key = $1`, [key])).rows[0]

describe('appending', () => {
  test.each([
    { name: 'a new point is stored', earlier: [], points: [[0, '20.50']], fates: ['stored'], current: '20.50' },
    {
      name: 'the same again is a duplicate',
      earlier: [[0, '1']],
      points: [[0, '1']],
      fates: ['duplicate'],
      current: '1',
    },
    {
      name: 'another value at the same time replaces',
      earlier: [[0, '1']],
      points: [[0, '2']],
      fates: ['stored'],
      current: '2',
    },
    {
      name: 'a late point does not move the current value',
      earlier: [[5, '5']],
      points: [[1, '1']],
      fates: ['stored'],
      current: '5',
    },
    {
      name: 'of equal times in a batch the last wins',
      earlier: [],
      points: [
        [0, '1'],
        [0, '2'],
      ],
      fates: ['stored', 'stored'],
      current: '2',
    },
    {
      name: 'a repeat within a batch is a duplicate',
      earlier: [],
      points: [
        [0, '1'],
        [0, '1'],
      ],
      fates: ['duplicate', 'stored'],
      current: '1',
    },
    {
      name: 'stored and duplicate side by side',
      earlier: [[0, '1']],
      points: [
        [0, '1'],
        [1, '2'],
      ],
      fates: ['duplicate', 'stored'],
      current: '2',
    },
    {
      name: 'text, quotes, backslashes, NULL',
      earlier: [],
      points: [
        [0, 'NULL'],
        [1, '{"a":"\\n,"}'],
      ],
      fates: ['stored', 'stored'],
      current: '{"a":"\\n,"}',
    },
  ] as const)('$name', async ({ earlier, points, fates, current }) => {
    await using database = await openTestDatabase()
    const [key = 0] = await withStreams(database.db, 1)
    if (earlier.length > 0)
      await append(
        database.db,
        earlier.map(([at, value]) => point(key, at, value)),
      )
    const appended = await append(
      database.db,
      points.map(([at, value]) => point(key, at, value)),
    )
    expect(appended.fates).toEqual(fates)
    expect((await stream(database.db, key))?.current_value).toBe(current)
  })

  test('keeps the exact text beside the number, and marks late points', async () => {
    await using database = await openTestDatabase()
    const [key = 0] = await withStreams(database.db, 1)
    await append(database.db, [point(key, 10, '20.50')])
    await append(database.db, [point(key, 3, 'on'), point(key, 20, '1e400')])
    expect(await stored(database.db, key)).toEqual([
      { at: 3, value: 'on', number: null, is_late: true },
      { at: 10, value: '20.50', number: 20.5, is_late: false },
      { at: 20, value: '1e400', number: null, is_late: false },
    ])
  })

  test('a datastream that is gone takes nothing, its neighbours do', async () => {
    await using database = await openTestDatabase()
    const [first = 0, second = 0] = await withStreams(database.db, 2)
    await database.db.pool.query('delete from datastream where key = $1', [first])
    const { fates } = await append(database.db, [point(first, 0, '1'), point(second, 0, '2')])
    expect(fates).toEqual(['missing', 'stored'])
    expect(await stored(database.db, first)).toEqual([])
    expect((await append(database.db, [point(first, 0, '1')])).fates).toEqual(['missing'])
  })

  test('reports how watched datastreams moved, with what was there before', async () => {
    await using database = await openTestDatabase()
    const [watched = 0, other = 0] = await withStreams(database.db, 2)
    await append(database.db, [point(watched, 0, '1')])
    await database.db.pool.query('update datastream set has_trigger = true where key = $1', [watched])
    const more = [point(watched, 1, '2'), point(watched, -5, 'late'), point(watched, 0, '1'), point(other, 1, '9')]
    const { watched: changes } = await append(database.db, more)
    const arrival = expect.any(Number)
    expect(changes).toEqual([
      {
        streamKey: watched,
        feedId: expect.any(Number),
        datastreamId: 'd1',
        triggerRevision: 0,
        previous: { at: T0, value: '1', arrivedAt: arrival },
        arrivedAt: arrival,
        // what was there already is not among them
        points: [
          { at: T0 + 1, value: '2', isLate: false, hops: 0 },
          { at: T0 - 5, value: 'late', isLate: true, hops: 0 },
        ],
      },
    ])
    const { rows } = await database.db.pool.query<{ arrived: number }>(
      `select (extract(epoch from arrived_at) * 1000000)::bigint as arrived from datapoint
       where stream_key = $1 and at > $2 order by at`,
      [watched, '2026-11-22T00:00:00Z'],
    )
    const [first, second] = rows
      .map((row) => row.arrived)
      .toSorted((a, b) => a - b)
      .filter((at, index, all) => all.indexOf(at) === index)
    expect([changes[0]?.previous?.arrivedAt, changes[0]?.arrivedAt]).toEqual([first, second])
  })

  test('times of arrival grow with every commit of a datastream, even when the clock is set back', async () => {
    await using database = await openTestDatabase()
    const { db } = database
    const [key = 0] = await withStreams(db, 1)
    await append(db, [point(key, 0, '1')])
    await db.pool.query(`create or replace function platform_now() returns timestamptz language sql stable
      as $$ select statement_timestamp() - interval '1 hour' $$`)
    for (let at = 1; at < 5; at++) await append(db, [point(key, at, '1')])
    const { rows } = await db.pool.query<{ arrived: number }>(
      'select (extract(epoch from arrived_at) * 1000000)::bigint as arrived from datapoint where stream_key = $1 order by at',
      [key],
    )
    const arrivals = rows.map((row) => row.arrived)
    expect(arrivals.slice(1).map((arrival, index) => arrival - (arrivals[index] ?? 0))).toEqual([1, 1, 1, 1])
  })
})

test('datastreams with triggers are left out of the statement for those without', async () => {
  await using database = await openTestDatabase()
  const [watched = 0, other = 0] = await withStreams(database.db, 2)
  await ensurePartitions(database.db.pool, [T0])
  await database.db.pool.query('update datastream set has_trigger = true where key = $1', [watched])
  const points = [point(watched, 0, '1'), point(other, 0, '2'), point(other, 0, '2')]
  expect(await appendUnwatched(database.db.pool, points)).toEqual(['missing', 'duplicate', 'stored'])
  expect(await appendUnwatched(database.db.pool, [...points, point(other, 1, '3')])).toEqual([
    'missing',
    'duplicate',
    'duplicate',
    'stored',
  ])
  expect(await appendUnwatched(database.db.pool, [point(other, 0, '2'), point(other, 2, '2')])).toEqual([
    'duplicate',
    'stored',
  ])
  expect(await stored(database.db, watched)).toEqual([])
  expect(await stream(database.db, watched)).toMatchObject({ current_value: null })
  expect(await stream(database.db, other)).toMatchObject({ current_value: '2' })
})

test('any sequence of batches leaves what a map would hold', async () => {
  await using database = await openTestDatabase()
  const { db } = database
  const keys = await withStreams(db, 60)
  const anyPoint = fc.record({
    at: fc.integer({ min: -3, max: 12 }),
    value: fc.constantFrom('1', '2.50', '-7', 'on', ''),
  })
  const batches = fc.array(fc.array(anyPoint, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 5 })
  await fc.assert(
    fc.asyncProperty(batches, async (drafts) => {
      const key = keys.pop() ?? 0
      const model = new Map<number, string>()
      for (const draft of drafts) {
        const { fates } = await append(
          db,
          draft.map(({ at, value }) => point(key, at, value)),
        )
        // a batch counts as one step: only the last of equal times is compared with what was there
        for (const [index, { at, value }] of draft.entries()) {
          const isLast = draft.findLastIndex((one) => one.at === at) === index
          if (isLast) expect(fates[index]).toBe(model.get(at) === value ? 'duplicate' : 'stored')
        }
        for (const { at, value } of draft) model.set(at, value)
      }
      const rows = await stored(db, key)
      expect(new Map(rows.map((row) => [row.at, row.value]))).toEqual(model)
      expect((await stream(db, key))?.current_value).toBe(model.get(Math.max(...model.keys())))
    }),
    { numRuns: 40 },
  )
})

describe('partitions', () => {
  test.each([
    { at: '2026-11-22T10:00:00Z', name: 'datapoint_y2026m11', from: '2026-11-01', to: '2026-12-01' },
    { at: '2026-12-31T23:59:59.999999Z', name: 'datapoint_y2026m12', from: '2026-12-01', to: '2027-01-01' },
    { at: '1999-06-01T00:00:00Z', name: 'datapoint_y1999', from: '1999-01-01', to: '2000-01-01' },
    { at: '1961-01-01T00:00:00Z', name: 'datapoint_y1961', from: '1961-01-01', to: '1962-01-01' },
  ])('$at belongs to $name', ({ at, ...partition }) => {
    expect(partitionOf(parseTimestamp(at) ?? 0)).toEqual(partition)
  })

  test('two nodes make the same ones at once; points land in theirs', async () => {
    await using database = await openTestDatabase()
    const { db } = database
    const [key = 0] = await withStreams(db, 1)
    const years = ['1931-05-05T00:00:00Z', '2011-02-03T04:05:06.789012Z', '2026-11-22T00:00:00Z']
    const ats = years.map((year) => parseTimestamp(year) ?? 0)
    const { openDatabase } = await import('../src/database.ts')
    const other = await openDatabase({ url: database.url })
    await Promise.all([
      ensurePartitions(db.pool, ats),
      ensurePartitions(other.pool, ats),
      ensurePartitions(db.pool, ats),
    ])
    await other.close()
    await append(
      db,
      ats.map((at) => ({ streamKey: key, at, value: '1', number: 1 })),
    )
    const { rows } = await db.pool.query(`select tableoid::regclass::text as name from datapoint order by at`)
    expect(rows.map((row) => row.name)).toEqual(['datapoint_y1931', 'datapoint_y2011m02', 'datapoint_y2026m11'])
  })
})

test('a guarded append stores everything or nothing: what was foreseen has to be true still', async () => {
  await using database = await openTestDatabase()
  const { db } = database
  const [watched = 0, other = 0] = await withStreams(db, 2)
  await db.pool.query('update datastream set has_trigger = true where key = $1', [watched])
  const { watched: changes } = await append(db, [point(watched, 0, '1'), point(other, 0, '1')])
  const [change] = changes
  const guard = { revision: change?.triggerRevision ?? -1, arrivedAt: change?.arrivedAt ?? 0 }
  const guards = (more: object = {}) =>
    new Map([
      [watched, { ...guard, ...more }],
      [other, null],
    ])
  const points = (at: number) => [point(watched, at, '2'), point(other, at, '2'), point(other, at, '3')]
  const done = await appendGuarded(db.pool, points(1), guards())
  expect(done?.fates).toEqual(['stored', 'stored', 'stored'])
  expect(done?.arrivedAt).toBeGreaterThan(guard.arrivedAt)
  // the last arrival is another one now
  expect(await appendGuarded(db.pool, points(2), guards())).toBeNull()
  const now = { arrivedAt: done?.arrivedAt ?? 0 }
  expect(await appendGuarded(db.pool, points(2), guards({ ...now, revision: 99 }))).toBeNull()
  await db.pool.query('update datastream set has_trigger = true where key = $1', [other])
  expect(await appendGuarded(db.pool, points(2), guards(now))).toBeNull()
  await db.pool.query('update datastream set has_trigger = false where key = $1', [other])
  expect((await stored(db, other)).map(({ at }) => at)).toEqual([0, 1])
  expect((await appendGuarded(db.pool, points(2), guards(now)))?.fates).toEqual(['stored', 'stored', 'stored'])
  // a time that is there already is for the statement that is prepared for it
  expect(await appendGuarded(db.pool, points(2), guards(now))).toBeNull()
})
