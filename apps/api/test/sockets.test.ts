import { once } from 'node:events'
import { createServer } from 'node:net'
import { maskKey } from '@sluice/model'
import type { RequestEntry } from '@sluice/model'
import { readConfig } from '@sluice/service'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { ApiConfig } from '../src/config.ts'
import { serve } from './serve.ts'
import { dialTcp, dialWebSocket } from './socket-clients.ts'
import type { Client } from './socket-clients.ts'
import { startTestApi } from './test-api.ts'
import type { Account, TestApi } from './test-api.ts'

let api: TestApi
let other: Account
let feed: number
let foreign: number
const clients: Client[] = []

beforeAll(async () => {
  api = await startTestApi({ SOCKET_PORT: '0' })
  other = await api.addAccount('other')
  feed = await makeFeed(api.home)
  foreign = await makeFeed(other)
})
afterEach(() => {
  for (const client of clients.splice(0)) client.end()
})
afterAll(() => api[Symbol.asyncDispose]())

async function makeFeed(account: Account): Promise<number> {
  const body = { title: 'Boiler', private: true, datastreams: [{ id: 'flow' }] }
  const made = await api.send('POST', '/v2/feeds', { key: account.masterKey, body })
  return Number(made.headers.get('location')?.split('/').at(-1))
}
const tcp = async (): Promise<Awaited<ReturnType<typeof dialTcp>>> => {
  const client = await dialTcp(api.served.api.sockets.url)
  clients.push(client)
  return client
}
const webSocket = async (): Promise<Awaited<ReturnType<typeof dialWebSocket>>> => {
  const client = await dialWebSocket(api.url)
  clients.push(client)
  return client
}
const dial = (kind: 'tcp' | 'WebSocket'): Promise<Client> => (kind === 'tcp' ? tcp() : webSocket())
const keyed = (key = api.home.masterKey): { headers: Record<string, string> } => ({ headers: { 'X-ApiKey': key } })

const flow = (value: number): object => ({ datastreams: [{ id: 'flow', current_value: value }] })

async function values(feedId: number): Promise<string[]> {
  const { rows } = await api.db.pool.query<{ text: string }>(
    `select s.id || ' ' || p.value as text from datapoint p join datastream s on s.key = p.stream_key
     where s.feed_id = $1 order by p.at, s.id`,
    [feedId],
  )
  return rows.map(({ text }) => text)
}
async function logged(account: Account, path: string, method: string): Promise<RequestEntry | undefined> {
  const answer = await api.send('GET', '/v2/requests', { key: account.masterKey })
  const { requests } = answer.document as { requests: RequestEntry[] }
  return requests.find((entry) => entry.path === path && entry.method === method)
}

