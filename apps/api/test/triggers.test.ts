import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TriggerDocument } from '@sluice/model'
import { startTestApi, type Account, type Sent, type TestApi } from './test-api.ts'

let api: TestApi
let ann: Account
let feed: number
beforeAll(async () => {
  api = await startTestApi()
  ann = await api.addAccount('ann')
  feed = await makeFeed(ann.masterKey, { title: 'station', private: true })
})
afterAll(() => api[Symbol.asyncDispose]())

const idOf = (headers: Headers): number => Number(headers.get('location')?.split('/').at(-1))

async function makeFeed(key: string, body: object): Promise<number> {
  const datastreams = ['t', 'wind'].map((id) => ({ id, current_value: '20' }))
  return idOf((await api.send('POST', '/v2/feeds', { key, body: { ...body, datastreams } })).headers)
}

const wanted = (more: object = {}) => ({
  environment_id: feed,
  stream_id: 't',
  url: 'http://example.org/hook',
  trigger_type: 'gt',
  threshold_value: '30',
  ...more,
})
async function make(more: object = {}, sent: Sent = { key: ann.masterKey }): Promise<number> {
  const made = await api.send('POST', '/v2/triggers', { ...sent, body: wanted(more) })
  expect(made, made.text).toMatchObject({ status: 201, text: '' })
  return idOf(made.headers)
}
async function read(id: number): Promise<TriggerDocument> {
  const answer = await api.send('GET', `/v2/triggers/${id}?full=true`, { key: ann.masterKey })
  expect(answer.status).toBe(200)
  return answer.document as TriggerDocument
}
const put = (id: number, body: object, sent: Sent = { key: ann.masterKey }) =>
  api.send('PUT', `/v2/triggers/${id}`, { ...sent, body })
const isWatched = async (feedId: number): Promise<Record<string, boolean>> => {
  const { rows } = await api.db.pool.query<{ id: string; has_trigger: boolean }>(
    'select id, has_trigger from datastream where feed_id = $1',
    [feedId],
  )
  return Object.fromEntries(rows.map((row) => [row.id, row.has_trigger]))
}
const setValue = (id: string, value: string, feedId = feed) =>
  api.send('PUT', `/v2/feeds/${feedId}/datastreams/${id}`, { key: ann.masterKey, body: { current_value: value } })

test('a trigger of API v2, from creation to removal', async () => {
  const made = await api.send('POST', '/v2/triggers', { key: ann.masterKey, body: wanted() })
  expect(made).toMatchObject({ status: 201, text: '' })
  const id = idOf(made.headers)
  expect(made.headers.get('location')).toBe(`${api.url}/v2/triggers/${id}`)
  const document = {
    id,
    threshold_value: '30',
    notified_at: '',
    url: 'http://example.org/hook',
    trigger_type: 'gt',
    stream_id: 't',
    environment_id: feed,
    user: 'ann',
  }
  expect((await api.send('GET', `/v2/triggers/${id}.json`, { key: ann.masterKey })).document).toEqual(document)
  expect((await api.send('GET', '/v2/triggers', { key: ann.masterKey })).document).toContainEqual(document)
  expect((await api.send('GET', `/v2/triggers?feed_id=${feed}`, { key: ann.masterKey })).document).toContainEqual(
    document,
  )
  expect((await api.send('GET', '/v2/triggers?feed_id=99999999', { key: ann.masterKey })).document).toEqual([])
  expect((await api.send('GET', '/v2/triggers?feed_id=x', { key: ann.masterKey })).document).toEqual([])
  expect(await isWatched(feed)).toEqual({ t: true, wind: false })

  expect(await put(id, { ...document, threshold_value: 31.5 })).toMatchObject({ status: 200, text: '' })
  expect((await api.send('GET', `/v2/triggers/${id}`, { key: ann.masterKey })).document).toEqual({
    ...document,
    threshold_value: '31.5',
  })
  const removed = await api.send('DELETE', `/v2/triggers/${id}`, { key: ann.masterKey })
  expect(removed).toMatchObject({ status: 200, text: '' })
  for (const method of ['GET', 'PUT', 'DELETE']) {
    const sent = { key: ann.masterKey, ...(method === 'PUT' && { body: {} }) }
    expect(await api.send(method, `/v2/triggers/${id}`, sent)).toMatchObject({
      status: 404,
      document: { errors: `Couldn't find Trigger with ID = ${id}` },
    })
  }
  expect(await isWatched(feed)).toEqual({ t: false, wind: false })
})

