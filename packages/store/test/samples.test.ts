import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type Database,
  type StoredObservation,
  createFeed,
  ensureDatastreams,
  readArrivalsSince,
  readInputsBefore,
  readObservations,
} from '../src/index.ts'
import { type TestDatabase, openTestDatabase } from '../src/testing.ts'
import { append, makeAccount, micros } from './make-account.ts'

let database: TestDatabase
let db: Database
let feedId: number
beforeAll(async () => {
  database = await openTestDatabase()
  db = database.db
  const accountId = await makeAccount(db, 'ada')
  feedId = await db.inTransaction((tx) => createFeed(tx, accountId, { title: 'f' }))
})
afterAll(() => database[Symbol.asyncDispose]())

const streamsOf = (...ids: string[]) => db.inTransaction((tx) => ensureDatastreams(tx, feedId, ids))
const time = (minute: number): string => new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString()
const all = { start: micros('2026-01-01T00:00:00Z'), end: micros('2027-01-01T00:00:00Z'), withLate: true }

async function read(streams: ReadonlyMap<string, number>, window = all): Promise<StoredObservation[]> {
  const observations: StoredObservation[] = []
  for await (const page of readObservations(db, streams, window)) {
    expect(page.length).toBeLessThanOrEqual(5_000)
    observations.push(...page)
  }
  return observations
}
const shown = (list: readonly StoredObservation[]) =>
  list.map(({ datastreamId, value, isLate }) => `${datastreamId} ${value}${isLate ? ' late' : ''}`)

test('values come in the order of their commits, within one by time, then by datastream', async () => {
  const streams = await streamsOf('a', 'b')
  const [a, b] = [streams.get('a') ?? 0, streams.get('b') ?? 0]
  await append(db, a, [
    [time(1), '1'],
    [time(3), '3'],
  ])
  await append(db, b, [[time(2), '2']])
  // older than what is there: judged when they came
  await append(db, a, [
    [time(0), 'first'],
    [time(2), 'between'],
    [time(5), '5'],
  ])
  await append(db, b, [[time(4), '4']])
  const expected = ['a 1', 'a 3', 'b 2', 'a first late', 'a between late', 'a 5', 'b 4']
  expect(shown(await read(streams))).toEqual(expected)
  expect(shown(await read(streams, { ...all, withLate: false }))).toEqual(['a 1', 'a 3', 'b 2', 'a 5', 'b 4'])
  expect(shown(await read(streams, { ...all, start: micros(time(2)), end: micros(time(4)) }))).toEqual([
    'a 3',
    'b 2',
    'a between late',
    'b 4',
  ])
  expect(await read(streams, { ...all, start: micros(time(30)) })).toEqual([])
  const observations = await read(new Map([['a', a]]))
  expect(observations[0]).toEqual({
    datastreamId: 'a',
    at: micros(time(1)),
    value: '1',
    arrivedAt: expect.any(Number),
    isLate: false,
    hops: 0,
  })
})

test('the inputs of a window are the newest values before it', async () => {
  const streams = await streamsOf('a', 'b', 'never')
  const inputs = await readInputsBefore(db.pool, streams, micros(time(3)))
  expect([...inputs].map(([id, sample]) => [id, sample?.value ?? null])).toEqual([
    ['a', 'between'],
    ['b', '2'],
    ['never', null],
  ])
})

test('arrivals since a time, of the newest values', async () => {
  const streams = await streamsOf('a')
  const a = ['a', streams.get('a') ?? 0] as const
  const [first] = await read(new Map([a]))
  const later = await readArrivalsSince(db.pool, a, first?.arrivedAt ?? null, 100)
  expect(later.isComplete).toBe(true)
  expect(shown(later.observations).toSorted()).toEqual(['a 5', 'a between late', 'a first late'])
  expect(await readArrivalsSince(db.pool, a, null, 2)).toMatchObject({ isComplete: false, observations: [{}, {}] })
})

test('pages follow one another without a gap, and a reader that stops gives the connection back', async () => {
  const streams = await streamsOf('long')
  const key = streams.get('long') ?? 0
  await append(db, key, [['2026-02-01T00:00:00Z', '-1']])
  await db.pool.query(
    `insert into datapoint (stream_key, at, value, arrived_at, is_late)
     select $1, '2026-02-01'::timestamptz + n * interval '1 second', n::text, '2026-02-02'::timestamptz + n * interval '1 second',
       n % 3 = 0
     from generate_series(1, 12345) as series (n)`,
    [key],
  )
  const values = (await read(streams, { ...all, start: micros('2026-02-01T00:00:01Z') })).map(({ value }) =>
    Number(value),
  )
  expect(values).toEqual(Array.from({ length: 12_345 }, (_, index) => index + 1))
  const before = db.pool.idleCount
  for (let turn = 0; turn < 30; turn++) {
    for await (const page of readObservations(db, streams, all)) {
      expect(page).toHaveLength(5_000)
      break
    }
  }
  expect(db.pool.totalCount - db.pool.idleCount).toBe(0)
  expect(db.pool.idleCount).toBeGreaterThanOrEqual(Math.min(before, 1))
})
