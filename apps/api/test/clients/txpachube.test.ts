import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { lastSegment, openLab, TIME } from './lab.ts'
import type { Lab } from './lab.ts'
import { askUntilClose, bytesOf, headOf } from './wire.ts'
import type { WireAnswer } from './wire.ts'

// txPachube (Python, Twisted's Agent): `X-PachubeApiKey` as Twisted capitalises it, a form's type also on GET and DELETE, an
// extension wherever there is a document. Anything but exactly 200, or 201 with one Location, is a failure to it

let lab: Lab
beforeAll(async () => {
  lab = await openLab()
})
afterAll(() => lab[Symbol.asyncDispose]())

const HEAD = ['{METHOD} /v2/{PATH} HTTP/1.1', 'Connection: close']
const TAIL = [
  'Content-Type: application/x-www-form-urlencoded',
  'User-Agent: txpachube Client',
  'X-Pachubeapikey: {KEY}',
  'Host: api.pachube.com',
]
function send(method: string, path: string, body?: string): Promise<WireAnswer> {
  const length = body === undefined ? [] : ['Content-Length: {LENGTH}']
  const values = { METHOD: method, PATH: path, KEY: lab.key }
  return askUntilClose(lab.port, bytesOf(headOf(...HEAD, ...length, ...TAIL), values, body))
}
/** `_getLocationFromHeader`: 201, one header, and text in it; what it makes an id of stands behind the last slash. */
async function create(path: string, body: string): Promise<string> {
  const answer = await send('POST', path, body)
  const locations = answer.headers.filter(([name]) => name.toLowerCase() === 'location')
  expect([answer.status, locations.length, answer.body]).toEqual([201, 1, ''])
  return lastSegment(locations[0]?.[1] ?? '')
}
/** `_getResponseCodeStatusFromHeader` */
const isDone = async (method: string, path: string, body?: string): Promise<boolean> =>
  (await send(method, path, body)).status === 200
async function read(path: string): Promise<unknown> {
  const answer = await send('GET', path)
  expect(answer.status).toBe(200)
  return JSON.parse(answer.body)
}

test('a live sequence: key, feed, datastream, datapoint, trigger', async () => {
  const key = await create('keys.json', '{"key": {"label": "temp key", "permissions": [{"access_methods": ["get"]}]}}')
  expect(await read(`keys/${key}.json`)).toMatchObject({ key: { label: 'temp key', api_key: key } })
  expect(await read('keys.json')).toMatchObject({ keys: expect.any(Array) })
  expect(await isDone('DELETE', `keys/${key}`)).toBe(true)

  const feed = await create('feeds.json', '{"version": "1.0.0", "title": "Twisted feed"}')
  expect(await read('feeds.json?content=summary&per_page=5')).toMatchObject({ results: [{ title: 'Twisted feed' }] })
  expect(await isDone('PUT', `feeds/${feed}.json`, '{"version": "1.0.0", "tags": ["x"], "title": "Twisted"}')).toBe(
    true,
  )
  expect(await read(`feeds/${feed}.json`)).toMatchObject({ title: 'Twisted', tags: ['x'] })

  const streams = `feeds/${feed}/datastreams`
  const stream = '{"version": "1.0.0", "datastreams": [{"id": "temperature", "unit": {"symbol": "C"}}]}'
  expect(await create(`${streams}.json`, stream)).toBe('temperature')
  expect(await isDone('PUT', `${streams}/temperature.json`, '{"version": "1.0.0", "current_value": "1"}')).toBe(true)
  expect(await read(`${streams}/temperature.json`)).toMatchObject({
    current_value: '1',
    at: expect.stringMatching(TIME),
  })

  const at = '2012-01-15T10:11:12.000013Z'
  const points = `${streams}/temperature/datapoints`
  expect(await isDone('POST', `${points}.json`, `{"datapoints": [{"at": "${at}", "value": "2"}]}`)).toBe(true)
  expect(await read(`${points}/${at}.json`)).toEqual({ at, value: '2' })
  expect(await isDone('PUT', `${points}/${at}.json`, '{"value": "3"}')).toBe(true)
  expect(await read(`${points}/${at}.json`)).toEqual({ at, value: '3' })
  expect(await isDone('DELETE', `${points}/${at}`)).toBe(true)

  const body = `{"stream_id": "temperature", "url": "http://example.org/", "trigger_type": "gt", "threshold_value": "20.0", "environment_id": "${feed}"}`
  const trigger = await create('triggers.json', body)
  expect(await read(`triggers/${trigger}.json`)).toMatchObject({
    threshold_value: '20.0',
    environment_id: Number(feed),
  })
  expect(await isDone('PUT', `triggers/${trigger}.json`, body.replace('20.0', '30.0'))).toBe(true)
  expect(await read('triggers.json')).toMatchObject([{ threshold_value: '30.0' }])
  expect(await isDone('DELETE', `triggers/${trigger}`)).toBe(true)
  expect(await isDone('DELETE', `${streams}/temperature`)).toBe(true)
  expect(await isDone('DELETE', `feeds/${feed}`)).toBe(true)
})