test('the owner sees all members; a name that nobody gave tells the rule', async () => {
  const own = await makeFeed(api.home.masterKey, { title: 'mine' })
  const id = await make({ environment_id: own }, { cookie: api.home.cookie })
  const document = (await api.send('GET', `/v2/triggers/${id}`, { cookie: api.home.cookie }))
    .document as TriggerDocument
  expect(document).toMatchObject({
    conditions: [{ stream_id: 't', trigger_type: 'gt', threshold_value: '30' }],
    match: 'all',
    mode: 'edge',
    for: 0,
    hysteresis: '0',
    min_interval: 0,
    rearm: 'auto',
    late: 'ignore',
    action: { kind: 'http', url: 'http://example.org/hook', format: 'form' },
    enabled: true,
    armed: true,
    firings: 0,
    created_at: expect.stringMatching(/\.\d{6}Z$/),
    updated_at: expect.stringMatching(/\.\d{6}Z$/),
  })
  expect(document.name).toContain('30')
  await put(id, { threshold_value: '35' }, { cookie: api.home.cookie })
  const renamed = (await api.send('GET', `/v2/triggers/${id}`, { cookie: api.home.cookie })).document as TriggerDocument
  expect(renamed.name).toBe(document.name.replace('30', '35'))
  await put(id, { name: 'Too hot' }, { cookie: api.home.cookie })
  await put(id, { threshold_value: '36' }, { cookie: api.home.cookie })
  expect((await api.send('GET', `/v2/triggers/${id}`, { cookie: api.home.cookie })).document).toMatchObject({
    name: 'Too hot',
    threshold_value: '36',
  })
})

test('what already holds does not fire: when it is made, when its rule changes, when it is enabled again', async () => {
  await setValue('t', '40')
  const id = await make()
  expect(await read(id)).toMatchObject({ armed: false })
  await put(id, { threshold_value: '50' })
  expect(await read(id)).toMatchObject({ armed: true })
  await put(id, { name: 'only the name' })
  expect(await read(id)).toMatchObject({ armed: true })
  await put(id, { enabled: false })
  expect(await isWatched(feed)).toEqual({ t: false, wind: false })
  await setValue('t', '60')
  await put(id, { enabled: true })
  expect(await isWatched(feed)).toEqual({ t: true, wind: false })
  expect(await read(id)).toMatchObject({ armed: false, firings: 0 })
  expect(await api.send('POST', `/v2/triggers/${id}/arm`, { key: ann.masterKey })).toMatchObject({
    status: 200,
    text: '',
  })
  expect(await read(id)).toMatchObject({ armed: true })
  await api.send('DELETE', `/v2/triggers/${id}`, { key: ann.masterKey })
})

test('a trigger may move to other datastreams; both are told apart by ingest', async () => {
  const other = await makeFeed(ann.masterKey, { title: 'other' })
  const id = await make()
  await put(id, { environment_id: other, conditions: [wanted(), wanted({ stream_id: 'wind', trigger_type: 'lt' })] })
  expect(await isWatched(feed)).toEqual({ t: false, wind: false })
  expect(await isWatched(other)).toEqual({ t: true, wind: true })
  // a datastream takes its triggers along, and they leave the others
  await api.send('DELETE', `/v2/feeds/${other}/datastreams/wind`, { key: ann.masterKey })
  expect(await api.send('GET', `/v2/triggers/${id}`, { key: ann.masterKey })).toMatchObject({ status: 404 })
  expect(await isWatched(other)).toEqual({ t: false })
  const next = await make({ environment_id: other })
  await api.send('DELETE', `/v2/feeds/${other}`, { key: ann.masterKey })
  expect(await api.send('GET', `/v2/triggers/${next}`, { key: ann.masterKey })).toMatchObject({ status: 404 })
})

