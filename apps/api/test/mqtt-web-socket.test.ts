import { once } from 'node:events'
import { connectAsync } from 'mqtt'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { closeOf, connectPacket, inboxOf, publishPacket, startMqttApi } from './mqtt-api.ts'
import type { MqttApi } from './mqtt-api.ts'
import { serve } from './serve.ts'

let mqtt: MqttApi
let url: string

beforeAll(async () => {
  mqtt = await startMqttApi({ MQTT_PORT: 'off' }, { headMs: 500, requestMs: 2000, keepAliveMs: 1000, checkMs: 100 })
  url = `${mqtt.api.url.replace('http', 'ws')}/mqtt`
})
afterEach(() => mqtt.closeClients())
afterAll(() => mqtt[Symbol.asyncDispose]())

/** Messages that came back as hexadecimal, and whether it is over. */
function dial(subprotocol: string) {
  const socket = new WebSocket(url, subprotocol)
  const messages: string[] = []
  socket.on('message', (data: Buffer) => messages.push(data.toString('hex'))).on('error', () => undefined)
  const closed = once(socket, 'close').then(([code]) => code as number)
  return { socket, messages, closed, opened: once(socket, 'open') }
}

test('the same over a WebSocket on the universal port, whether there is an MQTT port or not', async () => {
  expect(mqtt.url).toBe('')
  const id = await mqtt.makeFeed(mqtt.api.home, [{ id: 'flow', current_value: '5' }])
  const client = await mqtt.connect({}, url)
  const inbox = inboxOf(client)
  await client.subscribeAsync(`sluice/${id}/flow`)
  await client.publishAsync(`sluice/${id}/flow`, '6', { qos: 1 })
  expect(await mqtt.values(id)).toEqual(['flow 5', 'flow 6'])
  await expect.poll(() => inbox).toEqual([`sluice/${id}/flow 5`, `sluice/${id}/flow 6`])
  expect(await mqtt.logged(mqtt.api.home, `sluice/${id}/flow`)).toMatchObject({
    protocol: 'mqtt',
    remote_address: '127.0.0.1',
  })
  await expect(mqtt.connect({ username: 'slc_none' }, url)).rejects.toMatchObject({ code: 4 })
  expect(await (await fetch(`${mqtt.api.url}/metrics`)).text()).toMatch(/^mqtt_connections 1$/m)
})

test.each(['mqtt', 'mqttv3.1'])('%s: packets may be in any frames, and what comes back is in one', async (name) => {
  const id = await mqtt.makeFeed(mqtt.api.home, [{ id: 'flow', current_value: '5' }])
  const { socket, messages, opened } = dial(name)
  await opened
  expect(socket.protocol).toBe(name)
  const bytes = Buffer.concat([
    connectPacket('frames', mqtt.api.home.masterKey),
    publishPacket(0x32, `sluice/${id}/flow`, '6'),
  ])
  for (const byte of bytes) socket.send(Buffer.of(byte))
  await expect.poll(() => messages).toEqual([expect.stringMatching(/^20020[01]00$/), '40020007'])
  socket.terminate()
})

test('what is too long, says nothing or is no MQTT is closed', async () => {
  const silent = dial('mqtt')
  const long = dial('mqtt')
  await long.opened
  long.socket.send(Buffer.alloc(300_000, 0x30))
  const connect = dial('mqtt')
  await connect.opened
  connect.socket.send(Buffer.of(0x10, 0x81, 0x20))
  const http = dial('mqtt')
  await http.opened
  http.socket.send('GET / HTTP/1.1\r\n\r\n')
  expect(await Promise.all([silent, long, connect, http].map(({ closed }) => closed))).toEqual([1006, 1009, 1006, 1006])
})

test.each([
  ['/mqtt/x', 'mqtt'],
  ['/', 'mqtt'],
])('%s with the subprotocol %s is not ours', async (path, subprotocol) => {
  const socket = new WebSocket(`${mqtt.api.url.replace('http', 'ws')}${path}`, subprotocol)
  const [error] = (await once(socket, 'error')) as [Error]
  // whoever else takes it does not speak that protocol
  expect(error.message).toMatch(/426|subprotocol/)
})

test('a drain acknowledges what was stored, and closes', async () => {
  await using served = await serve({ env: { MQTT_PORT: 'off' } })
  const client = await connectAsync(`${served.api.url.replace('http', 'ws')}/mqtt`, {
    username: served.first.apiKey,
    reconnectPeriod: 0,
  })
  const closed = closeOf(client)
  await served.api.drain()
  await closed
  expect(client.connected).toBe(false)
  await client.endAsync(true)
})
