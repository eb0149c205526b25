import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DatastreamDocument, FeedDocument, KeyDocument, TriggerV2Document } from '@sluice/model'
import { lastSegment, openLab, TIME } from './lab.ts'
import type { Lab } from './lab.ts'
import { ask, bytesOf, dial, headOf } from './wire.ts'
import type { WireAnswer } from './wire.ts'

// xively-python 0.1.0-rc2 on requests: a JSON type on every request, with and without a body, and the connection kept

let lab: Lab
beforeAll(async () => {
  lab = await openLab()
})
afterAll(() => lab[Symbol.asyncDispose]())

const HEAD = [
  '{METHOD} {PATH} HTTP/1.1',
  'Host: api.xively.com',
  'User-Agent: xively-python/0.1.0-rc2 python-requests/1.2.3 CPython/2.7.5 Linux/3.2.0',
  'Accept-Encoding: gzip, deflate',
  'Accept: */*',
  'Connection: keep-alive',
  'Content-Type: application/json',
]

function bytes(method: string, path: string, body?: string): Buffer {
  const length = body !== undefined || method === 'DELETE' ? ['Content-Length: {LENGTH}'] : []
  return bytesOf(
    headOf(...HEAD, ...length, 'X-ApiKey: {KEY}'),
    { METHOD: method, PATH: `/v2${path}`, KEY: lab.key },
    body,
  )
}
const send = (method: string, path: string, body?: unknown): Promise<WireAnswer> =>
  ask(lab.port, bytes(method, path, body === undefined || typeof body === 'string' ? body : JSON.stringify(body)))

const FEED_KEYS =
  'id title description website email tags location private datastreams feed status creator created updated version auto_feed_url product_id device_serial'.split(
    ' ',
  )
const DATASTREAM_KEYS = 'id tags unit min_value max_value current_value datapoints at version'.split(' ')
const UNIT_KEYS = ['label', 'type', 'symbol']
const TRIGGER_KEYS = 'environment_id stream_id url trigger_type threshold_value id notified_at user'.split(' ')
const KEY_KEYS = 'label permissions expires_at private_access api_key'.split(' ')
const PERMISSION_KEYS = 'access_methods label minimum_interval referer resources source_ip'.split(' ')

/** Its constructors raise TypeError for a member that they do not know. */
function onlyKnown(document: object, known: readonly string[]): void {
  expect(Object.keys(document).filter((member) => !known.includes(member))).toEqual([])
}
function parse(answer: WireAnswer): unknown {
  expect([answer.status, answer.header('content-type')]).toEqual([200, 'application/json; charset=utf-8'])
  return JSON.parse(answer.body)
}
function feedOf(answer: WireAnswer): FeedDocument {
  const feed = parse(answer) as FeedDocument
  onlyKnown(feed, FEED_KEYS)
  for (const datastream of feed.datastreams ?? []) onlyDatastream(datastream)
  return feed
}
function datastreamOf(answer: WireAnswer): DatastreamDocument {
  const datastream = parse(answer) as DatastreamDocument
  onlyDatastream(datastream)
  return datastream
}
function onlyDatastream(datastream: DatastreamDocument): void {
  onlyKnown(datastream, DATASTREAM_KEYS)
  onlyKnown(datastream.unit ?? {}, UNIT_KEYS)
  for (const point of datastream.datapoints ?? []) expect(point.at).toMatch(TIME)
}
const done = { status: 200, body: '' }
const made = { status: 201, body: '' }

const FEED_BODY =
  '{"version": "1.0.0", "title": "T1", "tags": ["a", "b"], "location": {"name": "roof", "lat": 51.5, "lon": -0.1, "ele": 23.0, "domain": "physical"}, "datastreams": [{"id": "0", "current_value": "1", "at": "2013-01-01T12:00:00.000001Z"}]}'

