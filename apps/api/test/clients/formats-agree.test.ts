import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { lastSegment, openLab } from './lab.ts'
import type { Lab } from './lab.ts'
import { ask, bytesOf, headOf } from './wire.ts'
import type { WireAnswer } from './wire.ts'

// What one format says of a resource, the others say as well: read side by side, and written from one into another

let lab: Lab
let feed: string
beforeAll(async () => {
  lab = await openLab()
  feed = await lab.makeFeed(FEED)
})
afterAll(() => lab[Symbol.asyncDispose]())

const FEED = {
  title: 'Ödland & "Söhne" <3',
  description: 'first line\nsecond line',
  website: 'http://example.org/?a=1&b=2',
  email: 'a@example.org',
  tags: ['apple', 'tennis, later', 'room "red"'],
  location: {
    name: 'Zürich',
    lat: 47.37,
    lon: 8.54,
    ele: '408.0',
    domain: 'physical',
    disposition: 'mobile',
    exposure: 'outdoor',
  },
  datastreams: [
    {
      id: 'flow.1',
      tags: ['water'],
      unit: { type: 'derivedSI', symbol: '°C', label: 'Celsius' },
      current_value: '20.50',
      at: '2013-05-06T20:08:17.123456Z',
      datapoints: [
        { at: '2013-05-06T20:07:17.000001Z', value: '-3' },
        { at: '2013-05-06T20:07:18Z', value: '1e3' },
      ],
    },
    { id: 'état', current_value: 'a, "b"; <c> & d', at: '2013-05-06T20:07:17.500000Z' },
    { id: 'empty' },
  ],
}
type Json = Record<string, unknown> & { datastreams?: Stream[] }
type Stream = { id: string; current_value?: string; at?: string; datapoints?: { at: string; value: string }[] }

