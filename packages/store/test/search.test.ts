import type { FeedPatch } from '@sluice/model'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Database, type FeedQuery, createFeed, listFeeds } from '../src/index.ts'
import { type TestDatabase, openTestDatabase } from '../src/testing.ts'
import { append, makeAccount } from './make-account.ts'

let database: TestDatabase
let db: Database
let ann: number
let bob: number
beforeAll(async () => {
  database = await openTestDatabase()
  db = database.db
  ann = await makeAccount(db, 'ann')
  bob = await makeAccount(db, 'bob')
})
afterAll(() => database[Symbol.asyncDispose]())

const create = (accountId: number, patch: FeedPatch & { title: string }) =>
  db.inTransaction((tx) => createFeed(tx, accountId, patch))
const queryOf = (query: Partial<FeedQuery>): FeedQuery => ({
  viewerAccountId: ann,
  seesPrivate: true,
  page: 1,
  perPage: 50,
  ...query,
})

describe('a search', () => {
  const ids = new Map<string, number>()
  beforeAll(async () => {
    const feeds: [string, number, FeedPatch & { title: string }][] = [
      [
        'boiler',
        ann,
        {
          title: 'Cellar Boiler No. 7',
          description: 'It heats the house: 100% of it',
          website: 'https://example.org/my-boiler',
          tags: ['Heat', 'house'],
          location: { name: 'Wien', lat: 48.2, lon: 16.4 },
          datastreams: [
            { id: 'flow', tags: ['warm water'], unit: { label: 'Celsius', symbol: '°C' } },
            { id: 'batteryLevel', unit: { label: 'Percent', symbol: '%' } },
          ],
        },
      ],
      ['secret', ann, { title: 'Secret boiler', isPrivate: true, datastreams: [{ id: 'température' }] }],
      [
        'kitchen',
        bob,
        {
          title: `Küche "Nord" & 'Süd' \\ (100 m³)`,
          tags: ['raspberry pi', `it's "a \\ tag"`, '  I like space  '],
          location: { name: 'Łódź', lat: 51.8, lon: 19.5 },
          datastreams: [{ id: 'living.room_temp', unit: { label: 'Kelvin', symbol: 'K' } }],
        },
      ],
      ['hidden', bob, { title: 'Boiler of Bob', isPrivate: true, tags: ['heat'], datastreams: [{ id: 'flow' }] }],
      [
        'tower',
        bob,
        {
          title: '東京タワー Москва Αθήνα',
          location: { lat: 35.7, lon: 139.7 },
          datastreams: [{ id: 'pm25', tags: ['HEAT'], unit: { label: 'Microgram', symbol: 'µg/m³' } }],
        },
      ],
      ['bare', bob, { title: '---', location: { name: 'nowhere', lat: 5 } }],
    ]
    for (const [name, accountId, patch] of feeds) ids.set(name, await create(accountId, patch))
  })

  const found = async (query: Partial<FeedQuery>): Promise<string[]> => {
    const { total, feeds } = await listFeeds(db.pool, queryOf({ feedIds: [...ids.values()], ...query }))
    expect(total).toBe(feeds.length)
    return feeds.map(({ id }) => [...ids].find(([, known]) => known === id)?.[0] ?? '?')
  }

  test.each<[string, string[]]>([
    ['boil', ['secret', 'boiler']],
    ['BOILER', ['secret', 'boiler']],
    ['oiler', []],
    ['boiler cellar', ['boiler']],
    ['cellar boiler kitchen', []],
    ['house', ['boiler']],
    ['wien boiler celsius', ['boiler']],
    ['warm water', ['boiler']],
    ['my-boiler', ['boiler']],
    ['kuche', ['kitchen']],
    ['KÜCHE', ['kitchen']],
    ['ku\u0308che', ['kitchen']],
    ['Łódź', ['kitchen']],
    ['lodz', []],
    ['temperat', ['secret']],
    ['temp', ['kitchen', 'secret']],
    ['living.room', ['kitchen']],
    ['battery level', ['boiler']],
    ['batterylev', ['boiler']],
    ['東京', ['tower']],
    ['москва αθηνα', ['tower']],
    ['μg m3', ['tower']],
    ['100', ['kitchen', 'boiler']],
    ['100%', ['boiler']],
    ['°c', ['boiler']],
    ['℃', ['boiler']],
    // a lone letter is no beginning of anything
    ['c', ['boiler']],
    ['m', []],
    ['m3', ['tower', 'kitchen']],
    ['7', ['boiler']],
    ['nowhere', ['bare']],
  ])('for the words %o finds %o', async (q, names) => {
    expect(await found({ q })).toEqual(names)
  })

  test.each<[string, string[]]>([
    ['nord" & süd', ['kitchen']],
    [`'nord`, ['kitchen']],
    ['!nord', ['kitchen']],
    ['nord | (süd', ['kitchen']],
    ['nord & !süd | (', ['kitchen']],
    ['nord <-> zzz:*', []],
    ['nord\\', ['kitchen']],
    ['nord\0', ['kitchen']],
    ['nord\uD800', ['kitchen']],
    ["x'; drop table feed; --", []],
    ['boiler:*A', []],
    [':title:boiler', []],
    [':tag:heat', []],
    ['title', []],
    [':', []],
    [`& | ! ( ) : * ' " \\`, []],
    ['---', []],
  ])('takes operators and quotes for no more than gaps: %o finds %o', async (q, names) => {
    expect(await found({ q })).toEqual(names)
  })

  test('looks for the first twenty words of 4 kB, once each', async () => {
    const words = Array.from({ length: 700 }, (_, index) => `w${index}`)
    const id = await create(bob, { title: words.slice(0, 20).join(' ') })
    const within = (q: string) => listFeeds(db.pool, queryOf({ q, feedIds: [id] })).then(({ total }) => total)
    expect(await within(words.join(' '))).toBe(1)
    expect(await within('w0 '.repeat(1300))).toBe(1)
    expect(await within(`zzz ${words.join(' ')}`)).toBe(0)
    expect(await within('w'.repeat(4000))).toBe(0)
  })

  test.each<[Partial<FeedQuery>, string[]]>([
    [{}, ['bare', 'tower', 'kitchen', 'secret', 'boiler']],
    [{ seesPrivate: false }, ['bare', 'tower', 'kitchen', 'boiler']],
    [{ seesPrivate: false, q: 'boiler' }, ['boiler']],
    [{ viewerAccountId: 0 }, ['bare', 'tower', 'kitchen', 'boiler']],
    [{ tag: 'heat' }, ['tower', 'boiler']],
    [{ tag: 'HÉAT' }, ['tower', 'boiler']],
    [{ tag: 'hea' }, []],
    [{ tag: 'warm water' }, ['boiler']],
    [{ tag: 'water' }, []],
    [{ tag: `IT'S "a \\ tag"` }, ['kitchen']],
    [{ tag: 'i like space' }, ['kitchen']],
    [{ tag: '' }, []],
    [{ units: 'celsius' }, ['boiler']],
    [{ units: '℃' }, ['boiler']],
    [{ units: '%' }, ['boiler']],
    [{ units: 'Cels' }, []],
    [{ units: 'μg/m3' }, ['tower']],
    [{ units: 'k' }, ['kitchen']],
    [{ user: 'bob' }, ['bare', 'tower', 'kitchen']],
    [{ user: 'ann' }, ['secret', 'boiler']],
    [{ user: 'nobody' }, []],
    [{ isMapped: true }, ['tower', 'kitchen', 'boiler']],
    [{ datastreamIds: ['flow'] }, ['boiler']],
    [{ datastreamIds: ['pm25', 'température', 'nothing'] }, ['tower', 'secret']],
    [{ datastreamIds: ['Flow'] }, []],
    [{ datastreamIds: [`'|\\`] }, []],
    [{ datastreamIds: [] }, []],
    [{ feedIds: [] }, []],
    [{ feedIds: [0, 2 ** 50] }, []],
    [{ near: { lat: 48.3, lon: 16.4, distanceM: 12_000 } }, ['boiler']],
    [{ near: { lat: 48.3, lon: 16.4, distanceM: 11_000 } }, []],
    [{ near: { lat: 48.3, lon: 16.4, distanceM: 600_000 } }, ['kitchen', 'boiler']],
    [{ near: { lat: 0, lon: 0, distanceM: 20_038_000 } }, ['tower', 'kitchen', 'boiler']],
    [{ q: 'boiler', tag: 'heat', units: '%', user: 'ann', isMapped: true, datastreamIds: ['flow'] }, ['boiler']],
    [{ q: 'boiler', tag: 'heat', units: 'kelvin' }, []],
    [{ q: 'boiler', near: { lat: 48, lon: 16, distanceM: 100_000 } }, ['boiler']],
    [{ tag: 'heat', near: { lat: 36, lon: 140, distanceM: 100_000 } }, ['tower']],
    [{ order: 'relevance', q: 'my-boiler' }, ['boiler']],
  ])('for %o finds %o', async (query, names) => {
    expect(await found(query)).toEqual(names)
  })

  test('finds with a narrowed key only what its datastreams say', async () => {
    const narrowed = new Map([[ids.get('boiler') ?? 0, new Set(['batteryLevel'])]])
    const rows: [Partial<FeedQuery>, string[]][] = [
      [{ q: 'boiler' }, ['secret', 'boiler']],
      [{ q: 'flow' }, []],
      [{ q: 'boiler percent' }, ['boiler']],
      [{ q: 'boiler celsius' }, []],
      [{ tag: 'warm water' }, []],
      [{ tag: 'heat' }, ['tower', 'boiler']],
      [{ units: '°C' }, []],
      [{ units: '%' }, ['boiler']],
      [{ datastreamIds: ['flow'] }, []],
      [{ datastreamIds: ['batteryLevel', 'flow'] }, ['boiler']],
    ]
    for (const [query, names] of rows) expect([query, await found({ ...query, narrowed })]).toEqual([query, names])
    // what a key of the account cannot see is no secret of somebody else's
    expect(await found({ q: 'flow', narrowed, viewerAccountId: bob })).toEqual(['hidden', 'boiler'])
  })
})

