import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DatastreamDocument, FeedDocument, KeyDocument, TriggerV2Document } from '@sluice/model'
import { startTestApi, type TestApi } from './test-api.ts'

/** What xively-python 0.1.0-rc2 writes on the wire, header by header (API v2 clients). */
const agent = 'xively-python/0.1.0-rc2 python-requests/2.31.0'

let api: TestApi
beforeAll(async () => {
  api = await startTestApi()
})
afterAll(() => api[Symbol.asyncDispose]())

type Reply = { status: string; headers: Map<string, string>; body: string }

async function send(method: string, path: string, body?: string): Promise<Reply> {
  const head = [
    `${method} ${path} HTTP/1.1`,
    `Host: ${new URL(api.url).host}`,
    `X-ApiKey: ${api.home.masterKey}`,
    'Content-Type: application/json',
    `User-Agent: ${agent}`,
    'Accept-Encoding: gzip, deflate',
    'Accept: */*',
    'Connection: keep-alive',
  ]
  if (body !== undefined) head.push(`Content-Length: ${Buffer.byteLength(body)}`)
  else if (method === 'DELETE') head.push('Content-Length: 0')
  // the last request of a connection, so that the answer ends
  const written = `${head.join('\r\n')}\r\n\r\n${body ?? ''}`.replace('Connection: keep-alive', 'Connection: close')
  const answer = Buffer.from(await api.served.raw(written), 'latin1').toString('utf8')
  const [top = '', ...rest] = answer.split('\r\n\r\n')
  const [status = '', ...lines] = top.split('\r\n')
  const headers = new Map(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
  )
  return { status, headers, body: rest.join('\r\n\r\n') }
}

const FEED_KEYS =
  'id title description website email tags location private datastreams feed status creator created updated version auto_feed_url product_id device_serial'.split(
    ' ',
  )
const DATASTREAM_KEYS = 'id tags unit min_value max_value current_value datapoints at version'.split(' ')
const TRIGGER_KEYS = 'environment_id stream_id url trigger_type threshold_value id notified_at user'.split(' ')
const KEY_KEYS = 'label permissions expires_at private_access api_key'.split(' ')
/** xively-python parses times with `%Y-%m-%dT%H:%M:%S.%fZ`. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/

/** It raises TypeError on a member that it does not know. */
function onlyKnown(document: object, known: readonly string[]): void {
  expect(Object.keys(document).filter((member) => !known.includes(member))).toEqual([])
}
const parse = ({ body }: Reply): unknown => JSON.parse(body)
const parseFeed = (reply: Reply) => parse(reply) as FeedDocument
const parseDatastream = (reply: Reply) => parse(reply) as DatastreamDocument
const parseFeeds = (reply: Reply) => parse(reply) as { results: FeedDocument[] }
const parseKey = (reply: Reply) => parse(reply) as { key: KeyDocument }
const parseKeys = (reply: Reply) => parse(reply) as { keys: KeyDocument[] }
const parseTrigger = (reply: Reply) => parse(reply) as TriggerV2Document
const parseTriggers = (reply: Reply) => parse(reply) as TriggerV2Document[]
const lastSegment = (reply: Reply): string => reply.headers.get('location')?.split('/').at(-1) ?? ''

const FEED_BODY =
  '{"version": "1.0.0", "title": "T1", "tags": ["a", "b"], "location": {"name": "roof", "lat": 51.5, "lon": -0.1, "ele": 23.0, "domain": "physical"}, "datastreams": [{"id": "0", "current_value": "1", "at": "2013-01-01T12:00:00.000001Z"}]}'

