import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseBacktestBody } from '@sluice/formats'
import type { BacktestLine, TraceDocument } from '@sluice/model'
import { runBacktest } from '../src/backtest.ts'
import { startTestApi, type Account, type Answered, type TestApi } from './test-api.ts'

let api: TestApi
let ann: Account
let feed: number
beforeAll(async () => {
  api = await startTestApi()
  ann = await api.addAccount('ann')
  feed = await makeFeed('station')
})
afterAll(() => api[Symbol.asyncDispose]())

const idOf = (headers: Headers): number => Number(headers.get('location')?.split('/').at(-1))
const time = (minute: number): string => `${new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString().slice(0, -1)}000Z`
async function makeFeed(title: string): Promise<number> {
  const body = { title, private: true, datastreams: [{ id: 't' }, { id: 'wind' }] }
  return idOf((await api.send('POST', '/v2/feeds', { key: ann.masterKey, body })).headers)
}
/** Each value in a request of its own, as a device sends them. */
async function write(feedId: number, id: string, points: readonly (readonly [number, string])[]): Promise<void> {
  for (const [minute, value] of points) {
    const body = { datapoints: [{ at: time(minute), value }] }
    const answer = await api.send('POST', `/v2/feeds/${feedId}/datastreams/${id}/datapoints`, {
      key: ann.masterKey,
      body,
    })
    expect(answer, answer.text).toMatchObject({ status: 200 })
  }
}
const asked = (more: object = {}) => ({
  environment_id: feed,
  stream_id: 't',
  trigger_type: 'gt',
  threshold_value: '30',
  start: time(0),
  end: time(60),
  ...more,
})
const backtest = (more: object = {}, key = ann.masterKey): Promise<Answered> =>
  api.send('POST', '/v2/triggers/backtest', { key, body: asked(more) })
const linesOf = ({ text }: Answered): BacktestLine[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as BacktestLine)
const firingsOf = (lines: readonly BacktestLine[]) => lines.flatMap((line) => ('firing' in line ? [line.firing] : []))

describe('over what is stored', () => {
  beforeAll(() =>
    write(feed, 't', [
      [1, '20'],
      [2, '31'],
      [3, '32'],
      [4, '30'],
      [5, '33'],
      [6, '29'],
      [7, 'broken'],
      [8, '40'],
    ]),
  )

  test('a rule fires where it would have, as lines of JSON', async () => {
    const answer = await backtest()
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('application/x-ndjson; charset=utf-8')
    expect(linesOf(answer)).toEqual([
      { firing: { at: time(2), cause: 'value', stream_id: 't', value: '31' } },
      { firing: { at: time(5), cause: 'value', stream_id: 't', value: '33' } },
      { firing: { at: time(8), cause: 'value', stream_id: 't', value: '40' } },
      { summary: { points: 8, firings: 3, start: time(0), end: time(60) } },
    ])
  })

  test.each([
    { name: 'only in the window', more: { start: time(4), end: time(6) }, fires: [5] },
    { name: 'not for what held before the window', more: { start: time(3) }, fires: [5, 8] },
    { name: 'when it held long enough', more: { for: 60 }, fires: [3, 6, 9] },
    { name: 'when it held long enough, within the window', more: { for: 60, end: time(8) }, fires: [3, 6] },
    { name: 'with every value', more: { mode: 'level' }, fires: [2, 3, 5, 8] },
    { name: 'not again before it is clear of the threshold', more: { hysteresis: '5' }, fires: [2] },
  ])('$name', async ({ more, fires }) => {
    expect(firingsOf(linesOf(await backtest(more))).map(({ at }) => at)).toEqual(fires.map(time))
  })

  test.each([
    [{ start: null }, 422, ["start can't be blank"]],
    [{ end: time(0) }, 422, ['start must be before end']],
    [{ threshold_value: 'x' }, 422, ['threshold_value is not a number']],
    [{ environment_id: 99_999_999 }, 422, ["environment_id is invalid: couldn't find feed 99999999"]],
    [{ stream_id: 'nope' }, 422, ["stream_id is invalid: couldn't find datastream nope"]],
  ])('%o is refused', async (more, status, errors) => {
    expect(await backtest(more)).toMatchObject({ status, document: { errors } })
  })

  test('only who may read the datastreams may ask', async () => {
    const mallory = await api.addAccount('mallory')
    const foreign = await backtest({}, mallory.masterKey)
    expect(foreign).toMatchObject({
      status: 422,
      document: { errors: [`environment_id is invalid: couldn't find feed ${feed}`] },
    })
    const { key } = await api.addKey(ann, {
      permissions: [{ accessMethods: ['get'], resources: [{ feedId: feed, datastreamId: 'wind' }] }],
    })
    expect(await backtest({}, key)).toMatchObject({ status: 403 })
    expect(await backtest({ stream_id: 'wind' }, key)).toMatchObject({ status: 200 })
  })
})

