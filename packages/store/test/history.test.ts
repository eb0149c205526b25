import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  type Database,
  createFeed,
  ensureDatastreams,
  findDatapoint,
  findFeed,
  queryHistory,
  removeDatapoints,
  updateDatapoint,
} from '../src/index.ts'
import { type TestDatabase, openTestDatabase } from '../src/testing.ts'
import { append, makeAccount, micros } from './make-account.ts'

let database: TestDatabase
let db: Database
let account: number
let feedId: number
let one: number
let two: number
beforeAll(async () => {
  database = await openTestDatabase()
  db = database.db
  account = await makeAccount(db, 'ada')
})
afterAll(() => database[Symbol.asyncDispose]())

/** over three partitions, and to the microsecond */
const POINTS: [string, string][] = [
  ['2009-12-31T23:59:59.999999Z', '1'],
  ['2010-01-01T00:00:00Z', '2'],
  ['2010-01-01T00:00:00.000001Z', '3'],
  ['2026-11-01T00:00:00Z', '20.50'],
]
const AT = POINTS.map(([at]) => micros(at)) as [number, number, number, number]

beforeEach(async () => {
  feedId = await db.inTransaction((tx) => createFeed(tx, account, { title: 'x' }))
  const streams = await db.inTransaction((tx) => ensureDatastreams(tx, feedId, ['one', 'two']))
  one = streams.get('one') ?? 0
  two = streams.get('two') ?? 0
  await append(db, one, POINTS)
})

const current = async () => {
  const stream = (await findFeed(db.pool, feedId))?.datastreams[0]
  return [stream?.at, stream?.currentValue]
}
const valuesOf = async (key: number) =>
  (await queryHistory(db.pool, [key], { start: null, end: null, limit: 10, newest: false }))
    .get(key)
    ?.map((p) => p.value)

describe('history', () => {
  test.each([
    { what: 'all', query: {}, values: ['1', '2', '3', '20.50'] },
    { what: 'from a point on, itself included', query: { start: AT[1] }, values: ['2', '3', '20.50'] },
    { what: 'up to a point, itself included', query: { end: AT[1] }, values: ['1', '2'] },
    { what: 'a microsecond', query: { start: AT[2], end: AT[2] }, values: ['3'] },
    { what: 'the oldest two', query: { limit: 2 }, values: ['1', '2'] },
    { what: 'the newest two', query: { limit: 2, newest: true }, values: ['3', '20.50'] },
    { what: 'the newest up to a point', query: { end: AT[2], limit: 1, newest: true }, values: ['3'] },
    { what: 'the second page', query: { limit: 2, skip: 2 }, values: ['3', '20.50'] },
    { what: 'the page before the newest', query: { limit: 2, newest: true, skip: 2 }, values: ['1', '2'] },
    { what: 'a page beyond the last', query: { limit: 2, skip: 4 }, values: [] },
    {
      what: 'a window and the point before',
      query: { start: AT[2], limit: 1, findPrevious: true },
      values: ['2', '3'],
    },
    {
      what: 'an empty window and the point before',
      query: { start: AT[3] + 1, findPrevious: true },
      values: ['20.50'],
    },
    {
      what: 'a window that nothing comes before',
      query: { start: AT[0], limit: 1, findPrevious: true },
      values: ['1'],
    },
    { what: 'no beginning, which nothing comes before', query: { limit: 1, findPrevious: true }, values: ['1'] },
    {
      what: 'the second page, which has no point before',
      query: { start: AT[2], limit: 1, skip: 1, findPrevious: true },
      values: ['20.50'],
    },
    { what: 'a window without points', query: { start: AT[2] + 1, end: AT[3] - 1 }, values: [] },
    { what: 'a window that ends before it starts', query: { start: AT[3], end: AT[0] }, values: [] },
  ])('of $what', async ({ query, values }) => {
    const history = await queryHistory(db.pool, [one, two], {
      start: null,
      end: null,
      limit: 10,
      newest: false,
      ...query,
    })
    expect(history.get(one)?.map((point) => point.value)).toEqual(values)
    expect(history.get(two)).toEqual([])
  })

  test('limits each datastream by itself, and keeps microseconds', async () => {
    await append(db, two, [['2026-01-01T00:00:00Z', 'open']])
    const history = await queryHistory(db.pool, [two, one], { start: null, end: null, limit: 1, newest: false })
    expect(history).toEqual(
      new Map([
        [two, [{ at: micros('2026-01-01T00:00:00Z'), value: 'open' }]],
        [one, [{ at: AT[0], value: '1' }]],
      ]),
    )
  })

  test('of no datastream is empty', async () => {
    expect(await queryHistory(db.pool, [], { start: null, end: null, limit: 1, newest: false })).toEqual(new Map())
  })
})

