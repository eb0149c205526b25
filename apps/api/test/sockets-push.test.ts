import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { dialTcp, dialWebSocket } from './socket-clients.ts'
import type { Client, Message } from './socket-clients.ts'
import { startTestApi } from './test-api.ts'
import type { Account, TestApi } from './test-api.ts'

let api: TestApi
let other: Account
let feed: number
const clients: Client[] = []

beforeAll(async () => {
  api = await startTestApi({ SOCKET_PORT: '0' })
  other = await api.addAccount('other')
  feed = await makeFeed(api.home)
})
afterEach(() => {
  for (const client of clients.splice(0)) client.end()
})
afterAll(() => api[Symbol.asyncDispose]())

async function makeFeed(account: Account, isPrivate = true): Promise<number> {
  const body = {
    title: 'Boiler',
    private: isPrivate,
    datastreams: [{ id: 'flow', current_value: '0' }, { id: 'heat' }],
  }
  const made = await api.send('POST', '/v2/feeds', { key: account.masterKey, body })
  return Number(made.headers.get('location')?.split('/').at(-1))
}
async function dial(kind: 'tcp' | 'WebSocket'): Promise<Client> {
  const client = kind === 'tcp' ? await dialTcp(api.served.api.sockets.url) : await dialWebSocket(api.url)
  clients.push(client)
  return client
}
const keyed = (key = api.home.masterKey): { headers: Record<string, string> } => ({ headers: { 'X-ApiKey': key } })
const write = async (feedId: number, datastream: string, value: string): Promise<void> => {
  const body = { current_value: value }
  const answer = await api.send('PUT', `/v2/feeds/${feedId}/datastreams/${datastream}`, {
    key: api.home.masterKey,
    body,
  })
  expect(answer.status).toBe(200)
}
const change = async (feedId: number, body: object): Promise<void> => {
  expect((await api.send('PUT', `/v2/feeds/${feedId}`, { key: api.home.masterKey, body })).status).toBe(200)
}
const remove = async (path: string): Promise<void> => {
  expect((await api.send('DELETE', path, { cookie: api.home.cookie })).status).toBe(200)
}
async function subscribed(kind: 'tcp' | 'WebSocket', resource: string, more: object = keyed()): Promise<Client> {
  const client = await dial(kind)
  client.send({ method: 'subscribe', resource, ...more })
  expect(await client.next()).toMatchObject({ resource, status: 200 })
  return client
}
const valueOf = ({ body }: Message): unknown => (body as { current_value?: string }).current_value

test('xively-js: its very bytes, and the answer and the push name the resource as they do', async () => {
  const client = await dial('WebSocket')
  const resource = `/feeds/${feed}/datastreams/flow`
  client.send(`{"headers":{"X-ApiKey":"${api.home.masterKey}"}, "method":"subscribe", "resource":"${resource}"}`)
  await client.next()
  await write(feed, 'flow', '21.50')
  await client.next()
  expect(client.texts[0]).toBe(`{"resource":"${resource}","status":200}`)
  const { document } = await api.send('GET', `/v2${resource}`, { key: api.home.masterKey })
  expect(client.texts[1]).toBe(`{"body":${JSON.stringify(document)},"resource":"${resource}"}`)
  expect(document).toMatchObject({ current_value: '21.50' })
})

test('pachube_graph_library: without the last brace', async () => {
  const client = await dial('WebSocket')
  client.send(
    `{"headers":{"X-PachubeApiKey":"${api.home.masterKey}"}, "method":"subscribe", "resource":"/feeds/${feed}"`,
  )
  expect(await client.next()).toEqual({ resource: `/feeds/${feed}`, status: 200 })
})

