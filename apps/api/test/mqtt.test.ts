import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { connect as connectTcp, createServer } from 'node:net'
import type { Socket } from 'node:net'
import { promisify } from 'node:util'
import type { RequestEntry } from '@sluice/model'
import { connectAsync } from 'mqtt'
import type { IClientOptions, MqttClient } from 'mqtt'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { serve } from './serve.ts'
import { openTestRealm, startTestApi } from './test-api.ts'
import type { Account, TestApi } from './test-api.ts'

const run = promisify(execFile)

let api: TestApi
let other: Account
let feed: number
let foreign: number
let url: string
const events: unknown[] = []
const clients: MqttClient[] = []

beforeAll(async () => {
  api = await startTestApi({ MQTT_PORT: '0' })
  url = api.served.api.mqtt.url ?? ''
  const realm = openTestRealm(api.home.login)
  const session = await realm.as('backend', 'backend')
  await api.served.api.attachRealm({ realm: api.home.login, accountId: api.home.id, session })
  other = await api.addAccount('other')
  feed = await makeFeed(api.home)
  foreign = await makeFeed(other)
  const owner = await realm.as('owner', api.home.login)
  await owner.subscribe(`sluice.feed.${feed}.datapoints`, (args) => void events.push(args[0]))
})
afterEach(async () => {
  for (const client of clients.splice(0)) await client.endAsync(true)
})
afterAll(() => api[Symbol.asyncDispose]())

async function makeFeed(account: Account): Promise<number> {
  const body = { title: 'Boiler', private: true, datastreams: [{ id: 'flow' }] }
  const made = await api.send('POST', '/v2/feeds', { key: account.masterKey, body })
  return Number(made.headers.get('location')?.split('/').at(-1))
}
async function connect(options: IClientOptions = {}): Promise<MqttClient> {
  const client = await connectAsync(url, { username: api.home.masterKey, reconnectPeriod: 0, ...options }, false)
  client.on('error', () => undefined)
  clients.push(client)
  return client
}
const closeOf = (client: MqttClient): Promise<void> => new Promise((resolve) => client.once('close', () => resolve()))
async function values(feedId: number): Promise<string[]> {
  const { rows } = await api.db.pool.query<{ text: string }>(
    `select s.id || ' ' || p.value as text from datapoint p join datastream s on s.key = p.stream_key
     where s.feed_id = $1 order by p.at, s.id`,
    [feedId],
  )
  return rows.map(({ text }) => text)
}
async function logged(account: Account, path: string): Promise<RequestEntry | undefined> {
  const answer = await api.send('GET', '/v2/requests', { key: account.masterKey })
  return (answer.document as { requests: RequestEntry[] }).requests.find((entry) => entry.path === path)
}

test.each([
  { topic: 'feeds/FEED.csv', payload: 'temperature,20.50', stored: ['temperature 20.50'] },
  { topic: 'feeds/FEED.json', payload: '{"datastreams":[{"id":"t","current_value":"1"}]}', stored: ['t 1'] },
  { topic: 'feeds/FEED/datastreams/flow.csv', payload: '2.0', stored: ['flow 2.0'] },
  { topic: 'feeds/FEED/datastreams/flow.csv', payload: '2026-01-01T00:00:00Z,3', stored: ['flow 3'] },
  { topic: 'feeds/FEED/datastreams/flow', payload: '{"current_value":4}', stored: ['flow 4'] },
])('QoS 1 on $topic: the row is there when the PUBACK is, in the log and announced', async (row) => {
  const id = await makeFeed(api.home)
  const client = await connect()
  const path = `/v2/${row.topic.replace('FEED', String(id))}`
  await client.publishAsync(path, row.payload, { qos: 1, retain: true })
  expect(await values(id)).toEqual(row.stored)
  expect(await logged(api.home, path)).toMatchObject({
    method: 'PUBLISH',
    protocol: 'mqtt',
    status: 200,
    feed_id: id,
    key_label: 'first key',
    datastream_ids: [row.stored[0]?.split(' ')[0]],
    request_body: row.payload,
    remote_address: '127.0.0.1',
  })
})

test('QoS 2 is stored once, whatever is sent again; QoS 0 is stored; values are announced live', async () => {
  const client = await connect()
  events.length = 0
  await client.publishAsync(`v2/feeds/${feed}.csv`, 'two,2', { qos: 2 })
  await client.publishAsync(`api/v2/feeds/${feed}.csv`, 'zero,0', { qos: 0 })
  await expect.poll(() => values(feed)).toEqual(['two 2', 'zero 0'])
  await expect.poll(() => events).toMatchObject([[{ datastream: 'two' }], [{ datastream: 'zero', value: '0' }]])
})

