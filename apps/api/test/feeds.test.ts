import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FeedDocument, FeedListDocument } from '@sluice/model'
import { startTestApi, type Account, type TestApi } from './test-api.ts'

let api: TestApi
let ann: Account
let bob: Account
beforeAll(async () => {
  api = await startTestApi()
  ann = await api.addAccount('ann')
  bob = await api.addAccount('bob')
})
afterAll(() => api[Symbol.asyncDispose]())

const as = (account: Account, body?: unknown) => ({ key: account.masterKey, body })
const idOf = (location: string | null): number => Number(location?.split('/').at(-1))

async function makeFeed(account: Account, feed: object = {}): Promise<number> {
  const made = await api.send('POST', '/v2/feeds', as(account, { title: 'Boiler', private: true, ...feed }))
  expect(made).toMatchObject({ status: 201, text: '' })
  return idOf(made.headers.get('location'))
}
const read = async (path: string, account = ann): Promise<unknown> =>
  (await api.send('GET', path, as(account))).document

describe('creating a feed', () => {
  test('answers with its place, and stores values that came with it', async () => {
    const made = await api.send(
      'POST',
      '/v2/feeds',
      as(ann, {
        title: 'Station',
        tags: ['b', 'A'],
        website: 'http://example.org',
        location: { lat: 51.5, lon: -0.1, ele: '23.0', name: 'roof' },
        datastreams: [
          {
            id: 'temp',
            current_value: '20.50',
            at: '2013-05-06T20:08:17.123456Z',
            unit: { label: 'Celsius' },
            datapoints: [{ at: '2013-05-06T20:07:17Z', value: 19 }],
          },
          { id: 'empty' },
        ],
      }),
    )
    expect(made.status).toBe(201)
    expect(made.text).toBe('')
    const id = idOf(made.headers.get('location'))
    expect(made.headers.get('location')).toBe(`${api.url}/v2/feeds/${id}`)
    const feed = (await read(`/v2/feeds/${id}.json`)) as FeedDocument
    expect(feed).toMatchObject({
      id,
      title: 'Station',
      private: 'false',
      status: 'live',
      tags: ['A', 'b'],
      feed: `${api.url}/v2/feeds/${id}.json`,
      creator: `${api.url}/users/ann`,
      location: { name: 'roof', domain: 'physical', ele: '23.0', lat: 51.5, lon: -0.1 },
    })
    expect(feed.datastreams).toEqual([
      {
        id: 'temp',
        current_value: '20.50',
        at: '2013-05-06T20:08:17.123456Z',
        max_value: '20.5',
        min_value: '19.0',
        unit: { label: 'Celsius' },
      },
      { id: 'empty' },
    ])
    expect(await read(`/v2/feeds/${id}?start=2013-05-06&duration=1day`)).toMatchObject({
      datastreams: [
        {
          datapoints: [
            { at: '2013-05-06T20:07:17.000000Z', value: '19' },
            { at: '2013-05-06T20:08:17.123456Z', value: '20.50' },
          ],
        },
        { id: 'empty' },
      ],
    })
  })

  test.each([
    ['{}', 422, { title: 'Unprocessable Entity', errors: ["title can't be blank"] }],
    ['[]', 400, { title: 'JSON Parser Error', errors: "JSON doesn't appear to be a hash" }],
    ['{', 400, { title: 'JSON Parser Error', errors: expect.stringMatching(/^parse error: /) }],
    ['{"title":"x","datastreams":{}}', 400, { title: 'JSON Parser Error', errors: '"datastreams" must be an array' }],
    [
      '{"title":"x","datastreams":[{"id":"1"},{"id":"1"}]}',
      422,
      { title: 'Unprocessable Entity', errors: ["datastreams can't have duplicate IDs: 1"] },
    ],
  ])('%s is answered %i', async (body, status, document) => {
    const before = await api.db.pool.query('select count(*) from feed')
    const answer = await api.send('POST', '/v2/feeds', { key: ann.masterKey, body })
    expect(answer.status).toBe(status)
    expect(answer.document).toEqual(document)
    expect((await api.db.pool.query('select count(*) from feed')).rows).toEqual(before.rows)
  })

  test('needs a key that is not bound to feeds and may post', async () => {
    const feed = await makeFeed(ann)
    const bound = await api.addKey(ann, {
      permissions: [{ accessMethods: ['get', 'put', 'post'], resources: [{ feedId: feed }] }],
    })
    const reader = await api.addKey(ann, { permissions: [{ accessMethods: ['get'] }] })
    const open = await api.addKey(ann, { permissions: [{ accessMethods: ['post'] }], privateAccess: false })
    const body = { title: 'x', private: true }
    expect(await api.send('POST', '/v2/feeds', { key: bound.key, body })).toMatchObject({ status: 403 })
    expect(await api.send('POST', '/v2/feeds', { key: reader.key, body })).toMatchObject({ status: 403 })
    expect(await api.send('POST', '/v2/feeds', { key: open.key, body })).toMatchObject({ status: 403 })
    expect(
      await api.send('POST', '/v2/feeds', {
        key: open.key,
        body: { title: 'x', datastreams: [{ id: 'a', current_value: 1 }] },
      }),
    ).toMatchObject({ status: 201 })
    expect(await api.send('POST', '/v2/feeds', { body })).toMatchObject({ status: 401 })
  })
})

