import { connectAsync } from 'mqtt'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PROCEDURES, type KeyDocument, type Permission, type RequestEntry } from '@sluice/model'
import type { Session } from '@sluice/wamp'
import { openTestRealm, sendFrom, startTestApi, type MadeKey, type TestApi, type TestRealm } from './test-api.ts'

let api: TestApi
let realm: TestRealm
let feed: number
let open: number
let trigger: number
let otherTrigger: number
beforeAll(async () => {
  api = await startTestApi({ MQTT_PORT: '0' })
  realm = openTestRealm(api.home.login)
  const session = await realm.as('backend', 'backend')
  await api.served.api.attachRealm({ realm: api.home.login, accountId: api.home.id, session })
  feed = await makeFeed(true)
  open = await makeFeed(false)
  trigger = await makeTrigger('t')
  otherTrigger = await makeTrigger('u')
})
afterAll(() => api[Symbol.asyncDispose]())

const idOf = (headers: Headers): number => Number(headers.get('location')?.split('/').at(-1))
async function makeFeed(isPrivate: boolean): Promise<number> {
  const datastreams = ['t', 'u'].map((id) => ({ id, current_value: '1' }))
  const body = { title: 'f', private: isPrivate, datastreams }
  return idOf((await api.send('POST', '/v2/feeds', { key: api.home.masterKey, body })).headers)
}
async function makeTrigger(streamId: string): Promise<number> {
  const body = { environment_id: feed, stream_id: streamId, trigger_type: 'change', url: 'http://example.org/' }
  return idOf((await api.send('POST', '/v2/triggers', { key: api.home.masterKey, body })).headers)
}
const keyOf = (...permissions: Permission[]): Promise<MadeKey> => api.addKey(api.home, { permissions })
const feedUrl = (id = feed): string => `${api.url}/v2/feeds/${id}`

describe('source_ip', () => {
  test.each([
    { sourceIp: '127.0.0.1', address: '127.0.0.1', status: 200 },
    { sourceIp: '127.0.0.1', address: '127.0.0.2', status: 403 },
    { sourceIp: '::ffff:127.0.0.2', address: '127.0.0.2', status: 200 },
    { sourceIp: '127.0.0.0/30', address: '127.0.0.3', status: 200 },
    { sourceIp: '127.0.0.0/30', address: '127.0.0.4', status: 403 },
    { sourceIp: '2001:db8::/32', address: '127.0.0.1', status: 403 },
  ])('$sourceIp, a request from $address: $status', async ({ sourceIp, address, status }) => {
    const { key } = await keyOf({ accessMethods: ['get'], sourceIp })
    for (const url of [feedUrl(), feedUrl(open), `${api.url}/v2/feeds`, `${api.url}/v2/keys/${key}`]) {
      expect(await sendFrom(url, { key, address }), url).toMatchObject({ status })
    }
  })

  test('what a proxy claims is not believed', async () => {
    const { key } = await keyOf({ accessMethods: ['get'], sourceIp: '192.0.2.1' })
    const headers = { 'x-forwarded-for': '192.0.2.1', 'x-real-ip': '192.0.2.1', forwarded: 'for=192.0.2.1' }
    expect(await sendFrom(feedUrl(), { key, headers })).toMatchObject({ status: 403 })
  })

  test('a refused request is in the log, with its key', async () => {
    const { key, id } = await keyOf({ accessMethods: ['get'], sourceIp: '192.0.2.1' })
    expect(await sendFrom(feedUrl(), { key })).toMatchObject({
      status: 403,
      text: expect.stringContaining('No permission of this key is for requests from this address or page'),
    })
    const log = await api.send('GET', `/v2/feeds/${feed}/requests`, { key: api.home.masterKey })
    const { requests } = log.document as { requests: RequestEntry[] }
    expect(requests[0]).toMatchObject({ key_id: id, status: 403 })
  })

  test('a device is not told its key by who has one for another address', async () => {
    const added = await api.send('POST', '/v2/devices', { key: api.home.masterKey, body: { name: 'd', private: true } })
    const { device } = added.document as { device: { activation_code: string } }
    const { key } = await keyOf({ accessMethods: ['get', 'put', 'post', 'delete'], sourceIp: '127.0.0.2' })
    const url = `${api.url}/v2/devices/${device.activation_code}/activate`
    expect(await sendFrom(url, { key, address: '127.0.0.1' })).toMatchObject({ status: 403 })
    expect(await sendFrom(url, { key, address: '127.0.0.2' })).toMatchObject({ status: 200 })
  })
})