test('a history that takes too long says so', async () => {
  await db.inTransaction(async (blocker) => {
    await blocker.query('lock table datapoint in access exclusive mode')
    const asked = db.inTransaction(async (tx) => {
      await tx.query(`set local statement_timeout = '50ms'`)
      return queryHistory(tx, [one], { start: null, end: null, limit: 1, newest: false })
    })
    await expect(asked).rejects.toMatchObject({
      code: 'unavailable',
      message: 'This history took too long: ask for a shorter window, or with a smaller limit',
    })
  })
})

test('one datapoint is found at its microsecond only', async () => {
  expect(await findDatapoint(db.pool, one, AT[2])).toEqual({ at: AT[2], value: '3' })
  expect(await findDatapoint(db.pool, one, AT[2] + 1)).toBeNull()
  expect(await findDatapoint(db.pool, two, AT[2])).toBeNull()
})

describe('an edit', () => {
  const edit = (at: number, value: string, number: number | null) =>
    db.inTransaction((tx) => updateDatapoint(tx, one, at, { value, number }))

  test('of the newest point changes the current value and the extremes', async () => {
    expect(await edit(AT[3], '-7', -7)).toBe(true)
    expect(await current()).toEqual([AT[3], '-7'])
    expect((await findFeed(db.pool, feedId))?.datastreams[0]).toMatchObject({ minValue: -7, maxValue: 20.5 })
  })

  test('of an older point leaves the current value', async () => {
    expect(await edit(AT[0], 'open', null)).toBe(true)
    expect(await valuesOf(one)).toEqual(['open', '2', '3', '20.50'])
    expect(await current()).toEqual([AT[3], '20.50'])
  })

  test('of no point says so', async () => {
    expect(await edit(AT[3] + 1, '1', 1)).toBe(false)
  })
})

describe('a removal', () => {
  test.each([
    { what: 'the newest', window: { start: AT[3], end: AT[3] }, left: ['1', '2', '3'], now: [AT[2], '3'] },
    { what: 'an old one', window: { start: AT[0], end: AT[0] }, left: ['2', '3', '20.50'], now: [AT[3], '20.50'] },
    { what: 'everything after', window: { start: AT[1], end: null }, left: ['1'], now: [AT[0], '1'] },
    { what: 'everything before', window: { start: null, end: AT[2] }, left: ['20.50'], now: [AT[3], '20.50'] },
    { what: 'everything', window: { start: null, end: null }, left: [], now: [null, null] },
    {
      what: 'nothing',
      window: { start: AT[2] + 1, end: AT[3] - 1 },
      left: ['1', '2', '3', '20.50'],
      now: [AT[3], '20.50'],
    },
  ])('of $what leaves $left, and $now is current', async ({ window, left, now }) => {
    await append(db, two, POINTS)
    const count = await db.inTransaction((tx) => removeDatapoints(tx, one, window))
    expect(count).toBe(POINTS.length - left.length)
    expect(await valuesOf(one)).toEqual(left)
    expect(await current()).toEqual(now)
    expect(await valuesOf(two)).toHaveLength(POINTS.length)
  })

  test('waits for an append to the same datastream, and the current value is right after both', async () => {
    await Promise.all([
      append(db, one, [['2026-11-02T00:00:00Z', '99']]),
      db.inTransaction((tx) => removeDatapoints(tx, one, { start: null, end: AT[3] })),
    ])
    expect(await valuesOf(one)).toEqual(['99'])
    expect(await current()).toEqual([micros('2026-11-02T00:00:00Z'), '99'])
  })
})