describe('distances', () => {
  const ids = new Map<string, number>()
  beforeAll(async () => {
    const places = {
      west: [0, 179.95],
      east: [0, -179.95],
      pole: [89.95, 10],
      across: [89.95, -170],
      south: [-89.95, 50],
    }
    for (const [name, [lat = 0, lon = 0]] of Object.entries(places)) {
      ids.set(name, await create(ann, { title: name, location: { lat, lon } }))
    }
  })

  // a degree of latitude is 111.19 km on a sphere of the earth's mean radius
  test.each([
    { lat: 0, lon: 179.95, km: 11, names: ['west'] },
    { lat: 0, lon: 179.95, km: 11.2, names: ['east', 'west'] },
    { lat: 0, lon: -180, km: 5.6, names: ['east', 'west'] },
    { lat: 0, lon: 180, km: 5.6, names: ['east', 'west'] },
    { lat: 0, lon: 180, km: 5.5, names: [] },
    { lat: 89.95, lon: 10, km: 11, names: ['pole'] },
    { lat: 89.95, lon: 10, km: 11.2, names: ['across', 'pole'] },
    { lat: 90, lon: 0, km: 5.6, names: ['across', 'pole'] },
    { lat: -90, lon: -130, km: 6, names: ['south'] },
    { lat: -89, lon: 50, km: 105.6, names: [] },
    { lat: -89, lon: 50, km: 105.7, names: ['south'] },
    { lat: 0, lon: 179.95, km: 0, names: ['west'] },
    { lat: 0, lon: 0, km: 20_016, names: ['south', 'across', 'pole', 'east', 'west'] },
    { lat: 0, lon: 0, km: 10_003, names: ['pole'] },
  ])('within $km km of $lat, $lon: $names', async ({ lat, lon, km, names }) => {
    const near = { lat, lon, distanceM: km * 1000 }
    const { feeds } = await listFeeds(db.pool, queryOf({ near, feedIds: [...ids.values()] }))
    expect(feeds.map(({ title }) => title)).toEqual(names)
  })
})

