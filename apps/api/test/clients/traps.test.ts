import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { lastSegment, openLab, TIME } from './lab.ts'
import type { Lab } from './lab.ts'
import { ask, askOnce, askUntilClose, bytesOf, headOf } from './wire.ts'
import type { WireAnswer } from './wire.ts'

// One test for each of the known traps of compatibility, by its number. Those of sockets (14, 15) and of devices (18, 19) are
// tested with what they are about

let lab: Lab
beforeAll(async () => {
  lab = await openLab()
})
afterAll(() => lab[Symbol.asyncDispose]())

type Asked = { body?: string; headers?: string[]; key?: string | null }
/** A request with no more headers than it needs, and those that are given. */
function bytes(method: string, path: string, { body, headers = [], key = lab.key }: Asked = {}): Buffer {
  const lines = [`${method} {PATH} HTTP/1.1`, ...(key === null ? [] : ['X-ApiKey: {KEY}']), ...headers]
  if (body !== undefined) lines.push('Content-Length: {LENGTH}')
  return bytesOf(headOf(...lines), { PATH: path, KEY: key ?? '' }, body)
}
const send = (method: string, path: string, asked?: Asked): Promise<WireAnswer> =>
  ask(lab.port, bytes(method, path, asked))
const read = async (path: string): Promise<Json> => JSON.parse((await send('GET', path)).body) as Json
type Json = Record<string, unknown>
const done = { status: 200, body: '' }

const STREAM = { id: 't', current_value: '1', at: '2013-01-01T12:00:00Z' }
const makeFeed = async (more: object = {}): Promise<string> =>
  `/v2/feeds/${await lab.makeFeed({ datastreams: [STREAM], ...more })}`

describe('trap 1: heads that Node’s parser refuses', () => {
  test.each([
    [
      'a blank in a name',
      'PUT {PATH} HTTP/1.1\r\nX-ApiKey: {KEY}\r\nUser Agent: J\r\nContent-Length: {LENGTH}\r\n\r\n',
      '',
    ],
    ['bare line feeds', 'PUT {PATH} HTTP/1.1\nX-ApiKey: {KEY}\nContent-Length: {LENGTH}\n\n', ''],
    ['no Host', 'PUT {PATH} HTTP/1.1\r\nX-ApiKey: {KEY}\r\nContent-Length: {LENGTH}\r\n\r\n', ''],
    ['CRLF behind the body', 'PUT {PATH} HTTP/1.1\r\nX-ApiKey: {KEY}\r\nContent-Length: {LENGTH}\r\n\r\n', '\r\n'],
    ['HTTP/1.0', 'PUT {PATH} HTTP/1.0\r\nX-ApiKey: {KEY}\r\nContent-Length: {LENGTH}\r\n\r\n', ''],
  ])('%s', async (_what, head, behind) => {
    const path = await makeFeed()
    const body = '{"datastreams":[{"id":"t","current_value":"2"}]}'
    const whole = Buffer.concat([bytesOf(head, { PATH: path, KEY: lab.key }, body), Buffer.from(behind)])
    expect(await ask(lab.port, whole)).toMatchObject(done)
    expect(await lab.value(lastSegment(path), 't')).toBe('2')
  })
})

describe('trap 2: the type of a body says nothing', () => {
  const JSON_BODY = '{"datastreams":[{"id":"t","current_value":"2"}]}'
  const types = [
    'application/json',
    'application/x-www-form-urlencoded',
    'text/plain',
    'text/csv',
    'application/xml',
    'x',
    '',
  ]
  test.each(
    types.flatMap((type) => [
      ['.json', type, JSON_BODY] as const,
      ['.csv', type, 't,2'] as const,
      ['', type, JSON_BODY] as const,
    ]),
  )('PUT feed%s under %s', async (extension, type, body) => {
    const path = await makeFeed()
    const headers = type === '' ? [] : [`Content-Type: ${type}`]
    expect(await send('PUT', `${path}${extension}`, { body, headers })).toMatchObject(done)
    expect(await lab.value(lastSegment(path), 't')).toBe('2')
  })

  test.each(['GET', 'DELETE'])('%s with a JSON type and an empty body', async (method) => {
    const headers = ['Content-Type: application/json', 'Content-Length: 0']
    expect((await send(method, await makeFeed(), { headers })).status).toBe(200)
  })
})

