import { afterAll, beforeAll, expect, test } from 'vitest'
import { lastSegment, openLab } from './lab.ts'
import type { Lab } from './lab.ts'
import { bytesOf, dial, headOf } from './wire.ts'
import type { Line, WireAnswer } from './wire.ts'

// XivelyAndroid: one service of 20 calls on HttpURLConnection, without extensions, with a JSON type on every one. It throws
// from 400 on, and hands status, reason and body to its caller

let lab: Lab
let line: Line
beforeAll(async () => {
  lab = await openLab()
  line = dial(lab.port)
})
afterAll(async () => {
  line[Symbol.dispose]()
  await lab[Symbol.asyncDispose]()
})

const HEAD = ['{METHOD} /v2/{PATH} HTTP/1.1', 'X-ApiKey: {KEY}', 'Content-Type: application/json']
const TAIL = [
  'User-Agent: Dalvik/1.6.0 (Linux; U; Android 4.2.2; Nexus 4 Build/JDQ39)',
  'Host: api.xively.com',
  'Connection: Keep-Alive',
  'Accept-Encoding: gzip',
]
function call(method: string, path: string, body?: string): Promise<WireAnswer> {
  const length = body === undefined ? [] : ['Content-Length: {LENGTH}']
  return line.ask(bytesOf(headOf(...HEAD, ...TAIL, ...length), { METHOD: method, PATH: path, KEY: lab.key }, body))
}
const done = { status: 200, reason: 'OK', body: '' }
const made = { status: 201, reason: 'Created', body: '' }
async function read(path: string): Promise<unknown> {
  const answer = await call('GET', path)
  expect([answer.status, answer.header('content-encoding')]).toEqual([200, ''])
  return JSON.parse(answer.body)
}

test('create, update, list, get and delete of feeds, datastreams and datapoints', async () => {
  const created = await call('POST', 'feeds', '{"title":"Phone","version":"1.0.0"}')
  expect(created).toMatchObject(made)
  const feed = `feeds/${lastSegment(created.header('location'))}`
  expect(await call('PUT', feed, '{"description":"in a pocket"}')).toMatchObject(done)
  expect(await read(feed)).toMatchObject({ title: 'Phone', description: 'in a pocket' })
  expect(await read('feeds')).toMatchObject({ totalResults: 1 })

  const streams = `${feed}/datastreams`
  expect(await call('POST', streams, '{"datastreams":[{"id":"stream_id1"}]}')).toMatchObject(made)
  expect(await call('PUT', `${streams}/stream_id1`, '{"current_value":"1"}')).toMatchObject(done)
  expect(await read(streams)).toMatchObject({ datastreams: [{ id: 'stream_id1', current_value: '1' }] })
  expect(await read(`${streams}/stream_id1`)).toMatchObject({ current_value: '1' })

  const points = `${streams}/stream_id1/datapoints`
  const at = '2010-05-20T11:01:43Z'
  expect(await call('POST', points, `{ "datapoints":[ {"at":"${at}","value":"294"} ] }`)).toMatchObject(done)
  expect(await call('PUT', `${points}/${at}`, '{"value":"295"}')).toMatchObject(done)
  expect(await read(`${points}/${at}`)).toEqual({ at: '2010-05-20T11:01:43.000000Z', value: '295' })
  expect(await call('DELETE', `${points}/${at}`)).toMatchObject(done)

  expect(await call('DELETE', `${streams}/stream_id1`)).toMatchObject(done)
  expect(await call('DELETE', feed)).toMatchObject(done)
  expect(await call('GET', feed)).toMatchObject({ status: 404, reason: 'Not Found' })
})

test('create, update, list, get and delete of keys', async () => {
  const permissions = '"permissions":[{"access_methods":["get"]}]'
  const created = await call('POST', 'keys', `{"key":{"label":"phone",${permissions}}}`)
  expect(created).toMatchObject(made)
  const key = `keys/${lastSegment(created.header('location'))}`
  expect(await call('PUT', key, `{"key":{"label":"tablet",${permissions}}}`)).toMatchObject(done)
  expect(await read(key)).toMatchObject({ key: { label: 'tablet', permissions: [{ access_methods: ['get'] }] } })
  const { keys } = (await read('keys')) as { keys: { label: string }[] }
  expect(keys.map(({ label }) => label)).toContain('tablet')
  expect(await call('DELETE', key)).toMatchObject(done)
})

test('create, update, list, get and delete of triggers', async () => {
  const feed = await lab.makeFeed({ datastreams: [{ id: '0' }] })
  const body = `{"environment_id":${feed},"stream_id":"0","url":"http://example.org/","trigger_type":"lt","threshold_value":"15.0"}`
  const created = await call('POST', 'triggers', body)
  expect(created).toMatchObject(made)
  const trigger = `triggers/${lastSegment(created.header('location'))}`
  expect(await call('PUT', trigger, '{"threshold_value":"16.0"}')).toMatchObject(done)
  expect(await read(trigger)).toMatchObject({ threshold_value: '16.0', trigger_type: 'lt' })
  expect(await read('triggers')).toMatchObject([{ stream_id: '0' }])
  expect(await call('DELETE', trigger)).toMatchObject(done)
})