describe('feeds', () => {
  test('create: the id is the last segment of Location', async () => {
    const created = await send('POST', '/feeds', FEED_BODY)
    expect(created).toMatchObject(made)
    expect(lastSegment(created.header('location'))).toMatch(/^\d+$/)
  })

  test('create with nothing but a title sends an empty location', async () => {
    expect(await send('POST', '/feeds', '{"version": "1.0.0", "location": {}, "title": "T"}')).toMatchObject(made)
  })

  test.each([
    ['?datastreams=0%2C1&show_user=False', ['0', '1']],
    ['?datastreams=1&datastreams=2', ['1', '2']],
    ['?datastreams=none', []],
    ['', ['0', '1', '2']],
    // the list of datastreams is a feed's: its manager joins `..` to the address
    ['/', ['0', '1', '2']],
    [
      '?start=2012-01-01T00%3A00%3A00Z&duration=1day&find_previous=True&limit=10&interval_type=discrete&interval=3600',
      ['0', '1', '2'],
    ],
  ])('get %s', async (query, ids) => {
    const datastreams = ['0', '1', '2'].map((id) => ({ id, current_value: id }))
    const id = await lab.makeFeed({ datastreams, tags: ['x'], website: 'http://example.org/', email: 'a@example.org' })
    const feed = feedOf(await send('GET', `/feeds/${id}${query}`))
    expect(feed).toMatchObject({ id: Number(id), private: 'false', version: '1.0.0', status: 'live' })
    expect([feed.updated, feed.created]).toEqual([expect.stringMatching(TIME), expect.stringMatching(TIME)])
    expect(feed.datastreams?.map((one) => one.id) ?? []).toEqual(ids)
  })

  test('list: the feeds are in `results`', async () => {
    const id = await lab.makeFeed({ title: 'Findable by python' })
    const found = parse(await send('GET', '/feeds?q=Findable+by+python&content=full&show_user=False&per_page=5')) as {
      results: FeedDocument[]
    }
    for (const feed of found.results) onlyKnown(feed, FEED_KEYS)
    expect(found.results.map((feed) => feed.id)).toEqual([Number(id)])
  })

  test('update sends everything that it knows, and moves nothing that is older', async () => {
    const id = lastSegment((await send('POST', '/feeds', FEED_BODY)).header('location'))
    const before = feedOf(await send('GET', `/feeds/${id}`))
    await send('PUT', `/feeds/${id}/datastreams/0`, '{"current_value": 2}')
    expect(await send('PUT', `/feeds/${id}`, { ...before, private: 'false', title: 'T2' })).toMatchObject(done)
    const after = feedOf(await send('GET', `/feeds/${id}?start=2012-01-01T00%3A00%3A00Z`))
    expect(after).toMatchObject({ title: 'T2', private: 'false', created: before.created, creator: before.creator })
    expect(after.location).toEqual(before.location)
    expect(after.datastreams).toMatchObject([{ id: '0', current_value: '2' }])
    expect(after.datastreams?.[0]?.datapoints?.map(({ value }) => value)).toEqual(['1', '2'])
  })

  test('update of some fields, and delete', async () => {
    const id = await lab.makeFeed()
    expect(await send('PUT', `/feeds/${id}`, '{"private": true}')).toMatchObject(done)
    expect(feedOf(await send('GET', `/feeds/${id}`)).private).toBe('true')
    expect(await send('DELETE', `/feeds/${id}`)).toMatchObject(done)
    expect(await send('GET', `/feeds/${id}`)).toMatchObject({ status: 404, body: expect.stringContaining('Not found') })
  })
})

describe('datastreams', () => {
  const ENERGY =
    '{"version": "1.0.0", "datastreams": [{"id": "energy", "unit": {"label": "Watts", "symbol": "W"}, "current_value": 42}]}'

  test('create takes a number, get answers a string', async () => {
    const path = `/feeds/${await lab.makeFeed()}/datastreams`
    expect(await send('POST', path, ENERGY)).toMatchObject(made)
    expect(datastreamOf(await send('GET', `${path}/energy`))).toEqual({
      id: 'energy',
      current_value: '42',
      at: expect.stringMatching(TIME),
      max_value: '42.0',
      min_value: '42.0',
      unit: { symbol: 'W', label: 'Watts' },
      version: '1.0.0',
    })
  })

  test('update of a field, of all fields with an old time, of one that is not there', async () => {
    const path = `/feeds/${await lab.makeFeed()}/datastreams`
    await send('POST', path, ENERGY)
    const before = datastreamOf(await send('GET', `${path}/energy`))
    expect(await send('PUT', `${path}/energy`, '{"current_value": 43}')).toMatchObject(done)
    expect(await send('PUT', `${path}/energy`, before)).toMatchObject(done)
    expect(datastreamOf(await send('GET', `${path}/energy`)).current_value).toBe('43')
    expect((await send('PUT', `${path}/nothing`, '{"current_value": 1}')).status).toBe(404)
    expect(await send('DELETE', `${path}/energy`)).toMatchObject(done)
    expect((await send('GET', `${path}/energy`)).status).toBe(404)
  })
})

