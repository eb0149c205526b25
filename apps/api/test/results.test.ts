import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApi } from './test-api.ts'
import type { TestApi } from './test-api.ts'

let api: TestApi
let feed: string
const home = (body?: unknown) => ({ key: api.home.masterKey, body })

beforeAll(async () => {
  api = await startTestApi()
  const made = await api.send('POST', '/v2/feeds', home({ title: 'A', datastreams: [{ id: 't' }, { id: 'u' }] }))
  feed = new URL(made.headers.get('location') ?? '').pathname
})
afterAll(() => api[Symbol.asyncDispose]())

const AT = '2020-01-01T00:00:00Z'

test('each datapoint of a datastream has a result, and a reason where it was rejected', async () => {
  const datapoints = [
    { at: AT, value: '20.50' },
    { at: 'noon', value: '1' },
    { at: '1900-01-01T00:00:00Z', value: '1' },
    { at: '2020-01-02T00:00:00Z', value: '' },
    'nothing',
    { at: '2020-01-03T00:00:00Z', value: 'x'.repeat(256) },
    { value: 3 },
  ]
  const path = `${feed}/datastreams/t/datapoints?results=true`
  const { status, document } = await api.send('POST', path, home({ datapoints }))
  expect([status, document]).toEqual([
    200,
    {
      results: [
        { result: 'stored' },
        { result: 'rejected', reason: 'at is not an ISO 8601 timestamp' },
        { result: 'rejected', reason: 'at must be at most 100 years in the past and 24 hours in the future' },
        { result: 'rejected', reason: "value can't be blank" },
        { result: 'rejected', reason: "value can't be blank" },
        { result: 'rejected', reason: 'value is too long (maximum is 255 characters)' },
        { result: 'stored' },
      ],
    },
  ])
  expect((await api.send('POST', path, home({ datapoints: datapoints.slice(0, 1) }))).document).toEqual({
    results: [{ result: 'duplicate' }],
  })
})

test('datapoints of a whole feed go to the datastreams that they name, made where missing', async () => {
  const datapoints = [
    { datastream: 'u', at: AT, value: 1 },
    { datastream: 'new', at: AT, value: 2 },
    { datastream: '..', at: AT, value: 3 },
    { at: AT, value: 4 },
  ]
  const { status, document } = await api.send('POST', `${feed}/datapoints`, home({ datapoints }))
  expect([status, document]).toEqual([
    200,
    {
      results: [
        { result: 'stored' },
        { result: 'stored' },
        { result: 'rejected', reason: 'datastream is invalid' },
        { result: 'rejected', reason: "datastream can't be blank" },
      ],
    },
  ])
  expect((await api.send('GET', `${feed}/datastreams/new`, home())).document).toMatchObject({ current_value: '2' })
})

test('a key that is bound to a datastream may write that one alone', async () => {
  const feedId = Number(feed.split('/').at(-1))
  const permissions = [{ accessMethods: ['post' as const], resources: [{ feedId, datastreamId: 'u' }] }]
  const { key } = await api.addKey(api.home, { permissions })
  const datapoints = ['u', 't'].map((datastream) => ({ datastream, value: '9' }))
  const { document } = await api.send('POST', `${feed}/datapoints`, { key, body: { datapoints } })
  expect(document).toEqual({
    results: [{ result: 'stored' }, { result: 'rejected', reason: 'this key may not write the datastream t' }],
  })
})

test.each([
  ['not a list', '/datapoints', { datapoints: {} }, 400],
  ['not JSON', '/datapoints', '{', 400],
  [
    '501 of them',
    '/datapoints',
    { datapoints: Array.from({ length: 501 }, () => ({ datastream: 't', value: 1 })) },
    422,
  ],
  [
    '501 of one datastream',
    '/datastreams/t/datapoints?results=1',
    { datapoints: Array.from({ length: 501 }, () => ({ value: 1 })) },
    422,
  ],
  ['no such datastream', '/datastreams/none/datapoints?results=true', { datapoints: [] }, 404],
  ['another format', '/datapoints.csv', 't,1', 406],
] as const)('%s: nothing is stored', async (_what, path, body, status) => {
  expect(await api.send('POST', `${feed}${path}`, home(body))).toMatchObject({ status })
})
