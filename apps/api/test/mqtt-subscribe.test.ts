import type { ProductDeviceDocument } from '@sluice/model'
import type { MqttClient } from 'mqtt'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { closeOf, connectPacket, dial, inboxOf, startMqttApi, subscribePacket } from './mqtt-api.ts'
import type { MqttApi } from './mqtt-api.ts'
import type { Account } from './test-api.ts'

let mqtt: MqttApi
let other: Account

beforeAll(async () => {
  mqtt = await startMqttApi()
  other = await mqtt.api.addAccount('other')
})
afterEach(() => mqtt.closeClients())
afterAll(() => mqtt[Symbol.asyncDispose]())

const flow = { id: 'flow', current_value: '5' }
const put = (feedId: number, value: string, id = 'flow'): Promise<void> =>
  mqtt.put(`/v2/feeds/${feedId}/datastreams/${id}`, { current_value: value })
/** 0 is granted, 128 refused */
async function subscribe(client: MqttClient, topic: string): Promise<number> {
  const granted = await client.subscribeAsync(topic, { qos: 1 }).catch(() => null)
  return granted?.[0]?.qos ?? 128
}
/** What GET on each address answers now, as messages; the clock of the last change is the database's there. */
async function read(...topics: string[]): Promise<string[]> {
  const texts = topics.map((topic) => mqtt.api.send('GET', topic, { key: mqtt.api.home.masterKey }))
  return (await Promise.all(texts)).map(({ text }, index) => withoutClock(`${topics[index]} ${text}`)).toSorted()
}
const withoutClock = (message: string): string => message.replace(/"updated":"[^"]*"/, '')
const sorted = (messages: readonly string[]): string[] => messages.map(withoutClock).toSorted()

test.each([
  '/v2/feeds/FEED.json',
  'v2/feeds/FEED',
  '/api/v2/feeds/FEED.json',
  '/v2/feeds/FEED.csv',
  '/v2/feeds/FEED.xml',
  '/v2/feeds/FEED/datastreams/flow.json',
  '/v2/feeds/FEED/datastreams/flow.csv',
  '/v2/feeds/FEED/datastreams/flow.xml',
  '/v1/feeds/FEED.csv',
  '/v1/feeds/FEED/datastreams/flow.csv',
  '/v2/feeds/FEED/datastreams',
  '/v2/feeds/FEED.json?datastreams=flow',
  '/v2/triggers.json?feed_id=FEED',
  '/v2/keys.json',
  '/v2/feeds/FEED.png',
])('%s: granted at QoS 0, then one message with what GET answers; refused where GET is', async (address) => {
  const { home } = mqtt.api
  const id = await mqtt.makeFeed(home, [flow])
  const topic = address.replace('FEED', String(id))
  const got = await mqtt.api.send('GET', topic.replace(/^(?!\/)/, '/'), { key: home.masterKey })
  const client = await mqtt.connect()
  const flags: unknown[] = []
  client.on('message', (_topic, _payload, { retain, qos }) => flags.push([retain, qos]))
  const inbox = inboxOf(client)
  const isServed = got.status === 200
  expect(await subscribe(client, topic)).toBe(isServed ? 0 : 128)
  // a message that comes behind it shows that there is no other before
  await subscribe(client, `sluice/${id}/flow`)
  await expect.poll(() => inbox).toEqual([...(isServed ? [`${topic} ${got.text}`] : []), `sluice/${id}/flow 5`])
  expect(flags).toEqual(inbox.map(() => [false, 0]))
  expect(await mqtt.logged(home, topic)).toMatchObject({ method: 'SUBSCRIBE', protocol: 'mqtt' })
})

test('every accepted write is one message, with the state after it; others are none', async () => {
  const id = await mqtt.makeFeed(mqtt.api.home, [flow, { id: 'temp', current_value: '20' }])
  const client = await mqtt.connect()
  const inbox = inboxOf(client)
  const [feed, stream] = [`/v2/feeds/${id}.json`, `/v2/feeds/${id}/datastreams/flow.json`]
  await client.subscribeAsync([feed, stream])
  await expect.poll(() => inbox).toHaveLength(2)
  inbox.length = 0
  await put(id, '6')
  await expect.poll(() => inbox).toHaveLength(2)
  expect(sorted(inbox)).toEqual(await read(feed, stream))
  await client.publishAsync(`/v2/feeds/${id}/datastreams/temp.json`, '{"current_value":21}', { qos: 1 })
  await expect.poll(() => inbox).toHaveLength(3)
  expect(sorted(inbox.slice(2))).toEqual(await read(feed))
  await client.publishAsync(`/v2/feeds/${id}/datastreams/temp.json`, '{"current_value":""}', { qos: 1 })
  // three points of one request are one write
  const datapoints = ['01', '02', '03'].map((day) => ({ at: `2026-01-${day}T00:00:00Z`, value: day }))
  await mqtt.put(`/v2/feeds/${id}`, { datastreams: [{ id: 'flow', datapoints }] })
  await expect.poll(() => inbox).toHaveLength(5)
  expect(sorted(inbox.slice(3))).toEqual(await read(feed, stream))
})

