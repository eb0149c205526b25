import { expect, test } from 'vitest'
import { snippets } from './snippets.ts'

const parts = {
  publicUrl: 'http://127.0.0.1:8080',
  feedId: 1977,
  key: 'slc_secret',
  keyId: '12',
  realm: 'demo',
  wampUrl: 'ws://127.0.0.1:8080/ws',
  mqttUrl: 'mqtt://127.0.0.1:1883',
}

test.each(snippets(parts))('$label names the key, the feed and this server', ({ id, code }) => {
  expect(code).toContain('slc_secret')
  expect(code).toContain('1977')
  expect(code).toContain(id === 'mosquitto' ? '-h 127.0.0.1 -p 1883' : '127.0.0.1:8080')
  expect(code).toContain('temperature')
  expect(code).toContain('21.5')
})

test('the curl line runs as it stands in a shell', () => {
  const curl = snippets(parts).find(({ id }) => id === 'curl')
  expect(curl?.code).toBe(`curl --request PUT \\
  --header 'X-ApiKey: slc_secret' \\
  --data '{"version":"1.0.0","datastreams":[{"id":"temperature","current_value":"21.5"}]}' \\
  'http://127.0.0.1:8080/v2/feeds/1977'`)
})

test('the mosquitto line is there only where MQTT is served, and runs as it stands in a shell', () => {
  const line = (mqttUrl: string | null): string | undefined =>
    snippets({ ...parts, mqttUrl }).find(({ id }) => id === 'mosquitto')?.code
  expect(line(null)).toBeUndefined()
  expect(line('mqtt://[::1]:1884')).toContain('-h ::1 -p 1884 ')
  expect(line(parts.mqttUrl)).toBe(`mosquitto_pub -h 127.0.0.1 -p 1883 -q 1 \\
  -u 'slc_secret' \\
  -t '/v2/feeds/1977.csv' -m 'temperature,21.5'`)
})

test.each([
  { publicUrl: 'http://127.0.0.1:8080', hint: true, client: 'WiFiClient client;' },
  { publicUrl: 'http://sluice.local', hint: false, client: 'WiFiClient client;' },
  { publicUrl: 'https://sluice.example', hint: false, client: 'WiFiClientSecure client;' },
])('the Arduino sketch fits $publicUrl', ({ publicUrl, hint, client }) => {
  const code = snippets({ ...parts, publicUrl }).find(({ id }) => id === 'arduino')?.code ?? ''
  expect(code.includes('is this computer')).toBe(hint)
  expect(code).toContain(client)
})