test('XivelyObjectiveC: the answer has a status and the push has none, both have the token', async () => {
  const resource = `/feeds/${feed}`
  const client = await dial('WebSocket')
  client.send(JSON.stringify({ token: '-1234567890', method: 'subscribe', resource, ...keyed() }, null, 2))
  expect(await client.next()).toEqual({ resource, token: '-1234567890', status: 200 })
  await write(feed, 'flow', '1')
  const { document } = await api.send('GET', `/v2${resource}`, { key: api.home.masterKey })
  const body = { ...(document as object), updated: expect.any(String) }
  expect(await client.next()).toEqual({ body, resource, token: '-1234567890' })
  client.send({ token: '5', method: 'unsubscribe', resource, ...keyed() })
  expect(await client.next()).toEqual({ resource, token: '5', status: 200 })
  await write(feed, 'flow', '2')
  client.send({ method: 'unsubscribe', resource, token: '6' })
  expect(await client.next()).toMatchObject({
    resource,
    token: '6',
    status: 404,
    body: expect.stringMatching(/^Not found: /),
  })
})

test('pachube-stream: each push is one read of the socket', async () => {
  const client = await dialTcp(api.served.api.sockets.url)
  clients.push(client)
  client.send({ method: 'subscribe', resource: `/feeds/${feed}`, ...keyed(), token: 'subscribe' })
  await client.next()
  for (let value = 0; value < 10; value++) {
    await write(feed, 'flow', String(value))
    await client.next()
  }
  for (const chunk of client.chunks) expect(JSON.parse(chunk)).toMatchObject({ token: 'subscribe' })
  expect(client.chunks).toHaveLength(11)
})

describe.each(['tcp', 'WebSocket'] as const)('over %s', (kind) => {
  test('100 writes are 100 pushes with these values in this order', async () => {
    const id = await makeFeed(api.home)
    const resource = `/feeds/${id}/datastreams/flow`
    const whole = await subscribed(kind, `/feeds/${id}`)
    const one = await subscribed(kind, resource)
    const writer = await dial(kind)
    const values = Array.from({ length: 100 }, (_, index) => `${index}.0`)
    for (const value of values) writer.send({ method: 'put', resource, ...keyed(), body: { current_value: value } })
    await expect.poll(() => [writer, whole, one].map(({ texts }) => texts.length)).toEqual([100, 101, 101])
    expect(one.messages().slice(1).map(valueOf)).toEqual(values)
    const flows = whole
      .messages()
      .slice(1)
      .map(({ body }) => (body as { datastreams: object[] }).datastreams[0])
    expect(flows).toMatchObject(values.map((value) => ({ id: 'flow', current_value: value })))
  })

  test('a subscriber hears what its own connection writes behind the subscription', async () => {
    const id = await makeFeed(api.home)
    const client = await dial(kind)
    const resource = `/feeds/${id}/datastreams/flow`
    client.send({ method: 'subscribe', resource, ...keyed(), token: 1 })
    client.send({ method: 'put', resource, ...keyed(), body: { current_value: '7' }, token: 2 })
    await expect.poll(() => client.texts.length).toBe(3)
    expect(
      client
        .messages()
        .map(({ token, status }) => `${token} ${status}`)
        .toSorted(),
    ).toEqual(['1 200', '1 undefined', '2 200'])
    expect(client.messages()[0]).toMatchObject({ token: 1, status: 200 })
  })
})

test('a datastream hears of itself alone; the feed of everything', async () => {
  const id = await makeFeed(api.home)
  const heat = await subscribed('tcp', `/feeds/${id}/datastreams/heat`)
  const all = await subscribed('tcp', `/feeds/${id}`)
  await write(id, 'flow', '1')
  await all.next()
  await change(id, { title: 'Kettle' })
  expect(await all.next()).toMatchObject({ body: { title: 'Kettle' } })
  await change(id, { datastreams: [{ id: 'heat', tags: 'hot' }] })
  expect(await all.next()).toMatchObject({ body: { datastreams: [{ id: 'flow' }, { id: 'heat', tags: ['hot'] }] } })
  await write(id, 'heat', '2')
  expect(await heat.next()).toMatchObject({ body: { id: 'heat', tags: ['hot'] } })
  expect(await heat.next()).toMatchObject({ body: { current_value: '2', version: '1.0.0' } })
  await change(id, { datastreams: [{ id: 'new', current_value: '3' }] })
  await expect.poll(() => JSON.stringify(all.messages().at(-1)?.body)).toContain('"id":"new","current_value":"3"')
  expect(heat.texts).toHaveLength(3)
})