test('the sequence of xively-python', async () => {
  const created = await send('POST', '/v2/feeds', FEED_BODY)
  expect(created.status).toBe('HTTP/1.1 201 Created')
  expect(created.body).toBe('')
  const id = lastSegment(created)
  expect(id).toMatch(/^\d+$/)
  expect((created.headers.get('location') ?? '').length).toBeLessThan(64)

  const got = await send('GET', `/v2/feeds/${id}?datastreams=0%2C1&show_user=False`)
  expect(got.status).toBe('HTTP/1.1 200 OK')
  expect(got.headers.get('content-type')).toBe('application/json; charset=utf-8')
  expect(got.headers.has('transfer-encoding')).toBe(false)
  const feed = parseFeed(got)
  onlyKnown(feed, FEED_KEYS)
  expect(feed).toMatchObject({ id: Number(id), title: 'T1', private: 'false', version: '1.0.0' })
  expect([feed.updated, feed.created, feed.datastreams?.[0]?.at]).toEqual([
    expect.stringMatching(TIME),
    expect.stringMatching(TIME),
    '2013-01-01T12:00:00.000001Z',
  ])

  // feed.update(): everything it knows, with the old value
  const updated = await send('PUT', `/v2/feeds/${id}`, JSON.stringify({ ...feed, private: 'false', title: 'T2' }))
  expect(updated).toMatchObject({ status: 'HTTP/1.1 200 OK', body: '' })
  const again = parseFeed(await send('GET', `/v2/feeds/${id}?start=2012-01-01T00%3A00%3A00Z`))
  expect(again).toMatchObject({ title: 'T2', datastreams: [{ id: '0', current_value: '1' }] })
  expect(again.datastreams?.[0]?.datapoints).toEqual([{ at: '2013-01-01T12:00:00.000001Z', value: '1' }])

  const listed = parseFeed(await send('GET', `/v2/feeds/${id}/`))
  expect(listed.datastreams?.map((one) => one.id)).toEqual(['0'])
  const search = parseFeeds(await send('GET', '/v2/feeds?q=T2&content=full'))
  for (const one of search.results) onlyKnown(one, FEED_KEYS)
  expect(search.results.map((one) => one.id)).toEqual([Number(id)])
  await datastreams(id)
  await datapoints(id)
  await keys(id)
  await triggers(id)
  expect(await send('DELETE', `/v2/feeds/${id}`)).toMatchObject({ status: 'HTTP/1.1 200 OK', body: '' })
  const gone = await send('GET', `/v2/feeds/${id}`)
  expect(gone.status).toBe('HTTP/1.1 404 Not Found')
  expect(gone.body).toContain('Not found')
})

async function datastreams(id: string): Promise<void> {
  const created = await send(
    'POST',
    `/v2/feeds/${id}/datastreams`,
    '{"version": "1.0.0", "datastreams": [{"id": "energy", "unit": {"label": "Watts", "symbol": "W"}, "current_value": 42}]}',
  )
  expect(created).toMatchObject({ status: 'HTTP/1.1 201 Created', body: '' })
  expect(lastSegment(created)).toBe('energy')

  const datastream = parseDatastream(await send('GET', `/v2/feeds/${id}/datastreams/energy`))
  onlyKnown(datastream, DATASTREAM_KEYS)
  expect(datastream).toEqual({
    id: 'energy',
    current_value: '42',
    at: expect.stringMatching(TIME),
    max_value: '42.0',
    min_value: '42.0',
    unit: { symbol: 'W', label: 'Watts' },
    version: '1.0.0',
  })

  expect(await send('PUT', `/v2/feeds/${id}/datastreams/energy`, '{"current_value": 43}')).toMatchObject({
    status: 'HTTP/1.1 200 OK',
    body: '',
  })
  // without fields the whole object goes back: an older value and the extremes of before change nothing
  expect(await send('PUT', `/v2/feeds/${id}/datastreams/energy`, JSON.stringify(datastream))).toMatchObject({
    status: 'HTTP/1.1 200 OK',
  })
  const after = parseDatastream(await send('GET', `/v2/feeds/${id}/datastreams/energy`))
  expect(after.current_value).toBe('43')
  expect((await send('PUT', `/v2/feeds/${id}/datastreams/nothing`, '{"current_value": 1}')).status).toBe(
    'HTTP/1.1 404 Not Found',
  )
}