test('it equals what happened live', async () => {
  const live = await makeFeed('live')
  await write(live, 'wind', [[0, '5']])
  const rule = {
    environment_id: live,
    conditions: [
      { stream_id: 't', trigger_type: 'gt', threshold_value: '10' },
      { stream_id: 'wind', trigger_type: 'lt', threshold_value: '7' },
    ],
    late: 'evaluate',
  }
  const made = await api.send('POST', '/v2/triggers', {
    key: ann.masterKey,
    body: { ...rule, url: 'http://example.org/' },
  })
  const trigger = idOf(made.headers)
  await write(live, 't', [
    [1, '9'],
    [2, '11'],
    [3, '12'],
  ])
  await write(live, 'wind', [
    [4, '8'],
    [5, '6'],
    [6, '9'],
  ])
  await write(live, 't', [
    [5, '9'],
    [4, '20'],
    [9, '12'],
  ])
  await write(live, 'wind', [
    [10, '1'],
    [7, '8'],
    [11, '0'],
  ])
  const { rows } = await api.db.pool.query<{ at: Date; stream: string; value: string }>(
    'select at, datastream_id as stream, value from delivery where trigger_id = $1 order by number',
    [trigger],
  )
  const happened = rows.map(({ at, stream, value }) => `${at.toISOString()} ${stream} ${value}`)
  expect(happened.length).toBeGreaterThanOrEqual(3)
  const answer = await backtest({ ...rule, stream_id: null, trigger_type: null, start: time(1) })
  const tried = firingsOf(linesOf(answer)).map(({ at, stream_id: id, value }) => `${at.slice(0, 23)}Z ${id} ${value}`)
  expect(tried).toEqual(happened)

  const trace = async (query = ''): Promise<TraceDocument[]> => {
    const shown = await api.send('GET', `/v2/triggers/${trigger}/trace${query}`, { key: ann.masterKey })
    expect(shown.status, shown.text).toBe(200)
    return (shown.document as { trace: TraceDocument[] }).trace
  }
  const judged = await trace()
  expect(judged).toHaveLength(12)
  const fired = judged.filter(({ verdict }) => verdict === 'fired').toReversed()
  expect(fired.map(({ at, stream_id: id, value }) => `${at.slice(0, 23)}Z ${id} ${value}`)).toEqual(happened)
  // the late 8 ended it, so that it came true once more
  expect(judged[0]).toMatchObject({ at: time(11), stream_id: 'wind', value: '0', verdict: 'fired', held: [true, true] })
  expect(judged.map(({ verdict }) => verdict)).toContain('still-true')
  expect(judged.at(-1)).toMatchObject({
    at: time(1),
    stream_id: 't',
    value: '9',
    verdict: 'false',
    held: [false, true],
  })
  expect(await trace('?limit=2')).toEqual(judged.slice(0, 2))
  // judged from where a person armed it
  await api.send('POST', `/v2/triggers/${trigger}/arm`, { key: ann.masterKey })
  expect(await trace()).toEqual([])
  await write(live, 't', [[12, '13']])
  expect(await trace()).toMatchObject([{ value: '13', verdict: 'fired', held: [true, true] }])
  await api.send('PUT', `/v2/triggers/${trigger}`, { key: ann.masterKey, body: { enabled: false } })
  expect(await trace()).toEqual([])
})