test('many at once are acknowledged, and stored in the order in which they were sent', async () => {
  const id = await makeFeed(api.home)
  const client = await connect()
  const sent = Array.from({ length: 200 }, (_, index) => String(index))
  const topic = `/v2/feeds/${id}/datastreams/flow.csv`
  await Promise.all(sent.map((value, index) => client.publishAsync(topic, value, { qos: index % 2 ? 1 : 2 })))
  expect(await values(id)).toEqual(sent.map((value) => `flow ${value}`))
})

test.each([
  { who: 'no key', options: { username: '' }, code: 5 },
  { who: 'a key that is none', options: { username: 'slc_none' }, code: 4 },
  { who: 'an unknown key', options: { username: `slc_${'0'.repeat(44)}`, password: 'x' }, code: 4 },
  { who: 'too long a client id', options: { clientId: 'x'.repeat(257) }, code: 2 },
])('$who is refused with $code', async ({ options, code }) => {
  await expect(connect(options)).rejects.toMatchObject({ code })
})

test.each([
  { path: (): string => `/v2/feeds/${foreign}.csv`, payload: 'a,1', status: 404 },
  { path: (): string => '/v2/feeds/999999.csv', payload: 'a,1', status: 404 },
  { path: (): string => `/v2/feeds/${feed}/datastreams/none.csv`, payload: '1', status: 404 },
  { path: (): string => `/v2/feeds/${feed}.xml`, payload: '<eeml/>', status: 406 },
  { path: (): string => `/v2/feeds/${feed}.csv`, payload: 'a', status: 400 },
  { path: (): string => `/v2/feeds/${feed}.json`, payload: Buffer.of(0xff), status: 400 },
  { path: (): string => 'home/temperature', payload: '1', status: 404 },
  { path: (): string => '$SYS/broker', payload: '1', status: 404 },
])('what cannot be written is acknowledged, stored nowhere and in the log: $status', async (row) => {
  const before = [await values(feed), await values(foreign)]
  const client = await connect()
  await client.publishAsync(row.path(), row.payload, { qos: 1 })
  expect(await logged(api.home, row.path())).toMatchObject({ method: 'PUBLISH', status: row.status })
  expect([await values(feed), await values(foreign)]).toEqual(before)
  expect(await logged(other, row.path())).toBeUndefined()
  expect(client.connected).toBe(true)
})

test('a key that only reads is told nothing, and stores nothing', async () => {
  const reader = await api.addKey(api.home, { permissions: [{ accessMethods: ['get'] }] })
  const client = await connect({ username: reader.key })
  await client.publishAsync(`/v2/feeds/${feed}/datastreams/flow.csv`, '1', { qos: 1 })
  expect(await logged(api.home, `/v2/feeds/${feed}/datastreams/flow.csv`)).toMatchObject({ status: 403 })
})

test('every subscription is refused, and a publish reaches nobody', async () => {
  const listener = await connect()
  const heard: string[] = []
  listener.on('message', (topic) => heard.push(topic))
  for (const topic of ['#', `/v2/feeds/${feed}.json`, '$SYS/#', '$sluice/done']) {
    await expect(listener.subscribeAsync(topic, { qos: 1 })).rejects.toThrow()
  }
  const client = await connect()
  await client.publishAsync(`/v2/feeds/${feed}.csv`, 'a,1', { qos: 1, retain: true })
  expect(heard).toEqual([])
})

test('two tenants with one client id keep their connections; of one tenant the older goes', async () => {
  const ours = await connect({ clientId: 'pump' })
  const theirs = await connect({ clientId: 'pump', username: other.masterKey })
  await ours.publishAsync(`/v2/feeds/${feed}.csv`, 'a,1', { qos: 1 })
  expect([ours.connected, theirs.connected]).toEqual([true, true])
  const closed = closeOf(ours)
  await connect({ clientId: 'pump' })
  await closed
  expect([ours.connected, theirs.connected]).toEqual([false, true])
})

test('a will is written when the device is lost, and only then', async () => {
  const id = await makeFeed(api.home)
  const will = { topic: `/v2/feeds/${id}/datastreams/flow.csv`, payload: Buffer.from('lost'), qos: 1 as const }
  const orderly = await connect({ will })
  await orderly.endAsync()
  const lost = await connect({ will })
  lost.stream.destroy()
  await expect.poll(() => values(id)).toEqual(['flow lost'])
  expect(await logged(api.home, will.topic)).toMatchObject({ method: 'WILL', status: 200 })
  const spy = await connect({ will: { ...will, topic: `/v2/feeds/${foreign}/datastreams/flow.csv` } })
  spy.stream.destroy()
  const path = `/v2/feeds/${foreign}/datastreams/flow.csv`
  await expect.poll(() => logged(api.home, path)).toMatchObject({ method: 'WILL', status: 404 })
  expect(await values(foreign)).toEqual([])
})

type Dialled = { socket: Socket; closed: Promise<unknown>; heard(): string }

