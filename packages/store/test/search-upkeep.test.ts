import type { FeedPatch } from '@sluice/model'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type Database,
  type FeedQuery,
  appendUnwatched,
  createFeed,
  ensureDatastreams,
  ensurePartitions,
  listFeeds,
  removeDatastream,
  removeFeed,
  updateDatastream,
  updateFeed,
} from '../src/index.ts'
import { readMigrations } from '../src/migrate.ts'
import { type TestDatabase, openTestDatabase } from '../src/testing.ts'
import { append, makeAccount, micros } from './make-account.ts'

let database: TestDatabase
let db: Database
let ann: number
beforeAll(async () => {
  database = await openTestDatabase()
  db = database.db
  ann = await makeAccount(db, 'ann')
})
afterAll(() => database[Symbol.asyncDispose]())

const create = (patch: FeedPatch & { title: string }) => db.inTransaction((tx) => createFeed(tx, ann, patch))
const search = async (query: Partial<FeedQuery>): Promise<number[]> => {
  const whole = { viewerAccountId: ann, seesPrivate: true, page: 1, perPage: 50, ...query }
  const { total, feeds } = await listFeeds(db.pool, whole)
  expect(total).toBe(feeds.length)
  return feeds.map(({ id }) => id)
}
const keyOf = async (feedId: number, id: string): Promise<number> => {
  const keys = await db.inTransaction((tx) => ensureDatastreams(tx, feedId, [id]))
  return keys.get(id) ?? 0
}

describe('a change is found at once, and what was before no more', () => {
  const changes: [string, FeedPatch, Partial<FeedQuery>, Partial<FeedQuery>][] = [
    ['title', { title: 'wombat' }, { q: 'alpaca' }, { q: 'wombat' }],
    ['description', { description: null }, { q: 'fluffy' }, { q: 'alpaca' }],
    ['website', { website: 'https://wombat.example' }, { q: 'peru' }, { q: 'wombat' }],
    ['tags', { tags: ['wombat'] }, { tag: 'wool' }, { tag: 'wombat' }],
    ['name of the place', { location: { name: 'Perth' } }, { q: 'lima' }, { q: 'perth' }],
    ['position', { location: { lat: -32 } }, near(-12), near(-32)],
    ['tags of a datastream', { datastreams: [{ id: 'a', tags: ['wombat'] }] }, { tag: 'soft' }, { tag: 'wombat' }],
    ['unit', { datastreams: [{ id: 'a', unit: { label: 'Gram' } }] }, { units: 'kg' }, { units: 'gram' }],
    ['words of a unit', { datastreams: [{ id: 'a', unit: { label: 'Gram' } }] }, { q: 'kilogram' }, { q: 'gram' }],
    ['datastreams', { datastreams: [{ id: 'wombat' }] }, { datastreamIds: ['b'] }, { datastreamIds: ['wombat'] }],
  ]
  test.each(changes)('%s', async (_what, patch, before, after) => {
    const id = await create({
      title: 'alpaca',
      description: 'fluffy',
      website: 'https://peru.example',
      tags: ['wool'],
      location: { name: 'Lima', lat: -12, lon: -77 },
      datastreams: [{ id: 'a', tags: ['soft'], unit: { label: 'Kilogram', symbol: 'kg' } }],
    })
    const feedIds = [id]
    expect(await search({ ...after, feedIds })).toEqual(after.q === 'alpaca' ? [id] : [])
    if (before.datastreamIds === undefined) expect(await search({ ...before, feedIds })).toEqual([id])
    await db.inTransaction((tx) => updateFeed(tx, id, patch))
    expect(await search({ ...before, feedIds })).toEqual([])
    expect(await search({ ...after, feedIds })).toEqual([id])
  })

  function near(lat: number): Partial<FeedQuery> {
    return { near: { lat, lon: -77, distanceM: 1000 } }
  }

  test('privacy', async () => {
    const id = await create({ title: 'echidna', isPrivate: true })
    const other = { q: 'echidna', viewerAccountId: 0 }
    expect(await search(other)).toEqual([])
    await db.inTransaction((tx) => updateFeed(tx, id, { isPrivate: false }))
    expect(await search(other)).toEqual([id])
    await db.inTransaction((tx) => updateFeed(tx, id, { isPrivate: true }))
    expect(await search(other)).toEqual([])
    expect(await search({ q: 'echidna' })).toEqual([id])
  })

  test('a datastream and a feed that are removed', async () => {
    const id = await create({ title: 'numbat', datastreams: [{ id: 'burrow', tags: ['deep'] }, { id: 'nest' }] })
    const key = await keyOf(id, 'burrow')
    expect(await db.inTransaction((tx) => updateDatastream(tx, key, { unit: { symbol: 'fathom' } }))).toBe(true)
    expect(await search({ q: 'burrow', tag: 'deep', units: 'fathom' })).toEqual([id])
    await db.inTransaction((tx) => removeDatastream(tx, key))
    for (const query of [{ q: 'burrow' }, { tag: 'deep' }, { units: 'fathom' }]) expect(await search(query)).toEqual([])
    expect(await search({ q: 'nest numbat' })).toEqual([id])
    await db.inTransaction((tx) => removeFeed(tx, id))
    expect(await search({ q: 'numbat' })).toEqual([])
  })
})

test('what is rolled back leaves nothing behind, not even for the next change of the session', async () => {
  const [one, two] = [await create({ title: 'quokka' }), await create({ title: 'quoll' })]
  const [first, second] = [await keyOf(one, 'a'), await keyOf(two, 'a')]
  const fails = db.inTransaction(async (tx) => {
    await updateDatastream(tx, first, { tags: ['lost'] })
    throw new Error('no')
  })
  await expect(fails).rejects.toThrow('no')
  await db.inTransaction((tx) => updateDatastream(tx, second, { tags: ['kept'] }))
  expect(await search({ tag: 'lost' })).toEqual([])
  expect(await search({ tag: 'kept' })).toEqual([two])
})