describe('order and pages', () => {
  const ids: number[] = []
  beforeAll(async () => {
    await db.inTransaction(async (tx) => {
      for (let index = 0; index < 7; index++) {
        const datastreams = index % 2 === 0 ? [{ id: 'pump' }] : []
        ids.push(await createFeed(tx, ann, { title: index === 2 ? 'Pump' : `n${index}`, datastreams }))
      }
    })
    // together: all have one time of change
    await db.pool.query('update feed set updated_at = now() where id = any($1)', [ids])
  })
  const places = async (query: Partial<FeedQuery>): Promise<number[]> => {
    const { feeds } = await listFeeds(db.pool, queryOf({ feedIds: ids, ...query }))
    return feeds.map(({ id }) => ids.indexOf(id))
  }

  test.each([
    ['created_at', {}, [6, 5, 4, 3, 2, 1, 0]],
    ['retrieved_at', {}, [6, 5, 4, 3, 2, 1, 0]],
    ['relevance', {}, [6, 5, 4, 3, 2, 1, 0]],
    ['created_at', { q: 'pump' }, [6, 4, 2, 0]],
    ['relevance', { q: 'pump' }, [2, 6, 4, 0]],
  ] as const)('by %s with %o: %o, also page by page', async (order, query, expected) => {
    expect(await places({ order, ...query })).toEqual(expected)
    const pages: number[] = []
    for (let page = 1; page <= 4; page++) pages.push(...(await places({ order, ...query, page, perPage: 2 })))
    expect(pages).toEqual(expected)
    expect(await places({ order, ...query, page: 5, perPage: 2 })).toEqual([])
    expect((await listFeeds(db.pool, queryOf({ feedIds: ids, order, ...query, page: 5 }))).total).toBe(expected.length)
  })

  test('by the last change follows data and metadata to the microsecond', async () => {
    const key = async (place: number) =>
      (await db.pool.query<{ key: number }>('select key from datastream where feed_id = $1', [ids[place]])).rows[0]
        ?.key ?? 0
    const [first, second] = [await key(0), await key(4)]
    await append(db, first, [['2026-01-01T00:00:00Z', '1']])
    expect((await places({ order: 'retrieved_at' })).slice(0, 2)).toEqual([0, 6])
    await append(db, second, [['2026-01-01T00:00:00Z', '1']])
    expect((await places({ order: 'retrieved_at' })).slice(0, 3)).toEqual([4, 0, 6])
    // so soon after the first that only the datastream knows
    await append(db, first, [['2026-01-01T00:00:01Z', '1']])
    expect((await places({ order: 'retrieved_at' })).slice(0, 3)).toEqual([0, 4, 6])
    expect(await places({ order: 'retrieved_at', page: 2, perPage: 2 })).toEqual([6, 5])
    await db.pool.query('update feed set updated_at = now() where id = $1', [ids[1]])
    expect((await places({ order: 'retrieved_at' })).slice(0, 3)).toEqual([1, 0, 4])
  })
})

