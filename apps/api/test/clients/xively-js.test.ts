import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { lastSegment, openLab } from './lab.ts'
import type { Lab } from './lab.ts'
import { ask, bytesOf, dial, headOf } from './wire.ts'
import type { WireAnswer } from './wire.ts'

// xively-js 1.0.4 on jQuery 2, in a browser and from another site: every request is asked for beforehand (preflight),
// has a JSON type, and GETs carry `_=` against caches

const ORIGIN = 'http://xively.github.io'
let lab: Lab
beforeAll(async () => {
  lab = await openLab()
})
afterAll(() => lab[Symbol.asyncDispose]())

const BROWSER = [
  'Host: api.xively.com',
  'Connection: keep-alive',
  `Origin: ${ORIGIN}`,
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/28.0.1500.71 Safari/537.36',
  `Referer: ${ORIGIN}/xively-js/demo/`,
  'Accept-Encoding: gzip,deflate,sdch',
  'Accept-Language: en-US,en;q=0.8',
]
const PREFLIGHT = headOf(
  'OPTIONS {PATH} HTTP/1.1',
  ...BROWSER,
  'Cache-Control: max-age=0',
  'Access-Control-Request-Method: {METHOD}',
  'Access-Control-Request-Headers: accept, x-apikey, content-type',
  'Accept: */*',
)
const LINES = [
  '{METHOD} {PATH} HTTP/1.1',
  ...BROWSER,
  'Accept: application/json, text/javascript, */*; q=0.01',
  'X-ApiKey: {KEY}',
]

/** What the page's script may see: only an answer that CORS allows it, after a preflight that allowed the request. */
async function request(method: string, path: string, body?: string): Promise<WireAnswer> {
  using line = dial(lab.port)
  const busted = method === 'GET' ? `${path}${path.includes('?') ? '&' : '?'}_=1374834924411` : path
  const values = { METHOD: method, PATH: `/v2${busted}`, KEY: lab.key }
  const allowed = await line.ask(bytesOf(PREFLIGHT, values))
  expect(allowed).toMatchObject({ status: 200, body: '' })
  expect(allowed.header('access-control-allow-origin')).toBe('*')
  expect(listed(allowed.header('access-control-allow-methods'))).toContain(method.toLowerCase())
  expect(listed(allowed.header('access-control-allow-headers'))).toEqual(
    expect.arrayContaining(['accept', 'x-apikey', 'content-type']),
  )
  const more = body === undefined ? [] : ['Content-Length: {LENGTH}']
  const answer = await line.ask(bytesOf(headOf(...LINES, 'Content-Type: application/json', ...more), values, body))
  expect(answer.header('access-control-allow-origin')).toBe('*')
  return answer
}
const listed = (text: string): string[] => text.toLowerCase().split(/\s*,\s*/)
/** `dataType: json`: what is not JSON is a failure, an empty body as well, but the callback comes either way. */
async function json(path: string): Promise<unknown> {
  const answer = await request('GET', path)
  expect([answer.status, answer.header('content-type')]).toEqual([200, 'application/json; charset=utf-8'])
  return JSON.parse(answer.body)
}
const done = { status: 200, body: '' }

describe('feed', () => {
  test('new, get, update, list, history, delete', async () => {
    const made = await request('POST', '/feeds', '{"title":"By JS","version":"1.0.0","tags":["js"]}')
    expect(made).toMatchObject({ status: 201, body: '' })
    // a script sees Location only where it is exposed
    expect(listed(made.header('access-control-expose-headers'))).toContain('location')
    const id = lastSegment(made.header('location'))
    expect(await json(`/feeds/${id}`)).toMatchObject({ id: Number(id), title: 'By JS' })
    const update = '{"datastreams":[{"id":"t","current_value":"21.5"}]}'
    expect(await request('PUT', `/feeds/${id}.json`, update)).toMatchObject(done)
    expect(await json('/feeds?q=By+JS&per_page=3')).toMatchObject({ totalResults: 1, results: [{ id: Number(id) }] })
    expect(await json(`/feeds/${id}.json?duration=1hour&interval=0`)).toMatchObject({
      datastreams: [{ id: 't', datapoints: [{ value: '21.5' }] }],
    })
    expect(await request('DELETE', `/feeds/${id}`)).toMatchObject(done)
    expect((await request('GET', `/feeds/${id}`)).status).toBe(404)
  })
})

