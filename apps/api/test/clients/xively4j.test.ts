import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { lastSegment, openLab, TIME } from './lab.ts'
import type { Lab } from './lab.ts'
import { ask, bytesOf, headOf } from './wire.ts'
import type { WireAnswer } from './wire.ts'

// Xively4J 0.1.1 (Java, Apache HttpClient): a header named `User Agent`, the extension on GET alone, and every member of
// its classes, null where it is unset. The five parts are those of its own suite against the live service

let lab: Lab
beforeAll(async () => {
  lab = await openLab()
})
afterAll(() => lab[Symbol.asyncDispose]())

const HEAD = [
  '{METHOD} /v2/{PATH} HTTP/1.1',
  'accept: application/json',
  'X-ApiKey: {KEY}',
  'User Agent: Xively-Java-Lib/1.0',
]
const TAIL = ['Host: api.xively.com', 'Connection: Keep-Alive', 'User-Agent: Apache-HttpClient/4.2.3 (java 1.5)']
const ENTITY = ['Content-Length: {LENGTH}', 'Content-Type: application/json']

function send(method: string, path: string, body?: unknown): Promise<WireAnswer> {
  const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body)
  const extension = method === 'GET' ? path.replace(/(?=\?|$)/, '.json') : path
  const head = headOf(...HEAD, ...(text === undefined ? [] : ENTITY), ...TAIL)
  return ask(lab.port, bytesOf(head, { METHOD: method, PATH: extension, KEY: lab.key }, text))
}
const done = { status: 200, body: '' }

type Feed = {
  id: number
  title: string
  private: string
  website?: string
  datastreams?: Datastream[]
  updated: string
}
type Datastream = Record<'id' | 'at' | 'current_value' | 'min_value' | 'max_value', string> & {
  tags?: string[]
  unit?: object
}
/** `create` is a POST, and a GET of what `Location` ends in. */
async function create(resource: string, body: unknown): Promise<Feed> {
  const made = await send('POST', resource, body)
  expect(made).toMatchObject({ status: 201, body: '' })
  return (await read(`${resource}/${lastSegment(made.header('location'))}`)) as Feed
}
async function read(path: string): Promise<unknown> {
  const answer = await send('GET', path)
  if (answer.status >= 300) throw new Error(`${path} was answered ${answer.status}`)
  return JSON.parse(answer.body)
}
const datastreamBody = (members: object): object => ({
  id: null,
  tags: null,
  unit: null,
  datapoints: null,
  at: null,
  current_value: null,
  min_value: null,
  max_value: null,
  ...members,
})
const feedBody = (members: object): object => ({
  title: null,
  description: null,
  status: null,
  website: null,
  tags: null,
  location: null,
  datastreams: null,
  updated: null,
  created: null,
  creator: null,
  feed: null,
  private: false,
  ...members,
})
const TWO_STREAMS = feedBody({
  title: 'Java feed',
  website: 'http://www.example.com/',
  datastreams: [datastreamBody({ id: 'java-10' }), datastreamBody({ id: 'java-11' })],
})
const FULL = feedBody({
  title: 'Java feed with a place',
  tags: ['XSound', 'XFreq'],
  location: {
    name: 'office',
    lat: 51.52353,
    lon: -0.08076,
    ele: 23.0,
    exposure: 'indoor',
    domain: 'physical',
    disposition: 'fixed',
  },
  datastreams: [datastreamBody({ id: 'java-2', current_value: '111', min_value: '-10.0', max_value: '10000.0' })],
})

