import { afterAll, beforeAll, expect, test } from 'vitest'
import type { FeedListDocument } from '@sluice/model'
import { startTestApi, type Account, type TestApi } from './test-api.ts'

let api: TestApi
let ann: Account
let bob: Account
const feeds: Record<string, number> = {}
beforeAll(async () => {
  api = await startTestApi()
  ann = await api.addAccount('ann')
  bob = await api.addAccount('bob')
  const datastreams = [
    { id: 'temp', current_value: 1, tags: ['warm'], unit: { label: 'Celsius', symbol: '°C' } },
    { id: 'door', tags: ['hinge'] },
  ]
  const wien = { lat: 48.2, lon: 16.4 }
  feeds['open'] = await makeFeed(ann, { title: 'Open boiler', private: false, location: wien, datastreams })
  feeds['closed'] = await makeFeed(ann, { title: 'Closed boiler', private: true, datastreams })
  feeds['foreign'] = await makeFeed(bob, { title: 'Foreign boiler', private: false, datastreams: [{ id: 'temp' }] })
  feeds['hidden'] = await makeFeed(bob, { title: 'Hidden boiler', private: true, location: wien, datastreams })
})
afterAll(() => api[Symbol.asyncDispose]())

async function makeFeed(account: Account, body: object): Promise<number> {
  const made = await api.send('POST', '/v2/feeds', { key: account.masterKey, body })
  return Number(made.headers.get('location')?.split('/').at(-1))
}

async function found(
  query: string,
  key = ann.masterKey,
): Promise<{ names: (string | undefined)[]; list: FeedListDocument }> {
  const { status, document } = await api.send('GET', `/v2/feeds?${query}`, { key })
  expect(status).toBe(200)
  const list = document as FeedListDocument
  expect(list.totalResults).toBe(list.results.length)
  return { list, names: list.results.map(({ id }) => Object.keys(feeds).find((name) => feeds[name] === id)) }
}

test.each([
  ['', ['foreign', 'closed', 'open']],
  ['q=boil', ['foreign', 'closed', 'open']],
  ['q=closed+celsius', ['closed']],
  ['q=a+%26+!b+%7C+(', []],
  ['tag=HINGE', ['closed', 'open']],
  ['units=%C2%B0c', ['closed', 'open']],
  ['user=bob', ['foreign']],
  ['status=live', ['closed', 'open']],
  ['status=frozen', ['foreign']],
  ['status=nonsense&order=nonsense', ['foreign', 'closed', 'open']],
  ['order=retrieved_at', ['foreign', 'closed', 'open']],
  ['order=relevance&q=boiler', ['foreign', 'closed', 'open']],
  ['lat=48&lon=16&distance=60', ['open']],
  ['lat=48&lon=16&distance=30&distance_unit=miles', ['open']],
  ['lat=48&lon=16&distance=30&distance_units=kms', []],
  ['mapped=True', ['open']],
  ['datastreams=door', ['closed', 'open']],
  ['datastreams=door&datastreams=nothing&q=open', ['open']],
  ['feeds=999999', []],
])('%s finds %o', async (query, names) => {
  expect((await found(query)).names).toEqual(names)
})

test.each([
  ['lat=91&lon=0&distance=1', 'lat must be a number from -90 to 90'],
  ['lat=0&lon=x&distance=1', 'lon must be a number from -180 to 180'],
  ['lat=0&lon=0&distance=1e9', 'distance must be a number from 0 to 20038 kms'],
  ['lat=0&lon=0', 'lat, lon and distance have to be given together'],
  [`q=${'x'.repeat(1001)}`, 'q is too long (maximum is 1000 characters)'],
])('%s is refused', async (query, sentence) => {
  const { status, text } = await api.send('GET', `/v2/feeds?${query}`, { key: ann.masterKey })
  expect([status, text]).toEqual([422, expect.stringContaining(sentence)])
})

test('documents show the datastreams that were asked for', async () => {
  const { list } = await found('datastreams=door&q=open')
  expect(list.results[0]?.datastreams?.map(({ id }) => id)).toEqual(['door'])
  expect((await found('q=open&content=summary')).list.results[0]).not.toHaveProperty('datastreams')
})

test('what a key may not see finds nothing and counts nowhere', async () => {
  const narrowed = (feedId: number | undefined, privateAccess: boolean) =>
    api.addKey(ann, {
      permissions: [{ accessMethods: ['get'], resources: [{ feedId: feedId ?? 0, datastreamId: 'temp' }] }],
      privateAccess,
    })
  const inClosed = (await narrowed(feeds['closed'], true)).key
  const inOpen = (await narrowed(feeds['open'], false)).key
  const rows: [string, string, string[]][] = [
    [inClosed, '', ['closed']],
    [inClosed, 'q=celsius&tag=warm&units=celsius&datastreams=temp', ['closed']],
    [inClosed, 'q=door', []],
    [inClosed, 'q=hinge', []],
    [inClosed, 'tag=hinge', []],
    [inClosed, 'datastreams=door', []],
    [inClosed, `feeds=${feeds['open']},${feeds['hidden']}`, []],
    [inOpen, '', ['foreign', 'open']],
    [inOpen, 'tag=warm', ['open']],
    [inOpen, 'tag=hinge', []],
    [inOpen, 'q=open+door', []],
    [bob.masterKey, 'tag=hinge', ['hidden', 'open']],
    [bob.masterKey, 'user=ann', ['open']],
    [bob.masterKey, `feeds=${feeds['closed']}`, []],
  ]
  for (const [key, query, names] of rows) expect([query, (await found(query, key)).names]).toEqual([query, names])
})

test('a feed is live as soon as its value was answered', async () => {
  const id = await makeFeed(ann, { title: 'quick', private: true, datastreams: [{ id: 'a' }] })
  const total = async (status: string) => (await found(`q=quick&status=${status}`)).list.totalResults
  expect([await total('live'), await total('frozen')]).toEqual([0, 1])
  const body = { current_value: '1' }
  const answer = await api.send('PUT', `/v2/feeds/${id}/datastreams/a`, { key: ann.masterKey, body })
  expect(answer.status).toBe(200)
  expect([await total('live'), await total('frozen')]).toEqual([1, 0])
})
