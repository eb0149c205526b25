import { afterAll, beforeAll, expect, test } from 'vitest'
import { PROCEDURES, type FeedDocument } from '@sluice/model'
import type { Session } from '@sluice/wamp'
import { openTestRealm, startTestApi, type TestApi, type TestRealm } from './test-api.ts'

let api: TestApi
let realm: TestRealm
let owner: Session
let feed: number
const events: unknown[] = []

beforeAll(async () => {
  api = await startTestApi()
  realm = openTestRealm(api.home.login)
  const session = await realm.as('backend', 'backend')
  await api.served.api.attachRealm({ realm: api.home.login, accountId: api.home.id, session })
  owner = await realm.as('owner', api.home.login)
  feed = await makeFeed()
  await owner.subscribe(`sluice.feed.${feed}.datapoints`, (args) => void events.push(args[0]))
})
afterAll(() => api[Symbol.asyncDispose]())

async function makeFeed(): Promise<number> {
  const made = await api.send('POST', '/v2/feeds', {
    key: api.home.masterKey,
    body: { title: 'Boiler', private: true },
  })
  return Number(made.headers.get('location')?.split('/').at(-1))
}
const call = async (session: Session, name: string, ...args: unknown[]): Promise<unknown> =>
  (await session.call(name, args)).args[0]

test('each point of an append has its outcome, and the new ones are announced in one event', async () => {
  events.length = 0
  const points = [
    { datastream: 'temp', at: '2026-01-01T00:00:00Z', value: '20.50' },
    { datastream: 'temp', at: '2026-01-01T00:00:01Z', value: 21 },
    { datastream: 'no id', value: 1 },
    { datastream: 'hum', value: 'x'.repeat(256) },
    { datastream: 'hum', value: 1 },
    { datastream: 'hum', value: 2 },
  ]
  expect(await call(owner, PROCEDURES.append, feed, points)).toEqual([
    { result: 'stored' },
    { result: 'stored' },
    { result: 'rejected', reason: 'datastream is invalid' },
    { result: 'rejected', reason: 'value is too long (maximum is 255 characters)' },
    { result: 'stored' },
    { result: 'rejected', reason: "at can't be blank where several values are given" },
  ])
  expect(await call(owner, PROCEDURES.append, feed, points.slice(0, 1))).toEqual([{ result: 'duplicate' }])
  await expect
    .poll(() => events)
    .toEqual([
      [
        { datastream: 'temp', at: '2026-01-01T00:00:00.000000Z', value: '20.50' },
        { datastream: 'temp', at: '2026-01-01T00:00:01.000000Z', value: '21' },
        { datastream: 'hum', at: expect.any(String), value: '1' },
      ],
    ])
})

test('reads are those of the routes', async () => {
  const read = (await call(owner, PROCEDURES.getFeed, feed, {
    datastreams: ['temp'],
    start: '2026-01-01',
    limit: 1,
  })) as FeedDocument
  expect(read).toMatchObject({
    id: feed,
    title: 'Boiler',
    datastreams: [{ id: 'temp', datapoints: [{ value: '20.50' }] }],
  })
  const asked = await api.send('GET', `/v2/feeds/${feed}?datastreams=temp&start=2026-01-01&limit=1`, {
    key: api.home.masterKey,
  })
  expect(read).toEqual(asked.document)
  expect(await call(owner, PROCEDURES.queryHistory, feed, { datastreams: 'temp' })).toEqual([
    expect.objectContaining({
      id: 'temp',
      datapoints: [expect.objectContaining({ value: '20.50' }), expect.objectContaining({ value: '21' })],
    }),
  ])
  expect(
    (await owner.call(PROCEDURES.queryHistory, [feed], { datastreams: 'temp', end: '2025-01-01' })).args[0],
  ).toEqual([expect.not.objectContaining({ datapoints: expect.anything() })])
})

test('an update is that of the route', async () => {
  await call(owner, PROCEDURES.updateFeed, feed, {
    description: 'by call',
    datastreams: [{ id: 'temp', current_value: '5', at: '2026-02-01T00:00:00Z' }],
  })
  expect(await call(owner, PROCEDURES.getFeed, feed)).toMatchObject({
    description: 'by call',
    datastreams: [{ id: 'temp', current_value: '5' }, { id: 'hum' }],
  })
})

