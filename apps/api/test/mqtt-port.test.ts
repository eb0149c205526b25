import { once } from 'node:events'
import { createServer } from 'node:net'
import { connectAsync } from 'mqtt'
import { expect, test } from 'vitest'
import { closeOf } from './mqtt-api.ts'
import { serve } from './serve.ts'

test('a drain acknowledges what was stored, and stores nothing that it did not acknowledge', async () => {
  await using served = await serve({ env: { MQTT_PORT: '0' } })
  const headers = { 'X-ApiKey': served.first.apiKey }
  const body = '{"title":"Boiler","datastreams":[{"id":"flow"}]}'
  const made = await fetch(`${served.api.url}/v2/feeds`, { method: 'POST', headers, body })
  const topic = `${new URL(made.headers.get('location') ?? '').pathname}/datastreams/flow.json`
  const client = await connectAsync(served.api.mqtt.url ?? '', { username: served.first.apiKey, reconnectPeriod: 0 })
  const acked: string[] = []
  const closed = closeOf(client)
  for (let index = 0; index < 100; index++) {
    const value = String(index)
    client.publish(topic, `{"current_value":"${value}"}`, { qos: 1 }, (error) => !error && acked.push(value))
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
  await once(taken.listen(1883, '127.0.0.1'), 'listening').catch(() => undefined)
  await using served = await serve({ env: { MQTT_PORT: '' } })
  expect(served.api.mqtt).toMatchObject({
    url: null,
    problem: 'MQTT is off: port 1883 on 127.0.0.1 is taken by another program. Set MQTT_PORT to another one, or to off',
  })
  await using first = await serve({ env: { MQTT_PORT: '0' } })
  const { port } = new URL(first.api.mqtt.url ?? '')
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