test('a change of metadata is a message for whom it changes what they see', async () => {
  const id = await mqtt.makeFeed(mqtt.api.home, [flow])
  const client = await mqtt.connect()
  const inbox = inboxOf(client)
  const [feed, stream] = [`/v2/feeds/${id}.json`, `/v2/feeds/${id}/datastreams/flow.json`]
  await client.subscribeAsync([feed, stream])
  await expect.poll(() => inbox).toHaveLength(2)
  await mqtt.put(`/v2/feeds/${id}`, { title: 'Kettle' })
  await expect.poll(() => inbox).toHaveLength(3)
  expect(sorted(inbox.slice(2))).toEqual(await read(feed))
  await mqtt.put(`/v2/feeds/${id}/datastreams/flow`, { unit: { symbol: 'l/s' } })
  await expect.poll(() => inbox).toHaveLength(5)
  expect(sorted(inbox.slice(3))).toEqual(await read(feed, stream))
})

test('the same topic again sends the state again and doubles nothing; UNSUBSCRIBE ends it', async () => {
  const id = await mqtt.makeFeed(mqtt.api.home, [flow])
  const client = await mqtt.connect()
  const inbox = inboxOf(client)
  const topic = `sluice/${id}/flow`
  await subscribe(client, topic)
  await subscribe(client, topic)
  await put(id, '6')
  await expect.poll(() => inbox).toEqual([`${topic} 5`, `${topic} 5`, `${topic} 6`])
  await client.unsubscribeAsync(topic)
  await put(id, '7')
  await subscribe(client, `/v2/feeds/${id}/datastreams/flow.json`)
  await expect.poll(() => inbox.at(-1)).toContain('"7"')
  expect(inbox).toHaveLength(4)
})

test.each([
  { topic: (): string => '#', status: 404 },
  { topic: (): string => '+/+', status: 404 },
  { topic: (): string => '/v2/feeds/+', status: 404 },
  { topic: (id: number): string => `/v2/feeds/${id}/datastreams/+`, status: 404 },
  { topic: (id: number): string => `sluice/${id}/#`, status: 404 },
  { topic: (): string => '$SYS/#', status: 404 },
  { topic: (): string => '$SYS/broker/uptime', status: 404 },
  { topic: (): string => '$sluice/done', status: 404 },
  { topic: (): string => '$sluice/session', status: 404 },
  { topic: (): string => 'home/temperature', status: 404 },
  // none of what devices are served
  { topic: (): string => '/v2/deliveries.json', status: 404 },
  { topic: (): string => '/v2/feeds/999999.json', status: 404 },
  { topic: (id: number): string => `/v2/feeds/${id}/datastreams/none.json`, status: 404 },
  { topic: (id: number): string => `sluice/${id}/none`, status: 404 },
  { topic: (_id: number, foreign: number): string => `/v2/feeds/${foreign}.json`, status: 404 },
  { topic: (_id: number, foreign: number): string => `sluice/${foreign}`, status: 404 },
  { topic: (_id: number, foreign: number): string => `sluice/${foreign}/flow`, status: 404 },
])('$topic is refused with 0x80 and stands in the log', async (row) => {
  const [id, foreign] = [await mqtt.makeFeed(mqtt.api.home), await mqtt.makeFeed(other)]
  const topic = row.topic(id, foreign)
  const client = await mqtt.connect()
  expect(await subscribe(client, topic)).toBe(128)
  expect(client.connected).toBe(true)
  const entry = { method: 'SUBSCRIBE', status: row.status, protocol: 'mqtt', key_label: 'first key' }
  expect(await mqtt.logged(mqtt.api.home, topic)).toMatchObject(entry)
  expect(await mqtt.logged(other, topic)).toBeUndefined()
})

test('a device is not activated by a subscription, which could not tell it its key', async () => {
  const [key, product] = [mqtt.api.home.masterKey, { name: 'Meter', feed_defaults: { title: 'Meter' } }]
  const made = await mqtt.api.send('POST', '/v2/products', { key, body: { product } })
  const devices = `/v2/products/${made.headers.get('location')?.split('/').at(-1)}/devices`
  await mqtt.api.send('POST', devices, { key, body: { devices: [{ serial: 'abc' }] } })
  const { document } = await mqtt.api.send('GET', `${devices}/abc`, { key })
  const { activation_code: code } = (document as { device: ProductDeviceDocument }).device
  const topics = [`/v2/devices/${code}/activate`, `/v2/devices/${code}/activate.json`, `/activate/${code}.csv`]
  const client = await mqtt.connect()
  for (const topic of topics) expect(await subscribe(client, topic)).toBe(128)
  expect((await mqtt.api.send('GET', '/v2/requests', { key })).text).not.toContain(code)
  expect(await mqtt.api.send('GET', topics[0] ?? '')).toMatchObject({ status: 200 })
})

