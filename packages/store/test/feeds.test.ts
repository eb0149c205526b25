import { type FeedPatch, NotFoundError } from '@sluice/model'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type Database,
  addDevice,
  createFeed,
  ensureDatastreams,
  findFeed,
  insertKey,
  listDevices,
  listFeeds,
  listKeys,
  removeDatastream,
  removeFeed,
  resolveFeed,
  updateDatastream,
  updateFeed,
} from '../src/index.ts'
import { type TestDatabase, openTestDatabase } from '../src/testing.ts'
import { append, makeAccount, makeIdentity, micros, secretOf } from './make-account.ts'

let database: TestDatabase
let db: Database
let ada: number
let bob: number
beforeAll(async () => {
  database = await openTestDatabase()
  db = database.db
  ada = await makeAccount(db, 'ada')
  bob = await makeAccount(db, 'bob')
})
afterAll(() => database[Symbol.asyncDispose]())

const create = (accountId: number, patch: FeedPatch & { title: string }) =>
  db.inTransaction((tx) => createFeed(tx, accountId, patch))
const update = (feedId: number, patch: FeedPatch) => db.inTransaction((tx) => updateFeed(tx, feedId, patch))
const countRows = async (sql: string, key: number) => (await db.pool.query(sql, [key])).rowCount

describe('one feed', () => {
  test('carries everything it was made with', async () => {
    const id = await create(ada, {
      title: 'Greenhouse',
      isPrivate: true,
      description: 'glass',
      website: 'https://example.org',
      email: 'ada@example.org',
      icon: 'https://example.org/i.png',
      autoFeedUrl: 'https://example.org/auto',
      tags: ['plants', 'glass'],
      location: {
        name: 'Garden',
        domain: 'physical',
        disposition: 'fixed',
        exposure: 'indoor',
        lat: 0,
        lon: -1.5,
        ele: '23.0',
      },
      datastreams: [
        {
          id: 'temp',
          tags: ['t'],
          unit: { type: 'derivedSI', symbol: '°C', label: 'Celsius' },
          minValue: 0,
          maxValue: 9.5,
        },
        { id: 'a.b-c' },
      ],
    })
    const feed = await findFeed(db.pool, id)
    expect(feed).toEqual({
      id,
      accountId: ada,
      creator: 'ada',
      title: 'Greenhouse',
      isPrivate: true,
      description: 'glass',
      website: 'https://example.org',
      email: 'ada@example.org',
      icon: 'https://example.org/i.png',
      autoFeedUrl: 'https://example.org/auto',
      tags: ['plants', 'glass'],
      location: {
        name: 'Garden',
        domain: 'physical',
        disposition: 'fixed',
        exposure: 'indoor',
        lat: 0,
        lon: -1.5,
        ele: '23.0',
      },
      createdAt: expect.any(Number),
      updatedAt: feed?.createdAt,
      lastDataAt: null,
      productId: null,
      deviceSerial: null,
      datastreams: [
        {
          id: 'temp',
          currentValue: null,
          at: null,
          minValue: 0,
          maxValue: 9.5,
          tags: ['t'],
          unit: { type: 'derivedSI', symbol: '°C', label: 'Celsius' },
        },
        { id: 'a.b-c', currentValue: null, at: null, minValue: null, maxValue: null, tags: [], unit: {} },
      ],
    })
    expect(Math.abs((feed?.createdAt ?? 0) / 1000 - Date.now())).toBeLessThan(60_000)
  })

  test('that was never placed is physical and nothing more', async () => {
    const id = await create(ada, { title: 'x' })
    expect((await findFeed(db.pool, id))?.location).toEqual({ domain: 'physical' })
  })

  test('that does not exist is null, and cannot be updated', async () => {
    expect(await findFeed(db.pool, 999_999)).toBeNull()
    expect(await resolveFeed(db.pool, 999_999)).toBeNull()
    await expect(update(999_999, { title: 'x' })).rejects.toThrow(NotFoundError)
    await expect(update(999_999, { datastreams: [{ id: 'a' }] })).rejects.toThrow(NotFoundError)
  })

  test('changes by what a patch says and keeps the rest; null and empty text clear', async () => {
    const id = await create(ada, {
      title: 'x',
      description: 'd',
      tags: ['a'],
      location: { name: 'here', lat: 1, lon: 2 },
      datastreams: [{ id: 't', tags: ['b'], unit: { label: 'Celsius', symbol: 'C' } }],
    })
    await update(id, {
      description: null,
      location: { name: '' },
      datastreams: [{ id: 't', unit: { label: 'Kelvin' } }, { id: 'u' }],
    })
    expect(await findFeed(db.pool, id)).toMatchObject({
      title: 'x',
      description: null,
      tags: ['a'],
      location: { domain: 'physical', lat: 1, lon: 2 },
      datastreams: [{ id: 't', tags: ['b'], unit: { label: 'Kelvin' } }, { id: 'u' }],
    })
    expect((await findFeed(db.pool, id))?.location).not.toHaveProperty('name')
    expect((await findFeed(db.pool, id))?.datastreams[0]?.unit).toEqual({ label: 'Kelvin' })
  })

  test('was updated when its metadata changed, not when they were repeated', async () => {
    const patch = { title: 'x', tags: ['a'], location: { lat: 1, lon: 2 }, datastreams: [{ id: 't', tags: ['q'] }] }
    const id = await create(ada, patch)
    const before = (await findFeed(db.pool, id))?.updatedAt ?? 0
    await update(id, patch)
    expect((await findFeed(db.pool, id))?.updatedAt).toBe(before)
    await update(id, { datastreams: [{ id: 't', tags: ['r'] }] })
    const after = (await findFeed(db.pool, id))?.updatedAt ?? 0
    expect(after).toBeGreaterThan(before)
    const key = (await resolveFeed(db.pool, id))?.streams.get('t') ?? 0
    expect(await db.inTransaction((tx) => updateDatastream(tx, key, { unit: { symbol: 'K' } }))).toBe(true)
    expect((await findFeed(db.pool, id))?.updatedAt).toBeGreaterThan(after)
    expect(await db.inTransaction((tx) => updateDatastream(tx, key, { unit: { symbol: 'K' } }))).toBe(false)
  })

  test('was updated when data arrived', async () => {
    const id = await create(ada, { title: 'x', datastreams: [{ id: 't' }] })
    const before = await findFeed(db.pool, id)
    await append(db, (await resolveFeed(db.pool, id))?.streams.get('t') ?? 0, [
      ['2020-01-01T00:00:00.000001Z', '20.50'],
    ])
    const after = await findFeed(db.pool, id)
    expect(after?.lastDataAt).toBeGreaterThan(before?.updatedAt ?? 0)
    expect(after?.updatedAt).toBe(after?.lastDataAt)
    expect(after?.datastreams[0]).toMatchObject({ currentValue: '20.50', at: micros('2020-01-01T00:00:00.000001Z') })
  })
})