test('a resource that is subscribed to again has the newer token, and is pushed once', async () => {
  const resource = `/feeds/${feed}/datastreams/flow`
  const client = await subscribed('tcp', resource, { ...keyed(), token: 'old' })
  client.send({ method: 'SUBSCRIBE', resource, ...keyed(other.masterKey), token: 'refused' })
  expect(await client.next()).toMatchObject({ token: 'refused', status: 404 })
  client.send({ method: 'Subscribe', resource, ...keyed(), token: 'new' })
  await client.next()
  client.send({ method: 'subscribe', resource: `/v2${resource}.json`, ...keyed() })
  await client.next()
  await write(feed, 'flow', '8')
  expect([await client.next(), await client.next()]).toMatchObject([
    { resource, token: 'new', body: { current_value: '8' } },
    { resource: `/v2${resource}.json`, body: { current_value: '8' } },
  ])
  client.send({ method: 'get', resource: '/feeds', ...keyed(), token: 'last' })
  expect(await client.next()).toMatchObject({ token: 'last' })
})

test('a key that is narrowed to a datastream sees no other one, neither asked nor pushed', async () => {
  const id = await makeFeed(api.home)
  const permissions = [{ accessMethods: ['get' as const], resources: [{ feedId: id, datastreamId: 'flow' }] }]
  const { key } = await api.addKey(api.home, { permissions })
  const client = await subscribed('tcp', `/feeds/${id}`, keyed(key))
  client.send({ method: 'subscribe', resource: `/feeds/${id}/datastreams/heat`, ...keyed(key) })
  expect(await client.next()).toMatchObject({ status: 404 })
  const master = await subscribed('tcp', `/feeds/${id}`)
  await write(id, 'flow', '5')
  const streams = async (from: Client): Promise<string[]> =>
    ((await from.next()).body as { datastreams: { id: string }[] }).datastreams.map((datastream) => datastream.id)
  expect([await streams(client), await streams(master)]).toEqual([['flow'], ['flow', 'heat']])
})

test('a key that is deleted hears nothing within 6 s, and is told; other keys of the connection go on', async () => {
  const { id: keyId, key } = await api.addKey(api.home, { permissions: [{ accessMethods: ['get'] }] })
  const resource = `/feeds/${feed}/datastreams/flow`
  const client = await subscribed('WebSocket', resource, { ...keyed(key), token: 'doomed' })
  client.send({ method: 'subscribe', resource: `/feeds/${feed}`, ...keyed(), token: 'stays' })
  await client.next()
  await remove(`/v2/keys/${keyId}`)
  const deletedAt = performance.now()
  expect(await client.next()).toEqual({
    body: 'Forbidden: You are not authorized',
    resource,
    token: 'doomed',
    status: 403,
  })
  expect(performance.now() - deletedAt).toBeLessThan(6000)
  await write(feed, 'flow', '9')
  expect(await client.next()).toMatchObject({ token: 'stays', body: { id: feed } })
  client.send({ method: 'subscribe', resource, ...keyed(key) })
  expect(await client.next()).toMatchObject({ resource, status: 401 })
  expect(client.texts).toHaveLength(5)
})

test('a key that may less than before loses what it may no longer see', async () => {
  const id = await makeFeed(api.home)
  const { id: keyId, key } = await api.addKey(api.home, { permissions: [{ accessMethods: ['get'] }] })
  const client = await subscribed('tcp', `/feeds/${id}`, keyed(key))
  await api.db.pool.query('update api_key set private_access = false where id = $1', [keyId])
  expect(await client.next()).toMatchObject({
    resource: `/feeds/${id}`,
    status: 404,
    body: expect.stringMatching(/^Not found: /),
  })
})