describe('trap 3: the extension decides', () => {
  test.each([
    ['before Accept', '.csv', ['Accept: application/json'], /^t,/],
    ['of a datapoint, behind its time', '/datastreams/t/datapoints/2013-01-01T12:00:00.000000Z.csv', [], /^1$/],
    ['of a datapoint, behind an escaped time', '/datastreams/t/datapoints/2013-01-01T12%3A00%3A00Z.csv', [], /^1$/],
    [
      'behind the query',
      '?start=2013-01-01T00:00:00Z&end=2013-01-02T00:00:00Z.csv',
      [],
      /^t,2013-01-01T12:00:00\.000000Z,1$/,
    ],
    ['of Accept where there is none', '', ['Accept: text/csv'], /^t,/],
  ])('%s', async (_what, rest, headers, expected) => {
    expect((await send('GET', `${await makeFeed()}${rest}`, { headers })).body).toMatch(expected)
  })
})

test('trap 4: values, extremes, private, ele and thresholds are strings', async () => {
  const path = await makeFeed({ private: true, location: { ele: 23.5, lat: 1, lon: 2 } })
  await send('PUT', path, { body: '{"datastreams":[{"id":"t","current_value":20.5}]}' })
  expect(await read(path)).toMatchObject({
    private: 'true',
    location: { ele: '23.5', lat: 1, lon: 2 },
    datastreams: [{ current_value: '20.5', max_value: '20.5', min_value: '1.0' }],
  })
  const feed = lastSegment(path)
  const body = `{"environment_id":${feed},"stream_id":"t","url":"http://example.org/","trigger_type":"gt","threshold_value":15.0}`
  const { header } = await send('POST', '/v2/triggers', { body })
  expect(await read(`/v2/triggers/${lastSegment(header('location'))}`)).toMatchObject({ threshold_value: '15' })
})