async function datapoints(id: string): Promise<void> {
  const base = `/v2/feeds/${id}/datastreams/energy`
  expect(
    await send(
      'POST',
      `${base}/datapoints`,
      '{"datapoints": [{"at": "2013-01-01T12:00:00Z", "value": 7}, {"at": "2013-01-01T13:00:00Z", "value": "20.50"}]}',
    ),
  ).toMatchObject({ status: 'HTTP/1.1 200 OK', body: '' })
  const one = `${base}/datapoints/2013-01-01T12:00:00Z`
  expect(parse(await send('GET', one))).toEqual({ at: '2013-01-01T12:00:00.000000Z', value: '7' })
  expect(await send('PUT', one, '{"value": 9}')).toMatchObject({ status: 'HTTP/1.1 200 OK', body: '' })
  expect(parse(await send('GET', one))).toEqual({ at: '2013-01-01T12:00:00.000000Z', value: '9' })

  const history = parseDatastream(await send('GET', `${base}?start=2012-12-31T13%3A00%3A00Z&duration=1day`))
  onlyKnown(history, DATASTREAM_KEYS)
  expect(history.datapoints).toEqual([
    { at: '2013-01-01T12:00:00.000000Z', value: '9' },
    { at: '2013-01-01T13:00:00.000000Z', value: '20.50' },
  ])
  expect(await send('DELETE', one)).toMatchObject({ status: 'HTTP/1.1 200 OK', body: '' })
  expect((await send('GET', one)).body).toContain('Not found')
  expect((await send('PUT', one, '{"value": 9}')).status).toBe('HTTP/1.1 404 Not Found')
  expect(await send('DELETE', `${base}/datapoints?end=2013-06-01T00%3A00%3A00Z`)).toMatchObject({
    status: 'HTTP/1.1 200 OK',
  })
  expect(parseDatastream(await send('GET', `${base}?end=2013-06-01T00%3A00%3A00Z`))).not.toHaveProperty('datapoints')
}

async function keys(id: string): Promise<void> {
  const created = await send(
    'POST',
    '/v2/keys',
    `{"key": {"label": "lab", "permissions": [{"access_methods": ["get"], "resources": [{"feed_id": ${id}}]}], "private_access": true}}`,
  )
  expect(created).toMatchObject({ status: 'HTTP/1.1 201 Created', body: '' })
  const key = lastSegment(created)
  expect(key).toMatch(/^slc_[0-9A-Za-z]{44}$/)
  const read = parseKey(await send('GET', `/v2/keys/${key}`))
  onlyKnown(read.key, KEY_KEYS)
  expect(read.key).toEqual({
    api_key: key,
    label: 'lab',
    private_access: true,
    permissions: [{ access_methods: ['get'], resources: [{ feed_id: Number(id) }] }],
  })
  const all = parseKeys(await send('GET', `/v2/keys?feed_id=${id}`))
  expect(all.keys.map((one) => one.api_key)).toEqual([`slc_…${key.slice(-4)}`])
  for (const one of all.keys) onlyKnown(one, KEY_KEYS)
  expect(await send('DELETE', `/v2/keys/${key}`)).toMatchObject({ status: 'HTTP/1.1 200 OK', body: '' })
  expect((await send('GET', `/v2/keys/${key}`)).status).toBe('HTTP/1.1 404 Not Found')
}

async function triggers(id: string): Promise<void> {
  const created = await send(
    'POST',
    '/v2/triggers',
    `{"environment_id": ${id}, "stream_id": "energy", "url": "http://example.org/hook", "trigger_type": "gt", "threshold_value": "50"}`,
  )
  expect(created).toMatchObject({ status: 'HTTP/1.1 201 Created', body: '' })
  const trigger = lastSegment(created)
  expect(trigger).toMatch(/^\d+$/)
  const read = parseTrigger(await send('GET', `/v2/triggers/${trigger}`))
  onlyKnown(read, TRIGGER_KEYS)
  expect(read).toMatchObject({
    id: Number(trigger),
    threshold_value: '50',
    notified_at: '',
    url: 'http://example.org/hook',
  })
  // the object without id goes back, with what only answers have
  const { id: _id, ...rest } = { ...read, threshold_value: 44 }
  expect(await send('PUT', `/v2/triggers/${trigger}`, JSON.stringify(rest))).toMatchObject({
    status: 'HTTP/1.1 200 OK',
    body: '',
  })
  await send('PUT', `/v2/feeds/${id}/datastreams/energy`, '{"current_value": 45}')
  const all = parseTriggers(await send('GET', `/v2/triggers?feed_id=${id}`))
  for (const one of all) onlyKnown(one, TRIGGER_KEYS)
  expect(all).toMatchObject([{ threshold_value: '44', notified_at: expect.stringMatching(TIME) }])
  expect(await send('DELETE', `/v2/triggers/${trigger}`)).toMatchObject({ status: 'HTTP/1.1 200 OK', body: '' })
  expect((await send('GET', `/v2/triggers/${trigger}`)).status).toBe('HTTP/1.1 404 Not Found')
}