describe('feeds', () => {
  test('create and list: `totalResults` says that the feeds are in `results`', async () => {
    const full = await create('feeds', FULL)
    expect(full).toMatchObject({
      private: 'false',
      location: { name: 'office', lat: 51.52353, lon: -0.08076, ele: expect.stringMatching(/^23(\.0)?$/) },
      datastreams: [{ id: 'java-2', current_value: '111', min_value: '-10.0', max_value: '10000.0' }],
    })
    const narrow = datastreamBody({ id: 'java-2', current_value: '111', min_value: '200.0', max_value: '10.0' })
    expect(await create('feeds', feedBody({ title: 'Narrow', datastreams: [narrow] }))).toMatchObject({
      datastreams: [{ current_value: '111', min_value: '200.0', max_value: '10.0' }],
    })
    const plain = await create('feeds', TWO_STREAMS)
    const list = (await read('feeds')) as { totalResults: number; results: Feed[] }
    expect(list.totalResults).toBeGreaterThanOrEqual(2)
    expect(list.results.map(({ id }) => id)).toEqual(expect.arrayContaining([full.id, plain.id]))
  })

  test('get is the same twice', async () => {
    const feed = await create('feeds', TWO_STREAMS)
    expect(feed).toMatchObject({ title: 'Java feed', website: 'http://www.example.com/' })
    expect(feed.datastreams?.map(({ id }) => id)).toEqual(['java-10', 'java-11'])
    expect(await read(`feeds/${feed.id}`)).toEqual(feed)
  })

  test('update sends an unset location as zeros, and itself as it was read', async () => {
    const feed = await create('feeds', TWO_STREAMS)
    const location = { name: null, lat: 0.0, lon: 0.0, ele: 0.0, exposure: null, domain: 'physical', disposition: null }
    const streams = feed.datastreams?.map(datastreamBody)
    const body = feedBody({ ...feed, description: 'changed', private: false, location, datastreams: streams })
    expect(await send('PUT', `feeds/${feed.id}`, body)).toMatchObject(done)
    expect(await send('PUT', `feeds/${feed.id}`, body)).toMatchObject(done)
    const after = (await read(`feeds/${feed.id}`)) as Feed
    expect(after).toMatchObject({ title: 'Java feed', description: 'changed', location: { lat: 0, lon: 0 } })
    expect(after.datastreams).toEqual([{ id: 'java-10' }, { id: 'java-11' }])
  })

  test('text beyond ASCII, which it sends as Latin-1, is refused and not stored as something else', async () => {
    const { id } = await create('feeds', TWO_STREAMS)
    const body = Buffer.from(JSON.stringify(feedBody({ title: '21 °C' })), 'latin1')
    const head = headOf(...HEAD, `Content-Length: ${body.length}`, 'Content-Type: application/json', ...TAIL)
    const bytes = bytesOf(head, { METHOD: 'PUT', PATH: `feeds/${id}`, KEY: lab.key })
    expect(await ask(lab.port, Buffer.concat([bytes, body]))).toMatchObject({ status: 400 })
    expect(await read(`feeds/${id}`)).toMatchObject({ title: 'Java feed' })
  })

  test('delete', async () => {
    const { id } = await create('feeds', TWO_STREAMS)
    expect(await send('DELETE', `feeds/${id}`)).toMatchObject(done)
    expect((await send('GET', `feeds/${id}`)).status).toBe(404)
  })

  test('history, and the place with its odd name of a unit', async () => {
    const { id } = await create('feeds', FULL)
    const window = 'start=2010-01-01T00:00:00.000000Z&end=2030-01-01T00:00:00.000000Z&interval=0'
    expect(await read(`feeds/${id}?${window}`)).toMatchObject({ datastreams: [{ datapoints: [{ value: '111' }] }] })
    const near = (await read('feeds?lat=51.52353&lon=-0.08076&distance=5.0&distance_unit=kms')) as { results: Feed[] }
    expect(near.results.map((feed) => feed.id)).toContain(id)
  })
})