describe('a position', () => {
  test.each([
    {
      disposition: 'mobile',
      moves: [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      waypoints: [
        [1, 2],
        [3, 4],
      ],
    },
    {
      disposition: 'mobile',
      moves: [
        [1, 2],
        [1, 2],
      ],
      waypoints: undefined,
    },
    {
      disposition: 'fixed',
      moves: [
        [1, 2],
        [3, 4],
      ],
      waypoints: undefined,
    },
  ] as const)('of a $disposition feed after $moves leaves $waypoints', async ({ disposition, moves, waypoints }) => {
    const id = await create(ada, { title: 'x', location: { disposition } })
    for (const [lat, lon] of moves) await update(id, { location: { lat, lon } })
    const location = (await findFeed(db.pool, id))?.location
    const last = moves.at(-1)
    expect([location?.lat, location?.lon]).toEqual(last)
    expect(location?.waypoints?.map((point) => [point.lat, point.lon])).toEqual(waypoints)
  })
})

describe('datastreams', () => {
  test('are made once, in order, also by two at once', async () => {
    const id = await create(ada, { title: 'x' })
    const [one, two] = await Promise.all(
      [
        ['b', 'a', 'b'],
        ['a', 'c'],
      ].map((ids) => db.inTransaction((tx) => ensureDatastreams(tx, id, ids))),
    )
    expect([...(one ?? [])].map(([name]) => name).toSorted()).toEqual(['a', 'b'])
    expect(one?.get('a')).toBe(two?.get('a'))
    expect((await resolveFeed(db.pool, id))?.streams.size).toBe(3)
  })

  test('are a thousand at most, and one too many makes none', async () => {
    const id = await create(ada, { title: 'x' })
    const ids = Array.from({ length: 1000 }, (_, index) => `s${index}`)
    await db.inTransaction((tx) => ensureDatastreams(tx, id, ids))
    await expect(db.inTransaction((tx) => ensureDatastreams(tx, id, ['more']))).rejects.toMatchObject({
      code: 'unprocessable',
    })
    const resolved = await resolveFeed(db.pool, id)
    expect([...(resolved?.streams.keys() ?? [])]).toEqual(ids)
    expect((await findFeed(db.pool, id))?.datastreams).toHaveLength(1000)
  })

  test('go with their datapoints', async () => {
    const id = await create(ada, { title: 'x', datastreams: [{ id: 'keep' }, { id: 'go' }] })
    const streams = (await resolveFeed(db.pool, id))?.streams
    const [keep, go] = [streams?.get('keep') ?? 0, streams?.get('go') ?? 0]
    for (const key of [keep, go]) await append(db, key, [['2020-01-01T00:00:00Z', '1']])
    expect(await db.inTransaction((tx) => removeDatastream(tx, go))).toBe(true)
    expect(await db.inTransaction((tx) => removeDatastream(tx, go))).toBe(false)
    expect(await countRows('select from datapoint where stream_key = $1', go)).toBe(0)
    expect(await countRows('select from datapoint where stream_key = $1', keep)).toBe(1)
    expect((await findFeed(db.pool, id))?.datastreams.map((stream) => stream.id)).toEqual(['keep'])
  })
})

test('removing a feed removes what hangs on it and nothing else', async () => {
  const device = { name: 'x', description: null, isPrivate: false, ...makeIdentity() }
  const { feedId } = await db.inTransaction((tx) => addDevice(tx, bob, device))
  const other = await create(bob, { title: 'other' })
  const bound = (feed: number) => ({
    label: `for ${feed}`,
    privateAccess: true,
    expiresAt: null,
    permissions: [{ accessMethods: ['get' as const], resources: [{ feedId: feed }] }],
    ...secretOf(`bound-${feed}`),
  })
  await db.inTransaction((tx) => insertKey(tx, bob, bound(feedId)))
  await db.inTransaction((tx) => insertKey(tx, bob, bound(other)))
  const key = (await db.inTransaction((tx) => ensureDatastreams(tx, feedId, ['t']))).get('t') ?? 0
  await append(db, key, [['2020-01-01T00:00:00Z', '1']])
  await db.inTransaction((tx) => removeFeed(tx, feedId))
  expect(await findFeed(db.pool, feedId)).toBeNull()
  expect((await listDevices(db.pool, bob)).devices).toEqual([])
  expect(await countRows('select from product where account_id = $1', bob)).toBe(0)
  expect(await countRows('select from datapoint where stream_key = $1', key)).toBe(0)
  expect((await listKeys(db.pool, bob)).map((one) => one.label)).toEqual([`for ${other}`])
})

describe('a list of feeds', () => {
  let mine: Record<string, number>
  let cleo: number
  beforeAll(async () => {
    cleo = await makeAccount(db, 'cleo')
    const dan = await makeAccount(db, 'dan')
    mine = {
      open: await create(cleo, { title: 'Open 100%', tags: ['zz-tag'] }),
      closed: await create(cleo, {
        title: 'Closed',
        isPrivate: true,
        datastreams: [{ id: 'zz-water', tags: ['zz-tag'] }],
      }),
      foreign: await create(dan, {
        title: 'Foreign open 1000',
        datastreams: [{ id: 't', unit: { label: 'zz-Water' } }],
      }),
      hidden: await create(dan, {
        title: 'Foreign closed',
        isPrivate: true,
        tags: ['zz-tag'],
        datastreams: [{ id: 'zz-water' }],
      }),
    }
    const streams = (await resolveFeed(db.pool, mine['foreign'] ?? 0))?.streams
    await append(db, streams?.get('t') ?? 0, [['2026-01-01T00:00:00Z', '1']])
  })

  test.each([
    { what: 'everything', query: {}, found: ['foreign', 'closed', 'open'] },
    { what: 'without private access', query: { seesPrivate: false }, found: ['foreign', 'open'] },
    { what: 'a tag', query: { tag: 'zz-tag' }, found: ['closed', 'open'] },
    { what: 'an owner', query: { user: 'dan' }, found: ['foreign'] },
    { what: 'text of datastreams', query: { q: 'ZZ-WATER' }, found: ['foreign', 'closed'] },
    { what: 'text that SQL would read as a pattern', query: { q: '100%' }, found: ['open'] },
    { what: 'live ones', query: { status: 'live' as const }, found: ['foreign'] },
    { what: 'frozen ones', query: { status: 'frozen' as const }, found: ['closed', 'open'] },
    { what: 'relevance', query: { q: 'open', order: 'relevance' as const }, found: ['foreign', 'open'] },
    { what: 'last change first', query: { order: 'retrieved_at' as const }, found: ['foreign', 'closed', 'open'] },
    { what: 'the second page', query: { page: 2, perPage: 2 }, found: ['open'], total: 3 },
    { what: 'a page behind the last', query: { page: 9, perPage: 2 }, found: [], total: 3 },
  ])('of $what', async ({ query, found, total }) => {
    const feedIds = Object.values(mine)
    const listed = await listFeeds(db.pool, {
      viewerAccountId: cleo,
      seesPrivate: true,
      page: 1,
      perPage: 50,
      feedIds,
      ...query,
    })
    expect(listed.feeds.map((feed) => feed.id)).toEqual(found.map((name) => mine[name]))
    expect(listed.total).toBe(total ?? found.length)
  })
})
