import { afterAll, beforeAll, expect, test } from 'vitest'
import { connectPacket, dial, startMqttApi, subscribePacket } from './mqtt-api.ts'
import type { Dialled, MqttApi } from './mqtt-api.ts'

/** A document of about 200 KB: what the kernel holds for a client that does not read is a few megabytes. */
const datastreams = Array.from({ length: 1000 }, (_, index) => ({
  id: `datastream-${index}-${'x'.repeat(80)}`,
  current_value: '0',
  tags: 'a,b',
}))
const STALL_MS = 3_000

let mqtt: MqttApi
let feed: number

beforeAll(async () => {
  mqtt = await startMqttApi({}, { headMs: 1000, requestMs: STALL_MS, keepAliveMs: 1000, checkMs: 100 })
  feed = await mqtt.makeFeed(mqtt.api.home, datastreams)
})
afterAll(() => mqtt[Symbol.asyncDispose]())

const stream = datastreams[0]?.id ?? ''
const write = (value: number): Promise<void> =>
  mqtt.put(`/v2/feeds/${feed}/datastreams/${stream}`, { current_value: value })
async function skipped(): Promise<number> {
  const metrics = await (await fetch(`${mqtt.api.url}/metrics`)).text()
  return Number(/^mqtt_pushes_skipped_total (\d+)$/m.exec(metrics)?.[1])
}
/** Subscribed to the feed, and silent from then on. */
async function subscribeDeaf(name: string): Promise<Dialled> {
  const dialled = dial(connectPacket(name, mqtt.api.home.masterKey), mqtt.url)
  await expect.poll(dialled.heard).toBe('20020000')
  dialled.socket.write(subscribePacket([`/v2/feeds/${feed}.json`]))
  await expect.poll(() => dialled.heard().length).toBeGreaterThan(300_000)
  dialled.socket.pause()
  return dialled
}
/** Writes until the server leaves updates out. @returns the last value */
async function writeUntilSkipped(): Promise<number> {
  const before = await skipped()
  for (let value = 1; ; value++) {
    await write(value)
    if (value % 20 === 0 && (await skipped()) > before) return value
  }
}

test('who reads slowly misses updates, which is counted, and gets the newest state when it has read the rest', async () => {
  const dialled = await subscribeDeaf('slow')
  const last = await writeUntilSkipped()
  dialled.socket.resume()
  const value = Buffer.from(`{"id":"${stream}","current_value":"${last}"`).toString('hex')
  await expect.poll(() => dialled.heard().includes(value), { timeout: 10_000 }).toBe(true)
  await write(last + 1)
  const next = Buffer.from(`{"id":"${stream}","current_value":"${last + 1}"`).toString('hex')
  await expect.poll(() => dialled.heard().includes(next)).toBe(true)
  dialled.socket.destroy()
}, 60_000)

test('who does not read at all is disconnected, and others are served meanwhile', async () => {
  const dialled = await subscribeDeaf('deaf')
  await writeUntilSkipped()
  const connections = async (): Promise<number> =>
    Number(/^mqtt_connections (\d+)$/m.exec(await (await fetch(`${mqtt.api.url}/metrics`)).text())?.[1])
  await expect.poll(connections, { timeout: 4 * STALL_MS }).toBe(0)
  expect(mqtt.api.served.log.some((line) => line.includes('drain timeout'))).toBe(true)
  dialled.socket.destroy()
}, 60_000)
