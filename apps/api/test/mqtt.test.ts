import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { closeOf, startMqttApi } from './mqtt-api.ts'
import type { MqttApi } from './mqtt-api.ts'
import { openTestRealm } from './test-api.ts'
import type { Account } from './test-api.ts'

let mqtt: MqttApi
let other: Account
let feed: number
let foreign: number
const events: unknown[] = []

beforeAll(async () => {
  mqtt = await startMqttApi()
  const { home, served } = mqtt.api
  const realm = openTestRealm(home.login)
  const session = await realm.as('backend', 'backend')
  await served.api.attachRealm({ realm: home.login, accountId: home.id, session })
  other = await mqtt.api.addAccount('other')
  feed = await mqtt.makeFeed(home)
  foreign = await mqtt.makeFeed(other)
  const owner = await realm.as('owner', home.login)
  await owner.subscribe(`sluice.feed.${feed}.datapoints`, (args) => void events.push(args[0]))
})
afterEach(() => mqtt.closeClients())
afterAll(() => mqtt[Symbol.asyncDispose]())

test.each([
  { topic: 'feeds/FEED.json', payload: '{"datastreams":[{"id":"t","current_value":"20.50"}]}', stored: ['t 20.50'] },
  { topic: 'feeds/FEED', payload: '{"datastreams":[{"id":"t","current_value":1}]}', stored: ['t 1'] },
  { topic: 'feeds/FEED/datastreams/flow.json', payload: '{"current_value":"2.0"}', stored: ['flow 2.0'] },
  {
    topic: 'feeds/FEED/datastreams/flow',
    payload: '{"current_value":3,"at":"2026-01-01T00:00:00Z"}',
    stored: ['flow 3'],
  },
])('QoS 1 on $topic: the row is there when the PUBACK is, and the request in the log', async (row) => {
  const { home } = mqtt.api
  const id = await mqtt.makeFeed(home)
  const client = await mqtt.connect()
  const path = `/v2/${row.topic.replace('FEED', String(id))}`
  await client.publishAsync(path, row.payload, { qos: 1, retain: true })
  expect(await mqtt.values(id)).toEqual(row.stored)
  expect(await mqtt.logged(home, path)).toMatchObject({
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

const eeml = (value: string): string =>
  `<eeml><environment><data id="flow"><current_value>${value}</current_value></data></environment></eeml>`

test.each([
  ['/v2/feeds/FEED.csv', 'temperature,20.50'],
  ['/v2/feeds/FEED.csv', 'flow'],
  ['/v2/feeds/FEED.xml', eeml('5')],
  ['/v2/feeds/FEED/datastreams/flow.csv', '2026-01-01T00:00:00Z,3'],
  ['/v2/feeds/FEED/datastreams/none.csv', '3'],
  ['/v2/feeds/FEED/datastreams/flow.png', '3'],
  ['/api/v2/feeds/FEED.json', '{"title":"Kettle"}'],
  ['/v1/feeds/FEED/datastreams/flow.csv', '7'],
  ['/v1/feeds/FEED.xml', eeml('6')],
  ['/v2/feeds/FEED.json', '{"title":""}'],
  ['/v2/feeds/FEED/datastreams', '{}'],
  ['/v2/triggers/1.json', '{"threshold_value":"5"}'],
  ['/v2/keys/1.json', '{"key":{"label":"other"}}'],
  ['/v2/feeds/FEED.json?key=slc_none', '{}'],
])('a publish on %s of %s does what PUT does', async (address, body) => {
  const { home, served } = mqtt.api
  const [put, published] = [await mqtt.makeFeed(home), await mqtt.makeFeed(home)]
  const response = await fetch(`${served.api.url}${address.replace('FEED', String(put))}`, {
    method: 'PUT',
    headers: { 'X-ApiKey': home.masterKey },
    body,
  })
  const client = await mqtt.connect()
  const topic = address.replace('FEED', String(published))
  const isClosed = closeOf(client).then(() => true)
  await Promise.race([client.publishAsync(topic, body, { qos: 1 }).catch(() => undefined), isClosed])
  expect(await mqtt.logged(home, topic.replace('slc_none', '…'))).toMatchObject({ status: response.status })
  expect(await mqtt.values(published)).toEqual(await mqtt.values(put))
})

test('QoS 2 is stored once, whatever is sent again; QoS 0 is stored; values are announced live', async () => {
  const client = await mqtt.connect()
  events.length = 0
  const of = (id: string, value: number): string => JSON.stringify({ datastreams: [{ id, current_value: value }] })
  await client.publishAsync(`v2/feeds/${feed}.json`, of('two', 2), { qos: 2 })
  await client.publishAsync(`api/v2/feeds/${feed}.json`, of('zero', 0), { qos: 0 })
  await expect.poll(() => mqtt.values(feed)).toEqual(['two 2', 'zero 0'])
  await expect.poll(() => events).toMatchObject([[{ datastream: 'two' }], [{ datastream: 'zero', value: '0' }]])
})

test('many at once are acknowledged, and stored in the order in which they were sent', async () => {
  const id = await mqtt.makeFeed(mqtt.api.home)
  const client = await mqtt.connect()
  const sent = Array.from({ length: 200 }, (_, index) => String(index))
  await Promise.all(
    sent.map((value, index) => client.publishAsync(`sluice/${id}/flow`, value, { qos: index % 2 ? 1 : 2 })),
  )
  expect(await mqtt.values(id)).toEqual(sent.map((value) => `flow ${value}`))
})

test.each([
  { path: (): string => `/v2/feeds/${foreign}.json`, payload: '{}', status: 404 },
  { path: (): string => '/v2/feeds/999999.json', payload: '{}', status: 404 },
  { path: (): string => `/v2/feeds/${feed}/datastreams/none.json`, payload: '{"current_value":1}', status: 404 },
  { path: (): string => `/v2/feeds/${feed}.png`, payload: '{}', status: 406 },
  { path: (): string => `/v2/feeds/${feed}.json`, payload: 'a', status: 400 },
  { path: (): string => `/v2/feeds/${feed}.json`, payload: Buffer.of(0xff), status: 400 },
  { path: (): string => `/v2/feeds/${feed}/datastreams/flow.json`, payload: '{"current_value":""}', status: 422 },
  { path: (): string => 'home/temperature', payload: '1', status: 404 },
  { path: (): string => `sluice/${feed}/a/b`, payload: '1', status: 404 },
  { path: (): string => '$SYS/broker', payload: '1', status: 404 },
])('what cannot be written is acknowledged, stored nowhere and in the log: $status', async (row) => {
  const before = [await mqtt.values(feed), await mqtt.values(foreign)]
  const client = await mqtt.connect()
  await client.publishAsync(row.path(), row.payload, { qos: 1 })
  expect(await mqtt.logged(mqtt.api.home, row.path())).toMatchObject({ method: 'PUBLISH', status: row.status })
  expect([await mqtt.values(feed), await mqtt.values(foreign)]).toEqual(before)
  expect(await mqtt.logged(other, row.path())).toBeUndefined()
  expect(client.connected).toBe(true)
})

test('a key that only reads is told nothing, and stores nothing', async () => {
  const { home } = mqtt.api
  const reader = await mqtt.api.addKey(home, { permissions: [{ accessMethods: ['get'] }] })
  const client = await mqtt.connect({ username: reader.key })
  await client.publishAsync(`/v2/feeds/${feed}/datastreams/flow.json`, '{"current_value":1}', { qos: 1 })
  expect(await mqtt.logged(home, `/v2/feeds/${feed}/datastreams/flow.json`)).toMatchObject({ status: 403 })
})

test('a master key writes whatever the API lets it write: here a trigger', async () => {
  const { home } = mqtt.api
  const rule = { environment_id: feed, stream_id: 'flow', trigger_type: 'gt', threshold_value: '5' }
  const body = { ...rule, url: 'https://example.org/hook' }
  const made = await mqtt.api.send('POST', '/v2/triggers', { key: home.masterKey, body })
  expect(made.status).toBe(201)
  const path = new URL(made.headers.get('location') ?? '').pathname
  const client = await mqtt.connect()
  await client.publishAsync(`${path}.json`, '{"threshold_value":"9"}', { qos: 1 })
  const { document } = await mqtt.api.send('GET', path, { key: home.masterKey })
  expect(document).toMatchObject({ threshold_value: '9' })
})

test('a will is written when the device is lost, and only then', async () => {
  const { home } = mqtt.api
  const id = await mqtt.makeFeed(home)
  const topic = `/v2/feeds/${id}/datastreams/flow.json`
  const will = { topic, payload: Buffer.from('{"current_value":"lost"}'), qos: 1 as const }
  const orderly = await mqtt.connect({ will })
  await orderly.endAsync()
  const lost = await mqtt.connect({ will })
  lost.stream.destroy()
  await expect.poll(() => mqtt.values(id)).toEqual(['flow lost'])
  expect(await mqtt.logged(home, topic)).toMatchObject({ method: 'WILL', status: 200 })
  const path = `/v2/feeds/${foreign}/datastreams/flow.json`
  const spy = await mqtt.connect({ will: { ...will, topic: path } })
  spy.stream.destroy()
  await expect.poll(() => mqtt.logged(home, path)).toMatchObject({ method: 'WILL', status: 404 })
  expect(await mqtt.values(foreign)).toEqual([])
})

test('what the database cannot take is not acknowledged: the connection ends, and sending again succeeds', async () => {
  const { home, db } = mqtt.api
  const id = await mqtt.makeFeed(home)
  const topic = `sluice/${id}/flow`
  const client = await mqtt.connect()
  await db.pool.query('alter table datapoint rename to datapoint_away')
  let isAcked = false
  const closed = closeOf(client)
  client.publish(topic, '1', { qos: 1 }, (error) => (isAcked = !error))
  await closed
  await db.pool.query('alter table datapoint_away rename to datapoint')
  expect(isAcked).toBe(false)
  expect(await mqtt.logged(home, topic)).toMatchObject({ method: 'PUBLISH', status: expect.toSatisfy((s) => s >= 500) })
  const again = await mqtt.connect()
  await again.publishAsync(topic, '1', { qos: 1 })
  expect(await mqtt.values(id)).toEqual(['flow 1'])
})

test('connections and datapoints are counted', async () => {
  const client = await mqtt.connect()
  await client.publishAsync(`sluice/${feed}/flow`, '1', { qos: 1 })
  const metrics = await (await fetch(`${mqtt.api.url}/metrics`)).text()
  expect(metrics).toMatch(/^mqtt_connections [1-9]/m)
  expect(metrics).toMatch(/^ingest_datapoints_total\{protocol="mqtt",result="stored"\} [1-9]/m)
})
