import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  parseTimestamp,
  PROCEDURES,
  type DatastreamDocument,
  type ErrorDocument,
  type FeedDocument,
} from '@sluice/model'
import { openTestRealm, startTestApi, type TestApi } from './test-api.ts'

let api: TestApi
let feed: string

/** around the night in which clocks in Berlin jump from two to three */
const POINTS = {
  temp: [
    ['2026-03-27T22:30:00Z', '1'],
    ['2026-03-28T22:59:59.999999Z', '20.50'],
    ['2026-03-28T23:00:00Z', '3'],
    ['2026-03-29T00:30:00Z', '5'],
    ['2026-03-29T01:10:00Z', '7'],
    ['2026-03-29T01:40:00.000001Z', '9'],
    ['2026-03-29T22:00:00Z', '4'],
  ],
  door: [
    ['2026-03-28T23:10:00Z', 'open'],
    ['2026-03-29T01:05:00Z', 'shut'],
  ],
}

beforeAll(async () => {
  api = await startTestApi()
  const datastreams = [
    ...Object.entries(POINTS).map(([id, points]) => ({ id, datapoints: points.map(([at, value]) => ({ at, value })) })),
    { id: 'empty' },
  ]
  const body = { title: 'f', private: true, datastreams }
  const made = await api.send('POST', '/v2/feeds', { key: api.home.masterKey, body })
  feed = new URL(made.headers.get('location') ?? '').pathname
})
afterAll(() => api[Symbol.asyncDispose]())

const get = (path: string) => api.send('GET', path, { key: api.home.masterKey })
const stream = async (query: string, id = 'temp'): Promise<DatastreamDocument> => {
  const answer = await get(`${feed}/datastreams/${id}?${query}`)
  expect(answer).toMatchObject({ status: 200 })
  return answer.document as DatastreamDocument
}
/** `28T23:00 3`: day and time without the noughts at their end */
const points = async (query: string, id?: string): Promise<string[]> =>
  ((await stream(query, id)).datapoints ?? []).map(
    ({ at, value }) =>
      `${at
        .slice(8)
        .replace(/(:00)?\.000000/, '')
        .replace('Z', '')} ${value}`,
  )

const NIGHT = 'start=2026-03-28T22:00:00Z&end=2026-03-29T03:00:00Z'

test.each([
  {
    what: 'every datapoint',
    query: '',
    found: ['28T22:59:59.999999 20.50', '28T23:00 3', '29T00:30 5', '29T01:10 7', '29T01:40:00.000001 9'],
  },
  {
    what: 'every datapoint also with an interval of 0',
    query: 'interval=0&limit=2',
    found: ['28T22:59:59.999999 20.50', '28T23:00 3'],
  },
  { what: 'the one before, too', query: 'find_previous&limit=1', found: ['27T22:30 1', '28T22:59:59.999999 20.50'] },
  { what: 'the second page', query: 'per_page=2&page=2', found: ['29T00:30 5', '29T01:10 7'] },
  {
    what: 'the datapoint of each hour',
    query: 'interval=3600',
    found: ['28T23:00 3', '29T00:30 5', '29T01:40:00.000001 9'],
  },
  {
    what: 'an interval that is rounded up to an hour',
    query: 'interval=1801&limit=2',
    found: ['28T23:00 3', '29T00:30 5'],
  },
  {
    what: 'the datapoint of each hour and the one before',
    query: 'interval=3600&find_previous=True&limit=1',
    found: ['27T22:30 1', '28T23:00 3'],
  },
  {
    what: 'the value at each hour',
    query: 'interval=3600&interval_type=discrete',
    found: ['28T22:00 1', '28T23:00 3', '29T00:00 3', '29T01:00 5', '29T02:00 9', '29T03:00 9'],
  },
  {
    what: 'the value at each hour and the one before',
    query: 'interval=3600&interval_type=discrete&find_previous=1&limit=2',
    found: ['28T21:00 1', '28T22:00 1', '28T23:00 3'],
  },
  {
    what: 'the second page of values',
    query: 'interval=3600&interval_type=discrete&per_page=2&page=2',
    found: ['29T00:00 3', '29T01:00 5'],
  },
  {
    what: 'the average of each hour',
    query: 'interval=3600&function=average',
    found: ['28T22:00 20.5', '28T23:00 3', '29T00:00 5', '29T01:00 8'],
  },
  {
    what: 'the count of each hour',
    query: 'interval=3600&interval_type=discrete&function=count&limit=2',
    found: ['28T22:00 1', '28T23:00 1'],
  },
  { what: 'the median of each three hours', query: 'interval=10800&function=median', found: ['29T00:00 7'] },
])('$what', async ({ query, found }) => {
  expect(await points(`${NIGHT}&${query}`)).toEqual(found)
})

