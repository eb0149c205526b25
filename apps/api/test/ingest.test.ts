import { parseTimestamp } from '@sluice/model'
import { openDatabase } from '@sluice/store'
import type { Database } from '@sluice/store'
import { openTestDatabase } from '@sluice/store/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { makeIngest } from '../src/ingest.ts'
import type { Ingest, Write } from '../src/ingest.ts'
import { openProxy } from './postgres-proxy.ts'

const T0 = parseTimestamp('2026-11-22T10:00:00Z') ?? 0
/** Postgres cannot keep it in text: what a value would be that slipped through every check before. */
const REFUSED = 'a\u0000b'

type Feed = { feedId: number; streamKey: number }

async function makeFeeds(db: Database, count: number): Promise<Feed[]> {
  const { rows } = await db.pool.query<Feed>(
    `with owner as (insert into account (login, name, email) values ('ann', 'Ann', 'ann@example.org') returning id),
      made as (insert into feed (account_id, title, is_private) select id, 'f', true from owner, generate_series(1, $1::int) returning id)
     insert into datastream (feed_id, id) select id, 'd' from made returning feed_id as "feedId", key as "streamKey"`,
    [count],
  )
  return rows
}

const write = ({ feedId, streamKey }: Feed, values: Record<number, string>, accountId = 1): Write => ({
  feedId,
  accountId,
  points: Object.entries(values).map(([at, value]) => ({ datastreamId: 'd', streamKey, at: T0 + Number(at), value })),
})

const ingestOn = (db: Database): Ingest => makeIngest({ db, decide: async () => [] })

const countOf = async (db: Database): Promise<number> =>
  (await db.pool.query<{ count: number }>('select count(*)::int as count from datapoint')).rows[0]?.count ?? 0

describe('a write', () => {
  test('is committed when it is answered', async () => {
    await using database = await openTestDatabase()
    const [feed] = await makeFeeds(database.db, 1)
    const ingest = ingestOn(database.db)
    const other = await openDatabase({ url: database.url })
    for (let at = 0; at < 20; at++) {
      await ingest.append(write(feed as Feed, { [at]: '1' }))
      expect(await countOf(other)).toBe(at + 1)
    }
    await other.close()
  })

  test('knows what became of each of its points', async () => {
    await using database = await openTestDatabase()
    const [kept, gone] = (await makeFeeds(database.db, 2)) as [Feed, Feed]
    const ingest = ingestOn(database.db)
    await ingest.append(write(kept, { 0: '1' }))
    await database.db.pool.query('delete from datastream where key = $1', [gone.streamKey])
    const [first, second] = await Promise.all([
      ingest.append(write(kept, { 0: '1', 1: '2' })),
      ingest.append(write(gone, { 0: '1' })),
    ])
    expect(first).toEqual([{ result: 'duplicate' }, { result: 'stored' }])
    expect(second).toEqual([{ result: 'rejected', reason: 'datastream does not exist' }])
  })

  test('with a value that the database refuses fails alone, whatever shares its batch', async () => {
    await using database = await openTestDatabase()
    const feeds = await makeFeeds(database.db, 24)
    const ingest = ingestOn(database.db)
    let round = 0
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1, maxLength: 24 }), async (areBad) => {
        const at = round++
        const settled = await Promise.allSettled(
          areBad.map((isBad, index) =>
            ingest.append(write(feeds[index] as Feed, { [at]: isBad ? REFUSED : '1' }, index)),
          ),
        )
        expect(settled.map(({ status }) => status === 'rejected')).toEqual(areBad)
      }),
      { numRuns: 25 },
    )
    const { rows } = await database.db.pool.query(`select count(*)::int as bad from datapoint where value <> '1'`)
    expect(rows).toEqual([{ bad: 0 }])
  })
})

test('a full queue refuses with Retry-After, and takes again when there is room', async () => {
  await using database = await openTestDatabase()
  const [feed] = (await makeFeeds(database.db, 1)) as [Feed]
  const ingest = ingestOn(database.db)
  const blocker = await database.db.pool.connect()
  await blocker.query('begin; lock table datapoint')
  const thousand = (from: number): Record<number, string> =>
    Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [from + index, '1']))
  const writes = Array.from({ length: 9 }, (_, index) => ingest.append(write(feed, thousand(index * 1000))))
  const settled = Promise.allSettled(writes)
  await expect(ingest.append(write(feed, thousand(9000)))).rejects.toMatchObject({
    code: 'unavailable',
    retryAfterS: 2,
  })
  await blocker.query('rollback')
  blocker.release()
  const accepted = (await settled).filter(({ status }) => status === 'fulfilled').length
  expect(await countOf(database.db)).toBe(accepted * 1000)
  expect(await ingest.append(write(feed, { 99_999: '1' }))).toEqual([{ result: 'stored' }])
})

describe('a connection that is cut', () => {
  test.each(['before', 'after'] as const)('%s the batch got through: sent again, stored once', async (when) => {
    await using database = await openTestDatabase()
    const feeds = await makeFeeds(database.db, 8)
    await using proxy = await openProxy(database.url)
    const db = await openDatabase({ url: proxy.url })
    const ingest = ingestOn(db)
    await ingest.append(write(feeds[0] as Feed, { 0: '1' }))
    proxy.cut(when, 2)
    const outcomes = await Promise.all(feeds.map((feed, at) => ingest.append(write(feed, { [10 + at]: '1' }))))
    expect(outcomes).toEqual(feeds.map(() => [{ result: 'stored' }]))
    expect(proxy.cuts()).toBe(2)
    expect(await countOf(database.db)).toBe(9)
    await db.close()
  })

  test(
    'for longer than the window: refused, and it says that the outcome is unknown',
    { timeout: 30_000 },
    async () => {
      await using database = await openTestDatabase()
      const [feed] = (await makeFeeds(database.db, 1)) as [Feed]
      await using proxy = await openProxy(database.url)
      const db = await openDatabase({ url: proxy.url })
      let unknown = 0
      const ingest = makeIngest({ db, decide: async () => [], onUnknownOutcome: () => unknown++ })
      await ingest.append(write(feed, { 1: '1' }))
      proxy.cut('after', Number.POSITIVE_INFINITY)
      await expect(ingest.append(write(feed, { 0: '1' }))).rejects.toMatchObject({
        code: 'unavailable',
        retryAfterS: 5,
        message: expect.stringContaining('sending them again is safe'),
      })
      expect(unknown).toBe(1)
      expect(await countOf(database.db)).toBe(2)
      proxy.cut('after', 0)
      expect(await ingest.append(write(feed, { 0: '1' }))).toEqual([{ result: 'duplicate' }])
      await db.close()
    },
  )
})

test('drain commits what was accepted and refuses what comes after', async () => {
  await using database = await openTestDatabase()
  const feeds = await makeFeeds(database.db, 10)
  const ingest = ingestOn(database.db)
  const accepted = feeds.map((feed) => ingest.append(write(feed, { 0: '1' })))
  await ingest.drain()
  expect(await countOf(database.db)).toBe(10)
  await Promise.all(accepted)
  await expect(ingest.append(write(feeds[0] as Feed, { 1: '1' }))).rejects.toMatchObject({ code: 'unavailable' })
})