test('targets of an account are endpoints: made once, with a sealed secret for http alone', async () => {
  const first = await read(await make({ url: 'http://example.org/shared' }))
  const second = await read(await make({ url: 'http://example.org/shared' }))
  const topic = await read(await make({ action: { kind: 'publish', topic: 'com.example.alarm' } }))
  expect(second.endpoint_id).toBe(first.endpoint_id)
  expect(topic.endpoint_id).not.toBe(first.endpoint_id)
  const { rows } = await api.db.pool.query<{ kind: string; address: string; secret: Buffer | null }>(
    'select kind, address, secret from endpoint where id = any($1::bigint[]) order by id',
    [[first.endpoint_id, topic.endpoint_id]],
  )
  expect(rows).toMatchObject([
    { kind: 'http', address: 'http://example.org/shared' },
    { kind: 'publish', address: 'com.example.alarm', secret: null },
  ])
  expect(rows[0]?.secret?.toString('latin1')).not.toContain('whsec_')
})

describe('refused', () => {
  test.each([
    ['threshold_value', 'warm', 'threshold_value is not a number'],
    ['stream_id', 'nope', "stream_id is invalid: couldn't find datastream nope"],
    ['environment_id', 99_999_999, "environment_id is invalid: couldn't find feed 99999999"],
    ['url', 'http://127.0.0.1:9999/', expect.stringMatching(/^url is refused: .*SLUICE_EGRESS_ALLOW/)],
    ['url', 'http://localhost/', expect.stringMatching(/^url is refused: /)],
    ['url', 'http://ann:pw@example.org/', "url can't have a user name or password in it"],
    ['action', { kind: 'http', url: 'http://[::1]/' }, expect.stringMatching(/^url is refused: /)],
    [
      'action',
      { kind: 'datapoint', feed_id: 99_999_999, datastream_id: 'x' },
      "action.feed_id is invalid: couldn't find feed 99999999",
    ],
  ])('%s %o', async (member, value, sentence) => {
    const answer = await api.send('POST', '/v2/triggers', {
      key: ann.masterKey,
      body: wanted({ [member]: value }),
    })
    expect(answer).toMatchObject({ status: 422, document: { errors: [sentence] } })
  })

  test('what is missing and what is somebody else’s read the same', async () => {
    const theirs = await makeFeed(api.home.masterKey, { title: 'theirs', private: true })
    for (const body of [
      (id: number) => wanted({ environment_id: id }),
      (id: number) => wanted({ action: { kind: 'datapoint', feed_id: id, datastream_id: 't' } }),
    ]) {
      const foreign = await api.send('POST', '/v2/triggers', { key: ann.masterKey, body: body(theirs) })
      const missing = await api.send('POST', '/v2/triggers', { key: ann.masterKey, body: body(99_999_999) })
      expect(foreign.status).toBe(422)
      expect(foreign.text.replaceAll(String(theirs), '#')).toBe(missing.text.replaceAll('99999999', '#'))
    }
  })
})

test('a public feed of somebody else may be watched, written to it may not be', async () => {
  const theirs = await makeFeed(api.home.masterKey, { title: 'open' })
  const id = await make({ environment_id: theirs })
  const bound = await api.addKey(ann, {
    permissions: [{ accessMethods: ['get', 'post', 'put', 'delete'], resources: [{ feedId: feed }] }],
  })
  const more = { key: bound.key, body: wanted({ environment_id: theirs }) }
  expect(await api.send('POST', '/v2/triggers', more)).toMatchObject({ status: 403 })
  expect(await api.send('GET', `/v2/triggers/${id}`, { key: bound.key })).toMatchObject({ status: 404 })
  const target = { kind: 'datapoint', feed_id: theirs, datastream_id: 't' }
  expect(
    await api.send('POST', '/v2/triggers', { key: ann.masterKey, body: wanted({ action: target }) }),
  ).toMatchObject({
    status: 422,
  })
  // of the owner of the feed it is none of the business
  expect(await api.send('GET', `/v2/triggers/${id}`, { key: api.home.masterKey })).toMatchObject({ status: 404 })
})

