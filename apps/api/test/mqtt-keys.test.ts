import { makeKey } from '@sluice/model'
import type { MqttClient } from 'mqtt'
import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { closeOf, inboxOf, startMqttApi } from './mqtt-api.ts'
import type { MqttApi } from './mqtt-api.ts'
import type { Account } from './test-api.ts'

/** Within which an open connection learns of its key's end; a second more for what the machine has to do beside. */
const LEARNT = { timeout: 6_000 }
const UNKNOWN = makeKey((count) => randomBytes(count))

let mqtt: MqttApi
let home: Account
let other: Account
let feed: number

beforeAll(async () => {
  mqtt = await startMqttApi()
  home = mqtt.api.home
  other = await mqtt.api.addAccount('other')
  feed = await mqtt.makeFeed(home, [{ id: 'flow', current_value: '5' }])
})
afterEach(() => mqtt.closeClients())
afterAll(() => mqtt[Symbol.asyncDispose]())

const anonymous = { username: '' }
const isRefused = (client: MqttClient, topic: string): Promise<boolean> =>
  client.subscribeAsync(topic).then(
    () => false,
    () => true,
  )

test.each([
  { who: 'a key that is none', options: { username: 'slc_none' }, code: 4 },
  { who: 'an unknown key', options: { username: UNKNOWN, password: 'x' }, code: 4 },
  { who: 'an unknown key as the password', options: { username: 'pump', password: UNKNOWN }, code: 4 },
  { who: 'too long a client id', options: { clientId: 'x'.repeat(257) }, code: 2 },
])('$who is refused with $code', async ({ options, code }) => {
  await expect(mqtt.connect(options)).rejects.toMatchObject({ code })
})

test('the key may be the password where the user name is none, and is the user name otherwise', async () => {
  const id = await mqtt.makeFeed(home)
  const named = await mqtt.connect({ username: 'pump', password: home.masterKey })
  await named.publishAsync(`sluice/${id}/flow`, '1', { qos: 1 })
  const both = await mqtt.connect({ username: home.masterKey, password: other.masterKey })
  await both.publishAsync(`sluice/${id}/flow`, '2', { qos: 1 })
  expect(await mqtt.values(id)).toEqual(['flow 1', 'flow 2'])
})

test('without a user name, the key stands in front of each topic, and in front of what comes back', async () => {
  const id = await mqtt.makeFeed(home, [{ id: 'flow', current_value: '5' }])
  const client = await mqtt.connect(anonymous)
  const inbox = inboxOf(client)
  const key = home.masterKey
  await client.subscribeAsync([`${key}/v2/feeds/${id}/datastreams/flow.json`, `/${key}/sluice/${id}/flow`])
  await client.subscribeAsync(`${key}/sluice/refused`)
  await client.publishAsync(`${key}/v2/feeds/${id}.json`, '{"datastreams":[{"id":"flow","current_value":6}]}', {
    qos: 1,
  })
  await client.publishAsync(`${key}/sluice/${id}/flow`, '7', { qos: 2 })
  await client.publishAsync(`${key}/v2/feeds/999999.json`, '{}', { qos: 1 })
  await expect.poll(() => inbox).toHaveLength(7)
  expect(inbox.filter((message) => message.startsWith(`/${key}/sluice/${id}/flow `))).toEqual(
    ['5', '6', '7'].map((value) => `/${key}/sluice/${id}/flow ${value}`),
  )
  expect(inbox.filter((message) => message.startsWith(`${key}/v2/feeds/${id}/datastreams/flow.json {`))).toHaveLength(3)
  expect(
    inbox.find((message) => message.startsWith(`${key}/sluice/refused {"topic":"${key}/v2/feeds/999999`)),
  ).toBeDefined()
  expect(await mqtt.values(id)).toEqual(['flow 5', 'flow 6', 'flow 7'])
  const entry = await mqtt.logged(home, `/v2/feeds/${id}.json`)
  expect(entry).toMatchObject({ method: 'PUBLISH', status: 200, key_label: 'first key' })
  expect(JSON.stringify(entry)).not.toContain(key)
})