describe('datapoints', () => {
  const points =
    '{"datapoints": [{"at": "2013-01-01T12:00:00Z", "value": 7}, {"at": "2013-01-01T13:00:00Z", "value": "20.50"}]}'
  async function make(): Promise<string> {
    const path = `/feeds/${await lab.makeFeed({ datastreams: [{ id: 'energy' }] })}/datastreams/energy`
    expect(await send('POST', `${path}/datapoints`, points)).toMatchObject(done)
    return path
  }

  test('create, get, update and delete of one: no fraction where there are no microseconds', async () => {
    const one = `${await make()}/datapoints/2013-01-01T12:00:00Z`
    expect(parse(await send('GET', one))).toEqual({ at: '2013-01-01T12:00:00.000000Z', value: '7' })
    expect(await send('PUT', one, '{"value": 9}')).toMatchObject(done)
    expect(parse(await send('GET', one))).toEqual({ at: '2013-01-01T12:00:00.000000Z', value: '9' })
    expect(await send('DELETE', one)).toMatchObject(done)
    expect((await send('GET', one)).body).toContain('Not found')
    expect((await send('PUT', one, '{"value": 9}')).status).toBe(404)
  })

  test('history: every time has a fraction; without points there is no member', async () => {
    const path = await make()
    expect(datastreamOf(await send('GET', `${path}?start=2012-12-31T13%3A00%3A00Z&duration=1day`)).datapoints).toEqual([
      { at: '2013-01-01T12:00:00.000000Z', value: '7' },
      { at: '2013-01-01T13:00:00.000000Z', value: '20.50' },
    ])
    expect(datastreamOf(await send('GET', `${path}?end=2012-06-01T00%3A00%3A00Z`))).not.toHaveProperty('datapoints')
  })

  test.each([
    ['start=2013-01-01T12%3A30%3A00Z', ['7']],
    ['end=2013-01-01T12%3A30%3A00Z', ['20.50']],
    ['start=2013-01-01T11%3A00%3A00Z&duration=90minutes', ['20.50']],
    ['end=2013-01-01T13%3A30%3A00Z&duration=1hour', ['7']],
    ['start=2013-01-01T00%3A00%3A00Z&end=2013-01-02T00%3A00%3A00Z', undefined],
  ])('delete of the range %s', async (query, left) => {
    const path = await make()
    expect(await send('DELETE', `${path}/datapoints?${query}`)).toMatchObject(done)
    const history = datastreamOf(await send('GET', `${path}?start=2012-01-01T00%3A00%3A00Z`))
    expect(history.datapoints?.map(({ value }) => value)).toEqual(left)
  })
})

test('triggers: the id is a number, and the object goes back with what only answers have', async () => {
  const id = await lab.makeFeed({ datastreams: [{ id: '0', current_value: '1' }] })
  const body = `{"environment_id": ${id}, "stream_id": "0", "url": "http://example.org/hook", "trigger_type": "gt", "threshold_value": "50"}`
  const created = await send('POST', '/triggers', body)
  expect(created).toMatchObject(made)
  const trigger = lastSegment(created.header('location'))
  expect(trigger).toMatch(/^\d+$/)
  const read = parse(await send('GET', `/triggers/${trigger}`)) as TriggerV2Document
  onlyKnown(read, TRIGGER_KEYS)
  expect(read).toMatchObject({ id: Number(trigger), threshold_value: '50', notified_at: '', stream_id: '0' })
  const { id: _id, ...rest } = { ...read, threshold_value: 44 }
  expect(await send('PUT', `/triggers/${trigger}`, rest)).toMatchObject(done)
  await send('PUT', `/feeds/${id}/datastreams/0`, '{"current_value": 45}')
  const all = parse(await send('GET', `/triggers?feed_id=${id}`)) as TriggerV2Document[]
  for (const one of all) onlyKnown(one, TRIGGER_KEYS)
  expect(all).toMatchObject([{ threshold_value: '44', notified_at: expect.stringMatching(TIME) }])
  expect(await send('DELETE', `/triggers/${trigger}`)).toMatchObject(done)
  expect((await send('GET', `/triggers/${trigger}`)).status).toBe(404)
})

test('keys: the key is the last segment of Location, and no document has a member too many', async () => {
  const id = await lab.makeFeed()
  const body = `{"key": {"label": "lab", "permissions": [{"access_methods": ["get"], "resources": [{"feed_id": ${id}}]}], "private_access": true}}`
  const created = await send('POST', '/keys', body)
  expect(created).toMatchObject(made)
  const key = lastSegment(created.header('location'))
  const read = parse(await send('GET', `/keys/${key}`)) as { key: KeyDocument }
  onlyKnown(read.key, KEY_KEYS)
  expect(read.key).toMatchObject({ api_key: key, label: 'lab', private_access: true })
  for (const permission of read.key.permissions) {
    onlyKnown(permission, PERMISSION_KEYS)
    for (const resource of permission.resources ?? []) onlyKnown(resource, ['feed_id', 'datastream_id'])
  }
  const listed = parse(await send('GET', `/keys?feed_id=${id}`)) as { keys: KeyDocument[] }
  for (const one of listed.keys) onlyKnown(one, KEY_KEYS)
  expect(listed.keys.map(({ label }) => label)).toEqual(['lab'])
  expect(await send('DELETE', `/keys/${key}`)).toMatchObject(done)
  expect((await send('GET', `/keys/${key}`)).status).toBe(404)
})

test('one connection carries a whole session', async () => {
  using line = dial(lab.port)
  const created = await line.ask(bytes('POST', '/feeds', FEED_BODY))
  const feed = `/feeds/${lastSegment(created.header('location'))}`
  const statuses = []
  for (const request of [
    bytes('GET', feed),
    bytes('PUT', feed, '{"title": "T"}'),
    bytes('GET', `${feed}/datastreams/nothing`),
    bytes('PUT', feed, '{'),
    bytes('DELETE', feed),
    bytes('GET', feed),
  ]) {
    const answer = await line.ask(request)
    expect(answer.header('connection')).toBe('keep-alive')
    statuses.push(answer.status)
  }
  expect(statuses).toEqual([200, 200, 404, 400, 200, 404])
})
