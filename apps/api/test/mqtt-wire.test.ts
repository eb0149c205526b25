import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { closeOf, connectPacket, dial, publishPacket, startMqttApi, subscribePacket } from './mqtt-api.ts'
import type { MqttApi } from './mqtt-api.ts'

const CONNACK = '20020000'
/** with the session that was kept */
const RESUMED = '20020100'

let mqtt: MqttApi
let feed: number
let topic: string

beforeAll(async () => {
  mqtt = await startMqttApi({}, { headMs: 500, requestMs: 2000, keepAliveMs: 1000, checkMs: 100 })
  feed = await mqtt.makeFeed(mqtt.api.home)
  topic = `/v2/feeds/${feed}.json`
})
afterEach(() => mqtt.closeClients())
afterAll(() => mqtt[Symbol.asyncDispose]())

const hello = (clientId: string): Buffer => connectPacket(clientId, mqtt.api.home.masterKey)
const body = '{"datastreams":[{"id":"a","current_value":1}]}'

test('a QoS 2 publish that comes again before its release is one value, on this connection and the next', async () => {
  const id = await mqtt.makeFeed(mqtt.api.home)
  const path = `/v2/feeds/${id}.json`
  const first = [hello('twice'), publishPacket(0x34, path, body), publishPacket(0x3c, path, body)]
  const before = dial(Buffer.concat(first), mqtt.url)
  await expect.poll(before.heard).toBe(`${CONNACK}5002000750020007`)
  before.socket.destroy()
  const after = dial(Buffer.concat([hello('twice'), publishPacket(0x3c, path, body)]), mqtt.url)
  await expect.poll(after.heard).toBe(`${RESUMED}50020007`)
  after.socket.write(Buffer.of(0x62, 2, 0, 7))
  await expect.poll(after.heard).toBe(`${RESUMED}5002000770020007`)
  after.socket.destroy()
  expect(await mqtt.values(id)).toEqual(['a 1'])
})

test.each([
  { what: 'a CONNECT of more than 4 KiB', bytes: () => Buffer.of(0x10, 0x81, 0x20), heard: '' },
  { what: 'a publish before CONNECT', bytes: () => publishPacket(0x32, topic, body), heard: '' },
  { what: 'a subscription before CONNECT', bytes: () => subscribePacket([topic]), heard: '' },
  { what: 'HTTP', bytes: () => Buffer.from('GET / HTTP/1.1\r\n\r\n'), heard: '' },
  { what: 'nothing', bytes: () => Buffer.alloc(0), heard: '' },
  { what: 'half a fixed header', bytes: () => Buffer.of(0x10), heard: '' },
])('$what closes the connection', async ({ bytes, heard }) => {
  const dialled = dial(bytes(), mqtt.url)
  await dialled.closed
  expect(dialled.heard()).toBe(heard)
})

test.each([
  { what: 'a remaining length of 256 MiB', bytes: () => Buffer.of(0x30, 0xff, 0xff, 0xff, 0x7f) },
  { what: 'a remaining length of five bytes', bytes: () => Buffer.of(0x30, 0x80, 0x80, 0x80, 0x80, 0x01) },
  { what: 'a packet of more than 256 KiB', bytes: () => Buffer.of(0x30, 0x81, 0x80, 0x10) },
  { what: 'a second CONNECT', bytes: () => hello('bytes') },
  { what: 'QoS 3', bytes: () => publishPacket(0x36, topic, body) },
  { what: 'a topic with a wildcard', bytes: () => publishPacket(0x32, `sluice/${feed}/a+b`, '1') },
  { what: 'an empty topic', bytes: () => publishPacket(0x32, '', '1') },
  { what: 'a topic of 65,000 levels', bytes: () => publishPacket(0x32, '/'.repeat(65_000), '1') },
  { what: 'a topic with U+0000', bytes: () => publishPacket(0x32, `sluice/${feed}/a\0`, '1') },
  { what: 'a filter of 65,000 levels', bytes: () => subscribePacket(['/'.repeat(65_000)]) },
  { what: 'a filter that is none', bytes: () => subscribePacket(['a#b']) },
  { what: 'a SUBSCRIBE without filters', bytes: () => subscribePacket([]) },
  { what: 'a packet that only servers send', bytes: () => Buffer.of(0x20, 2, 0, 0) },
  { what: 'a packet of type 15', bytes: () => Buffer.of(0xf0, 0) },
  { what: 'a DISCONNECT', bytes: () => Buffer.of(0xe0, 0) },
])('$what after CONNECT closes the connection, and nothing is stored', async ({ bytes }) => {
  const dialled = dial(hello('bytes'), mqtt.url)
  await expect.poll(dialled.heard).toMatch(/^20020[01]00$/)
  const before = await mqtt.values(feed)
  const heard = dialled.heard()
  dialled.socket.write(bytes())
  await dialled.closed
  expect(dialled.heard()).toBe(heard)
  expect(await mqtt.values(feed)).toEqual(before)
})

test('bytes at random after CONNECT end the connection at most; the server goes on', async () => {
  // fixed, so that a failure can be run again
  let seed = 20_261_128
  const random = (): number => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) >> 8
  for (let round = 0; round < 50; round++) {
    const noise = Buffer.from(Array.from({ length: 64 }, () => random() & 0xff))
    const dialled = dial(hello('noise'), mqtt.url)
    await expect.poll(dialled.heard).toMatch(/^2002/)
    dialled.socket.end(noise)
    await dialled.closed
  }
  const client = await mqtt.connect()
  await client.publishAsync(topic, body, { qos: 1 })
  expect(await mqtt.values(feed)).toContain('a 1')
})

test('a publish of more than 256 KiB closes the connection', async () => {
  const client = await mqtt.connect()
  const closed = closeOf(client)
  client.publish('too/long', 'x'.repeat(262_144), { qos: 1 })
  await closed
  expect(await mqtt.logged(mqtt.api.home, 'too/long')).toBeUndefined()
})

test('who says nothing, or too slowly, is closed at the deadline for CONNECT', async () => {
  const startedAt = performance.now()
  await Promise.all([dial(Buffer.alloc(0), mqtt.url).closed, dial(Buffer.of(0x10), mqtt.url).closed])
  expect(performance.now() - startedAt).toBeLessThan(3000)
})

test('MQTT 5 is refused as such', async () => {
  await expect(mqtt.connect({ protocolVersion: 5 })).rejects.toMatchObject({ code: 1 })
})

test('several filters in one SUBSCRIBE: SUBACK first, one code for each, then the states', async () => {
  const id = await mqtt.makeFeed(mqtt.api.home, [{ id: 'flow', current_value: '5' }])
  const readable = `sluice/${id}/flow`
  const filters = subscribePacket([readable, `sluice/${id}/none`, '#'])
  const dialled = dial(Buffer.concat([hello('several'), filters]), mqtt.url)
  const state = Buffer.concat([Buffer.of(0x30, readable.length + 3, 0, readable.length), Buffer.from(`${readable}5`)])
  await expect.poll(dialled.heard).toBe(`${CONNACK}90050009008080${state.toString('hex')}`)
  dialled.socket.destroy()
})