describe('datastreams', () => {
  const SECOND = datastreamBody({
    id: 'second',
    current_value: '211',
    min_value: '7.0',
    max_value: '20.0',
    tags: ['pear', 'fig', 'lime'],
    unit: { label: 'label', symbol: 'symbol', type: 'basicSI' },
  })
  let path = ''
  beforeAll(async () => {
    path = `feeds/${(await create('feeds', TWO_STREAMS)).id}/datastreams`
  })
  const post = (...datastreams: object[]): Promise<WireAnswer> => send('POST', path, { datastreams })

  test('create: what was sent comes back, and a time; extremes as they were given', async () => {
    expect(await post(SECOND)).toMatchObject({ status: 201, body: '' })
    expect(await read(`${path}/second`)).toEqual({
      id: 'second',
      current_value: '211',
      at: expect.stringMatching(TIME),
      max_value: '20.0',
      min_value: '7.0',
      tags: ['fig', 'lime', 'pear'],
      unit: { label: 'label', symbol: 'symbol', type: 'basicSI' },
      version: '1.0.0',
    })
    await send('PUT', `${path}/second`, datastreamBody({ current_value: '212', max_value: '30.0' }))
    expect(await read(`${path}/second`)).toMatchObject({ current_value: '212', max_value: '30.0', min_value: '7.0' })
    // later values widen them
    await send('PUT', `${path}/second`, datastreamBody({ current_value: '213' }))
    expect(await read(`${path}/second`)).toMatchObject({ current_value: '213', max_value: '213.0', min_value: '7.0' })
  })

  test('create of several, and of one that is there', async () => {
    expect((await post(datastreamBody({ id: 'third' }), datastreamBody({ id: 'fourth' }))).status).toBe(201)
    expect((await post(datastreamBody({ id: 'third' }))).status).toBe(201)
    expect(await read(`${path}/third`)).toEqual({ id: 'third', version: '1.0.0' })
  })

  test('update, delete', async () => {
    await post(datastreamBody({ id: 'fifth' }))
    expect(await send('PUT', `${path}/fifth`, datastreamBody({ id: 'fifth', current_value: '666' }))).toMatchObject(
      done,
    )
    expect(await read(`${path}/fifth`)).toMatchObject({ current_value: '666' })
    expect(await send('DELETE', `${path}/fifth`)).toMatchObject(done)
    expect((await send('GET', `${path}/fifth`)).status).toBe(404)
    expect((await send('DELETE', `${path}/fifth`)).status).toBe(404)
  })
})

describe('datapoints', () => {
  const FIRST = { at: '2013-01-01T00:00:00.000000Z', value: '111' }
  const SECOND = { at: '2013-02-02T00:00:00.000000Z', value: '222' }
  let path = ''
  beforeAll(async () => {
    path = `feeds/${(await create('feeds', TWO_STREAMS)).id}/datastreams/java-10/datapoints`
  })

  test('create of one and of several, get, update, delete', async () => {
    expect(await send('POST', path, { datapoints: [SECOND] })).toMatchObject(done)
    expect(await read(`${path}/${SECOND.at}`)).toEqual(SECOND)
    expect(await send('POST', path, { datapoints: [FIRST, SECOND] })).toMatchObject(done)
    expect(await send('PUT', `${path}/${FIRST.at}`, { ...FIRST, value: '555' })).toMatchObject(done)
    expect(await send('PUT', `${path}/${FIRST.at}`, { ...FIRST, value: '555' })).toMatchObject(done)
    expect(await read(`${path}/${FIRST.at}`)).toEqual({ ...FIRST, value: '555' })
    expect(await send('DELETE', `${path}/${FIRST.at}`)).toMatchObject(done)
    expect((await send('GET', `${path}/${FIRST.at}`)).status).toBe(404)
    expect((await send('DELETE', `${path}/${FIRST.at}`)).status).toBe(404)
  })

  test('delete of all from a time on', async () => {
    await send('POST', path, { datapoints: [FIRST, SECOND] })
    expect(await send('DELETE', `${path}?start=2013-01-15T00%3A00%3A00.000000Z`)).toMatchObject(done)
    expect((await send('GET', `${path}/${SECOND.at}`)).status).toBe(404)
    expect(await read(`${path}/${FIRST.at}`)).toEqual(FIRST)
  })
})