test('a foreign feed is followed while it is public', async () => {
  const id = await makeFeed(api.home, false)
  const client = await subscribed('tcp', `/feeds/${id}/datastreams/flow`, keyed(other.masterKey))
  await write(id, 'flow', '1')
  expect(await client.next()).toMatchObject({ body: { current_value: '1' } })
  await change(id, { private: true })
  const gone = await client.next()
  expect(gone).toMatchObject({ resource: `/feeds/${id}/datastreams/flow`, status: 404 })
  await write(id, 'flow', '2')
  client.send({ method: 'subscribe', resource: `/feeds/${id}`, ...keyed(other.masterKey) })
  expect(await client.next()).toMatchObject({ resource: `/feeds/${id}`, status: 404 })
})

test('who follows a feed or a datastream that is deleted is told, once', async () => {
  const id = await makeFeed(api.home)
  const client = await dial('tcp')
  const resources = ['', '/datastreams/flow', '/datastreams/heat'].map((rest) => `/feeds/${id}${rest}`)
  for (const resource of resources) client.send({ method: 'subscribe', resource, ...keyed() })
  await expect.poll(() => client.texts.length).toBe(3)
  await remove(`/v2/feeds/${id}/datastreams/heat`)
  await expect
    .poll(() => client.messages().filter(({ status }) => status === 404))
    .toMatchObject([{ resource: resources[2] }])
  await remove(`/v2/feeds/${id}`)
  const gone = (): string[] =>
    client.messages().flatMap(({ status, resource }) => (status === 404 ? [resource ?? ''] : []))
  await expect.poll(gone).toHaveLength(3)
  expect(gone().toSorted()).toEqual(resources.toSorted())
})

test('every attempt to subscribe is in the log of the key’s account', async () => {
  const id = await makeFeed(api.home)
  const client = await dial('tcp')
  const refused = await api.addKey(api.home, { permissions: [{ accessMethods: ['put'] }] })
  const sent = { method: 'subscribe', resource: `/feeds/${id}` }
  client.send({ ...sent, ...keyed() })
  client.send({ ...sent, ...keyed(refused.key) })
  client.send({ method: 'subscribe', resource: '/triggers/1', ...keyed() })
  expect([await client.next(), await client.next()]).toMatchObject([{ status: 200 }, { status: 403 }])
  expect(await client.next()).toMatchObject({ status: 404, body: expect.stringContaining('[SUBSCRIBE]') })
  const { document } = await api.send('GET', '/v2/requests', { key: api.home.masterKey })
  const { requests } = document as { requests: Record<string, unknown>[] }
  const entries = requests.filter(({ method }) => method === 'SUBSCRIBE').slice(0, 3)
  expect(entries).toMatchObject([
    { path: '/triggers/1', status: 404, feed_id: null, protocol: 'socket' },
    { path: `/feeds/${id}`, status: 403, key_id: refused.id, feed_id: id },
    { path: `/feeds/${id}`, status: 200, response_body: '', feed_id: id },
  ])
})

test('a connection may have 1000 subscriptions', async () => {
  const client = await dial('tcp')
  for (let number = 0; number <= 1000; number++) {
    client.send({ method: 'subscribe', resource: `/feeds/${feed}?n=${number}`, ...keyed(), token: number })
  }
  await expect.poll(() => client.texts.length, { timeout: 20_000 }).toBe(1001)
  const refusals = client.messages().filter(({ status }) => status !== 200)
  expect(refusals).toMatchObject([
    { token: 1000, status: 403, body: 'Forbidden: A connection may have 1000 subscriptions' },
  ])
  const { document } = await api.send('GET', '/v2/requests', { key: api.home.masterKey })
  expect((document as { requests: object[] }).requests[0]).toMatchObject({ path: `/feeds/${feed}?n=1000`, status: 403 })
  client.send({ method: 'unsubscribe', resource: `/feeds/${feed}?n=0` })
  client.send({ method: 'subscribe', resource: `/feeds/${feed}?n=1000`, ...keyed() })
  await expect.poll(() => client.messages().at(-1)).toEqual({ resource: `/feeds/${feed}?n=1000`, status: 200 })
})