describe('updating a feed', () => {
  test('changes only what is supplied, and makes datastreams that are missing', async () => {
    const id = await makeFeed(ann, { description: 'd', datastreams: [{ id: 'a', current_value: 1 }] })
    const put = await api.send(
      'PUT',
      `/v2/feeds/${id}`,
      as(ann, { tags: 'x, y', datastreams: [{ id: 'b', current_value: '7' }] }),
    )
    expect(put).toMatchObject({ status: 200, text: '' })
    expect(await read(`/v2/feeds/${id}`)).toMatchObject({
      title: 'Boiler',
      description: 'd',
      private: 'true',
      tags: ['x', 'y'],
      datastreams: [
        { id: 'a', current_value: '1' },
        { id: 'b', current_value: '7' },
      ],
    })
  })

  test('with everything that was read, old value and all, changes nothing (feed.update of xively-python)', async () => {
    const id = await makeFeed(ann, {
      tags: ['t'],
      datastreams: [{ id: 'a', current_value: '1', at: '2013-05-06T20:08:17Z' }],
    })
    const feed = (await read(`/v2/feeds/${id}`)) as FeedDocument
    expect(
      await api.send('PUT', `/v2/feeds/${id}`, as(ann, { ...feed, status: 'frozen', creator: 'x', id: 1 })),
    ).toMatchObject({ status: 200 })
    const again = (await read(`/v2/feeds/${id}?start=2013-01-01`)) as FeedDocument
    expect(again.datastreams?.[0]).toMatchObject({
      current_value: '1',
      at: '2013-05-06T20:08:17.000000Z',
      datapoints: [{ value: '1' }],
    })
    expect(again.datastreams?.[0]?.datapoints).toHaveLength(1)
  })

  test('current_value without a time happened when it arrived', async () => {
    const id = await makeFeed(ann)
    const before = Date.now()
    await api.send('PUT', `/v2/feeds/${id}.json`, as(ann, { datastreams: [{ id: 'a', current_value: 21.5 }] }))
    const feed = (await read(`/v2/feeds/${id}`)) as FeedDocument
    const at = Date.parse(feed.datastreams?.[0]?.at ?? '')
    expect(at).toBeGreaterThanOrEqual(before)
    expect(at).toBeLessThanOrEqual(Date.now())
  })

  test.each([
    [
      { datastreams: [{ id: 'a', current_value: 'x'.repeat(256) }] },
      'datastreams_current_value is too long (maximum is 255 characters)',
    ],
    [
      { datastreams: [{ id: 'a', current_value: 1, at: '1900-01-01' }] },
      'datastreams_at must be at most 100 years in the past and 24 hours in the future',
    ],
    [{ datastreams: [{ id: 'ok', current_value: 1 }, { id: 'not ok' }] }, 'datastreams_id is invalid'],
    [{ title: '' }, "title can't be blank"],
  ])('%o is refused whole', async (body, sentence) => {
    const id = await makeFeed(ann)
    const answer = await api.send('PUT', `/v2/feeds/${id}`, as(ann, body))
    expect(answer).toMatchObject({ status: 422, document: { errors: [sentence] } })
    expect(await read(`/v2/feeds/${id}`)).not.toHaveProperty('datastreams')
  })

  test('a feed takes no more than 1000 datastreams', async () => {
    const id = await makeFeed(ann, { datastreams: Array.from({ length: 1000 }, (_, index) => ({ id: `d${index}` })) })
    expect(
      await api.send('PUT', `/v2/feeds/${id}`, as(ann, { datastreams: [{ id: 'more', current_value: 1 }] })),
    ).toMatchObject({ status: 422 })
  })
})

test('a datastream that another process removed is made again by the next write to its feed', async () => {
  const id = await makeFeed(ann, { datastreams: [{ id: 'a', current_value: 1 }] })
  await read(`/v2/feeds/${id}`)
  await api.db.pool.query('delete from datastream where feed_id = $1', [id])
  expect(await api.send('PUT', `/v2/feeds/${id}/datastreams/a`, as(ann, { current_value: 2 }))).toMatchObject({
    status: 404,
  })
  await read(`/v2/feeds/${id}`)
  expect(
    await api.send('PUT', `/v2/feeds/${id}`, as(ann, { datastreams: [{ id: 'a', current_value: 2 }] })),
  ).toMatchObject({ status: 200 })
  expect(await read(`/v2/feeds/${id}`)).toMatchObject({ datastreams: [{ id: 'a', current_value: '2' }] })
})

