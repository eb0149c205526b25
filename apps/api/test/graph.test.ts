import { PNG } from 'pngjs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApi } from './test-api.ts'
import type { TestApi } from './test-api.ts'

let api: TestApi
let datastream: string

beforeAll(async () => {
  api = await startTestApi()
  const at = (minutesAgo: number): string => new Date(Date.now() - minutesAgo * 60_000).toISOString()
  const datapoints = Array.from({ length: 100 }, (_, index) => ({
    at: at(index * 10),
    value: String(20 + (index % 7)),
  }))
  const body = { title: 'A', datastreams: [{ id: 't', datapoints, unit: { symbol: '°C' } }, { id: 'none' }] }
  const made = await api.send('POST', '/v2/feeds', { key: api.home.masterKey, body })
  datastream = `${new URL(made.headers.get('location') ?? '').pathname}/datastreams`
})
afterAll(() => api[Symbol.asyncDispose]())

const get = (path: string, key = api.home.masterKey): Promise<Response> =>
  fetch(`${api.url}${path}`, { headers: { 'X-ApiKey': key } })

test.each([
  ['t.png', 600, 300, '0a6e7c', true],
  ['t.png?w=300&h=120&c=FF0000&t=Boiler&b=true&g=true&timezone=Berlin', 300, 120, 'ff0000', true],
  ['t.png?duration=6hours&interval=900', 600, 300, '0a6e7c', true],
  ['none.png', 600, 300, '0a6e7c', false],
] as const)('%s is a picture', async (...row) => {
  const [path, width, height, colour, hasLine] = row
  const answer = await get(`${datastream}/${path}`)
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/png'])
  const bytes = Buffer.from(await answer.arrayBuffer())
  expect(answer.headers.get('content-length')).toBe(String(bytes.length))
  const picture = PNG.sync.read(bytes)
  expect([picture.width, picture.height]).toEqual([width, height])
  let ofLine = 0
  for (let offset = 0; offset < picture.data.length; offset += 4) {
    if (picture.data.toString('hex', offset, offset + 3) === colour) ofLine++
  }
  expect(ofLine > 50).toBe(hasLine)
})

test.each([
  ['missing.png', 404],
  ['t.png?timezone=Nowhere', 422],
  ['t.png?start=noon', 422],
])('%s is refused in JSON, because a picture cannot say why: %i', async (path, status) => {
  const answer = await get(`${datastream}/${path}`)
  expect([answer.status, await answer.json()]).toEqual([
    status,
    { title: expect.any(String), errors: expect.anything() },
  ])
})

test('a day with a value a minute is drawn to its end', async () => {
  const minutes = Array.from({ length: 1440 }, (_, minute) => ({
    at: new Date(Date.now() - minute * 60_000).toISOString(),
    value: String(minute < 60 ? 50 : 10),
  }))
  for (const datapoints of [minutes.slice(0, 500), minutes.slice(500, 1000), minutes.slice(1000)]) {
    const sent = { key: api.home.masterKey, body: { datastreams: [{ id: 'minutes', datapoints }] } }
    await api.send('PUT', datastream.replace('/datastreams', ''), sent)
  }
  const answer = await get(`${datastream}/minutes.png?c=FF0000`)
  const { width, height, data } = PNG.sync.read(Buffer.from(await answer.arrayBuffer()))
  const isLine = (x: number, y: number): boolean =>
    data.toString('hex', (y * width + x) * 4, (y * width + x) * 4 + 3) === 'ff0000'
  // the last hour is the only one in the upper half
  const columns = Array.from({ length: width }, (_, x) => x).filter((x) =>
    Array.from({ length: height / 2 }, (_, y) => y).some((y) => isLine(x, y)),
  )
  expect(columns.at(-1)).toBeGreaterThan(width * 0.9)
})

test('pages of old ask for graphs elsewhere', async () => {
  const path = `${datastream.replace('/v2', '')}/t/history.png?w=200&key=${api.home.masterKey}`
  const answer = await fetch(`${api.url}${path}`)
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/png'])
})