describe('referer', () => {
  test.each([
    { page: 'https://example.org/graph', status: 200 },
    { page: 'https://example.org.evil.net/', status: 403 },
    { page: undefined, status: 403 },
  ])('example.org, a request of $page: $status', async ({ page, status }) => {
    const { key } = await keyOf({ accessMethods: ['get'], referer: 'example.org' })
    const headers = page === undefined ? {} : { referer: page }
    expect(await sendFrom(feedUrl(), { key, headers })).toMatchObject({ status })
  })

  test('what one permission does not allow another may', async () => {
    const { key } = await keyOf(
      { accessMethods: ['get'] },
      { accessMethods: ['put'], referer: 'example.org', sourceIp: '127.0.0.2' },
    )
    const body = '{"datastreams":[{"id":"t","current_value":"2"}]}'
    const headers = { referer: 'http://example.org/' }
    expect(await sendFrom(feedUrl(), { key })).toMatchObject({ status: 200 })
    expect(await sendFrom(feedUrl(), { key, body, headers })).toMatchObject({ status: 403 })
    expect(await sendFrom(feedUrl(), { key, body, address: '127.0.0.2' })).toMatchObject({ status: 403 })
    expect(await sendFrom(feedUrl(), { key, body, headers, address: '127.0.0.2' })).toMatchObject({ status: 200 })
  })
})

describe('minimum_interval', () => {
  test('a request that comes too soon is told when to come again, and is then served', async () => {
    const { key } = await keyOf({ accessMethods: ['put'], resources: [{ feedId: feed }], minimumIntervalS: 1.5 })
    const body = '{"datastreams":[{"id":"t","current_value":"3"}]}'
    expect(await sendFrom(feedUrl(), { key, body })).toMatchObject({ status: 200 })
    const refused = await sendFrom(feedUrl(), { key, body })
    expect(refused).toMatchObject({ status: 403, retryAfter: '2' })
    expect(JSON.parse(refused.text)).toEqual({
      title: 'Forbidden',
      errors: 'This key may make such a request every 1.5 seconds (minimum_interval): try again in 2',
    })
    await expect
      .poll(async () => (await sendFrom(feedUrl(), { key, body })).status, { timeout: 10_000, interval: 100 })
      .toBe(200)
    expect(await sendFrom(feedUrl(), { key, body })).toMatchObject({ status: 403 })
  })

  test('of requests at the same moment one is served', async () => {
    const { key } = await keyOf({ accessMethods: ['get'], minimumIntervalS: 600 })
    const answers = await Promise.all(Array.from({ length: 8 }, () => sendFrom(feedUrl(), { key })))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  })

  test('it counts for each permission, and not what was refused for another reason', async () => {
    const { key } = await keyOf(
      { accessMethods: ['get'], resources: [{ feedId: feed }], minimumIntervalS: 600 },
      { accessMethods: ['put'], resources: [{ feedId: feed, datastreamId: 't' }], minimumIntervalS: 600 },
      { accessMethods: ['put'], resources: [{ feedId: feed, datastreamId: 'u' }] },
    )
    const put = (id: string, more = '') =>
      sendFrom(feedUrl(), { key, body: `{${more}"datastreams":[{"id":"${id}","current_value":"4"}]}` })
    const expected = [
      [put('v'), 403],
      [put('t', '"title":"mine",'), 403],
      [put('u'), 200],
      [put('t'), 200],
      [put('u'), 200],
    ] as const
    for (const [answer, status] of expected) expect(await answer).toMatchObject({ status, retryAfter: undefined })
    expect(await put('t')).toMatchObject({ status: 403, retryAfter: '600' })
    expect(await sendFrom(`${feedUrl()}/datastreams/t`, { key, body: '{"current_value":5}' })).toMatchObject({
      status: 403,
      retryAfter: '600',
    })
    expect(await put('u')).toMatchObject({ status: 200 })
    const missing = `${api.url}/v2/feeds/99999999`
    expect(await sendFrom(missing, { key })).toMatchObject({ status: 404 })
    expect(await sendFrom(feedUrl(), { key })).toMatchObject({ status: 200 })
    expect(await sendFrom(missing, { key })).toMatchObject({ status: 404 })
    expect(await sendFrom(feedUrl(), { key })).toMatchObject({ status: 403, retryAfter: '600' })
  })

  test.each([
    { path: '/v2/feeds' },
    { path: '/v2/session' },
    { path: '/v2/keys' },
    { path: '/v2/triggers' },
    { path: '/v2/deliveries' },
  ])('it counts for $path, too', async ({ path }) => {
    const { key } = await keyOf({ accessMethods: ['get', 'put', 'post', 'delete'], minimumIntervalS: 600 })
    expect(await sendFrom(`${api.url}${path}`, { key })).toMatchObject({ status: 200 })
    expect(await sendFrom(`${api.url}${path}`, { key })).toMatchObject({ status: 403, retryAfter: '600' })
  })
})