test('two that change one feed at once are both found', async () => {
  const id = await create({ title: 'dingo' })
  for (let round = 0; round < 5; round++) {
    const made = ['left', 'right'].map((side) => `${side}${round}`)
    await Promise.all(made.map((name) => db.inTransaction((tx) => ensureDatastreams(tx, id, [name]))))
    const keys = await Promise.all(made.map((name) => keyOf(id, name)))
    await Promise.all(
      keys.map((key, side) => db.inTransaction((tx) => updateDatastream(tx, key, { tags: [`tag-${round}-${side}`] }))),
    )
    for (const [side, name] of made.entries()) {
      expect(await search({ q: name, tag: `tag-${round}-${side}` })).toEqual([id])
    }
  }
})

test('a feed with a thousand datastreams of the longest tags can be made, changed and found', async () => {
  const tag = (index: number): string => `${index}${'🐝'.repeat(250)}`
  const datastreams = Array.from({ length: 1000 }, (_, index) => ({ id: `stream${index}`, tags: [tag(index)] }))
  const id = await create({ title: 'platypus', tags: ['egg'], datastreams })
  expect(await search({ q: 'platypus', tag: 'egg' })).toEqual([id])
  // there is room for some hundreds of the long ones
  expect(await search({ tag: tag(100) })).toEqual([id])
  await db.inTransaction((tx) =>
    updateFeed(tx, id, { datastreams: datastreams.map((stream) => ({ ...stream, tags: ['short'] })) }),
  )
  expect(await search({ tag: tag(100) })).toEqual([])
  expect(await search({ q: 'stream999 platypus', tag: 'short' })).toEqual([id])
})

describe('values that arrive', () => {
  const listing = async (feedId: number) =>
    (
      await db.pool.query<{ row: string; data_at: Date | null }>(
        'select ctid::text as row, data_at from feed_listing where feed_id = $1',
        [feedId],
      )
    ).rows[0]

  test('are noted for the feed by the first append of ten seconds, and leave its listing alone after that', async () => {
    const id = await create({ title: 'kowari', datastreams: [{ id: 'a' }] })
    const streamKey = await keyOf(id, 'a')
    const at = micros('2026-11-22T10:00:00Z')
    await ensurePartitions(db.pool, [at])
    const send = (value: number) =>
      appendUnwatched(db.pool, [{ streamKey, at: at + value, value: `${value}`, number: value }])
    expect((await listing(id))?.data_at).toBeNull()
    await send(1)
    const first = await listing(id)
    expect(first?.data_at).toEqual(expect.any(Date))
    for (let value = 2; value < 5; value++) await send(value)
    expect(await listing(id)).toEqual(first)
    await append(db, streamKey, [['2026-11-22T11:00:00Z', '5']])
    expect(await listing(id)).toEqual(first)
  })

  test('do not wait for somebody who changes the feed', async () => {
    const id = await create({ title: 'bilby', datastreams: [{ id: 'a' }] })
    const key = await keyOf(id, 'a')
    await db.inTransaction(async (tx) => {
      await updateFeed(tx, id, { title: 'bilby changed' })
      await append(db, key, [['2026-11-22T10:00:00Z', '1']])
    })
    expect((await listing(id))?.data_at).toBeNull()
    await append(db, key, [['2026-11-22T10:00:01Z', '1']])
    expect((await listing(id))?.data_at).toEqual(expect.any(Date))
  })

  test('start no trigger of the database but those that check references', async () => {
    const { rows } = await db.pool.query<{ name: string }>(
      `select tgname as name from pg_trigger
       where tgrelid = 'datastream'::regclass and not tgisinternal and tgtype & 16 <> 0 and tgattr = ''::int2vector`,
    )
    expect(rows).toEqual([])
    const { rows: indexes } = await db.pool.query<{ name: string }>(
      `select i.indexrelid::regclass::text as name from pg_index i, pg_attribute a
       where a.attrelid = i.indrelid and a.attnum = any (i.indkey) and (i.indrelid, a.attname) in (
         select 'datastream'::regclass::oid, unnest(array['current_value', 'current_at', 'last_arrival_at']::name[])
         union all select 'feed_listing'::regclass::oid, 'data_at'::name)`,
    )
    expect(indexes).toEqual([])
  })
})

test('feeds that were there before searches were listed are found', async () => {
  await using older = await openTestDatabase()
  const account = await makeAccount(older.db, 'ann')
  await older.db.pool.query(`
    drop function search_fold, search_words, search_prefixes, search_term, search_values, search_vector, feed_terms, refresh_feed_terms,
      list_new_feeds, list_changed_feeds, list_new_datastreams, unlist_datastreams, note_changed_datastream,
      list_changed_datastreams cascade;
    drop table feed_listing`)
  const id = await older.db.inTransaction((tx) =>
    createFeed(tx, account, { title: 'thylacine', datastreams: [{ id: 'stripes', tags: ['gone'] }] }),
  )
  await older.db.pool.query("update datastream set last_arrival_at = now() - interval '1 minute'")
  const migration = (await readMigrations()).find(({ name }) => name === '003-search.sql')
  await older.db.pool.query(migration?.sql ?? '')
  const query = { viewerAccountId: account, seesPrivate: true, page: 1, perPage: 50 }
  const { feeds } = await listFeeds(older.db.pool, { ...query, q: 'thylacine stripes', tag: 'gone', status: 'live' })
  expect(feeds.map((feed) => feed.id)).toEqual([id])
})
