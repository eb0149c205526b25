import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openLab } from './lab.ts'
import type { Lab } from './lab.ts'
import { ask, bytesOf, dial, headOf } from './wire.ts'
import type { WireAnswer } from './wire.ts'

let lab: Lab
beforeAll(async () => {
  lab = await openLab()
})
afterAll(() => lab[Symbol.asyncDispose]())

describe('Pachube’s graph library: JSONP from a page, `per_page=2000`', () => {
  const CALLBACK = 'jQuery17104891_1329391200000'
  const GET = headOf(
    'GET /v2/feeds/{FEED}/datastreams/{DS}.json?key={KEY}&interval={INTERVAL}&start={START}&end={END}&per_page=2000&callback={CALLBACK}&_=1329391200123 HTTP/1.1',
    'Host: api.pachube.com',
    'Connection: keep-alive',
    'User-Agent: Mozilla/5.0 (Macintosh; Intel Mac OS X 10_7_3) AppleWebKit/535.11 (KHTML, like Gecko) Chrome/17.0.963.56 Safari/535.11',
    'Accept: */*',
    'Referer: http://example.org/graph.html',
    'Accept-Encoding: gzip,deflate,sdch',
    'Cookie: __utma=1.2.3',
  )
  type Result = { id: string; datapoints: { at: string; value: string }[] }

  async function script(feed: string, { interval, days }: { interval: number; days: number }): Promise<WireAnswer> {
    const end = new Date(Date.UTC(2012, 1, 17))
    const start = new Date(end.getTime() - days * 86_400_000)
    const times = { START: start.toISOString(), END: end.toISOString() }
    const values = { FEED: feed, DS: '0', KEY: lab.key, INTERVAL: interval, CALLBACK, ...times }
    return ask(lab.port, bytesOf(GET, values))
  }
  /** The page runs what it got; the function is called once, with one document. */
  function run({ body }: WireAnswer): Result {
    const called: Result[] = []
    // the only thing in reach of the script is the callback
    runInNewContext(body, { [CALLBACK]: (result: Result) => called.push(structuredClone(result)) }, { timeout: 1000 })
    const [result] = called
    if (!result || called.length > 1) throw new Error(`called ${called.length} times`)
    return result
  }

  async function feedWith(points: number): Promise<string> {
    const feed = await lab.makeFeed({ datastreams: [{ id: '0' }] })
    const from = Date.UTC(2012, 1, 15, 12)
    for (let at = 0; at < points; at += 500) {
      const datapoints = Array.from({ length: Math.min(500, points - at) }, (_, index) => ({
        at: new Date(from + (at + index) * 90_000).toISOString(),
        value: String(at + index),
      }))
      await lab.api.send('POST', `/v2/feeds/${feed}/datastreams/0/datapoints`, { key: lab.key, body: { datapoints } })
    }
    return feed
  }

  test.each([
    { span: 'last hour', interval: 60, days: 1 / 24 },
    { span: '24 hours', interval: 900, days: 1 },
    { span: '4 days', interval: 3600, days: 4 },
    { span: '3 months', interval: 86_400, days: 90 },
  ])('$span', async ({ interval, days }) => {
    const answer = await script(await feedWith(1440), { interval, days })
    expect([answer.status, answer.header('content-type')]).toEqual([200, 'application/javascript; charset=utf-8'])
    const { id, datapoints } = run(answer)
    expect(id).toBe('0')
    expect(datapoints.length).toBeGreaterThan(0)
    for (const { at, value } of datapoints) {
      // it cuts the fraction to milliseconds, and takes the value for a number
      expect(Date.parse(`${at.slice(0, 23)}Z`)).not.toBeNaN()
      expect(Number.parseFloat(value)).not.toBeNaN()
    }
    const times = datapoints.map(({ at }) => at)
    expect(times).toEqual([...times].sort())
  })

  test('two thousand points are asked for, a thousand come: the limit is clamped', async () => {
    const { datapoints } = run(await script(await feedWith(1200), { interval: 0, days: 2 }))
    expect(datapoints).toHaveLength(1000)
  })

  test('a refusal reaches the callback, too', async () => {
    const answer = await script('999999', { interval: 60, days: 1 })
    expect([answer.status, run(answer)]).toEqual([404, { title: 'Not found', errors: expect.any(String) }])
  })
})

describe('xively-clj: a conditional GET answered 304', () => {
  const HEAD = [
    'GET /v2/feeds/{FEED} HTTP/1.1',
    'X-ApiKey: {KEY}',
    'User-Agent: xively-clj/0.1.0-SNAPSHOT (https://xively.com) Clojure/1.5.1',
    'Connection: close',
    'Accept-Encoding: gzip, deflate',
    'Host: api.xively.com',
  ]

  test('not modified, then modified', async () => {
    const feed = await lab.makeFeed({ datastreams: [{ id: 'a', current_value: '1' }] })
    const values = { FEED: feed, KEY: lab.key }
    const first = await ask(lab.port, bytesOf(headOf(...HEAD), values))
    expect(JSON.parse(first.body)).toMatchObject({ datastreams: [{ current_value: '1' }] })
    const etag = first.header('etag')
    const conditional = bytesOf(headOf(...HEAD, 'If-None-Match: {ETAG}'), { ...values, ETAG: etag })
    const same = await ask(lab.port, conditional)
    expect([same.status, same.body, same.header('etag')]).toEqual([304, '', etag])
    await lab.api.send('PUT', `/v2/feeds/${feed}`, { key: lab.key, body: { title: 'changed' } })
    expect(await ask(lab.port, conditional)).toMatchObject({ status: 200, body: expect.stringContaining('changed') })
  })

  test('a 304 has no body, and its connection goes on', async () => {
    const feed = await lab.makeFeed()
    const open = HEAD.filter((line) => line !== 'Connection: close')
    const values = { FEED: feed, KEY: lab.key }
    using line = dial(lab.port)
    const etag = (await line.ask(bytesOf(headOf(...open), values))).header('etag')
    for (let times = 0; times < 3; times++) {
      const again = bytesOf(headOf(...open, 'If-None-Match: {ETAG}'), { ...values, ETAG: `"x", ${etag}` })
      expect((await line.ask(again)).status).toBe(304)
    }
  })
})
