import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { HISTORY_FUNCTIONS, numberOf, type Datapoint, type NewDatapoint } from '@sluice/model'
import {
  type Database,
  type HistoryQuery,
  type Sampling,
  type StepRun,
  appendWatched,
  createFeed,
  ensureDatastreams,
  ensurePartitions,
  queryHistory,
} from '../src/index.ts'
import { type TestDatabase, openTestDatabase } from '../src/testing.ts'
import { modelHistory } from './history-model.ts'
import { append, makeAccount, micros } from './make-account.ts'

let database: TestDatabase
let db: Database
let account: number
beforeAll(async () => {
  database = await openTestDatabase()
  db = database.db
  account = await makeAccount(db, 'ada')
})
afterAll(() => database[Symbol.asyncDispose]())

async function makeStreams(howMany: number): Promise<number[]> {
  const ids = Array.from({ length: howMany }, (_, index) => `s${index}`)
  const streams = await db.inTransaction(async (tx) =>
    ensureDatastreams(tx, await createFeed(tx, account, { title: 'x' }), ids),
  )
  return ids.map((id) => streams.get(id) ?? 0)
}

const INTERVAL_US = 30e6
/** the window lies around the change of a month, which is one of partitions */
const BASE = micros('2026-02-01T00:00:00Z')

const moment = fc.oneof(
  fc.integer({ min: -40, max: 40 }).map((half) => BASE + half * 15e6),
  fc.integer({ min: -600e6, max: 600e6 }).map((us) => BASE + us),
)
const value = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -4000, max: 4000 }).map((quarters) => String(quarters / 4)) },
  fc.constantFrom('open', '1e3', '-0.5', ''.padEnd(3, 'x')),
)
const points = fc
  .uniqueArray(fc.record({ at: moment, value }), { maxLength: 40, selector: ({ at }) => at })
  .map((list) => list.sort((a, b) => a.at - b.at))
/** runs an odd distance apart, as changes of an offset make them, over the whole of the points and beyond */
const runs = fc
  .array(fc.record({ apartS: fc.constantFrom(7, 15, 45, 90, 300), count: fc.integer({ min: 1, max: 30 }) }), {
    maxLength: 5,
  })
  .map((parts) => {
    const list: StepRun[] = [{ first: BASE - 900e6, last: BASE - 600e6 }]
    for (const { apartS, count: steps } of parts) {
      const first = (list.at(-1)?.last ?? 0) + apartS * 1e6
      list.push({ first, last: first + (steps - 1) * INTERVAL_US })
    }
    const first = (list.at(-1)?.last ?? 0) + 45e6
    list.push({ first, last: first + 100 * INTERVAL_US })
    return list
  })
const sampling: fc.Arbitrary<Sampling> = fc.record({
  steps: fc.record({ intervalUs: fc.constant(INTERVAL_US), runs }),
  until: moment,
  as: fc.constantFrom('points', 'values', ...HISTORY_FUNCTIONS),
})
const query: fc.Arbitrary<HistoryQuery> = fc
  .record({
    start: fc.option(moment),
    end: fc.option(moment),
    limit: fc.integer({ min: 1, max: 30 }),
    newest: fc.boolean(),
    skip: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 10 })),
    findPrevious: fc.boolean(),
    sampling: fc.option(sampling, { freq: 8 }),
  })
  // as the api asks: what comes after the end is not sampled
  .map((asked) => {
    const until = Math.min(asked.sampling?.until ?? 0, asked.end ?? Number.POSITIVE_INFINITY)
    return asked.sampling ? { ...asked, sampling: { ...asked.sampling, until } } : asked
  })

test('any window of any points is answered like by looking at all of them', async () => {
  await fc.assert(
    fc.asyncProperty(points, points, fc.array(query, { minLength: 4, maxLength: 4 }), async (one, two, queries) => {
      const [first = 0, second = 0, empty = 0] = await makeStreams(3)
      await store([
        [first, one],
        [second, two],
      ])
      for (const asked of queries) {
        const history = await queryHistory(db.pool, [first, second, empty], asked)
        expect(numeric(history.get(first), asked)).toEqual(modelHistory(one, asked))
        expect(numeric(history.get(second), asked)).toEqual(modelHistory(two, asked))
        expect(history.get(empty)).toEqual([])
      }
    }),
    { numRuns: 120 },
  )
}, 120_000)

