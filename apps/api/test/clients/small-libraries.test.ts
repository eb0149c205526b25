import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { lastSegment, openLab } from './lab.ts'
import type { Lab } from './lab.ts'
import { ask, bytesOf, dial, headOf } from './wire.ts'
import type { WireAnswer } from './wire.ts'

let lab: Lab
beforeAll(async () => {
  lab = await openLab()
})
afterAll(() => lab[Symbol.asyncDispose]())
const done = { status: 200, body: '' }

describe('PHP client of deboorn, on libcurl: always an extension, a form’s type around JSON, throws from 400 on', () => {
  const HEAD = ['{METHOD} /v2/{PATH} HTTP/1.1', 'Host: api.xively.com', 'Accept: */*', 'X-ApiKey: {KEY}']
  const FORM = ['Content-Length: {LENGTH}', 'Content-Type: application/x-www-form-urlencoded']

  async function send(method: string, path: string, body?: string): Promise<WireAnswer> {
    // libcurl asks before it sends more than 1024 bytes, and waits a second for the answer
    const expects = (body?.length ?? 0) > 1024 ? ['Expect: 100-continue'] : []
    const head = headOf(...HEAD, ...(body === undefined ? [] : FORM), ...expects)
    const answer = await ask(lab.port, bytesOf(head, { METHOD: method, PATH: path, KEY: lab.key }, body))
    if (answer.status >= 400) throw new Error(answer.body)
    return answer
  }

  test('feeds, datastreams and datapoints', async () => {
    const made = await send('POST', 'feeds.json', '{"title":"PHP"}')
    const feed = `feeds/${lastSegment(made.header('location'))}`
    expect(await send('POST', `${feed}/datastreams.json`, '{"datastreams":[{"id":"a"}]}')).toMatchObject({
      status: 201,
    })
    expect(await send('PUT', `${feed}/datastreams/a.json`, '{"current_value":5}')).toMatchObject(done)
    const points = Array.from({ length: 40 }, (_, n) => ({ at: `2013-01-01T00:00:${n + 10}Z`, value: n }))
    expect(
      await send('POST', `${feed}/datastreams/a/datapoints.json`, JSON.stringify({ datapoints: points })),
    ).toMatchObject(done)
    const read = await send('GET', `${feed}/datastreams/a.json?start=2013-01-01T00%3A00%3A00Z&limit=1000`)
    expect((JSON.parse(read.body) as { datapoints: object[] }).datapoints).toHaveLength(41)
    expect(await send('GET', `${feed}.csv`)).toMatchObject({ body: expect.stringMatching(/^a,/) })
    expect(await send('DELETE', `${feed}/datastreams/a.json`)).toMatchObject(done)
    expect(await send('DELETE', `${feed}.json`)).toMatchObject(done)
    await expect(send('GET', `${feed}.json`)).rejects.toThrow(/"title":"Not found"/)
  })

  test('keys and triggers, deleted with an extension, too', async () => {
    const feed = await lab.makeFeed({ datastreams: [{ id: 'a' }] })
    const key = await send('POST', 'keys.json', '{"key":{"label":"PHP","permissions":[{"access_methods":["get"]}]}}')
    expect(await send('DELETE', `keys/${lastSegment(key.header('location'))}.json`)).toMatchObject(done)
    const body = `{"environment_id":${feed},"stream_id":"a","url":"http:\\/\\/example.org\\/","trigger_type":"change"}`
    const trigger = await send('POST', 'triggers.json', body)
    expect(await send('DELETE', `triggers/${lastSegment(trigger.header('location'))}.json`)).toMatchObject(done)
  })

  test('what it asks before a long body is answered before the body comes', async () => {
    const feed = await lab.makeFeed()
    using line = dial(lab.port)
    const body = JSON.stringify({ title: 'long', description: 'x'.repeat(2000) })
    const head = headOf(...HEAD, ...FORM, 'Expect: 100-continue')
    const bytes = bytesOf(head, { METHOD: 'PUT', PATH: `feeds/${feed}.json`, KEY: lab.key }, body)
    const answer = line.ask(bytes.subarray(0, bytes.length - body.length), { isInterim: true })
    expect((await answer).status).toBe(100)
    expect(await line.ask(bytes.subarray(bytes.length - body.length))).toMatchObject(done)
  })
})