describe('a key for one trigger', () => {
  const bodyOf = (more: object = {}) => ({ url: 'http://example.org/other', ...more })
  test.each([
    { what: 'read it', method: 'GET', path: () => `/v2/triggers/${trigger}`, status: 200 },
    { what: 'change it', method: 'PUT', path: () => `/v2/triggers/${trigger}`, body: bodyOf(), status: 200 },
    {
      what: 'let it look at something else',
      method: 'PUT',
      path: () => `/v2/triggers/${trigger}`,
      body: bodyOf({ stream_id: 'u' }),
      status: 422,
    },
    { what: 'remove it', method: 'DELETE', path: () => `/v2/triggers/${trigger}`, status: 403 },
    { what: 'see what it saw', method: 'GET', path: () => `/v2/triggers/${trigger}/trace`, status: 403 },
    { what: 'read another', method: 'GET', path: () => `/v2/triggers/${otherTrigger}`, status: 404 },
    { what: 'change another', method: 'PUT', path: () => `/v2/triggers/${otherTrigger}`, body: bodyOf(), status: 404 },
    { what: 'read the feed', method: 'GET', path: () => `/v2/feeds/${feed}`, status: 404 },
    { what: 'read the datastream', method: 'GET', path: () => `/v2/feeds/${feed}/datastreams/t`, status: 404 },
    { what: 'write to the feed', method: 'PUT', path: () => `/v2/feeds/${feed}`, body: { title: 'x' }, status: 404 },
  ])('may $what: $status', async ({ method, path, body, status }) => {
    const { key } = await keyOf({
      accessMethods: ['get', 'put'],
      resources: [{ feedId: feed, datastreamId: 't', triggerId: trigger }],
    })
    expect(await api.send(method, path(), { key, body })).toMatchObject({ status })
  })

  test('finds it alone in lists, and no feed', async () => {
    const { key } = await keyOf({ accessMethods: ['get'], resources: [{ feedId: feed, triggerId: trigger }] })
    const triggers = await api.send('GET', '/v2/triggers', { key })
    expect(triggers.document).toMatchObject([{ id: trigger }])
    const found = await api.send('GET', '/v2/feeds', { key })
    expect(found.document).toMatchObject({ totalResults: 0 })
    expect((await api.send('GET', '/v2/deliveries', { key })).document).toEqual({ deliveries: [] })
  })

  test('which has no private access does not see one on a private feed', async () => {
    const permissions: Permission[] = [{ accessMethods: ['get'], resources: [{ triggerId: trigger }] }]
    const { key } = await api.addKey(api.home, { permissions, privateAccess: false })
    expect(await api.send('GET', `/v2/triggers/${trigger}`, { key })).toMatchObject({ status: 404 })
  })
})

