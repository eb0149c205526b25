import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TriggerEvent } from '@sluice/model'
import { createClient } from '@sluice/sdk'
import type { Client } from '@sluice/sdk'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort, startServer } from './server-process.ts'
import type { ServerProcess } from './server-process.ts'

const scope = new AsyncDisposableStack()
let server: ServerProcess
let client: Client
let target: string

beforeAll(async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-triggers-'))
  scope.defer(() => rm(dataDir, { recursive: true, force: true }))
  const receiver = createServer((request, response) => request.resume().on('end', () => response.end('thanks')))
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  scope.defer(() => void receiver.close())
  target = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`
  const env = { SLUICE_EGRESS_ALLOW: '127.0.0.1/32' }
  server = scope.use(await startServer({ dataDir, port: await freePort(), env }))
  client = createClient({ baseUrl: server.firstRun.url, apiKey: server.firstRun.apiKey })
  scope.defer(() => client.close())
})
afterAll(() => scope.disposeAsync())

test('the SDK makes a trigger, tries it on history, hears it fire and be delivered', async () => {
  const { device } = await client.devices.add({ name: 'Boiler', private: true })
  const feedId = device.feed_id
  const points = ['20', '35', '20'].map((value, index) => ({
    value,
    at: new Date(Date.now() - 9000 + index).toISOString(),
  }))
  await client.feeds.update(feedId, { datastreams: [{ id: 't', datapoints: points }] })
  const rule = { environment_id: feedId, stream_id: 't', trigger_type: 'gt', threshold_value: '30' } as const
  const lines: object[] = []
  const window = { start: new Date(Date.now() - 60_000).toISOString(), end: new Date().toISOString() }
  await client.triggers.backtest({ ...rule, ...window }, { onLine: (line) => void lines.push(line) })
  expect(lines).toMatchObject([{ firing: { stream_id: 't', value: '35' } }, { summary: { points: 3, firings: 1 } }])

  const id = await client.triggers.create({ ...rule, url: target, name: 'too hot' })
  const heard: TriggerEvent[] = []
  const statuses: string[] = []
  client.live(feedId, {
    onDatapoints: () => {},
    onTrigger: (event) => void heard.push(event),
    onStatus: (status) => void statuses.push(status),
  })
  await expect.poll(() => statuses.at(-1), { timeout: 20_000 }).toBe('live')
  await client.feeds.update(feedId, { datastreams: [{ id: 't', current_value: '36' }] })
  await expect
    .poll(() => heard.map(({ event, delivery }) => `${event} ${delivery.status}`), { timeout: 10_000 })
    .toContain('attempted delivered')
  expect(heard[0]).toMatchObject({ event: 'fired', delivery: { trigger_id: id, trigger_name: 'too hot', value: '36' } })
  const delivery = await client.deliveries.get(heard[0]?.delivery.id ?? '')
  expect(delivery).toMatchObject({
    status: 'delivered',
    attempts_made: [{ outcome: 'delivered', response_body: 'thanks' }],
  })
  expect(await client.triggers.trace(id)).toMatchObject([{ value: '36', verdict: 'fired' }])
  expect(await client.triggers.get(id)).toMatchObject({ firings: 1, armed: false })

  const testId = await client.triggers.test(id)
  await expect.poll(async () => (await client.deliveries.get(testId)).status, { timeout: 10_000 }).toBe('delivered')
  const [endpoint] = await client.endpoints.list()
  expect(endpoint).toMatchObject({ address: target, state: 'ok', pending: 0, last_delivered_at: expect.any(String) })
  await client.deliveries.redeliver(delivery.id)
  await expect
    .poll(async () => (await client.deliveries.get(delivery.id)).attempts_made.length, { timeout: 10_000 })
    .toBe(2)
})