describe('XivelyObjectiveC, on AFNetworking: the key in the query, a slash before it, indented JSON', () => {
  const AGENT = ['Host: api.xively.com', 'User-Agent: Xively-ObjectiveC-Lib/1.0']
  const MODEL = [
    'Accept: application/json',
    'Accept-Language: en;q=1, fr;q=0.9',
    'Accept-Encoding: gzip, deflate',
    'Connection: keep-alive',
  ]

  function send(method: string, path: string, body?: string): Promise<WireAnswer> {
    const more = body === undefined ? [] : ['Content-Type: application/json', 'Content-Length: {LENGTH}']
    const head = headOf('{METHOD} /v2/{PATH} HTTP/1.1', ...AGENT, ...MODEL, ...more)
    return ask(lab.port, bytesOf(head, { METHOD: method, PATH: `${path}?key=${lab.key}`, KEY: lab.key }, body))
  }
  /** Parameters with an ampersand behind each, the last one included; the answer must say that it is JSON. */
  async function fetchModel(path: string, parameters = ''): Promise<unknown> {
    const head = headOf('GET /v2/{PATH} HTTP/1.1', ...AGENT, 'Accept: */*', 'Accept-Encoding: gzip, deflate')
    const answer = await ask(lab.port, bytesOf(head, { PATH: `${path}?${parameters}key=${lab.key}&` }))
    expect([answer.status, answer.header('content-type')]).toEqual([200, expect.stringMatching(/^application\/json/)])
    return JSON.parse(answer.body)
  }
  /** The id is what `feeds/([0-9]*)` finds in Location. */
  const feedIdOf = (answer: WireAnswer): string => /feeds\/([0-9]*)/i.exec(answer.header('location'))?.[1] ?? ''
  const pretty = (document: unknown): string => JSON.stringify(document, null, 2)

  test('a feed is made, fetched with its user, saved as it was fetched, and deleted', async () => {
    const datastreams = [{ id: 'a', current_value: '1', unit: {} }]
    const made = await send('POST', 'feeds/', pretty({ title: 'iPhone', datastreams }))
    expect(made).toMatchObject({ status: 201, body: '' })
    const id = feedIdOf(made)
    const feed = (await fetchModel(`feeds/${id}`, 'show_user=true&')) as object
    expect(feed).toMatchObject({ id: Number(id), title: 'iPhone', user: { login: lab.api.home.login } })
    expect(await send('PUT', `feeds/${id}/`, pretty({ ...feed, title: 'iPad', datastreams: [] }))).toMatchObject(done)
    expect(await fetchModel('feeds/', 'show_user=true&q=iPad&')).toMatchObject({ results: [{ title: 'iPad' }] })

    const stream = { id: 'b', current_value: '2', unit: { symbol: 'V' } }
    expect(
      await send('POST', `feeds/${id}/datastreams/`, pretty({ datastreams: [stream], version: '1.0.0' })),
    ).toMatchObject({
      status: 201,
    })
    expect(await send('PUT', `feeds/${id}/datastreams/b/`, pretty({ ...stream, current_value: '3' }))).toMatchObject(
      done,
    )
    const points = pretty({ datapoints: [{ at: '2013-05-20T11:01:43Z', value: '294' }] })
    expect(await send('POST', `feeds/${id}/datastreams/b/datapoints/`, points)).toMatchObject(done)
    expect(await fetchModel(`feeds/${id}/datastreams/b`, 'duration=1hour&')).toMatchObject({
      datapoints: [{ value: '2' }, { value: '3' }],
    })
    expect(await send('DELETE', `feeds/${id}/datastreams/b/`)).toMatchObject(done)
    expect(await send('DELETE', `feeds/${id}/`)).toMatchObject(done)
  })

  test('a refusal is JSON that its error has', async () => {
    const refused = await send('POST', 'feeds/', pretty({ description: 'no title' }))
    expect([refused.status, JSON.parse(refused.body)]).toEqual([
      422,
      { title: expect.any(String), errors: ["title can't be blank"] },
    ])
  })
})