test.each([
  { what: 'the newest without a beginning', query: 'limit=2', found: ['29T01:40:00.000001 9', '29T22:00 4'] },
  { what: 'the page before the newest', query: 'limit=2&page=2', found: ['29T00:30 5', '29T01:10 7'] },
  {
    what: 'the newest sampled ones',
    query: 'limit=2&interval=86400&end=2026-03-30',
    found: ['28T23:00 3', '29T22:00 4'],
  },
  {
    what: 'the newest values',
    query: 'limit=2&interval=86400&interval_type=discrete&end=2026-03-30',
    found: ['29T00:00 3', '30T00:00 4'],
  },
  {
    what: 'the newest sums',
    query: 'limit=1&interval=43200&function=sum&end=2026-03-29T20:00Z',
    found: ['29T00:00 21'],
  },
  {
    what: 'text as it is',
    id: 'door',
    query: `${NIGHT}&interval=3600&interval_type=discrete`,
    found: ['29T00:00 open', '29T01:00 open', '29T02:00 shut', '29T03:00 shut'],
  },
  { what: 'no function of text', id: 'door', query: `${NIGHT}&interval=3600&function=max`, found: [] },
  {
    what: 'nothing of an empty datastream',
    id: 'empty',
    query: `${NIGHT}&interval=60&interval_type=discrete`,
    found: [],
  },
])('$what', async ({ query, id, found }) => {
  expect(await points(query, id)).toEqual(found)
})

describe('in a time zone', () => {
  test.each([
    { what: 'bounds are read there', query: 'start=2026-03-29&limit=1', found: ['29T00:00+01:00 3'] },
    { what: 'an offset of their own counts', query: 'start=2026-03-29T00:00:00Z&limit=1', found: ['29T01:30+01:00 5'] },
    {
      what: 'duration is a day of 23 hours',
      query: 'start=2026-03-29&duration=1day&interval=86400&function=count',
      found: ['29T00:00+01:00 4', '30T00:00+02:00 1'],
    },
    {
      what: 'days begin at midnight',
      query: 'start=2026-03-28&end=2026-03-30T12:00&interval=86400&interval_type=discrete',
      found: ['28T00:00+01:00 1', '29T00:00+01:00 3', '30T00:00+02:00 4'],
    },
    {
      what: 'hours jump',
      query: 'start=2026-03-29T01:00&limit=3&interval=3600&interval_type=discrete',
      found: ['29T01:00+01:00 3', '29T03:00+02:00 5', '29T04:00+02:00 9'],
    },
  ])('$what', async ({ query, found }) => {
    expect(await points(`timezone=Europe/Berlin&${query}`)).toEqual(found)
  })

  test.each([
    ['Berlin', '+01:00'],
    ['%2B3.5', '+03:30'],
    ['+3.5', '+03:30'],
    ['-5', '-05:00'],
    ['Eastern%20Time%20(US%20%26%20Canada)', '-04:00'],
    ['Kathmandu', '+05:45'],
    ['UTC', 'Z'],
    ['', 'Z'],
  ])('%s: times are printed with %s and six digits', async (zone, offset) => {
    const printed = await stream(`start=2026-03-28T23:00:00Z&limit=1&timezone=${zone}`)
    const [at = ''] = printed.datapoints?.map((point) => point.at) ?? []
    expect(at.slice(19)).toBe(`.000000${offset}`)
    expect(parseTimestamp(at)).toBe(parseTimestamp('2026-03-28T23:00:00Z'))
    expect(parseTimestamp(printed.at ?? '')).toBe(parseTimestamp('2026-03-29T22:00:00Z'))
  })

  test('every time of a feed is, also without history', async () => {
    const plain = (await get(feed)).document as FeedDocument
    const there = (await get(`${feed}?timezone=Lord%20Howe`)).document as FeedDocument
    for (const [ours, theirs] of [
      [plain.created, there.created],
      [plain.updated, there.updated],
      [plain.datastreams?.[0]?.at, there.datastreams?.[0]?.at],
    ]) {
      expect(theirs).toMatch(/\.\d{6}\+1[01]:[03]0$/)
      expect(parseTimestamp(theirs ?? '')).toBe(parseTimestamp(ours ?? ''))
    }
  })

  test('a removal takes bounds of the zone', async () => {
    const datapoints = ['2026-03-28T23:00:00Z', '2026-03-29T21:59:59Z', '2026-03-29T22:00:01Z'].map((at) => ({
      at,
      value: 1,
    }))
    const body = { id: 'gone', datapoints }
    await api.send('POST', `${feed}/datastreams`, { key: api.home.masterKey, body })
    const path = `${feed}/datastreams/gone/datapoints?timezone=Berlin&start=2026-03-29&duration=1day`
    expect(await api.send('DELETE', path, { key: api.home.masterKey })).toMatchObject({ status: 200, text: '' })
    expect(await points('start=2026-01-01', 'gone')).toEqual(['29T22:00:01 1'])
    await api.send('DELETE', `${feed}/datastreams/gone`, { key: api.home.masterKey })
  })
})

