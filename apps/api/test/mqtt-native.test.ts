import type { Refusal } from '../src/mqtt/publish.ts'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { inboxOf, startMqttApi } from './mqtt-api.ts'
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

test.each([
  { topic: 'FEED/flow', payload: '21.50', stored: ['flow 21.50'] },
  { topic: 'FEED/new', payload: ' 5\n', stored: ['new 5'] },
  { topic: 'FEED/air.temp', payload: '1', stored: ['air.temp 1'] },
  { topic: 'FEED/lärm', payload: 'laut, sehr', stored: ['lärm laut, sehr'] },
  { topic: 'FEED/a%2Bb', payload: '1', stored: ['a+b 1'] },
  { topic: 'FEED/state', payload: '{"on":true}', stored: ['state {"on":true}'] },
  { topic: 'FEED/flow', payload: '2026-01-01T00:00:00Z,3', stored: ['flow 3'] },
  { topic: 'FEED/flow', payload: '2026-01-01T00:00:00.123456+02:00, 4', stored: ['flow 4'] },
  { topic: 'FEED', payload: '{"flow":2.5,"new":"7","on":true}', stored: ['flow 2.5', 'new 7', 'on true'] },
  { topic: 'FEED', payload: '{}', stored: [] },
])('$payload on sluice/$topic is stored', async ({ topic, payload, stored }) => {
  const id = await mqtt.makeFeed(mqtt.api.home)
  const client = await mqtt.connect()
  const path = `sluice/${topic.replace('FEED', String(id))}`
  await client.publishAsync(path, payload, { qos: 1 })
  expect(await mqtt.values(id)).toEqual(stored)
  expect(await mqtt.logged(mqtt.api.home, path)).toMatchObject({
    method: 'PUBLISH',
    status: 200,
    feed_id: id,
    datastream_ids: stored.map((line) => line.split(' ')[0]),
  })
})

test.each([
  { topic: 'FEED/flow', payload: '', status: 422, errors: ["datastreams_current_value can't be blank"] },
  { topic: 'FEED/flow', payload: 'x'.repeat(256), status: 422, errors: [expect.stringContaining('255')] },
  { topic: 'FEED/flow', payload: '2026-13-01T00:00:00Z,3', status: 422, errors: [expect.stringContaining('_at')] },
  { topic: 'FEED/flow', payload: Buffer.of(0xff), status: 400, errors: 'The body is not valid UTF-8' },
  { topic: 'FEED/a b', payload: '1', status: 422, errors: ['datastreams_id is invalid'] },
  { topic: 'FEED', payload: '5', status: 400, errors: "JSON doesn't appear to be a hash" },
  { topic: 'FEED', payload: '{"flow":null}', status: 422, errors: ["datastreams_current_value can't be blank"] },
  { topic: 'FEED', payload: '{"flow":{"x":1}}', status: 422, errors: [expect.stringContaining('finite number')] },
  { topic: 'FEED', payload: '{"flow":', status: 400, errors: expect.stringContaining('parse error') },
  { topic: 'FEED', payload: '['.repeat(100_000), status: 400, errors: expect.stringContaining('32 levels') },
  { topic: 'FOREIGN/flow', payload: '1', status: 404, errors: expect.stringContaining('Feed with ID') },
  { topic: '999999/flow', payload: '1', status: 404, errors: expect.stringContaining('Feed with ID') },
  { topic: 'refused', payload: '1', status: 404, errors: expect.stringContaining('No route matches') },
])('$payload on sluice/$topic is refused, and who published it learns why on sluice/refused', async (row) => {
  const { home } = mqtt.api
  const [id, foreign] = [await mqtt.makeFeed(home), await mqtt.makeFeed(other)]
  const client = await mqtt.connect()
  const [inbox, others] = [inboxOf(client), inboxOf(await subscribed())]
  await client.subscribeAsync('sluice/refused')
  const path = `sluice/${row.topic.replace('FEED', String(id)).replace('FOREIGN', String(foreign))}`
  await client.publishAsync(path, row.payload, { qos: 1 })
  await client.publishAsync(`/v2/feeds/${id}/datastreams/flow.json`, '{"current_value":5}', { qos: 1 })
  await expect.poll(() => inbox).toHaveLength(1)
  const [, notice = ''] = /^sluice\/refused (.*)$/.exec(inbox[0] ?? '') ?? []
  const refusal = JSON.parse(notice) as Refusal
  expect(refusal).toEqual({
    topic: path,
    status: row.status,
    title: expect.any(String),
    errors: row.errors,
    at: expect.stringMatching(/^\d{4}-.*\.\d{6}Z$/),
  })
  expect(await mqtt.logged(home, path)).toMatchObject({ method: 'PUBLISH', status: row.status, at: refusal.at })
  expect(await mqtt.values(id)).toEqual(['flow 5'])
  expect(await mqtt.values(foreign)).toEqual([])
  expect(others).toEqual([])
})

/** Another client of the account, which wants to know of its own refusals. */
async function subscribed() {
  const client = await mqtt.connect()
  await client.subscribeAsync('sluice/refused')
  return client
}

test('refusals of other topics are told, too: what PUT would answer', async () => {
  const client = await mqtt.connect()
  const inbox = inboxOf(client)
  await client.subscribeAsync('sluice/refused')
  await client.publishAsync('/v2/feeds/999999.csv', 'a,1', { qos: 0 })
  await expect.poll(() => inbox).toHaveLength(1)
  expect(inbox[0]).toMatch(/^sluice\/refused \{"topic":"\/v2\/feeds\/999999.csv","status":404,"title":"Not found",/)
})

test('a subscription gets the current value, and then each new one; a late one is none', async () => {
  const id = await mqtt.makeFeed(mqtt.api.home, [{ id: 'flow', current_value: '5.0' }, { id: 'empty' }])
  const client = await mqtt.connect()
  const inbox = inboxOf(client)
  const [stream, empty, feed] = [`sluice/${id}/flow`, `/sluice/${id}/empty`, `sluice/${id}`]
  await client.subscribeAsync([stream, empty, feed])
  const device = await mqtt.connect()
  await device.publishAsync(stream, '6.0', { qos: 1 })
  await device.publishAsync(stream, '2020-01-01T00:00:00Z,1', { qos: 1 })
  await device.publishAsync(stream, '6.0', { qos: 1 })
  await device.publishAsync(feed, '{"empty":1,"flow":7}', { qos: 1 })
  await expect
    .poll(() => inbox.filter((message) => message.startsWith(`${stream} `)))
    .toEqual([`${stream} 5.0`, `${stream} 6.0`, `${stream} 6.0`, `${stream} 7`])
  expect(inbox.filter((message) => message.startsWith(empty))).toEqual([`${empty} 1`])
  const objects = inbox.flatMap((message) => (message.startsWith(`${feed} `) ? [message.slice(feed.length)] : []))
  expect(objects.map((text) => JSON.parse(text) as unknown)).toEqual([
    { flow: '5.0' },
    { flow: '6.0' },
    { flow: '6.0' },
    { flow: '6.0' },
    { flow: '7', empty: '1' },
  ])
})