describe('over MQTT', () => {
  const connect = (key: string, clientId: string) =>
    connectAsync(api.served.api.mqtt.url ?? '', { username: key, clientId, reconnectPeriod: 0 }, false)

  test('there is no Referer, and the address counts', async () => {
    const [elsewhere, page, here] = await Promise.all([
      keyOf({ accessMethods: ['put'], sourceIp: '192.0.2.1' }),
      keyOf({ accessMethods: ['put'], referer: 'example.org' }),
      keyOf({ accessMethods: ['put'], sourceIp: '127.0.0.1' }),
    ])
    for (const { key } of [elsewhere, page]) await expect(connect(key, 'meter')).rejects.toMatchObject({ code: 5 })
    const client = await connect(here.key, 'meter 7')
    await client.publishAsync(`/v2/feeds/${feed}.csv`, 't,6', { qos: 1 })
    await client.endAsync()
    const read = async (): Promise<KeyDocument> =>
      ((await api.send('GET', `/v2/keys/${here.id}`, { cookie: api.home.cookie })).document as { key: KeyDocument }).key
    await expect
      .poll(read, { timeout: 15_000 })
      .toMatchObject({ last_used_address: '127.0.0.1', last_used_client: 'meter 7' })
  })

  test('what comes too soon is not acknowledged', async () => {
    const { key } = await keyOf({ accessMethods: ['put'], minimumIntervalS: 600 })
    const client = await connect(key, 'fast')
    client.on('error', () => undefined)
    const closed = new Promise<void>((resolve) => client.once('close', () => resolve()))
    await client.publishAsync(`/v2/feeds/${feed}.csv`, 't,7', { qos: 1 })
    client.publish(`/v2/feeds/${feed}.csv`, 't,8', { qos: 1 })
    await closed
    await client.endAsync(true)
    const datastream = await api.send('GET', `/v2/feeds/${feed}/datastreams/t`, { key: api.home.masterKey })
    expect(datastream.document).toMatchObject({ current_value: '7' })
  })
})

describe('on the bus', () => {
  const get = async (session: Session): Promise<unknown> =>
    session.call(PROCEDURES.getFeed, [feed]).then(
      ({ args }) => (args[0] as { id: number }).id,
      ({ uri }: { uri: string }) => uri,
    )

  test('there is no Referer, and the address of the session counts', async () => {
    const { id } = await keyOf({ accessMethods: ['get'], sourceIp: '192.0.2.0/24' })
    const page = await keyOf({ accessMethods: ['get'], referer: 'example.org' })
    const callers = [
      [id, '192.0.2.9', feed],
      [id, '198.51.100.1', 'wamp.error.not_authorized'],
      [id, undefined, 'wamp.error.not_authorized'],
      [page.id, '192.0.2.9', 'wamp.error.not_authorized'],
    ] as const
    for (const [keyId, peer, answer] of callers) {
      expect(await get(await realm.as('key', String(keyId), peer))).toBe(answer)
    }
  })

  test('an interval counts for calls and requests together', async () => {
    const { id, key } = await keyOf({ accessMethods: ['get'], minimumIntervalS: 600 })
    const session = await realm.as('key', String(id))
    expect(await get(session)).toBe(feed)
    expect(await get(session)).toBe('sluice.error.rate_limited')
    expect(await sendFrom(feedUrl(), { key })).toMatchObject({ status: 403, retryAfter: '600' })
  })

  test('each point of an append has its own answer', async () => {
    const { id } = await keyOf(
      { accessMethods: ['put'], resources: [{ feedId: feed, datastreamId: 't' }], minimumIntervalS: 600 },
      { accessMethods: ['post'], resources: [{ feedId: feed, datastreamId: 'u' }] },
    )
    const session = await realm.as('key', String(id))
    const points = ['t', 't', 'u'].map((datastream, index) => ({
      datastream,
      at: `2026-01-01T00:00:0${index}Z`,
      value: 1,
    }))
    const append = async () => (await session.call(PROCEDURES.append, [feed, points])).args[0]
    expect(await append()).toEqual([{ result: 'stored' }, { result: 'stored' }, { result: 'stored' }])
    const tooSoon = { result: 'rejected', reason: expect.stringContaining('minimum_interval') }
    expect(await append()).toEqual([tooSoon, tooSoon, { result: 'duplicate' }])
  })
})