test('a function is named beside its datapoints, and only there', async () => {
  const summed = await stream(`${NIGHT}&interval=3600&function=Sum`)
  expect(Object.keys(summed)).toEqual(
    'id current_value at max_value min_value datapoints_function datapoints version'.split(' '),
  )
  expect(summed.datapoints_function).toBe('sum')
  expect(await stream(`${NIGHT}&interval=3600&interval_type=discrete`)).not.toHaveProperty('datapoints_function')
  const all = (await get(`${feed}?${NIGHT}&interval=3600&function=sum`)).document as FeedDocument
  expect(all.datastreams?.map((shown) => [shown.id, shown.datapoints_function, shown.datapoints?.length])).toEqual([
    ['temp', 'sum', 4],
    ['door', undefined, undefined],
    ['empty', undefined, undefined],
  ])
})

test('steps of several datastreams have the same times', async () => {
  const { document } = await get(`${feed}?${NIGHT}&interval=3600&interval_type=discrete&datastreams=temp,door`)
  const [temp, door] = (document as FeedDocument).datastreams ?? []
  expect(door?.datapoints?.map(({ at }) => at)).toEqual(temp?.datapoints?.map(({ at }) => at).slice(2))
})

describe('a snapshot', () => {
  test('shows each datastream as it was, and leaves out those that had no value', async () => {
    const { document } = await get(`${feed}?time=2026-03-28T23:00:00Z`)
    expect((document as FeedDocument).datastreams).toEqual([
      { id: 'temp', current_value: '3', at: '2026-03-28T23:00:00.000000Z', max_value: '20.5', min_value: '1.0' },
    ])
    const later = (await get(`${feed}?time=2026-03-29T04:00&timezone=Berlin&datastreams=door,empty`)).document
    expect((later as FeedDocument).datastreams).toEqual([
      { id: 'door', current_value: 'shut', at: '2026-03-29T03:05:00.000000+02:00' },
    ])
    expect((await get(`${feed}?time=2000-01-01`)).document).not.toHaveProperty('datastreams')
  })

  test('of one datastream is missing where it had no value yet', async () => {
    expect(await stream('time=2026-03-28T22:59:59.999999Z')).toMatchObject({ current_value: '20.50' })
    expect(await get(`${feed}/datastreams/door?time=2026-03-28T23:00:00Z`)).toMatchObject({
      status: 404,
      document: { title: 'Not found', errors: "Couldn't find Datapoint with at <= 2026-03-28T23:00:00.000000Z" },
    })
    expect(await get(`${feed}/datastreams/empty?time=2026-03-28`)).toMatchObject({ status: 404 })
  })

  test('and history go together', async () => {
    expect(await stream(`time=2026-03-29T00:30:00Z&${NIGHT}&limit=1`)).toMatchObject({
      current_value: '5',
      datapoints: [{ value: '20.50' }],
    })
  })
})

test.each([
  ['start=x', 'start is not an ISO 8601 timestamp'],
  ['start=2026-01-01&end=2026-01-02&duration=1day', "start, end and duration can't be given together"],
  ['interval=often', 'interval must be a number of seconds'],
  ['interval=60&interval_type=smooth', 'interval_type must be discrete, or left out'],
  ['interval=60&function=mode', 'function must be one of average'],
  ['start=2026-01-01&function=sum', 'function needs an interval'],
  ['timezone=Atlantis', 'timezone must be an offset'],
  ['time=now', 'time is not an ISO 8601 timestamp'],
  ['start=2026-01-01&page=100000', 'page is too high'],
])('%s is answered 422, for feeds and datastreams', async (query, message) => {
  for (const path of [feed, `${feed}/datastreams/temp`, `${feed}/datastreams`]) {
    const { status, document } = await get(`${path}?${query}`)
    expect([status, (document as ErrorDocument).errors[0]]).toEqual([422, expect.stringContaining(message)])
  }
})

test('the procedure takes the same parameters', async () => {
  const realm = openTestRealm(api.home.login)
  const session = await realm.as('backend', 'backend')
  await api.served.api.attachRealm({ realm: api.home.login, accountId: api.home.id, session })
  const owner = await realm.as('owner', api.home.login)
  const asked = {
    datastreams: ['temp'],
    start: '2026-03-28',
    end: '2026-03-30T12:00',
    interval: 86_400,
    function: 'max',
    timezone: 'Berlin',
  }
  const feedId = Number(feed.split('/').at(-1))
  const called = (await owner.call(PROCEDURES.queryHistory, [feedId, asked])).args[0]
  const query = new URLSearchParams(
    Object.entries(asked).map(([name, value]) => [name, String(value)] as [string, string]),
  )
  expect(called).toEqual(((await get(`${feed}?${query.toString()}`)).document as FeedDocument).datastreams)
  expect(called).toMatchObject([
    {
      datapoints_function: 'max',
      datapoints: [
        { at: '2026-03-28T00:00:00.000000+01:00', value: '20.5' },
        { at: '2026-03-29T00:00:00.000000+01:00', value: '9' },
        { at: '2026-03-30T00:00:00.000000+02:00', value: '4' },
      ],
    },
  ])
})