test.each([
  { what: 'no key', prefix: '' },
  { what: 'a key that is none', prefix: 'slc_none/' },
  { what: 'an unknown key', prefix: `${UNKNOWN}/` },
])('without a user name, $what in front of a topic: 0x80, and a publish ends the connection', async ({ prefix }) => {
  const id = await mqtt.makeFeed(home)
  const client = await mqtt.connect(anonymous)
  for (const topic of [`v2/feeds/${feed}.json`, `sluice/${feed}`, 'sluice/refused', '#'])
    expect(await isRefused(client, prefix + topic)).toBe(true)
  const closed = closeOf(client)
  let isAcked = false
  client.publish(`${prefix}sluice/${id}/flow`, '1', { qos: 1 }, (error) => (isAcked = !error))
  await closed
  expect(isAcked).toBe(false)
  expect(await mqtt.values(id)).toEqual([])
})

test('a user name and a key in front must be one key: what differs is refused, whoever they belong to', async () => {
  const id = await mqtt.makeFeed(home)
  const second = await mqtt.api.addKey(home, { permissions: [{ accessMethods: ['get', 'put'] }] })
  const client = await mqtt.connect()
  await client.publishAsync(`${home.masterKey}/sluice/${id}/flow`, '1', { qos: 1 })
  expect(await isRefused(client, `${second.key}/sluice/${id}`)).toBe(true)
  expect(await isRefused(client, `${other.masterKey}/sluice/refused`)).toBe(true)
  const closed = closeOf(client)
  client.publish(`${second.key}/sluice/${id}/flow`, '2', { qos: 1 })
  await closed
  expect(await mqtt.values(id)).toEqual(['flow 1'])
})

test('before it has shown a key, a connection without a user name sends small packets', async () => {
  const topic = `${home.masterKey}/v2/feeds/${feed}.json`
  const body = JSON.stringify({
    datastreams: Array.from({ length: 500 }, (_, index) => ({ id: `datastream-${index}-with-a-name` })),
  })
  expect(body.length).toBeGreaterThan(16_384)
  const early = await mqtt.connect(anonymous)
  const closed = closeOf(early)
  early.publish(topic, body, { qos: 1 })
  await closed
  const late = await mqtt.connect(anonymous)
  await late.publishAsync(topic, '{}', { qos: 1 })
  await late.publishAsync(topic, body, { qos: 1 })
  expect(await mqtt.logged(home, `/v2/feeds/${feed}.json`)).toMatchObject({
    status: 200,
    request_body: body.slice(0, 4096),
  })
})

test('one connection without a user name may speak for several keys, not for any number', async () => {
  const id = await mqtt.makeFeed(home)
  const keys: string[] = []
  for (let count = 0; count < 17; count++)
    keys.push((await mqtt.api.addKey(home, { permissions: [{ accessMethods: ['get', 'put'] }] })).key)
  const client = await mqtt.connect(anonymous)
  for (const key of keys.slice(0, 16)) await client.publishAsync(`${key}/sluice/${id}/flow`, '1', { qos: 1 })
  expect(await isRefused(client, `${keys[16]}/sluice/${id}`)).toBe(true)
  const closed = closeOf(client)
  client.publish(`${keys[16]}/sluice/${id}/flow`, '2', { qos: 1 })
  await closed
})

test('a key that is for another address is refused, and ends nothing that others have on its connection', async () => {
  const barred = await mqtt.api.addKey(home, {
    permissions: [{ accessMethods: ['get', 'put'], sourceIp: '192.0.2.7' }],
  })
  const client = await mqtt.connect(anonymous)
  await client.subscribeAsync(`${home.masterKey}/sluice/refused`)
  const inbox = inboxOf(client)
  expect(await isRefused(client, `${barred.key}/sluice/${feed}/flow`)).toBe(true)
  await client.publishAsync(`${barred.key}/sluice/${feed}/flow`, '1', { qos: 1 })
  await expect.poll(() => inbox).toEqual([expect.stringContaining('"status":403')])
  // past the next look at the keys of all connections
  await pause(LEARNT.timeout)
  expect(client.connected).toBe(true)
}, 20_000)