describe('keys that are no master keys', () => {
  test.each([
    { methods: ['get'], list: true, post: 403, put: 403, remove: 403 },
    { methods: ['get', 'post'], list: true, post: 201, put: 403, remove: 403 },
    { methods: ['get', 'put'], list: true, post: 403, put: 200, remove: 403 },
    { methods: ['get', 'delete'], list: true, post: 403, put: 403, remove: 200 },
    // who writes only must not learn through a trigger what others wrote
    { methods: ['post', 'put', 'delete'], list: false, post: 403, put: 404, remove: 404 },
  ] as const)('$methods', async ({ methods, list, post, put: change, remove }) => {
    const id = await make()
    const { key } = await api.addKey(ann, {
      permissions: [{ accessMethods: [...methods], resources: [{ feedId: feed }] }],
    })
    const listed = (await api.send('GET', '/v2/triggers', { key })).document as { id: number }[]
    expect(listed.some((trigger) => trigger.id === id)).toBe(list)
    expect(await api.send('GET', `/v2/triggers/${id}`, { key })).toMatchObject({ status: list ? 200 : 404 })
    expect(await api.send('POST', '/v2/triggers', { key, body: wanted() })).toMatchObject({ status: post })
    expect(await put(id, { threshold_value: 1 }, { key })).toMatchObject({ status: change })
    expect(await api.send('POST', `/v2/triggers/${id}/arm`, { key })).toMatchObject({ status: change })
    expect(await api.send('DELETE', `/v2/triggers/${id}`, { key })).toMatchObject({ status: remove })
  })

  test('have a say about HTTP requests only', async () => {
    const { key } = await api.addKey(ann, {
      permissions: [{ accessMethods: ['get', 'put', 'post', 'delete'], resources: [{ feedId: feed }] }],
    })
    const action = { kind: 'email', to: 'ann@example.org' }
    const id = await make({ action })
    expect(await api.send('POST', '/v2/triggers', { key, body: wanted({ action }) })).toMatchObject({ status: 403 })
    expect(await put(id, { url: 'http://example.org/' }, { key })).toMatchObject({ status: 403 })
    expect(await api.send('DELETE', `/v2/triggers/${id}`, { key })).toMatchObject({ status: 403 })
    expect((await api.send('GET', `/v2/triggers/${id}`, { key })).document).toMatchObject({ id, url: '' })
    const http = await make()
    expect(await put(http, { action }, { key })).toMatchObject({ status: 403 })
  })

  test('that are bound to a datastream see triggers of that datastream', async () => {
    const { key } = await api.addKey(ann, {
      permissions: [{ accessMethods: ['get', 'post'], resources: [{ feedId: feed, datastreamId: 'wind' }] }],
    })
    const hot = await make()
    const windy = await make({ stream_id: 'wind' })
    const both = await make({ conditions: [wanted(), wanted({ stream_id: 'wind' })] })
    const listed = (await api.send('GET', '/v2/triggers', { key })).document as { id: number }[]
    expect(listed.map((trigger) => trigger.id).filter((id) => [hot, windy, both].includes(id))).toEqual([windy])
    expect(await api.send('POST', '/v2/triggers', { key, body: wanted() })).toMatchObject({ status: 403 })
    expect(await api.send('POST', '/v2/triggers', { key, body: wanted({ stream_id: 'nope' }) })).toMatchObject({
      status: 403,
    })
    expect(await api.send('POST', '/v2/triggers', { key, body: wanted({ stream_id: 'wind' }) })).toMatchObject({
      status: 201,
    })
  })
})
