import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApi } from './test-api.ts'
import type { TestApi } from './test-api.ts'

let api: TestApi
let feed: string
let feedId: string

beforeAll(async () => {
  api = await startTestApi()
  const datastreams = [
    { id: 'flow', current_value: '41.20', at: '2024-05-06T20:08:17.123456Z', tags: 'water', unit: { symbol: '°C' } },
    { id: 'temp' },
  ]
  const made = await ask('POST', '/v2/feeds', { body: JSON.stringify({ title: 'Boiler & co', datastreams }) })
  feed = new URL(made.headers.get('location') ?? '').pathname
  feedId = feed.split('/').at(-1) ?? ''
})
afterAll(() => api[Symbol.asyncDispose]())

type Asked = { body?: string; headers?: Record<string, string>; key?: string | null }
function ask(method: string, path: string, { body, headers, key }: Asked = {}): Promise<Response> {
  const withKey = key === null ? {} : { 'X-ApiKey': key ?? api.home.masterKey }
  return fetch(`${api.url}${path}`, {
    method,
    headers: { ...withKey, ...headers },
    ...(body !== undefined && { body }),
  })
}
const value = async (datastream: string): Promise<string> => {
  const answer = await ask('GET', `${feed}/datastreams/${datastream}.json`)
  return ((await answer.json()) as { current_value?: string }).current_value ?? ''
}