test('a publish reaches nobody, whatever they are subscribed to', async () => {
  const id = await mqtt.makeFeed(mqtt.api.home, [flow])
  const listener = await mqtt.connect()
  const inbox = inboxOf(listener)
  const topic = `/v2/feeds/${id}.json`
  await subscribe(listener, topic)
  const client = await mqtt.connect()
  await client.publishAsync(topic, 'not a feed', { qos: 1, retain: true })
  await client.publishAsync('home/temperature', '1', { qos: 2, retain: true })
  await put(id, '6')
  await expect.poll(() => inbox).toHaveLength(2)
  expect(inbox.every((message) => message.startsWith(`${topic} {"id"`))).toBe(true)
})

test('a key that is narrowed to a datastream sees that one alone, and a foreign public feed is read by everybody', async () => {
  const { home } = mqtt.api
  const id = await mqtt.makeFeed(home, [flow, { id: 'temp', current_value: '20' }])
  const resources = [{ feedId: id, datastreamId: 'flow' }]
  const narrowed = await mqtt.api.addKey(home, { permissions: [{ accessMethods: ['get'], resources }] })
  const client = await mqtt.connect({ username: narrowed.key })
  const inbox = inboxOf(client)
  expect(await subscribe(client, `sluice/${id}`)).toBe(0)
  expect(await subscribe(client, `sluice/${id}/temp`)).toBe(128)
  await put(id, '21', 'temp')
  await put(id, '6')
  await expect.poll(() => inbox).toEqual([`sluice/${id} {"flow":"5"}`, `sluice/${id} {"flow":"6"}`])

  await mqtt.put(`/v2/feeds/${id}`, { private: false })
  const stranger = await mqtt.connect({ username: other.masterKey })
  const heard = inboxOf(stranger)
  expect(await subscribe(stranger, `sluice/${id}/temp`)).toBe(0)
  await mqtt.put(`/v2/feeds/${id}`, { private: true })
  await put(id, '22', 'temp')
  await put(id, '7')
  await expect.poll(() => inbox.at(-1)).toContain('"7"')
  expect(heard).toEqual([`sluice/${id}/temp 21`])
})

test('a feed that is removed is silent, and can no longer be subscribed to', async () => {
  const id = await mqtt.makeFeed(mqtt.api.home, [flow])
  const client = await mqtt.connect()
  const inbox = inboxOf(client)
  await subscribe(client, `/v2/feeds/${id}.json`)
  await expect.poll(() => inbox).toHaveLength(1)
  await mqtt.api.send('DELETE', `/v2/feeds/${id}`, { key: mqtt.api.home.masterKey })
  expect(await subscribe(client, `/v2/feeds/${id}.json`)).toBe(128)
  expect(inbox).toHaveLength(1)
})

test('a client has a thousand subscriptions, not more', async () => {
  const id = await mqtt.makeFeed(mqtt.api.home, [flow])
  const client = await mqtt.connect()
  const topics = Array.from({ length: 1000 }, (_, index) => `/v2/feeds/${id}.json?n=${index}`)
  await client.subscribeAsync(topics)
  expect(await subscribe(client, `sluice/${id}`)).toBe(128)
  await client.unsubscribeAsync(topics[0] ?? '')
  expect(await subscribe(client, `sluice/${id}`)).toBe(0)
})

test('a session that is kept has its subscriptions when the client comes back, and sends the states then', async () => {
  const { home } = mqtt.api
  const id = await mqtt.makeFeed(home, [flow, { id: 'temp', current_value: '20' }])
  const kept = { clientId: 'keeper', clean: false, resubscribe: false }
  const before = await mqtt.connect(kept)
  await before.subscribeAsync([`sluice/${id}/flow`, `sluice/${id}/temp`])
  await before.unsubscribeAsync(`sluice/${id}/temp`)
  before.stream.destroy()
  await closeOf(before)
  await put(id, '6')
  const after = await mqtt.connect(kept)
  const inbox = inboxOf(after)
  await expect.poll(() => inbox).toEqual([`sluice/${id}/flow 6`])
  await put(id, '7')
  await expect.poll(() => inbox).toEqual([`sluice/${id}/flow 6`, `sluice/${id}/flow 7`])
  // another account's client of that name has a session of its own, and one that is to be clean ends the kept one
  const theirs = dial(connectPacket('keeper', other.masterKey), mqtt.url)
  await expect.poll(theirs.heard).toBe('20020000')
  theirs.socket.destroy()
  const clean = await mqtt.connect({ clientId: 'keeper' })
  await clean.endAsync()
  const again = dial(connectPacket('keeper', home.masterKey), mqtt.url)
  await expect.poll(again.heard).toBe('20020000')
  again.socket.write(subscribePacket([`sluice/${id}/flow`]))
  await expect.poll(again.heard).toMatch(/^20020000900300090030/)
  again.socket.destroy()
  const resumed = dial(connectPacket('keeper', home.masterKey), mqtt.url)
  await expect.poll(resumed.heard).toMatch(/^2002010030/)
  resumed.socket.destroy()
})