test('live and frozen follow the clock and the datastreams to the second', async () => {
  await using own = await openTestDatabase()
  const account = await makeAccount(own.db, 'cleo')
  const setClock = (time: string) =>
    own.db.pool.query(`create or replace function platform_now() returns timestamptz language sql stable
      as $$ select timestamptz '2026-11-22T${time}Z' $$`)
  await setClock('10:00:00')
  const id = await own.db.inTransaction((tx) =>
    createFeed(tx, account, { title: 'x', datastreams: [{ id: 'a' }, { id: 'b' }] }),
  )
  const { rows } = await own.db.pool.query<{ key: number }>('select key from datastream order by key')
  const [a = 0, b = 0] = rows.map(({ key }) => key)
  const count = async (status: FeedQuery['status'] & string) =>
    (await listFeeds(own.db.pool, queryOf({ viewerAccountId: account, status }))).total
  const state = async () => [await count('live'), await count('frozen'), await count('all')].join(' ')
  const send = (key: number, at: string) => append(own.db, key, [[at, '1']])

  expect(await state()).toBe('0 1 1')
  await send(a, '2020-01-01T00:00:00Z')
  expect(await state()).toBe('1 0 1')
  // so soon after the other that it is not noted for the feed
  await setClock('10:00:04')
  await send(b, '2020-01-01T00:00:00Z')
  const { rows: noted } = await own.db.pool.query(`select data_at = '2026-11-22T10:00:00Z' as early from feed_listing`)
  expect(noted).toEqual([{ early: true }])
  for (const [time, expected] of [
    ['10:14:59', '1 0 1'],
    ['10:15:03', '1 0 1'],
    ['10:15:04', '0 1 1'],
    ['10:15:30', '0 1 1'],
    ['18:00:00', '0 1 1'],
  ] as const) {
    await setClock(time)
    expect([time, await state()]).toEqual([time, expected])
  }
  await send(a, '2020-01-01T00:00:01Z')
  expect(await state()).toBe('1 0 1')
  await own.db.pool.query('delete from datastream where key = $1', [a])
  expect(await state()).toBe('0 1 1')
  await own.db.pool.query('delete from feed where id = $1', [id])
  expect(await state()).toBe('0 0 0')
})