describe('a document comes in the format that is asked for', () => {
  test.each([
    ['FEED.json', {}, 'application/json; charset=utf-8', /^\{"id":/],
    ['FEED', {}, 'application/json; charset=utf-8', /^\{"id":/],
    ['FEED.xml', {}, 'application/xml; charset=utf-8', /^<\?xml.*<title>Boiler &amp; co<\/title>.*<tag>water<\/tag>/s],
    ['FEED.csv', {}, 'text/plain; charset=utf-8', /^flow,2024-05-06T20:08:17\.123456Z,41\.20\ntemp,,""$/],
    ['FEED', { Accept: 'text/csv' }, 'text/plain; charset=utf-8', /^flow,/],
    ['FEED', { Accept: 'application/xml;q=0.9, text/csv;q=0.1' }, 'application/xml; charset=utf-8', /^<\?xml/],
    ['FEED.json', { Accept: 'text/csv' }, 'application/json; charset=utf-8', /^\{/],
    ['FEED', { Accept: 'text/html,application/xml' }, 'application/json; charset=utf-8', /^\{/],
    ['FEED', { Accept: 'image/png' }, 'application/json; charset=utf-8', /^\{/],
    ['FEED/datastreams/flow.csv', {}, 'text/plain; charset=utf-8', /^2024-05-06T20:08:17\.123456Z,41\.20$/],
    [
      'FEED/datastreams/flow.xml',
      {},
      'application/xml; charset=utf-8',
      /<environment updated=".*" id="\d+".*<data id="flow">/s,
    ],
    ['FEED/datastreams.csv', {}, 'text/plain; charset=utf-8', /^flow,.*\ntemp,,""$/],
    ['FEED/datastreams/flow/datapoints/2024-05-06T20:08:17.123456Z.csv', {}, 'text/plain; charset=utf-8', /^41\.20$/],
    [
      'FEED.csv?start=2024-05-06T00:00:00Z',
      {},
      'text/plain; charset=utf-8',
      /^flow,2024-05-06T20:08:17\.123456Z,41\.20$/,
    ],
    ['/v2/feeds.csv', {}, 'text/plain; charset=utf-8', /^\d+,flow,2024-05-06T20:08:17\.123456Z,41\.20\n\d+,temp,,""$/],
    ['/v2/feeds.xml', {}, 'application/xml; charset=utf-8', /<opensearch:totalResults>1</],
    ['/v2/triggers.xml', {}, 'application/xml; charset=utf-8', /<datastream-triggers type="array"/],
  ])('%s %j', async (path, headers, type, expected) => {
    const answer = await ask('GET', path.replace('FEED', feed), { headers })
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, type])
    expect(await answer.text()).toMatch(expected)
  })
})

describe('the older layout', () => {
  test.each([
    [
      () => `/v1/feeds/${feedId}`,
      'application/xml; charset=utf-8',
      /xmlns="http:\/\/www\.eeml\.org\/xsd\/005".*<value.*>41\.20<\/value>/s,
    ],
    [() => `/api/${feedId}.xml`, 'application/xml; charset=utf-8', /xsd\/005/],
    [() => `/api/${feedId}.csv`, 'text/plain; charset=utf-8', /^41\.20,/],
    [
      () => `/v1/feeds/${feedId}.json`,
      'application/json; charset=utf-8',
      /"version":"0\.6-alpha".*"values":\[\{"recorded_at"/,
    ],
    [() => `/v1/feeds/${feedId}/datastreams/flow.csv`, 'text/plain; charset=utf-8', /^41\.20$/],
  ])('%#', async (path, type, expected) => {
    const answer = await ask('GET', path())
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, type])
    expect(await answer.text()).toMatch(expected)
  })

  test('what is made is where Pachube said it was', async () => {
    const body = '<eeml><environment><title>Perl</title></environment></eeml>'
    const made = await ask('POST', '/api.xml', { body })
    expect([made.status, made.headers.get('location')]).toEqual([201, expect.stringMatching(/\/v1\/feeds\/\d+\.xml$/)])
  })
})

describe('a body is read in its format', () => {
  test.each([
    ['PUT', 'FEED.csv', 'temp,1', {}],
    ['PUT', 'FEED', '{"datastreams":[{"id":"temp","current_value":"1"}]}', { 'Content-Type': 'text/csv' }],
    [
      'PUT',
      'FEED.xml',
      '<eeml><environment><data id="temp"><current_value>1</current_value></data></environment></eeml>',
      {},
    ],
    [
      'PUT',
      'FEED',
      '<eeml><environment><data id="temp"><current_value>1</current_value></data></environment></eeml>',
      {},
    ],
    ['PUT', 'FEED', 'temp,1', { Accept: 'text/csv' }],
    ['PUT', 'FEED/datastreams/temp.csv', '1', { 'Content-Type': 'text/plain' }],
    ['PUT', 'FEED/datastreams/temp', '{"current_value":1}', { 'Content-Type': 'application/x-www-form-urlencoded' }],
    [
      'PUT',
      'FEED/datastreams/temp.xml',
      '<eeml><environment><data id="temp"><current_value> 1 </current_value></data></environment></eeml>',
      {},
    ],
    ['POST', 'FEED/datastreams.csv', 'temp,1', {}],
    ['PUT', '/v1FEEDv2.csv', '9,1', {}],
  ])('%s %s %s', async (method, path, body, headers) => {
    await ask('PUT', `${feed}/datastreams/temp.csv`, { body: '0' })
    const address = path.replace('FEEDv2', feed.replace('/v2', '')).replace('FEED', feed)
    const answer = await ask(method, address, { body, headers })
    expect([answer.status, await answer.text()]).toEqual([method === 'POST' ? 201 : 200, ''])
    // version 1 has no names: its second value is that of the datastream "1"
    expect(await value(path.startsWith('/v1') ? '1' : 'temp')).toBe('1')
  })

  test.each([
    ['PUT', 'FEED.csv', 'temp', 400, /^CSV Parser Error|Incorrect number of fields/],
    ['PUT', 'FEED.xml', '<eeml><environment>', 400, /^<\?xml.*<errors><title>XML Parser Error<\/title><error>/s],
    ['PUT', 'FEED.xml', '<!DOCTYPE a [<!ENTITY b "c">]><eeml/>', 400, /DOCTYPE/],
    ['PUT', 'FEED.json', '<eeml/>', 400, /^\{"title":"JSON Parser Error","errors":"parse error: /],
    ['POST', '/v2/feeds.csv', 'a,1', 406, /./],
    [
      'GET',
      '/v2/feeds/999999.xml',
      undefined,
      404,
      /<errors><title>Not found<\/title><error>Couldn&apos;t find|Couldn't find/,
    ],
    ['GET', '/v2/feeds/999999.csv', undefined, 404, /^Couldn't find Feed with ID = 999999$/],
    [
      'PUT',
      'FEED.xml',
      '<eeml><environment><title> </title></environment></eeml>',
      422,
      /title can(&apos;|')t be blank/,
    ],
  ] as const)('%s %s %s is answered %i', async (...row) => {
    const [method, path, body, status, expected] = row
    const before = await value('flow')
    const answer = await ask(method, path.replace('FEED', feed), body === undefined ? {} : { body })
    expect([answer.status, await answer.text()]).toEqual([status, expect.stringMatching(expected)])
    expect(await value('flow')).toBe(before)
  })
})

describe('JSONP', () => {
  test('wraps what a key may see, errors too, and keeps letters, digits and underscores of the name', async () => {
    const answer = await ask('GET', `${feed}.json?key=${api.home.masterKey}&callback=jQuery1.show(x)_2&_=1369167158`, {
      key: null,
    })
    expect(answer.headers.get('content-type')).toBe('application/javascript; charset=utf-8')
    expect(await answer.text()).toMatch(/^jQuery1showx_2\(\{"id":\d+,.*\}\)$/)
    const missing = await ask('GET', '/v2/feeds/999999?callback=f')
    expect([missing.status, await missing.text()]).toEqual([404, expect.stringMatching(/^f\(\{"title":"Not found"/)])
  })

  test.each([
    ['of CSV', '.csv?callback=f', {}],
    ['without a name', '?callback=().', {}],
  ])('there is none %s', async (_what, rest, headers) => {
    expect(await (await ask('GET', `${feed}${rest}`, { headers })).text()).toMatch(/^(flow,|\{)/)
  })

  test('nor for somebody who is signed in: a page of another site could call itself with it', async () => {
    const { text } = await api.send('GET', `${feed}?callback=f`, { cookie: api.home.cookie })
    expect(text).toMatch(/^\{/)
  })
})

describe('conditional GET', () => {
  test('what did not change is not sent again', async () => {
    const first = await ask('GET', `${feed}/datastreams/flow`)
    const etag = first.headers.get('etag') ?? ''
    expect(etag).toMatch(/^"[\w-]{20}"$/)
    const same = await ask('GET', `${feed}/datastreams/flow`, { headers: { 'If-None-Match': `"other", W/${etag}` } })
    expect([same.status, await same.text(), same.headers.get('etag')]).toEqual([304, '', etag])
    await ask('PUT', `${feed}/datastreams/flow`, { body: '{"current_value":"42"}' })
    expect((await ask('GET', `${feed}/datastreams/flow`, { headers: { 'If-None-Match': etag } })).status).toBe(200)
  })

  test('a device, which names no coding that it can undo, hears nothing of it', async () => {
    const head = `GET ${feed}.csv HTTP/1.1\r\nHost: x\r\nX-ApiKey: ${api.home.masterKey}\r\nConnection: close\r\n\r\n`
    const answer = await api.served.raw(head)
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    expect(answer).not.toMatch(/\r\n(etag|ratelimit)/i)
  })
})