test('client ids belong to an account, and of one account the older connection goes', async () => {
  const ours = await mqtt.connect({ clientId: 'pump' })
  const theirs = await mqtt.connect({ clientId: 'pump', username: other.masterKey })
  await ours.publishAsync(`sluice/${feed}/flow`, '5', { qos: 1 })
  expect([ours.connected, theirs.connected]).toEqual([true, true])
  const closed = closeOf(ours)
  await mqtt.connect({ clientId: 'pump' })
  await closed
  expect([ours.connected, theirs.connected]).toEqual([false, true])
})

test('who has no account takes nothing over: not another such client, nor one that is named like an account', async () => {
  const named = await mqtt.connect({ clientId: 'pump' })
  const ids = ['pump', 'pump', `${home.id} pump`]
  const clients: MqttClient[] = []
  for (const clientId of ids) clients.push(await mqtt.connect({ ...anonymous, clientId, clean: false }))
  for (const client of clients) await client.publishAsync(`${home.masterKey}/sluice/${feed}/flow`, '5', { qos: 1 })
  expect([named, ...clients].map(({ connected }) => connected)).toEqual([true, true, true, true])
})

test('connections that show no key are bounded, and go on counting only until they do', async () => {
  const strangers = await Promise.all(Array.from({ length: 1000 }, () => mqtt.connect(anonymous)))
  await expect(mqtt.connect(anonymous)).rejects.toMatchObject({ code: 3 })
  await mqtt.connect()
  await strangers[0]?.publishAsync(`${home.masterKey}/sluice/${feed}/flow`, '5', { qos: 1 })
  await mqtt.connect(anonymous)
})

test('a key that is deleted ends its connection at the next publish', async () => {
  const { id, key } = await mqtt.api.addKey(home, { permissions: [{ accessMethods: ['put'] }] })
  const client = await mqtt.connect({ username: key })
  await client.publishAsync(`/v2/feeds/${feed}/datastreams/flow.json`, '{"current_value":5}', { qos: 1 })
  expect((await mqtt.api.send('DELETE', `/v2/keys/${id}`, { cookie: mqtt.api.home.cookie })).status).toBe(200)
  const closed = closeOf(client)
  client.publish(`/v2/feeds/${feed}/datastreams/flow.json`, '{"current_value":6}', { qos: 0 })
  await closed
  expect(client.connected).toBe(false)
})

test.each([
  { how: 'deleted', sql: 'delete from api_key where id = $1' },
  { how: 'expired', sql: 'update api_key set expires_at = now() where id = $1' },
])('a key that is $how, wherever, ends its idle connections and subscriptions within 5 s', async ({ sql }) => {
  const { id, key } = await mqtt.api.addKey(home, { permissions: [{ accessMethods: ['get', 'put'] }] })
  const named = await mqtt.connect({ username: key })
  const inFront = await mqtt.connect(anonymous)
  await inFront.subscribeAsync(`${key}/sluice/${feed}/flow`)
  const bystander = await mqtt.connect()
  await mqtt.api.db.pool.query(sql, [id])
  await expect.poll(() => [named.connected, inFront.connected], LEARNT).toEqual([false, false])
  expect(bystander.connected).toBe(true)
})

test('a key that is narrowed hears of what it may still read, and of nothing else, within 5 s', async () => {
  const id = await mqtt.makeFeed(home, [{ id: 'flow', current_value: '5' }])
  const { id: keyId, key } = await mqtt.api.addKey(home, { permissions: [{ accessMethods: ['get'] }] })
  const [narrowed, whole] = [await mqtt.connect({ username: key }), await mqtt.connect()]
  const [inbox, witness] = [inboxOf(narrowed), inboxOf(whole)]
  for (const client of [narrowed, whole]) await client.subscribeAsync(`sluice/${id}/flow`)
  const permissions = JSON.stringify([{ accessMethods: ['get'], resources: [{ feedId: feed }] }])
  await mqtt.api.db.pool.query('update api_key set permissions = $2 where id = $1', [keyId, permissions])
  let value = 5
  const heardNext = async (): Promise<boolean> => {
    value++
    await mqtt.put(`/v2/feeds/${id}/datastreams/flow`, { current_value: value })
    const message = `sluice/${id}/flow ${value}`
    await expect.poll(() => witness.at(-1)).toBe(message)
    return inbox.includes(message)
  }
  await expect.poll(heardNext, LEARNT).toBe(false)
  expect(narrowed.connected).toBe(true)
})