/** A connection of bytes; what came back is hexadecimal. */
function dial(bytes: Buffer, to = url): Dialled {
  const { hostname, port } = new URL(to)
  const socket = connectTcp(Number(port), hostname, () => socket.write(bytes))
  let heard = ''
  socket.on('data', (chunk: Buffer) => (heard += chunk.toString('hex')))
  socket.on('error', () => undefined)
  return { socket, closed: new Promise((resolve) => socket.on('close', resolve)), heard: () => heard }
}
function connectPacket(clientId: string, key: string): Buffer {
  const text = (words: string): Buffer => Buffer.from([0, words.length, ...Buffer.from(words)])
  // user name, session to be kept
  const content = Buffer.concat([text('MQTT'), Buffer.of(4, 0x80, 0, 60), text(clientId), text(key)])
  return Buffer.concat([Buffer.of(0x10, content.length), content])
}
function publishPacket(head: number, topic: string, payload: string): Buffer {
  const content = Buffer.concat([Buffer.of(0, topic.length), Buffer.from(topic), Buffer.of(0, 7), Buffer.from(payload)])
  return Buffer.concat([Buffer.of(head, content.length), content])
}
const CONNACK = '20020000'

test('a QoS 2 publish that comes again before its release is one value, on this connection and the next', async () => {
  const id = await makeFeed(api.home)
  const hello = connectPacket('twice', api.home.masterKey)
  const topic = `/v2/feeds/${id}.csv`
  const first = [hello, publishPacket(0x34, topic, 'a,1'), publishPacket(0x3c, topic, 'a,1')]
  const before = dial(Buffer.concat(first))
  await expect.poll(before.heard).toBe(`${CONNACK}5002000750020007`)
  before.socket.destroy()
  const after = dial(Buffer.concat([hello, publishPacket(0x3c, topic, 'a,1')]))
  await expect.poll(after.heard).toBe(`${CONNACK}50020007`)
  after.socket.write(Buffer.of(0x62, 2, 0, 7))
  await expect.poll(after.heard).toBe(`${CONNACK}5002000770020007`)
  after.socket.destroy()
  expect(await values(id)).toEqual(['a 1'])
})

test.each([
  { what: 'a CONNECT of more than 4 KiB', bytes: () => Buffer.of(0x10, 0x81, 0x20), heard: '' },
  {
    what: 'a packet of more than 256 KiB',
    bytes: () => Buffer.concat([connectPacket('big', api.home.masterKey), Buffer.of(0x30, 0x81, 0x80, 0x10)]),
    heard: '',
  },
  { what: 'a publish before CONNECT', bytes: () => publishPacket(0x32, `/v2/feeds/${feed}.csv`, 'a,1'), heard: '' },
  { what: 'HTTP', bytes: () => Buffer.from('GET / HTTP/1.1\r\n\r\n'), heard: '' },
])('$what closes the connection', async ({ bytes, heard }) => {
  const dialled = dial(bytes())
  await dialled.closed
  expect(dialled.heard()).toBe(heard)
})

test('a publish of more than 256 KiB closes the connection', async () => {
  const client = await connect()
  const closed = closeOf(client)
  client.publish(`/v2/feeds/${feed}.csv`, 'x'.repeat(262_144), { qos: 1 })
  await closed
  expect((await logged(api.home, `/v2/feeds/${feed}.csv`))?.request_body).not.toMatch(/^x/)
})

test('who says nothing, or too slowly, is closed at the deadline for CONNECT', async () => {
  const timeouts = { headMs: 300, requestMs: 600, keepAliveMs: 1000, checkMs: 100 }
  await using served = await serve({ env: { MQTT_PORT: '0' }, timeouts })
  const to = served.api.mqtt.url ?? ''
  const startedAt = performance.now()
  await Promise.all([dial(Buffer.alloc(0), to).closed, dial(Buffer.of(0x10), to).closed])
  expect(performance.now() - startedAt).toBeLessThan(3000)
})

test('what the database cannot take is not acknowledged: the connection ends, and sending again succeeds', async () => {
  const id = await makeFeed(api.home)
  const topic = `/v2/feeds/${id}/datastreams/flow.csv`
  const client = await connect()
  await api.db.pool.query('alter table datapoint rename to datapoint_away')
  let isAcked = false
  const closed = closeOf(client)
  client.publish(topic, '1', { qos: 1 }, (error) => (isAcked = !error))
  await closed
  await api.db.pool.query('alter table datapoint_away rename to datapoint')
  expect(isAcked).toBe(false)
  expect(await logged(api.home, topic)).toMatchObject({ method: 'PUBLISH', status: expect.toSatisfy((s) => s >= 500) })
  const again = await connect()
  await again.publishAsync(topic, '1', { qos: 1 })
  expect(await values(id)).toEqual(['flow 1'])
})