describe('a key bound to one datastream', () => {
  test('sees and writes that one, and has no say about the feed', async () => {
    const id = await makeFeed(ann, {
      datastreams: [
        { id: 'a', current_value: 1 },
        { id: 'b', current_value: 2 },
      ],
    })
    const { key } = await api.addKey(ann, {
      permissions: [
        { accessMethods: ['get', 'put', 'post', 'delete'], resources: [{ feedId: id, datastreamId: 'a' }] },
      ],
    })
    const send = (method: string, path: string, body?: unknown) =>
      api.send(method, `/v2/feeds/${id}${path}`, { key, body })
    expect((await send('GET', '')).document).toMatchObject({ datastreams: [{ id: 'a' }] })
    expect((await send('GET', '/datastreams')).document).toEqual({
      version: '1.0.0',
      datastreams: [expect.objectContaining({ id: 'a' })],
    })
    expect((await send('GET', '?limit=5')).document).toMatchObject({
      datastreams: [{ id: 'a', datapoints: [{ value: '1' }] }],
    })
    expect(await send('GET', '/datastreams/b')).toMatchObject({ status: 404 })
    expect(await send('PUT', '', { datastreams: [{ id: 'a', current_value: 3 }] })).toMatchObject({ status: 200 })
    expect(await send('PUT', '', { datastreams: [{ id: 'b', current_value: 3 }] })).toMatchObject({ status: 403 })
    expect(await send('PUT', '', { title: 'Mine' })).toMatchObject({ status: 403 })
    expect(await send('POST', '/datastreams', { datastreams: [{ id: 'c' }] })).toMatchObject({ status: 403 })
    expect(await send('DELETE', '')).toMatchObject({ status: 403 })
    expect(await send('DELETE', '/datastreams/b')).toMatchObject({ status: 404 })
    expect(await read(`/v2/feeds/${id}`)).toMatchObject({
      title: 'Boiler',
      datastreams: [
        { id: 'a', current_value: '3' },
        { id: 'b', current_value: '2' },
      ],
    })
  })
})

describe('searching feeds', () => {
  test('pages, filters, and shows private feeds to their owner alone', async () => {
    const found = async (query: string, account = bob): Promise<FeedListDocument> =>
      (await read(`/v2/feeds?q=needle${query}`, account)) as FeedListDocument
    for (let index = 0; index < 3; index++)
      await makeFeed(ann, { title: `needle ${index}`, private: false, tags: [`t${index}`], datastreams: [{ id: 'x' }] })
    const secret = await makeFeed(ann, { title: 'secret needle' })
    expect(await found('&per_page=2&page=2')).toMatchObject({
      totalResults: 3,
      startIndex: 2,
      itemsPerPage: 2,
      results: [{ title: 'needle 0' }],
    })
    expect(await found('', ann)).toMatchObject({ totalResults: 4, startIndex: 0, itemsPerPage: 50 })
    expect(await found('&tag=t1')).toMatchObject({ results: [{ title: 'needle 1', datastreams: [{ id: 'x' }] }] })
    expect((await found('&content=summary')).results[0]).not.toHaveProperty('datastreams')
    expect((await found('&show_user=True')).results[0]).toMatchObject({ user: { login: 'ann' } })
    expect((await found('')).results[0]).not.toHaveProperty('user')
    expect(await found('&user=bob')).toMatchObject({ totalResults: 0, results: [] })
    expect(await found('&status=live')).toMatchObject({ totalResults: 0 })
    expect(await found('&per_page=5000&page=x')).toMatchObject({ itemsPerPage: 1000, startIndex: 0 })
    const bound = await api.addKey(ann, { permissions: [{ accessMethods: ['get'], resources: [{ feedId: secret }] }] })
    const other = await api.addKey(ann, {
      permissions: [{ accessMethods: ['get'], resources: [{ feedId: secret }] }],
      privateAccess: false,
    })
    expect((await api.send('GET', '/v2/feeds?q=needle', { key: bound.key })).document).toMatchObject({
      results: [{ id: secret }],
    })
    expect((await api.send('GET', '/v2/feeds?q=needle', { key: other.key })).document).toMatchObject({
      totalResults: 3,
    })
  })
})

test('removing a feed removes it for everybody', async () => {
  const id = await makeFeed(ann, { private: false, datastreams: [{ id: 'a', current_value: 1 }] })
  expect(await api.send('DELETE', `/v2/feeds/${id}`, as(bob))).toMatchObject({ status: 403 })
  expect(await api.send('DELETE', `/v2/feeds/${id}`, as(ann))).toMatchObject({ status: 200, text: '' })
  for (const path of ['', '/datastreams/a', '/datastreams/a?limit=1']) {
    expect(await api.send('GET', `/v2/feeds/${id}${path}`, as(ann))).toMatchObject({
      status: 404,
      document: { title: 'Not found' },
    })
  }
})

test('a feed whose values could not be stored is not left behind', async () => {
  const countOf = async () => (await api.db.pool.query('select count(*) as count from feed')).rows
  const before = await countOf()
  await api.db.pool.query("alter table datapoint add constraint refused check (value <> 'refused')")
  const body = { title: 'x', datastreams: [{ id: 'a', current_value: 'refused' }] }
  expect((await api.send('POST', '/v2/feeds', as(ann, body))).status).toBeGreaterThanOrEqual(500)
  expect(await countOf()).toEqual(before)
})