describe('over much', () => {
  let much: number
  const POINTS = 60_000
  beforeAll(async () => {
    much = await makeFeed('much')
    await write(much, 't', [[0, '0']])
    await api.db.pool.query(
      `insert into datapoint (stream_key, at, value, number, arrived_at)
       select d.key, '2026-01-01'::timestamptz + n * interval '10 ms', (n % 2)::text, n % 2,
         '2026-01-01'::timestamptz + n * interval '10 ms'
       from datastream d, generate_series(1, $2::int) as series (n) where d.feed_id = $1 and d.id = 't'`,
      [much, POINTS],
    )
  })
  const busy = async (): Promise<number> => {
    const { rows } = await api.db.pool.query<{ count: number }>(
      "select count(*) from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'",
    )
    return rows[0]?.count ?? 0
  }

  test('every firing is told, however slowly it is read', async () => {
    const answer = await backtest({ environment_id: much, threshold_value: '0.5' })
    const lines = linesOf(answer)
    expect(firingsOf(lines)).toHaveLength(POINTS / 2)
    expect(lines.at(-1)).toMatchObject({ summary: { points: POINTS + 1, firings: POINTS / 2 } })
  }, 60_000)

  test('who goes away leaves nothing behind', async () => {
    for (let turn = 0; turn < 5; turn++) {
      const body = JSON.stringify(asked({ environment_id: much, threshold_value: '0.5' }))
      const head = `POST /v2/triggers/backtest HTTP/1.1\r\nHost: x\r\nX-ApiKey: ${ann.masterKey}\r\nContent-Length: ${body.length}`
      await new Promise<void>((resolve) => {
        const socket = connect(api.served.api.port, '127.0.0.1', () => socket.write(`${head}\r\n\r\n${body}`))
        socket.once('data', () => socket.destroy())
        socket.once('close', () => resolve())
      })
    }
    await expect.poll(busy, { timeout: 10_000 }).toBe(0)
    expect(await backtest()).toMatchObject({ status: 200 })
  }, 60_000)

  test('beyond the most that it reads, it says so', async () => {
    const { rows } = await api.db.pool.query<{ key: number }>(
      "select key from datastream where feed_id = $1 and id = 't'",
      [much],
    )
    const { rule } = parseBacktestBody(JSON.stringify(asked({ threshold_value: '2' })))
    const { signal } = new AbortController()
    const window = { start: Date.UTC(2026, 0, 1) * 1000, end: Date.UTC(2026, 0, 2) * 1000 }
    const streams = new Map([['t', rows[0]?.key ?? 0]])
    const lines: BacktestLine[] = []
    for await (const more of runBacktest(api.db, { rule, streams, ...window, signal, pointsMax: 20_000 }))
      lines.push(...more)
    expect(lines.at(-1)).toEqual({ error: 'A backtest reads at most 20000 datapoints: choose a shorter window' })
    await expect.poll(busy).toBe(0)
  })

  test('others are served meanwhile, and a client of HTTP/1.0 is told the end by the end of the connection', async () => {
    const body = JSON.stringify(asked({ environment_id: much, threshold_value: '0.5' }))
    const whole = api.served.raw(
      `POST /v2/triggers/backtest HTTP/1.0\r\nX-ApiKey: ${ann.masterKey}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    )
    const startedAt = performance.now()
    expect(await api.send('GET', `/v2/feeds/${feed}`, { key: ann.masterKey })).toMatchObject({ status: 200 })
    expect(performance.now() - startedAt).toBeLessThan(5_000)
    const text = await whole
    expect(text).not.toMatch(/transfer-encoding/i)
    expect(text.trimEnd().split('\n').at(-1)).toContain('"summary"')
  }, 60_000)
})