test('a key that is deleted ends its connection at the next publish', async () => {
  const { id, key } = await api.addKey(api.home, { permissions: [{ accessMethods: ['put'] }] })
  const client = await connect({ username: key })
  await client.publishAsync(`/v2/feeds/${feed}/datastreams/flow.csv`, '1', { qos: 1 })
  expect((await api.send('DELETE', `/v2/keys/${id}`, { cookie: api.home.cookie })).status).toBe(200)
  const closed = closeOf(client)
  client.publish(`/v2/feeds/${feed}/datastreams/flow.csv`, '2', { qos: 0 })
  await closed
  expect(client.connected).toBe(false)
})

test('connections and datapoints are counted', async () => {
  await connect()
  const metrics = await (await fetch(`${api.url}/metrics`)).text()
  expect(metrics).toMatch(/^mqtt_connections [1-9]/m)
  expect(metrics).toMatch(/^ingest_datapoints_total\{protocol="mqtt",result="stored"\} [1-9]/m)
})

test('a drain acknowledges what was stored, and stores nothing that it did not acknowledge', async () => {
  await using served = await serve({ env: { MQTT_PORT: '0' } })
  const headers = { 'X-ApiKey': served.first.apiKey }
  const body = '{"title":"Boiler","datastreams":[{"id":"flow"}]}'
  const made = await fetch(`${served.api.url}/v2/feeds`, { method: 'POST', headers, body })
  const topic = `${new URL(made.headers.get('location') ?? '').pathname}/datastreams/flow.csv`
  const client = await connectAsync(served.api.mqtt.url ?? '', { username: served.first.apiKey, reconnectPeriod: 0 })
  const acked: string[] = []
  const closed = closeOf(client)
  for (let index = 0; index < 100; index++) {
    const value = String(index)
    client.publish(topic, value, { qos: 1 }, (error) => !error && acked.push(value))
  }
  await expect.poll(() => acked.length).toBeGreaterThan(0)
  await served.api.drain()
  await closed
  await client.endAsync(true)
  const { rows } = await served.db.pool.query<{ value: string }>('select value from datapoint order by at')
  expect(rows.map(({ value }) => value)).toEqual(acked)
  await expect(connectAsync(served.api.mqtt.url ?? '', { reconnectPeriod: 0 }, false)).rejects.toThrow('ECONNREFUSED')
})

test('a port that is taken: said in a sentence where it is the default, refused where it was asked for', async () => {
  const taken = createServer()
  // somebody else may have it already, which is just as well
  taken.on('error', () => undefined).listen(1883, '127.0.0.1')
  await Promise.race([once(taken, 'listening'), once(taken, 'error')])
  await using served = await serve({ env: { MQTT_PORT: '' } })
  expect(served.api.mqtt).toMatchObject({
    url: null,
    problem: 'MQTT is off: port 1883 on 127.0.0.1 is taken by another program. Set MQTT_PORT to another one, or to off',
  })
  const { port } = new URL(url)
  await expect(serve({ env: { MQTT_PORT: port } })).rejects.toThrow(`MQTT_PORT=${port} on 127.0.0.1 is taken`)
  taken.close()
})

test.each([
  [{ HOST: '0.0.0.0', SLUICE_PUBLIC_URL: 'https://sluice.example', MQTT_PORT: '' }, null],
  [{ HOST: '0.0.0.0', SLUICE_PUBLIC_URL: 'https://sluice.example', MQTT_PORT: '0' }, /^mqtt:\/\/sluice\.example:\d+$/],
  [{ MQTT_PORT: 'off' }, null],
])('%j: keys travel in clear only where somebody decided so', async (env, shown) => {
  await using served = await serve({ env })
  const { url: told, problem } = served.api.mqtt
  expect(problem).toBeNull()
  if (shown === null) expect(told).toBeNull()
  else expect(told).toMatch(shown)
})

test('mosquitto_pub stores a value with the line that the workbench shows', async ({ skip }) => {
  const isThere = await run('mosquitto_pub', ['--help']).then(
    () => true,
    (error: { code: unknown }) => error.code !== 'ENOENT',
  )
  if (!isThere) skip('mosquitto_pub is not installed on this machine')
  const id = await makeFeed(api.home)
  const { hostname, port } = new URL(url)
  const line = ['-h', hostname, '-p', port, '-q', '1', '-u', api.home.masterKey, '-t', `/v2/feeds/${id}.csv`]
  await run('mosquitto_pub', [...line, '-m', 'temperature,21.5'])
  expect(await values(id)).toEqual(['temperature 21.5'])
  await expect(run('mosquitto_pub', [...line, '-u', 'slc_none', '-m', 'temperature,1'])).rejects.toMatchObject({
    stderr: expect.stringContaining('refused'),
  })
})