describe('python-eeml: PUT of XML without a type; of an error it takes the first two children', () => {
  const HEAD = headOf(
    'PUT {PATH} HTTP/1.1',
    'Host: api.cosm.com',
    'Accept-Encoding: identity',
    'Content-Length: {LENGTH}',
    'X-ApiKey: {KEY}',
  )
  const put = (path: string, body: string): Promise<WireAnswer> =>
    ask(lab.port, bytesOf(HEAD, { PATH: path, KEY: lab.key }, body))
  /** `errors[0].text: errors[1].text`, or the reason where there is none; only 200 is a success. */
  function message({ status, body, reason }: WireAnswer): string {
    if (status === 200) return ''
    const children = [...body.matchAll(/<(\w+)>([^<]*)<\/\1>/g)].map(([, , text]) => text)
    return children.length >= 2 ? `${children[0]}: ${children[1]}` : reason
  }
  const V5 =
    '<?xml version=\'1.0\' encoding=\'UTF-8\'?>\n<eeml xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" version="5" xsi:schemaLocation="http://www.eeml.org/xsd/005 http://www.eeml.org/xsd/005/005.xsd"><environment><location domain="physical" exposure="indoor"><name>My Room</name><lat>32.4</lat></location><data id="0"><tag>Temperature</tag><value maxValue="100" minValue="-40">36.2</value><unit symbol="C" type="derivedSI">Celsius</unit></data><data id="1"><value>74.4</value></data></environment></eeml>'
  const V051 =
    '<?xml version=\'1.0\' encoding=\'UTF-8\'?>\n<eeml xmlns="http://www.eeml.org/xsd/0.5.1" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" version="0.5.1" xsi:schemaLocation="http://www.eeml.org/xsd/0.5.1 http://www.eeml.org/xsd/0.5.1/0.5.1.xsd"><environment><data id="Humidity"><current_value at="2012-09-12T11:00:00" maxValue="100">4</current_value><unit type="derivedUnits" symbol="%RH">Relative Humidity</unit></data></environment></eeml>'

  test('both of its layouts, at both of its addresses', async () => {
    const feed = await lab.makeFeed()
    expect(await put(`/v2/feeds/${feed}.xml`, V5)).toMatchObject(done)
    expect((await lab.readFeed(feed)).datastreams).toMatchObject([
      {
        id: '0',
        current_value: '36.2',
        max_value: '100.0',
        min_value: '-40.0',
        unit: { symbol: 'C', label: 'Celsius' },
      },
      { id: '1', current_value: '74.4' },
    ])
    expect(await put(`/v1/feeds/${feed}.xml`, V5.replace('36.2', '36.3'))).toMatchObject(done)
    expect(await lab.value(feed, '0')).toBe('36.3')
    expect(await put(`/v2/feeds/${feed}.xml`, V051)).toMatchObject(done)
    expect((await lab.readFeed(feed)).datastreams?.at(-1)).toMatchObject({
      id: 'Humidity',
      current_value: '4',
      at: '2012-09-12T11:00:00.000000Z',
    })
  })

  test.each([
    ['a feed that is not there', '/v2/feeds/999999.xml', V5, /^Not found: Couldn't find Feed/],
    ['XML that is none', '/v2/feeds/{FEED}.xml', '<eeml><environment>', /^XML Parser Error: ./],
    [
      'no feed in it',
      '/v2/feeds/{FEED}.xml',
      '<eeml/>',
      /^XML Parser Error: Missing 'environment' node from base node/,
    ],
    [
      'a unit that is none',
      '/v2/feeds/{FEED}.xml',
      V5.replace('derivedSI', 'own'),
      /^Unprocessable Entity: datastreams_unit_type is not a valid/,
    ],
  ])('of %s it can tell', async (_what, path, body, expected) => {
    const feed = await lab.makeFeed()
    const text = message(await put(path.replace('{FEED}', feed), body)).replaceAll('&apos;', "'")
    expect(text).toMatch(expected)
  })
})

describe('electric imp: PUT of JSON, with a JSON type or that of CSV', () => {
  const HEAD = [
    '{METHOD} /v2/feeds/{FEED}{EXTENSION} HTTP/1.1',
    'Host: api.xively.com',
    'X-ApiKey: {KEY}',
    'User-Agent: Xively-Imp-Lib/1.0',
  ]
  test.each([
    [
      '.json',
      'application/json',
      '{ "datastreams": [{"current_value":23.5,"id":"temp"},{"current_value":"on","id":"led"}] }',
    ],
    ['.json', 'text/csv', '{ "datastreams": [{"current_value":23.5,"id":"temp"},{"current_value":"on","id":"led"}] }'],
    ['.csv', 'text/csv', 'temp,23.5\nled,on'],
  ])('%s as %s', async (extension, type, body) => {
    const feed = await lab.makeFeed()
    const put = headOf(...HEAD, `Content-Type: ${type}`, 'Content-Length: {LENGTH}')
    const values = { FEED: feed, KEY: lab.key, EXTENSION: extension }
    expect(await ask(lab.port, bytesOf(put, { ...values, METHOD: 'PUT' }, body))).toMatchObject(done)
    const got = await ask(lab.port, bytesOf(headOf(...HEAD), { ...values, METHOD: 'GET', EXTENSION: '.json' }))
    // it walks `datastreams` for `current_value`
    expect(JSON.parse(got.body)).toMatchObject({
      datastreams: [
        { id: 'temp', current_value: '23.5' },
        { id: 'led', current_value: 'on' },
      ],
    })
  })
})