describe('triggers', () => {
  type Trigger = Record<'id' | 'environment_id', number> &
    Record<'threshold_value' | 'notified_at' | 'user' | 'url', string>
  let feed = 0
  const body = (members: object): object => ({
    trigger_type: 'lt',
    stream_id: 'java-10',
    environment_id: feed,
    user: null,
    notified_at: null,
    threshold_value: 666666.0,
    url: 'http://www.example.com/bin',
    ...members,
  })
  const make = (members: object = {}): Promise<Trigger> =>
    create('triggers', body(members)) as unknown as Promise<Trigger>
  beforeAll(async () => {
    feed = (await create('feeds', TWO_STREAMS)).id
  })

  test('create: thresholds are numbers, and neither user nor notified_at may be missing', async () => {
    const trigger = await make({ trigger_type: 'gt', threshold_value: 6.6 })
    expect(trigger).toMatchObject({ environment_id: feed, stream_id: 'java-10', trigger_type: 'gt', notified_at: '' })
    expect(Number(trigger.threshold_value)).toBe(6.6)
    expect(trigger.user).not.toBe('')
    expect(Number.isSafeInteger(trigger.id)).toBe(true)
  })

  test('get, list of all and of a feed, update with what was read, delete', async () => {
    const [first, second] = [await make(), await make({ threshold_value: 1e7 })]
    expect(await read(`triggers/${first.id}`)).toEqual(first)
    for (const path of ['triggers', `triggers?feed_id=${feed}`]) {
      const ids = ((await read(path)) as Trigger[]).map(({ id }) => id)
      expect(ids).toEqual(expect.arrayContaining([first.id, second.id]))
    }
    const update = body({ ...first, threshold_value: 6.66 })
    expect(await send('PUT', `triggers/${first.id}`, update)).toMatchObject(done)
    expect(Number(((await read(`triggers/${first.id}`)) as Trigger).threshold_value)).toBe(6.66)
    expect(await send('DELETE', `triggers/${first.id}`)).toMatchObject(done)
    expect((await send('GET', `triggers/${first.id}`)).status).toBe(404)
  })
})

describe('keys', () => {
  type Key = { api_key: string; label: string; private_access: boolean; permissions: object[] }
  /** It takes what is between `"key":` and the last brace for the key; its bodies are lists with blanked brackets. */
  const keyOf = ({ body }: WireAnswer): Key =>
    JSON.parse(body.slice(body.indexOf('"key":') + 6, body.lastIndexOf('}'))) as Key
  const make = async (permissions: object[]): Promise<Key> => {
    const wanted = JSON.stringify({ label: 'Java key', permissions, private_access: true })
    const made = await send('POST', 'keys', `{"key": ${wanted} }`)
    expect(made).toMatchObject({ status: 201, body: '' })
    return keyOf(await send('GET', `keys/${lastSegment(made.header('location'))}`))
  }
  const everything = { access_methods: ['get'], resources: null, source_ip: null }

  test('create, get, delete', async () => {
    const key = await make([everything])
    expect(key).toMatchObject({ label: 'Java key', private_access: true, permissions: [{ access_methods: ['get'] }] })
    expect(keyOf(await send('GET', `keys/${key.api_key}`))).toEqual(key)
    expect(await send('DELETE', `keys/${key.api_key}`)).toMatchObject(done)
    expect((await send('GET', `keys/${key.api_key}`)).status).toBe(404)
  })

  test('list of those that open a feed', async () => {
    const { id } = await create('feeds', TWO_STREAMS)
    const resources = [{ feed_id: id }]
    await make([
      { ...everything, resources, source_ip: '66.66.66.66' },
      { ...everything, access_methods: ['put', 'post', 'delete'] },
    ])
    const { keys } = (await read(`keys?feed_id=${id}`)) as { keys: Key[] }
    expect(keys).toMatchObject([{ label: 'Java key', permissions: [{ resources, source_ip: '66.66.66.66' }, {}] }])
  })
})
