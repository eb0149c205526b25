import { expect, test } from 'vitest'
import { findOperation, readApi } from './api-document.ts'
import type { DocFormat } from './api-document.ts'
import { API_DOCUMENT } from './api-fixture.ts'
import { PLACEHOLDERS, initialValues } from './example-parts.ts'
import type { ExampleParts } from './example-parts.ts'
import { operationSnippets } from './operation-snippets.ts'

const api = readApi(API_DOCUMENT)
const filled: ExampleParts = {
  ...PLACEHOLDERS,
  baseUrl: 'http://127.0.0.1:8080',
  feedId: '1977',
  key: 'slc_secret',
  keyId: '12',
  mqttUrl: 'mqtt://127.0.0.1:1883',
}

function codes(id: string, change: { parts?: ExampleParts; format?: DocFormat; values?: object } = {}) {
  const { parts = filled, format = 'json', values = {} } = change
  const operation = findOperation(api, id)
  if (!operation) throw new Error(`no operation ${id}`)
  const all = { ...initialValues(operation, parts), ...values }
  const made = operationSnippets({ operation, parts, format, values: all, schemas: api.schemas })
  return Object.fromEntries(made.map(({ id, code }) => [id, code]))
}

test.each([
  ['put_feeds_feedId', 'curl javascript python arduino mqtt websocket tcp'],
  ['get_feeds_feedId', 'curl javascript python mqtt websocket tcp'],
  ['get_keys_key_check', 'curl javascript python websocket tcp'],
  ['get_export', 'curl javascript python'],
  ['post_session', 'curl javascript python'],
  ['post_keys_key_reveal', ''],
])('%s can be called from %s', (id, languages) => {
  expect(Object.keys(codes(id)).join(' ')).toBe(languages)
})

test.each(Object.entries(codes('put_feeds_feedId')))('%s carries feed and key, and this server', (id, code) => {
  expect(code).toContain('1977')
  expect(code).toContain('slc_secret')
  expect(code).toContain('127.0.0.1')
  expect(code).toContain('21.5')
  expect(code).not.toContain('YOUR_API_KEY')
})

test.each(Object.entries(codes('put_feeds_feedId', { parts: { ...filled, ...PLACEHOLDERS } })))(
  '%s has placeholders for a visitor',
  (_, code) => {
    expect(code).toContain('FEED_ID')
    expect(code).toContain('YOUR_API_KEY')
  },
)

test('programs, as they stand', () => {
  const { curl, javascript, python, mqtt, websocket, tcp } = codes('put_feeds_feedId')
  expect(curl).toBe(`curl --request PUT \\
  --header 'X-ApiKey: slc_secret' \\
  --data '{
    "version": "1.0.0",
    "datastreams": [{
      "id": "temperature",
      "current_value": "21.5"
    }]
  }' \\
  'http://127.0.0.1:8080/v2/feeds/1977'`)
  expect(javascript).toBe(`const response = await fetch('http://127.0.0.1:8080/v2/feeds/1977', {
  method: 'PUT',
  headers: { 'X-ApiKey': 'slc_secret' },
  body: JSON.stringify({
    version: '1.0.0',
    datastreams: [{
      id: 'temperature',
      current_value: '21.5',
    }],
  }),
})
console.log(response.status, await response.text())`)
  expect(python).toBe(`import requests

response = requests.put(
    "http://127.0.0.1:8080/v2/feeds/1977",
    headers={"X-ApiKey": "slc_secret"},
    json={
        "version": "1.0.0",
        "datastreams": [{
            "id": "temperature",
            "current_value": "21.5",
        }],
    },
)
print(response.status_code, response.text)`)
  expect(mqtt).toBe(`mosquitto_pub -h 127.0.0.1 -p 1883 -q 1 \\
  -u 'slc_secret' \\
  -t '/v2/feeds/1977.json' -m '{"version":"1.0.0","datastreams":[{"id":"temperature","current_value":"21.5"}]}'

# shorter: values without a document around them
mosquitto_pub -h 127.0.0.1 -p 1883 -q 1 \\
  -u 'slc_secret' \\
  -t 'sluice/1977' -m '{"temperature":"21.5"}'`)
  expect(websocket).toBe(`const socket = new WebSocket('ws://127.0.0.1:8080/')
socket.onopen = () => socket.send(JSON.stringify({
  method: 'put',
  resource: '/feeds/1977',
  headers: { 'X-ApiKey': 'slc_secret' },
  body: {
    version: '1.0.0',
    datastreams: [{
      id: 'temperature',
      current_value: '21.5',
    }],
  },
  token: '1',
}))
socket.onmessage = ({ data }) => console.log(data)`)
  expect(tcp).toBe(
    `(echo '{"method":"put","resource":"/feeds/1977","headers":{"X-ApiKey":"slc_secret"},"body":{"version":"1.0.0","datastreams":[{"id":"temperature","current_value":"21.5"}]},"token":"1"}'; sleep 1) | nc 127.0.0.1 8081`,
  )
})

test.each([
  {
    id: 'get_feeds_feedId',
    values: { duration: '6 hours' },
    line: `'http://127.0.0.1:8080/v2/feeds/1977?duration=6+hours'`,
  },
  { id: 'get_feeds_feedId', format: 'csv', line: `'http://127.0.0.1:8080/v2/feeds/1977.csv'` },
  { id: 'put_feeds_feedId', format: 'csv', line: `--data 'temperature,21.5'` },
  { id: 'get_keys_key_check', line: `'http://127.0.0.1:8080/v2/keys/slc_secret/check?method=get&feed_id=1977'` },
  { id: 'post_session', values: { 'Idempotency-Key': "it's" }, line: String.raw`--header 'Idempotency-Key: it'\''s'` },
] as const)('curl of $id has $line', ({ id, line, ...change }) => {
  expect(codes(id, change)['curl']).toContain(line)
})

test('nobody’s key is sent where none is needed', () => {
  for (const code of Object.values(codes('post_session'))) expect(code).not.toContain('slc_secret')
})

test('MQTT is left out where the server does not listen for it', () => {
  expect(codes('put_feeds_feedId', { parts: { ...filled, mqttUrl: null } })).not.toHaveProperty('mqtt')
})