test('a datapoint that is not there: it looks for `Not found` in the body', async () => {
  const feed = await lab.makeFeed({ datastreams: [{ id: 't' }] })
  const { body } = await send('GET', `feeds/${feed}/datastreams/t/datapoints/2012-01-15T10:11:12Z.json`)
  expect(body).toContain('Not found')
})

test('the same in XML: feed, datastream, datapoint and trigger', async () => {
  const eeml = (content: string): string =>
    `<?xml version="1.0" encoding="UTF-8"?><eeml><environment>${content}</environment></eeml>`
  const feed = await create('feeds.xml', eeml('<title>Twisted in XML</title>'))
  const streams = `feeds/${feed}/datastreams`
  const data = '<data id="0"><current_value>7</current_value></data>'
  expect(await create(`${streams}.xml`, eeml(data))).toBe('0')
  expect(await isDone('PUT', `${streams}/0.xml`, eeml(data.replace('7', '8')))).toBe(true)
  const points = '<data id="0"><datapoints><value at="2012-01-15T10:11:12Z">9</value></datapoints></data>'
  expect(await isDone('POST', `${streams}/0/datapoints.xml`, eeml(points))).toBe(true)
  const point = await send('GET', `${streams}/0/datapoints/2012-01-15T10:11:12Z.xml`)
  expect(point.body).toContain('<value at="2012-01-15T10:11:12.000000Z">9</value>')
  expect((await send('GET', `feeds/${feed}.xml`)).body).toMatch(/<current_value at="[^"]+">8<\/current_value>/)
  const trigger = await create(
    'triggers.xml',
    `<datastream-trigger><url>http://example.org/</url><trigger-type>gt</trigger-type><threshold-value>4</threshold-value><environment-id>${feed}</environment-id><stream-id>0</stream-id></datastream-trigger>`,
  )
  expect((await send('GET', `triggers/${trigger}.xml`)).body).toContain(
    '<threshold-value type="float">4</threshold-value>',
  )
})

describe('times of values, and ranges', () => {
  test('`timezone` and a snapshot are asked for as query parameters, and no answer breaks on them', async () => {
    const feed = await lab.makeFeed({ datastreams: [{ id: 't', current_value: '1', at: '2012-01-15T10:00:00Z' }] })
    for (const query of ['timezone=%2B3.5', 'timezone=UTC', 'time=2012-01-15T11%3A00%3A00Z']) {
      expect(await read(`feeds/${feed}.json?${query}`)).toMatchObject({
        datastreams: [{ id: 't', current_value: '1' }],
      })
    }
  })

  test('delete of a range: `+` and `:` as urllib escapes them', async () => {
    const feed = await lab.makeFeed({ datastreams: [{ id: 't' }] })
    const points = `feeds/${feed}/datastreams/t/datapoints`
    const sent = ['10', '11', '12'].map((hour) => `{"at": "2012-01-15T${hour}:00:00+00:00", "value": "${hour}"}`)
    expect(await isDone('POST', `${points}.json`, `{"datapoints": [${sent.join(', ')}]}`)).toBe(true)
    const query = 'start=2012-01-15T10%3A30%3A00%2B00%3A00&duration=1hour'
    expect(await isDone('DELETE', `${points}?${query}`)).toBe(true)
    const history = (await read(`feeds/${feed}/datastreams/t.json?start=2012-01-15T00:00:00Z`)) as {
      datapoints: { value: string }[]
    }
    expect(history.datapoints.map(({ value }) => value)).toEqual(['10', '12'])
  })
})
