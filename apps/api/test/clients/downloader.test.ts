import { afterAll, beforeAll, expect, test } from 'vitest'
import { openLab, TIME } from './lab.ts'
import type { Lab } from './lab.ts'
import { ask, bytesOf, headOf } from './wire.ts'

// xively-downloader (Python, requests): CSV of a feed in windows of five hours, a thousand rows at a time, and an account in
// HTTP Basic, where a key takes the account's place

let lab: Lab
beforeAll(async () => {
  lab = await openLab()
})
afterAll(() => lab[Symbol.asyncDispose]())

const GET = headOf(
  'GET /v2/feeds/{FEED}.csv?start={START}&end={END}&limit=1000&interval=0 HTTP/1.1',
  'Host: api.xively.com',
  'User-Agent: python-requests/1.2.3 CPython/2.7.3 Linux/3.2.0',
  'Accept-Encoding: gzip, deflate, compress',
  'Accept: */*',
  'Authorization: Basic {ACCOUNT}',
)
const HOUR_MS = 3600_000
const STARTS = Date.parse('2014-01-01T00:00:00Z')
const stamp = (ms: number): string => `${new Date(ms).toISOString().slice(0, -1)}000Z`

/** One window's rows, each of exactly three cells with a time that it can read. */
async function page(feed: string, start: string): Promise<string[][]> {
  const end = stamp(Date.parse(start) + 5 * HOUR_MS)
  const account = Buffer.from(`${lab.key}:`).toString('base64')
  const answer = await ask(lab.port, bytesOf(GET, { FEED: feed, START: start, END: end, ACCOUNT: account }))
  expect(answer.status).toBe(200)
  const rows = answer.body.split('\n').map((line) => line.split(','))
  for (const row of rows) expect(row).toEqual([expect.any(String), expect.stringMatching(TIME), expect.any(String)])
  return rows
}

async function feedOfTwoStreams(): Promise<string> {
  const feed = await lab.makeFeed({ datastreams: [{ id: 'a' }, { id: 'b' }] })
  const points = { a: pointsOf(3, 0), b: pointsOf(3, 1) }
  for (const [id, values] of Object.entries(points)) {
    for (let from = 0; from < values.length; from += 500) {
      const body = { datapoints: values.slice(from, from + 500) }
      const path = `/v2/feeds/${feed}/datastreams/${id}/datapoints`
      expect(await lab.api.send('POST', path, { key: lab.key, body })).toMatchObject({ status: 200 })
    }
  }
  return feed
}
/** Every twenty seconds of some hours, shifted by so many seconds. */
const pointsOf = (hours: number, shiftS: number): { at: string; value: string }[] =>
  Array.from({ length: hours * 180 }, (_, index) => ({
    at: stamp(STARTS + index * 20_000 + shiftS * 1000),
    value: String(index),
  }))

test('walks through all of a feed, from the last row and a second on, without a row lost or seen twice', async () => {
  const feed = await feedOfTwoStreams()
  const seen: string[] = []
  let start = stamp(STARTS)
  for (let pages = 0; Date.parse(start) < STARTS + 3 * HOUR_MS - 20_000; pages++) {
    expect(pages).toBeLessThan(10)
    const rows = await page(feed, start)
    seen.push(...rows.map(([id, at]) => `${at} ${id}`))
    start = stamp(Date.parse(rows.at(-1)?.[1] ?? '') + 1000)
  }
  // sorted by time across both datastreams, as the service did, and not one after the other
  expect(seen).toEqual([...seen].sort())
  expect(new Set(seen).size).toBe(2 * 3 * 180)
})

test('walks from the last row itself, too: the first row of a page repeats the last one of the page before', async () => {
  const feed = await feedOfTwoStreams()
  const first = await page(feed, stamp(STARTS))
  const last = first.at(-1) ?? []
  const [again] = await page(feed, last[1] ?? '')
  expect(again).toEqual(last)
})

test('more than a thousand rows of one datastream: the oldest thousand of the window come', async () => {
  const feed = await lab.makeFeed({ datastreams: [{ id: 'a' }] })
  const points = pointsOf(1, 0).flatMap(({ at }, minute) =>
    Array.from({ length: 6 }, (_, n) => ({ at: stamp(Date.parse(at) + n * 3000), value: String(minute) })),
  )
  for (let from = 0; from < points.length; from += 500) {
    const body = { datapoints: points.slice(from, from + 500) }
    await lab.api.send('POST', `/v2/feeds/${feed}/datastreams/a/datapoints`, { key: lab.key, body })
  }
  const rows = await page(feed, stamp(STARTS))
  expect(rows.map(([, at]) => at)).toEqual(points.slice(0, 1000).map(({ at }) => at))
  const rest = await page(feed, rows.at(-1)?.[1] ?? '')
  expect(rest.map(([, at]) => at)).toEqual(points.slice(999).map(({ at }) => at))
})