/** `1000` and `-0.5` for what SQL writes as `1000.0` or `-0.50`: the model knows numbers, not texts. */
const numeric = (list: Datapoint[] | undefined, { sampling: asked }: HistoryQuery): Datapoint[] | undefined =>
  asked && asked.as !== 'points' && asked.as !== 'values'
    ? list?.map(({ at, value: text }) => ({ at, value: String(Number(text)) }))
    : list

async function store(streams: readonly (readonly [number, readonly Datapoint[]])[]): Promise<void> {
  const rows: NewDatapoint[] = streams.flatMap(([streamKey, list]) =>
    list.map(({ at, value: text }) => ({ streamKey, at, value: text, number: numberOf(text) })),
  )
  if (rows.length === 0) return
  await ensurePartitions(
    db.pool,
    rows.map(({ at }) => at),
  )
  await db.inTransaction((tx) => appendWatched(tx, rows))
}

describe('results of functions', () => {
  const from = micros('2026-03-01T00:00:00Z')
  const steps = { intervalUs: 60e6, runs: [{ first: from, last: from + 3600e6 }] }
  const ask = async (values: readonly string[], as: Sampling['as']) => {
    const [key = 0] = await makeStreams(1)
    await append(
      db,
      key,
      values.map((text, second) => [new Date(from / 1000 + second * 1000).toISOString(), text]),
    )
    const asked = { start: from, end: null, limit: 10, newest: false, sampling: { steps, until: from + 600e6, as } }
    return (await queryHistory(db.pool, [key], asked)).get(key)?.map((point) => point.value)
  }
  test.each([
    { as: 'sum', values: ['0.1', '0.2'], result: '0.3' },
    { as: 'average', values: ['1', '2', '2'], result: '1.66666666666667' },
    { as: 'average', values: ['20.50'], result: '20.5' },
    { as: 'max', values: ['1e21', '3'], result: '1000000000000000000000' },
    { as: 'max', values: ['123456789.12345678', 'open'], result: '123456789.12345678' },
    { as: 'min', values: ['1.5e-7', '3'], result: '0.00000015' },
    { as: 'count', values: ['1', 'open', '1'], result: '2' },
    { as: 'median', values: ['9', '1', '2', '4'], result: '3' },
    { as: 'average', values: ['1e308', '-1e308', '4'], result: '1.33333333333333' },
  ] as const)('$as of $values is $result', async ({ as, values, result }) => {
    expect(await ask(values, as)).toEqual([result])
  })

  test('of text alone are none', async () => {
    expect(await ask(['open', 'shut'], 'count')).toEqual([])
  })

  test.each(['sum', 'average', 'median'] as const)('%s that is no number any more is refused', async (as) => {
    const opposite = as === 'median' ? '-1.7e308' : '1.7e308'
    await expect(ask(['1.7e308', opposite], as)).rejects.toMatchObject({
      code: 'unprocessable',
      message: `function ${as} of these values is too large for a number`,
    })
  })
})

test('a few points in a hundred years are found without a look at each of the steps between', async () => {
  const [key = 0] = await makeStreams(1)
  const list: [string, string][] = Array.from({ length: 12 }, (_, index) => [
    `${1930 + index * 8}-06-01T00:00:10Z`,
    'x',
  ])
  await append(db, key, list)
  const end = micros('2026-07-01T00:00:00Z')
  const steps = { intervalUs: INTERVAL_US, runs: [{ first: micros('1900-01-01T00:00:00Z'), last: end + 86_400e6 }] }
  const asked = { start: micros('1900-01-01T00:00:00Z'), end: null, limit: 10, newest: false }
  const sampled = await queryHistory(db.pool, [key], { ...asked, sampling: { steps, until: end, as: 'points' } })
  expect(sampled.get(key)?.map(({ at }) => at)).toEqual(list.slice(0, 10).map(([at]) => micros(at)))
  const values = await queryHistory(db.pool, [key], { ...asked, sampling: { steps, until: end, as: 'values' } })
  expect(values.get(key)?.map(({ at }) => at)).toEqual(
    Array.from({ length: 10 }, (_, index) => micros('1930-06-01T00:00:30Z') + index * INTERVAL_US),
  )
})