describe.each(['tcp', 'WebSocket'] as const)('over %s', (kind) => {
  test('each method does what it does over HTTP, and is in the log', async () => {
    const client = await dial(kind)
    const body = { title: 'Made', private: 'true', datastreams: [{ id: 'a', current_value: '1' }] }
    client.send({ method: 'post', resource: '/feeds', ...keyed(), body, token: 'made' })
    const made = await client.next()
    const location = made.headers?.['LOCATION'] ?? ''
    expect(made).toEqual({
      token: 'made',
      resource: '/feeds',
      status: 201,
      headers: { CONTENT_TYPE: 'text/plain; charset=utf-8', LOCATION: location },
    })
    const id = Number(/^http:\/\/[\d.:]+\/v2\/feeds\/(\d+)$/.exec(location)?.[1])
    const resource = `/feeds/${id}/datastreams/a`
    client.send({ method: 'put', resource, ...keyed(), body: { current_value: '20.50' } })
    expect(await client.next()).toMatchObject({ resource, status: 200 })
    expect(await values(id)).toEqual(['a 1', 'a 20.50'])
    client.send({ method: 'get', resource: `/feeds/${id}`, ...keyed() })
    const read = await client.next()
    const overHttp = await api.send('GET', `/v2/feeds/${id}`, { key: api.home.masterKey })
    expect(read).toMatchObject({ status: 200, body: overHttp.document })
    expect(read.headers).toEqual({ CONTENT_TYPE: 'application/json; charset=utf-8' })
    client.send({ method: 'delete', resource: `/feeds/${id}`, ...keyed() })
    expect(await client.next()).toMatchObject({ status: 200 })
    client.send({ method: 'get', resource: `/feeds/${id}`, ...keyed() })
    expect(await client.next()).toMatchObject({ status: 404, body: `Not found: Couldn't find Feed with ID = ${id}` })
    expect(await logged(api.home, resource, 'PUT')).toMatchObject({
      protocol: 'socket',
      status: 200,
      feed_id: id,
      key_label: 'first key',
      datastream_ids: ['a'],
      request_body: '{"current_value":"20.50"}',
      remote_address: expect.stringMatching(/127\.0\.0\.1$/),
    })
  })

  test('an answer comes after COMMIT, and answers come in the order of the requests', async () => {
    const id = await makeFeed(api.home)
    const client = await dial(kind)
    const resource = `/feeds/${id}/datastreams/flow`
    const sent = Array.from({ length: 200 }, (_, index) => String(index))
    for (const value of sent)
      client.send({ method: 'put', resource, ...keyed(), body: { current_value: value }, token: value })
    client.send({ method: 'get', resource, ...keyed(), token: 'read' })
    await expect.poll(() => client.texts.length).toBe(201)
    expect(client.messages().map(({ token, status }) => `${token} ${status}`)).toEqual(
      [...sent, 'read'].map((token) => `${token} 200`),
    )
    expect(client.messages().at(-1)?.body).toMatchObject({ current_value: '199' })
    expect(await values(id)).toEqual(sent.map((value) => `flow ${value}`))
  })

  test('a value can be read in Postgres when its answer is there', async () => {
    const id = await makeFeed(api.home)
    const client = await dial(kind)
    for (let value = 1; value <= 20; value++) {
      client.send({ method: 'put', resource: `/feeds/${id}`, ...keyed(), body: flow(value) })
      expect(await client.next()).toMatchObject({ status: 200 })
      expect((await values(id)).length).toBe(value)
    }
  })

  test.each([
    { what: 'no key', headers: {}, resource: () => `/feeds/${feed}`, status: 401 },
    {
      what: 'an unknown key',
      headers: { 'X-ApiKey': `slc_${'0'.repeat(44)}` },
      resource: () => `/feeds/${feed}`,
      status: 401,
    },
    { what: 'a feed that is not there', headers: null, resource: () => '/feeds/999999', status: 404 },
    { what: 'a feed of somebody else', headers: null, resource: () => `/feeds/${foreign}`, status: 404 },
    { what: 'no resource at all', headers: null, resource: () => '/nowhere', status: 404 },
    { what: 'a format that it has not', headers: null, resource: () => `/feeds/${feed}.png`, status: 406 },
  ])('$what is answered $status, with what HTTP says', async ({ headers, resource, status }) => {
    const client = await dial(kind)
    const sent = headers ?? keyed().headers
    const key = sent['X-ApiKey']
    const overHttp = await api.send('GET', `/v2${resource()}`, key === undefined ? {} : { key })
    const { title, errors } = overHttp.document as { title: string; errors: string }
    for (const method of ['get', 'subscribe']) {
      client.send({ method, resource: resource(), headers: sent, token: 7 })
      const answer = await client.next()
      const words =
        status === 404 && method === 'subscribe' && resource() === '/nowhere'
          ? expect.stringMatching(/^Not found: /)
          : `${title}: ${errors}`
      expect(answer).toEqual({ body: words, resource: resource(), token: 7, status })
    }
    expect(overHttp.status).toBe(status)
  })

  test('a foreign feed and a missing one are answered alike, whatever is asked', async () => {
    const client = await dial(kind)
    for (const method of ['get', 'put', 'delete', 'subscribe']) {
      const [theirs, none] = [`/feeds/${foreign}`, '/feeds/999999']
      for (const resource of [theirs, none]) client.send({ method, resource, ...keyed(), body: '{"title":"Mine"}' })
      const answers = [await client.next(), await client.next()].map((answer) =>
        JSON.stringify(answer).replaceAll(/\d{4,}|\/feeds\/\d+|= \d+/g, 'N'),
      )
      expect(answers[0]).toBe(answers[1])
      expect(answers[0]).toContain('"status":404')
    }
    expect(await logged(other, `/feeds/${foreign}`, 'GET')).toBeUndefined()
    expect(await logged(api.home, `/feeds/${foreign}`, 'SUBSCRIBE')).toMatchObject({ status: 404, protocol: 'socket' })
  })

  test('each message has its own key: in any of three headers, or as a parameter', async () => {
    const reader = await api.addKey(api.home, { permissions: [{ accessMethods: ['get'] }] })
    const client = await dial(kind)
    const resource = `/feeds/${feed}`
    const rows = [
      { given: { headers: { 'X-ApiKey': reader.key } }, status: 403 },
      { given: { headers: { 'x-pachubeapikey': api.home.masterKey } }, status: 200 },
      { given: { headers: { 'X-CosmApiKey': other.masterKey } }, status: 404 },
      { given: { params: { key: api.home.masterKey } }, status: 200 },
      { given: { parameters: { key: reader.key }, headers: { 'X-ApiKey': api.home.masterKey } }, status: 401 },
      { given: { headers: { Cookie: api.home.cookie } }, status: 401 },
    ]
    for (const { given } of rows) client.send({ method: 'put', resource, ...given, body: { title: 'Kettle' } })
    const answers = await Promise.all(rows.map(() => client.next()))
    expect(answers.map(({ status }) => status)).toEqual(rows.map(({ status }) => status))
    expect(answers[0]?.body).toBe('Forbidden: You are not authorized')
    const entry = await logged(api.home, `${resource}?key=${maskKey(api.home.masterKey)}`, 'PUT')
    expect(JSON.stringify(entry)).not.toContain(api.home.masterKey)
  })

  test('what is no message is answered 400, and the next one is served', async () => {
    const client = await dial(kind)
    client.send('nonsense')
    client.send('{"method":"get","resource":"/feeds","token":[]}')
    client.send({ method: 'steal', resource: '/feeds', token: 't' })
    client.send({ method: 'get', resource: `/feeds/${feed}`, ...keyed() })
    await expect.poll(() => client.texts.length).toBe(4)
    expect(client.texts[0]).toMatch(/^\{"body":"Syntax Error: .+","status":400\}$/)
    expect(client.texts[1]).toMatch(/^\{"body":"Syntax Error: token must be [^"]+","status":400\}$/)
    expect(client.texts[2]).toMatch(
      /^\{"body":"Syntax Error: method [^"]+","resource":"\/feeds","token":"t","status":400\}$/,
    )
    expect(client.messages()[3]).toMatchObject({ status: 200, body: { id: feed } })
  })

  test('what a body gets wrong is told in the words of HTTP', async () => {
    const client = await dial(kind)
    const resource = `/feeds/${feed}/datastreams/flow`
    client.send({ method: 'put', resource, ...keyed(), body: { current_value: 'x'.repeat(256) } })
    expect(await client.next()).toMatchObject({
      status: 422,
      body: expect.stringMatching(/^Unprocessable Entity: .*255/),
    })
    client.send({ method: 'put', resource, ...keyed(), body: 'nonsense' })
    expect(await client.next()).toMatchObject({ status: 400, body: expect.stringMatching(/^JSON Parser Error: /) })
    client.send({ method: 'patch', resource, ...keyed() })
    expect(await client.next()).toMatchObject({
      status: 404,
      body: expect.stringContaining('No route matches [PATCH]'),
    })
  })
})

describe('old clients', () => {
  test('txPachube: objects one behind the other, the body a string in JSON, the Location of what was made', async () => {
    const client = await tcp()
    const headers = { 'X-PachubeApiKey': api.home.masterKey }
    const body = JSON.stringify({ title: 'tx', private: 'true', datastreams: [{ id: 'é', current_value: '1' }] })
    const token = '6a9d1d0e-2c5b-11e2-8a4d-080027a6c1f3'
    const post = JSON.stringify({ method: 'post', resource: '/feeds', headers, body, token })
    const get = JSON.stringify({
      method: 'get',
      resource: `/feeds/${feed}`,
      headers,
      parameters: { show_user: 'true' },
      token: `${token}2`,
    })
    const bytes = Buffer.from(`${post}${get}`)
    // in the middle of a character
    const cut = bytes.indexOf(0xc3) + 1
    client.send(bytes.subarray(0, cut))
    client.send(bytes.subarray(cut))
    const made = await client.next()
    expect(made).toMatchObject({
      token,
      status: 201,
      headers: { LOCATION: expect.stringMatching(/\/v2\/feeds\/\d+$/) },
    })
    expect(await client.next()).toMatchObject({ token: `${token}2`, status: 200, body: { user: { login: 'home' } } })
    const id = Number(made.headers?.['LOCATION']?.split('/').at(-1))
    expect(await values(id)).toEqual(['é 1'])
  })

  test('sketches for WiFly: a message over many lines, byte by byte', async () => {
    const client = await tcp()
    const id = await makeFeed(api.home)
    const body = '{\n"version" : "1.0.0",\r\n"datastreams" : [\r\n{\n"id" : "4",\n"current_value" : "7.00"\n}]\r\n},'
    const head = `{\r\n"method" : "put",\r\n"resource" : "/feeds/${id}",\r\n"params" : {},\r\n"headers" : {"X-PachubeApiKey":"${api.home.masterKey}"},\r\n`
    for (const character of `${head}"body" :\r\n${body}\r\n"token" : "0x12345"\r\n}\r\n\r\n`) client.send(character)
    expect(await client.next()).toMatchObject({ token: '0x12345', resource: `/feeds/${id}`, status: 200 })
    expect(await values(id)).toEqual(['4 7.00'])
  })

  test('xively-cli ends itself at a line that says so', async () => {
    const client = await tcp()
    client.send(
      `{"method":"subscribe", "resource":"/feeds/${foreign}", "headers":{"X-ApiKey":"${api.home.masterKey}"}}\n`,
    )
    await client.next()
    expect(client.texts[0]).toMatch(/"status":40/)
  })

  test('pachube-stream: what comes in one read is one document', async () => {
    const client = await tcp()
    for (let count = 0; count < 10; count++) {
      client.send({ method: 'get', resource: `/feeds/${feed}`, ...keyed(), token: count })
      await client.next()
    }
    expect(client.chunks.map((chunk) => (JSON.parse(chunk) as { token: number }).token)).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
    ])
  })

  test('a client that says that it has said all is answered before its connection ends', async () => {
    const client = await tcp()
    client.socket.end(JSON.stringify({ method: 'put', resource: `/feeds/${feed}`, ...keyed(), body: flow(5) }))
    expect(await client.closed).toBe(1000)
    expect(client.messages()).toMatchObject([{ status: 200 }])
  })

  test('addresses may have their version and an extension', async () => {
    const client = await webSocket()
    const id = await makeFeed(api.home)
    client.send({
      method: 'put',
      resource: `/v2/feeds/${id}/datastreams/flow.json`,
      ...keyed(),
      body: { current_value: '21.5' },
    })
    expect(await client.next()).toMatchObject({ status: 200 })
    client.send({ method: 'get', resource: `/v2/feeds/${id}.json`, ...keyed() })
    expect(await client.next()).toMatchObject({ status: 200, body: { datastreams: [{ current_value: '21.5' }] } })
  })
})