async function get(path: string): Promise<WireAnswer> {
  const head = headOf('GET /v2/feeds{PATH} HTTP/1.1', 'Host: x', 'X-ApiKey: {KEY}')
  const answer = await ask(lab.port, bytesOf(head, { PATH: path, KEY: lab.key }))
  expect(answer.status).toBe(200)
  return answer
}
async function send(method: string, path: string, body: string): Promise<WireAnswer> {
  const head = headOf(`${method} /v2/feeds{PATH} HTTP/1.1`, 'Host: x', 'X-ApiKey: {KEY}', 'Content-Length: {LENGTH}')
  return ask(lab.port, bytesOf(head, { PATH: path, KEY: lab.key }, body))
}
const json = async (path: string): Promise<Json> => JSON.parse((await get(path)).body) as Json
/** Without what is of this feed alone. */
function content({
  id: _id,
  feed: _feed,
  created: _created,
  updated: _updated,
  status: _status,
  ...rest
}: Json): object {
  return rest
}
const quoted = (cell: string): string => (/[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)
const HISTORY = '?start=2013-05-06T20:00:00Z&end=2013-05-06T21:00:00Z'

describe('a feed', () => {
  test('written as XML into another feed reads the same as JSON', async () => {
    const made = await send('POST', '.xml', (await get(`/${feed}.xml`)).body)
    expect(made.status).toBe(201)
    const copy = lastSegment(made.header('location'))
    expect(content(await json(`/${copy}.json`))).toEqual(content(await json(`/${feed}.json`)))
  })

  test('written as JSON into another feed reads the same as XML', async () => {
    const made = await send('POST', '.json', (await get(`/${feed}.json`)).body)
    const copy = lastSegment(made.header('location'))
    const own = /(updated|created|id|feeds)(="|\/)[^"<]+/g
    const texts = await Promise.all([feed, copy].map(async (id) => (await get(`/${id}.xml`)).body))
    const [one, other] = texts.map((text) => text.replaceAll(own, '').replace(/<feed>[^<]*/, ''))
    expect(other).toBe(one)
    expect(other).toContain('<title>Ödland &amp; ')
  })

  test('its CSV has the values of its JSON, in the same order', async () => {
    const { datastreams = [] } = await json(`/${feed}.json`)
    const rows = datastreams.map(({ id, at, current_value: value }) =>
      value === undefined ? `${id},,""` : [id, at ?? '', value].map(quoted).join(','),
    )
    expect((await get(`/${feed}.csv`)).body).toBe(rows.join('\n'))
  })

  test('its CSV written into another feed gives that the same values', async () => {
    const copy = await lab.makeFeed()
    const rows = (await get(`/${feed}.csv`)).body.split('\n').filter((row) => !row.endsWith(',,""'))
    expect((await send('PUT', `/${copy}.csv`, rows.join('\n'))).status).toBe(200)
    const values = ({ datastreams = [] }: Json): string[] =>
      datastreams.filter(({ at }) => at).map(({ id, at, current_value: value }) => `${id} ${at} ${value}`)
    expect(values(await json(`/${copy}`))).toEqual(values(await json(`/${feed}`)))
  })
})

describe('a history', () => {
  test('of a feed: the same points in all three, in CSV sorted by time across datastreams', async () => {
    const { datastreams = [] } = await json(`/${feed}.json${HISTORY}`)
    const points = datastreams.flatMap(({ id, datapoints = [] }) => datapoints.map((point) => ({ id, ...point })))
    expect(points).toHaveLength(4)
    const byTime = [...points].sort((one, other) => (one.at < other.at ? -1 : 1))
    const rows = byTime.map(({ id, at, value }) => [id, at, value].map(quoted).join(','))
    expect((await get(`/${feed}.csv${HISTORY}`)).body).toBe(rows.join('\n'))
    const xml = (await get(`/${feed}.xml${HISTORY}`)).body
    expect(
      [...xml.matchAll(/<value at="([^"]+)">([^<]*)</g)].map(([, at, value]) => `${at} ${unescaped(value)}`),
    ).toEqual(points.map(({ at, value }) => `${at} ${value}`))
  })

  test('of a datastream', async () => {
    const path = `/${feed}/datastreams/flow.1`
    const { datapoints = [] } = (await json(`${path}.json${HISTORY}`)) as unknown as Stream
    expect(datapoints).toHaveLength(3)
    expect((await get(`${path}.csv${HISTORY}`)).body).toBe(
      datapoints.map(({ at, value }) => `${at},${value}`).join('\n'),
    )
    const xml = (await get(`${path}.xml${HISTORY}`)).body
    expect([...xml.matchAll(/<value at="([^"]+)">([^<]*)</g)].map(([, at, value]) => ({ at, value }))).toEqual(
      datapoints,
    )
  })
})

describe('one datastream and one datapoint', () => {
  test.each(['flow.1', '%C3%A9tat'])('datastream %s', async (id) => {
    const stream = (await json(`/${feed}/datastreams/${id}.json`)) as unknown as Required<Stream>
    const xml = (await get(`/${feed}/datastreams/${id}.xml`)).body
    const [, at, value] = /<current_value at="([^"]+)">([^<]*)</.exec(xml) ?? []
    expect([at, unescaped(value)]).toEqual([stream.at, stream.current_value])
    expect((await get(`/${feed}/datastreams/${id}.csv`)).body).toBe(`${stream.at},${quoted(stream.current_value)}`)
  })

  test.each(['2013-05-06T20:07:17.000001Z', '2013-05-06T20:07:18Z', '2013-05-06T22:07:18+02:00'])(
    'datapoint at %s',
    async (at) => {
      const path = `/${feed}/datastreams/flow.1/datapoints/${at}`
      const point = (await json(`${path}.json`)) as { at: string; value: string }
      expect((await get(`${path}.csv`)).body).toBe(point.value)
      expect((await get(`${path}.xml`)).body).toContain(`<value at="${point.at}">${point.value}</value>`)
    },
  )
})

test('a search finds the same feeds in all three', async () => {
  const query = '?content=full&per_page=1000'
  const { totalResults, results } = (await json(`.json${query}`)) as unknown as {
    totalResults: number
    results: Json[]
  }
  const xml = (await get(`.xml${query}`)).body
  expect(xml).toContain(`<opensearch:totalResults>${totalResults}</opensearch:totalResults>`)
  expect([...xml.matchAll(/<environment [^>]*\bid="(\d+)"/g)].map(([, id]) => Number(id))).toEqual(
    results.map(({ id }) => id),
  )
  const rows = results.flatMap(({ id, datastreams = [] }) =>
    datastreams.map((stream) => `${String(id)},${quoted(stream.id)}`),
  )
  expect((await get(`.csv${query}`)).body.split('\n').map((row) => row.split(',').slice(0, 2).join(','))).toEqual(rows)
})

const ENTITIES: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }
const unescaped = (text = ''): string => text.replaceAll(/&(\w+);/g, (all, name: string) => ENTITIES[name] ?? all)