test('a key does over WAMP what it may do over HTTP, and stops when it is removed', async () => {
  const reader = await api.addKey(api.home, {
    permissions: [{ accessMethods: ['get'], resources: [{ feedId: feed }] }],
  })
  const session = await realm.as('key', String(reader.id))
  expect(await call(session, PROCEDURES.getFeed, feed)).toMatchObject({ id: feed })
  await expect(call(session, PROCEDURES.append, feed, [{ datastream: 'temp', value: 1 }])).rejects.toMatchObject({
    uri: 'wamp.error.not_authorized',
  })
  await expect(call(session, PROCEDURES.updateFeed, feed, { title: 'x' })).rejects.toMatchObject({
    uri: 'wamp.error.not_authorized',
  })
  await api.db.pool.query('delete from api_key where id = $1', [reader.id])
  await expect(call(session, PROCEDURES.getFeed, feed)).rejects.toMatchObject({ uri: 'wamp.error.not_authorized' })
})

test('a key bound to one datastream has its points rejected one by one', async () => {
  const bound = await api.addKey(api.home, {
    permissions: [{ accessMethods: ['get', 'put'], resources: [{ feedId: feed, datastreamId: 'temp' }] }],
  })
  const session = await realm.as('key', String(bound.id))
  expect(
    await call(session, PROCEDURES.append, feed, [
      { datastream: 'temp', value: 1 },
      { datastream: 'hum', value: 1 },
    ]),
  ).toEqual([{ result: 'stored' }, { result: 'rejected', reason: 'this key may not write the datastream hum' }])
})

test('a foreign feed and one that a key may not know of are missing ones', async () => {
  const stranger = await api.addAccount('stranger')
  const made = await api.send('POST', '/v2/feeds', { key: stranger.masterKey, body: { title: 'x', private: true } })
  const foreign = Number(made.headers.get('location')?.split('/').at(-1))
  const bound = await api.addKey(api.home, {
    permissions: [{ accessMethods: ['get', 'put'], resources: [{ feedId: await makeFeed() }] }],
  })
  const key = await realm.as('key', String(bound.id))
  for (const [session, id] of [
    [owner, foreign],
    [key, foreign],
    [key, feed],
    [owner, 99_999_999],
    [owner, 'x'],
  ] as const) {
    for (const [name, argument] of [
      [PROCEDURES.getFeed, {}],
      [PROCEDURES.append, []],
      [PROCEDURES.updateFeed, { title: 'x' }],
      [PROCEDURES.queryHistory, {}],
    ] as const) {
      await expect(call(session, name, id, argument)).rejects.toMatchObject({
        uri: 'sluice.error.not_found',
        args: [`Couldn't find Feed with ID = ${typeof id === 'number' ? id : 'unknown'}`],
      })
    }
  }
})

test.each([
  ['no list of points', PROCEDURES.append, 'x'],
  ['too many points', PROCEDURES.append, Array.from({ length: 501 }, () => ({ datastream: 'a', value: 1 }))],
  ['a feed that is no object', PROCEDURES.updateFeed, 'x'],
  ['a window that makes no sense', PROCEDURES.queryHistory, { start: 'x' }],
])('%s is an invalid argument', async (_, name, argument) => {
  await expect(call(owner, name, feed, argument)).rejects.toMatchObject({ uri: 'wamp.error.invalid_argument' })
})

test('calls stand in the request log, refused ones too', async () => {
  const label = { permissions: [{ accessMethods: ['get' as const], resources: [{ feedId: feed }] }] }
  const reader = await api.addKey(api.home, label)
  const session = await realm.as('key', String(reader.id))
  await call(session, PROCEDURES.getFeed, feed)
  await expect(call(session, PROCEDURES.append, feed, [{ datastream: 'temp', value: 1 }])).rejects.toThrow(
    'not_authorized',
  )
  const { document } = await api.send('GET', `/v2/feeds/${feed}/requests?limit=2`, { key: api.home.masterKey })
  const common = { method: 'CALL', protocol: 'wamp', feed_id: feed, key_id: reader.id, key_label: 'test' }
  expect(document).toMatchObject({
    requests: [
      { ...common, path: PROCEDURES.append, status: 403, request_body: `[${feed},[{"datastream":"temp","value":1}]]` },
      { ...common, path: PROCEDURES.getFeed, status: 200 },
    ],
  })
})

test('nobody else may call', async () => {
  const other = await realm.as('anonymous', 'anonymous')
  await expect(call(other, PROCEDURES.getFeed, feed)).rejects.toMatchObject({ uri: 'wamp.error.not_authorized' })
})