test('a port that is taken: said in a sentence where it is the default, refused where it was asked for', async () => {
  const taken = createServer()
  // somebody else may have it already, which is just as well
  await once(taken.listen(8081, '127.0.0.1'), 'listening').catch(() => undefined)
  await using served = await serve({ env: { SOCKET_PORT: '' } })
  expect(served.api.sockets).toMatchObject({
    url: null,
    problem:
      'Sockets over TCP are off: port 8081 on 127.0.0.1 is taken by another program. Set SOCKET_PORT to another one, or to off',
  })
  const { port } = new URL(api.served.api.sockets.url ?? '')
  await expect(serve({ env: { SOCKET_PORT: port } })).rejects.toThrow(`SOCKET_PORT=${port} on 127.0.0.1 is taken`)
  taken.close()
})

test.each([
  [{ HOST: '0.0.0.0', SLUICE_PUBLIC_URL: 'https://sluice.example', SOCKET_PORT: '' }, null],
  [{ HOST: '0.0.0.0', SLUICE_PUBLIC_URL: 'https://sluice.example', SOCKET_PORT: '0' }, /^tcp:\/\/sluice\.example:\d+$/],
  [{ SOCKET_PORT: 'off' }, null],
])('%j: keys travel in clear only where somebody decided so; WebSocket is there in any case', async (env, shown) => {
  await using served = await serve({ env })
  const { url, problem } = served.api.sockets
  expect(problem).toBeNull()
  if (shown === null) expect(url).toBeNull()
  else expect(url).toMatch(shown)
  const first = served.first as { socketUrl?: unknown }
  expect(first.socketUrl).toBe(url)
  const client = await dialWebSocket(`http://127.0.0.1:${served.api.port}/`)
  client.send({ method: 'get', resource: '/feeds', headers: { 'X-ApiKey': served.first.apiKey } })
  expect(await client.next()).toMatchObject({ status: 200 })
  client.end()
})

test.each(['x', '-1', '65536', 'OFF'])('SOCKET_PORT=%s is no port', (port) => {
  const said = 'SOCKET_PORT: must be `off` or a whole number from 0 to 65535'
  expect(() => readConfig(ApiConfig, { SOCKET_PORT: port })).toThrow(said)
})

test('connections, subscriptions and datapoints are counted', async () => {
  const client = await tcp()
  client.send({ method: 'subscribe', resource: `/feeds/${feed}`, ...keyed() })
  client.send({ method: 'put', resource: `/feeds/${feed}`, ...keyed(), body: flow(1) })
  await expect.poll(() => client.texts.length).toBe(3)
  const metrics = await (await fetch(`${api.url}/metrics`)).text()
  expect(metrics).toMatch(/^socket_connections [1-9]/m)
  expect(metrics).toMatch(/^socket_subscriptions 1$/m)
  expect(metrics).toMatch(/^socket_pushes_total [1-9]/m)
  expect(metrics).toMatch(/^socket_pushes_skipped_total 0$/m)
  expect(metrics).toMatch(/^ingest_datapoints_total\{protocol="socket",result="stored"\} [1-9]/m)
})