describe('datastream', () => {
  test('new without a value, list, update, get, history, delete', async () => {
    const feed = `/feeds/${await lab.makeFeed()}`
    const made = await request('POST', `${feed}/datastreams`, '{"version":"1.0.0","datastreams":[{"id":"x"}]}')
    expect(made).toMatchObject({ status: 201, body: '' })
    expect(await json(`${feed}.json`)).toMatchObject({ datastreams: [{ id: 'x' }] })
    expect(await request('PUT', `${feed}/datastreams/x.json`, '{"current_value":"5"}')).toMatchObject(done)
    expect(await json(`${feed}/datastreams/x.json`)).toMatchObject({ id: 'x', current_value: '5' })
    expect(await json(`${feed}/datastreams/x.json?duration=6hours&limit=1`)).toMatchObject({
      datapoints: [{ value: '5' }],
    })
    // `live` asks for the datastream without an extension
    expect(await json(`${feed}/datastreams/x`)).toMatchObject({ current_value: '5' })
    expect(await request('DELETE', `${feed}/datastreams/x`)).toMatchObject(done)
    expect((await request('GET', `${feed}/datastreams/x.json`)).status).toBe(404)
  })
})

describe('datapoint', () => {
  const TIMES = ['2013-07-26T10:00:00Z', '2013-07-26T11:00:00Z', '2013-07-26T12:00:00Z']
  async function make(): Promise<string> {
    const datastream = `/feeds/${await lab.makeFeed({ datastreams: [{ id: 't' }] })}/datastreams/t`
    const points = TIMES.map((at, index) => ({ at, value: String(index) }))
    const body = JSON.stringify({ datapoints: points })
    expect(await request('POST', `${datastream}/datapoints`, body)).toMatchObject(done)
    return datastream
  }
  const left = async (datastream: string): Promise<string[]> => {
    const history = (await json(`${datastream}.json?start=2013-07-26T00:00:00Z`)) as {
      datapoints?: { value: string }[]
    }
    return (history.datapoints ?? []).map(({ value }) => value)
  }

  test('new, get, update and delete of one', async () => {
    const datastream = await make()
    const one = `${datastream}/datapoints/${TIMES[0]}`
    expect(await json(one)).toEqual({ at: '2013-07-26T10:00:00.000000Z', value: '0' })
    expect(await request('PUT', one, '{"value":"7"}')).toMatchObject(done)
    expect(await request('DELETE', `${datastream}/datapoints/${TIMES[1]}`)).toMatchObject(done)
    expect(await left(datastream)).toEqual(['7', '2'])
  })

  test.each([
    ['start=2013-07-26T10%3A30%3A00Z&end=2013-07-26T11%3A30%3A00Z', ['0', '2']],
    ['start=2013-07-26T10%3A30%3A00Z', ['0']],
    ['end=2013-07-26T12%3A00%3A00Z&duration=1hour', ['0']],
  ])('delete of a range, whose bounds jQuery puts into the body as a form: %s', async (form, values) => {
    const datastream = await make()
    expect(await request('DELETE', `${datastream}/datapoints`, form)).toMatchObject(done)
    expect(await left(datastream)).toEqual(values)
  })
})

test('a refusal, too, reaches the script', async () => {
  const refused = await request('PUT', `/feeds/${await lab.makeFeed()}.json`, '{"title":""}')
  expect(refused.status).toBe(422)
  expect(JSON.parse(refused.body)).toEqual({ title: expect.any(String), errors: ["title can't be blank"] })
})

test('a preflight needs no key, whatever the address and the method', async () => {
  for (const path of ['/v2/feeds/999999.json', '/v2/triggers', '/v2/keys/x', '/v2/feeds/1/datastreams/a/datapoints']) {
    for (const method of ['GET', 'PUT', 'POST', 'DELETE']) {
      const answer = await ask(lab.port, bytesOf(PREFLIGHT, { PATH: path, METHOD: method }))
      expect([path, method, answer.status, answer.body]).toEqual([path, method, 200, ''])
    }
  }
})