test('trap 5: every time of feeds, datastreams and datapoints has six digits and Z', async () => {
  const path = await makeFeed()
  const body = '{"datastreams":[{"id":"t","datapoints":[{"at":"2013-01-01T13:00:00.5+01:00","value":"0"}]}]}'
  await send('PUT', path, { body })
  const texts = await Promise.all(
    ['.json', '.xml', '.csv'].map(async (format) => (await send('GET', `${path}${format}?start=2012-01-01`)).body),
  )
  const times = texts.flatMap((text) => text.match(/\d{4}-\d\d-\d\dT[^"<,]*/g) ?? [])
  expect(times.length).toBeGreaterThan(9)
  for (const time of times) expect(time).toMatch(TIME)
  expect(texts[0]).toContain('2013-01-01T12:00:00.500000Z')
})

describe('trap 6: no member that API v2 does not have', () => {
  const FEED_KEYS =
    'id title private tags description feed auto_feed_url status updated created email website creator version datastreams location product_id device_serial'.split(
      ' ',
    )
  const STREAM_KEYS = 'id current_value at max_value min_value tags unit datapoints version'.split(' ')
  const strange = (document: object, known: string[]): string[] =>
    Object.keys(document).filter((member) => !known.includes(member))

  test('feeds and datastreams; `icon` and `user` only where they are set and asked for', async () => {
    const path = await makeFeed({
      description: 'd',
      website: 'http://x.org/',
      email: 'a@x.org',
      tags: ['a'],
      auto_feed_url: 'http://x.org/',
    })
    const [feed, found] = [await read(path), await read('/v2/feeds?per_page=1000')]
    expect(strange(feed, FEED_KEYS)).toEqual([])
    for (const one of found['results'] as Json[]) expect(strange(one, FEED_KEYS)).toEqual([])
    for (const query of ['', '?start=2012-01-01']) {
      expect(strange(await read(`${path}/datastreams/t${query}`), STREAM_KEYS)).toEqual([])
    }
    expect(strange(await read(`${path}?show_user=true`), FEED_KEYS)).toEqual(['user'])
    await send('PUT', path, { body: '{"icon":"http://x.org/i.png"}' })
    expect(strange(await read(path), FEED_KEYS)).toEqual(['icon'])
  })

  test('datapoints, triggers and keys', async () => {
    const path = await makeFeed()
    expect(Object.keys(await read(`${path}/datastreams/t/datapoints/2013-01-01T12:00:00Z`)).sort()).toEqual([
      'at',
      'value',
    ])
    const trigger = `{"environment_id":${lastSegment(path)},"stream_id":"t","url":"http://x.org/","trigger_type":"change"}`
    const made = await send('POST', '/v2/triggers', { body: trigger })
    const members = Object.keys(await read(`/v2/triggers/${lastSegment(made.header('location'))}`))
    expect(members).toEqual(['id', 'notified_at', 'url', 'trigger_type', 'stream_id', 'environment_id', 'user'])
    const key = await send('POST', '/v2/keys', {
      body: '{"key":{"label":"k","permissions":[{"access_methods":["get"]}]}}',
    })
    const { key: document } = await read(`/v2/keys/${lastSegment(key.header('location'))}`)
    expect(strange(document as Json, ['api_key', 'label', 'private_access', 'permissions', 'expires_at'])).toEqual([])
  })
})

test('trap 7: what is empty is left out, but a trigger keeps notified_at', async () => {
  const path = await makeFeed({
    description: '',
    website: '',
    tags: [],
    datastreams: [{ id: 'bare', tags: [], unit: { symbol: '' } }],
  })
  const feed = await read(path)
  expect(feed).toMatchObject({ datastreams: [{ id: 'bare' }] })
  expect(JSON.stringify(feed)).not.toMatch(/null|:""|\[\]|\{\}/)
  expect(await read(await makeFeed({ datastreams: [] }))).not.toHaveProperty('datastreams')
  const body = `{"environment_id":${lastSegment(path)},"stream_id":"bare","url":"http://x.org/","trigger_type":"live"}`
  await send('POST', '/v2/triggers', { body })
  expect(await read(`/v2/triggers?feed_id=${lastSegment(path)}`)).toMatchObject([{ notified_at: '' }])
})

test('trap 8: 200 or 201, both with an empty body; never 204', async () => {
  const path = await makeFeed()
  const id = lastSegment(path)
  const point = `${path}/datastreams/t/datapoints/2013-01-01T12:00:00Z`
  const trigger = `{"environment_id":${id},"stream_id":"t","url":"http://x.org/","trigger_type":"change"}`
  const key = '{"key":{"label":"k","permissions":[{"access_methods":["get"]}]}}'
  const [madeTrigger, madeKey] = [
    await send('POST', '/v2/triggers', { body: trigger }),
    await send('POST', '/v2/keys', { body: key }),
  ]
  const rows: [method: string, path: string, body?: string][] = [
    ['POST', '/v2/feeds', '{"title":"t"}'],
    ['POST', `${path}/datastreams`, '{"datastreams":[{"id":"u"}]}'],
    ['POST', `${path}/datastreams/t/datapoints`, '{"datapoints":[{"at":"2013-01-02T00:00:00Z","value":"1"}]}'],
    ['PUT', point, '{"value":"2"}'],
    ['DELETE', point],
    ['DELETE', `${path}/datastreams/t/datapoints?start=2013-01-01T00:00:00Z`],
    ['PUT', `${path}/datastreams/t`, '{"current_value":"3"}'],
    ['DELETE', `${path}/datastreams/u`],
    ['PUT', path, '{"title":"u"}'],
    ['POST', '/v2/triggers', trigger],
    ['PUT', new URL(madeTrigger.header('location')).pathname, trigger],
    ['DELETE', new URL(madeTrigger.header('location')).pathname],
    ['POST', '/v2/keys', key],
    ['PUT', new URL(madeKey.header('location')).pathname, key],
    ['DELETE', new URL(madeKey.header('location')).pathname],
    ['DELETE', path],
  ]
  for (const [method, target, body] of rows) {
    const answer = await send(method, target, body === undefined ? {} : { body })
    const status = method === 'POST' && !target.endsWith('/datapoints') ? 201 : 200
    expect([method, target, answer.status, answer.body]).toEqual([method, target, status, ''])
    expect(answer.header('location') !== '').toBe(status === 201)
  }
})

test('trap 9: Location is absolute, short, and ends in the id, however it was asked', async () => {
  for (const extension of ['', '.json', '/']) {
    const { header } = await send('POST', `/v2/feeds${extension}`, { body: '{"title":"t"}' })
    expect(header('location')).toMatch(/^http:\/\/[^/]+\/v2\/feeds\/\d+$/)
    const stream = await send('POST', `${new URL(header('location')).pathname}/datastreams${extension}`, {
      body: '{"datastreams":[{"id":"fifteen-letters"}]}',
    })
    expect(stream.header('location')).toBe(`${header('location')}/datastreams/fifteen-letters`)
    expect(stream.header('location').length).toBeLessThan(64)
  }
})

describe('trap 10: answers are small, in one write, with a length', () => {
  test.each([
    ['GET', '/datastreams/t', ''],
    ['GET', '.csv', ''],
    ['GET', '/datastreams/t.csv', ''],
    ['PUT', '.csv', 't,2\n'],
    ['PUT', '', '{'],
    ['DELETE', '/datastreams/none', ''],
  ])('%s feed%s', async (method, rest, body) => {
    const path = `${await makeFeed()}${rest}`
    const answer = await askOnce(lab.port, bytes(method, path, body === '' ? {} : { body }))
    expect(answer.headers.length).toBeLessThan(8)
    for (const name of ['transfer-encoding', 'content-encoding', 'etag', 'content-security-policy']) {
      expect(answer.header(name)).toBe('')
    }
    const closed = await askUntilClose(
      lab.port,
      bytes(method, path, { headers: ['Connection: close'], ...(body !== '' && { body }) }),
    )
    expect(closed.header('connection')).toBe('close')
  })
})

test('trap 11: CSV ends without a line end, an empty stream has its two commas, history is sorted by time', async () => {
  const at = (minute: number): string => `2013-01-01T12:0${minute}:00Z`
  const path = await makeFeed({
    datastreams: [
      {
        id: 'a',
        datapoints: [
          { at: at(1), value: '1' },
          { at: at(3), value: '3' },
        ],
      },
      { id: 'b', datapoints: [{ at: at(2), value: '2' }] },
      { id: 'temp' },
    ],
  })
  expect((await send('GET', `${path}.csv`)).body).toMatch(/^a,[^\n]*,3\nb,[^\n]*,2\ntemp,,""$/)
  const history = (await send('GET', `${path}.csv?start=2013-01-01T00:00:00Z`)).body
  expect(history.split('\n').map((row) => row.split(',')[0])).toEqual(['a', 'b', 'a'])
  expect(history).toMatch(/,3$/)
})

test('trap 12: PUT of a datastream that is not there is 404, PUT of its feed makes it', async () => {
  const path = await makeFeed()
  expect((await send('PUT', `${path}/datastreams/new`, { body: '{"current_value":"1"}' })).status).toBe(404)
  expect((await send('PUT', `${path}/datastreams/new.csv`, { body: '1' })).status).toBe(404)
  expect(await lab.value(lastSegment(path), 'new')).toBe('')
  expect(await send('PUT', path, { body: '{"datastreams":[{"id":"new","current_value":"1"}]}' })).toMatchObject(done)
  expect(await lab.value(lastSegment(path), 'new')).toBe('1')
})

describe('trap 13: what is too large is clamped, and yes has many spellings', () => {
  test.each(['limit=2000', 'per_page=2000', 'limit=0', 'limit=-5', 'limit=x', 'limit=', 'limit=1e9&per_page=5'])(
    '%s',
    async (query) => {
      const path = await makeFeed()
      expect(await read(`${path}/datastreams/t?start=2012-01-01T00:00:00Z&${query}`)).toMatchObject({
        datapoints: [{ value: '1' }],
      })
    },
  )
  test.each(['per_page=2000', 'per_page=0', 'page=0', 'page=x', 'page=-1'])('search with %s', async (query) => {
    expect((await send('GET', `/v2/feeds?${query}`)).status).toBe(200)
  })
  test.each([
    ['true', true],
    ['True', true],
    ['1', true],
    ['false', false],
    ['False', false],
    ['0', false],
    ['', false],
  ])('show_user=%s', async (word, shows) => {
    const feed = await read(`${await makeFeed()}?show_user=${word}`)
    expect('user' in feed).toBe(shows)
  })
})

test('trap 16: a feed that goes back as it was read makes no point, and no newer one', async () => {
  const path = await makeFeed()
  const before = await read(path)
  await send('PUT', path, { body: '{"datastreams":[{"id":"t","current_value":"2"}]}' })
  for (let times = 0; times < 2; times++) {
    expect(await send('PUT', path, { body: JSON.stringify(before) })).toMatchObject(done)
  }
  const after = await read(`${path}/datastreams/t?start=2012-01-01T00:00:00Z`)
  expect(after).toMatchObject({ current_value: '2', datapoints: [{ value: '1' }, { value: '2' }] })
})

test('trap 17: no key or an unknown one is 401; what a key may not do, and too often, is 403', async () => {
  await using limited = await openLab({ SLUICE_RATE_PER_MINUTE: '5' })
  const feed = await limited.makeFeed({ private: true })
  const path = `/v2/feeds/${feed}`
  const reader = await limited.api.addKey(limited.api.home, {
    permissions: [{ accessMethods: ['get'], resources: [{ feedId: Number(feed) }] }],
  })
  const status = async (method: string, asked: Asked): Promise<number> =>
    (await ask(limited.port, bytes(method, path, asked))).status
  expect(await status('GET', { key: null })).toBe(401)
  expect(await status('GET', { key: 'x' })).toBe(401)
  expect(await status('GET', { key: `${reader.key.slice(0, -1)}x` })).toBe(401)
  expect(await status('PUT', { key: reader.key, body: '{"title":"u"}' })).toBe(403)
  const statuses = []
  for (let times = 0; times < 6; times++) statuses.push(await status('GET', { key: reader.key }))
  expect(statuses.slice(0, 4)).toEqual([200, 200, 200, 200])
  expect(statuses.at(-1)).toBe(403)
})

test('trap 20: nothing is decided by Host', async () => {
  const path = await makeFeed()
  const hosts = [
    'api.xively.com',
    'api.cosm.com:80',
    'www.pachube.com',
    'provisioning.connectedenvironments.com',
    '10.0.0.1',
    '',
    '[::1]:1',
    'a b',
  ]
  for (const host of hosts) {
    const answer = await send('GET', `${path}.csv`, { headers: [`Host: ${host}`] })
    expect([host, answer.status]).toEqual([host, 200])
  }
  // and what is made is found where this server is, not where the device thinks it is
  const made = await send('POST', '/v2/feeds', { body: '{"title":"t"}', headers: ['Host: api.xively.com'] })
  expect(new URL(made.header('location')).host).toBe(new URL(lab.api.url).host)
})
