import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DatastreamDocument } from '@sluice/model'
import { openTestRealm, startTestApi, type TestApi } from './test-api.ts'

let api: TestApi
let feed: string
const events: unknown[] = []
beforeAll(async () => {
  api = await startTestApi()
  const made = await api.send('POST', '/v2/feeds', home({ title: 'f', private: true }))
  feed = new URL(made.headers.get('location') ?? '').pathname
  const realm = openTestRealm(api.home.login)
  const session = await realm.as('backend', 'backend')
  await api.served.api.attachRealm({ realm: api.home.login, accountId: api.home.id, session })
  const listener = await realm.as('owner', api.home.login)
  await listener.subscribe(`sluice.feed.${feed.split('/').at(-1)}.datapoints`, (args) => void events.push(args[0]))
})
afterAll(() => api[Symbol.asyncDispose]())

const home = (body?: unknown) => ({ key: api.home.masterKey, body })
const makeStream = (id: string) => api.send('POST', `${feed}/datastreams`, home({ id }))
const history = async (id: string, query = 'start=2000-01-01&limit=1000'): Promise<string[]> => {
  const { document } = await api.send('GET', `${feed}/datastreams/${id}?${query}`, home())
  return ((document as DatastreamDocument).datapoints ?? []).map(({ at, value }) => `${at.slice(0, 16)} ${value}`)
}

describe('appending', () => {
  test('stores each time once: the last value of a request wins, a re-send changes nothing, another value replaces', async () => {
    await makeStream('once')
    const path = `${feed}/datastreams/once/datapoints`
    const send = (...datapoints: object[]) => api.send('POST', path, home({ datapoints }))
    events.length = 0
    expect(
      await send({ at: '2020-01-01T00:00Z', value: 'a' }, { at: '2020-01-01T00:00:00.000000Z', value: 'b' }),
    ).toMatchObject({ status: 200, text: '' })
    expect(await history('once')).toEqual(['2020-01-01T00:00 b'])
    await expect.poll(() => events.length).toBe(1)
    await send({ at: '2020-01-01T01:00:00+01:00', value: 'b' })
    await send({ at: '2020-01-01T00:00:00Z', value: 'c' })
    expect(await history('once')).toEqual(['2020-01-01T00:00 c'])
    await expect.poll(() => events).toHaveLength(2)
    expect(events[1]).toEqual([{ datastream: 'once', at: '2020-01-01T00:00:00.000000Z', value: 'c' }])
  })

  test('of 501 datapoints stores none', async () => {
    await makeStream('many')
    const datapoints = Array.from({ length: 501 }, (_, index) => ({
      at: new Date(index * 1000 + 1.6e12).toISOString(),
      value: index,
    }))
    const path = `${feed}/datastreams/many/datapoints`
    expect(await api.send('POST', path, home({ datapoints }))).toMatchObject({ status: 422 })
    expect(await history('many')).toEqual([])
    expect(await api.send('POST', path, home({ datapoints: datapoints.slice(1) }))).toMatchObject({ status: 200 })
    expect(await history('many')).toHaveLength(500)
  })

  test('current_value and datapoints go together, and the newest by time is current', async () => {
    await makeStream('both')
    const body = {
      current_value: '3',
      at: '2020-01-03T00:00:00Z',
      datapoints: [
        { at: '2020-01-01T00:00:00Z', value: 1 },
        { at: '2020-01-04T00:00:00Z', value: 4 },
      ],
    }
    expect(await api.send('PUT', `${feed}/datastreams/both.json`, home(body))).toMatchObject({ status: 200, text: '' })
    expect(await history('both')).toHaveLength(3)
    expect((await api.send('GET', `${feed}/datastreams/both`, home())).document).toMatchObject({
      current_value: '4',
      at: '2020-01-04T00:00:00.000000Z',
      max_value: '4.0',
      min_value: '1.0',
    })
  })
})

test('history is bounded by start, end, duration and limit', async () => {
  await makeStream('past')
  const datapoints = [1, 2, 3, 4, 5].map((day) => ({ at: `2020-01-0${day}T00:00:00Z`, value: day }))
  await api.send('POST', `${feed}/datastreams/past/datapoints`, home({ datapoints }))
  const days = async (query: string) => (await history('past', query)).map((line) => line.slice(-1)).join('')
  expect(await days('start=2020-01-02T00:00:00Z')).toBe('2345')
  expect(await days('start=2020-01-02&end=2020-01-04')).toBe('234')
  expect(await days('start=2020-01-02&duration=1day')).toBe('23')
  expect(await days('end=2020-01-04&duration=2days')).toBe('234')
  expect(await days('start=2020-01-01&limit=2')).toBe('12')
  expect(await days('limit=2')).toBe('45')
  expect(await days('end=2020-01-03&limit=2')).toBe('23')
  expect(await days('duration=1hour')).toBe('')
  expect(
    await api.send('GET', `${feed}/datastreams/past?start=2020-01-01&end=2020-01-02&duration=1day`, home()),
  ).toMatchObject({ status: 422 })
  expect((await api.send('GET', `${feed}?datastreams=past&start=2020-01-05`, home())).document).toMatchObject({
    datastreams: [{ id: 'past', datapoints: [{ value: '5' }] }],
  })
})

test('removal takes a range, from the query or from a form in the body', async () => {
  await makeStream('range')
  const datapoints = [1, 2, 3, 4, 5].map((day) => ({ at: `2020-01-0${day}T00:00:00Z`, value: day }))
  const path = `${feed}/datastreams/range/datapoints`
  await api.send('POST', path, home({ datapoints }))
  expect(await api.send('DELETE', path, home())).toMatchObject({ status: 422 })
  expect(await api.send('DELETE', `${path}?start=2020-01-05T00:00:00Z`, home())).toMatchObject({
    status: 200,
    text: '',
  })
  expect(await api.send('DELETE', path, home('end=2020-01-01T00%3A00%3A00Z'))).toMatchObject({ status: 200 })
  expect(await api.send('DELETE', `${path}?start=2020-01-02T00:00:00Z&duration=1hour.csv`, home())).toMatchObject({
    status: 200,
  })
  expect((await history('range')).map((line) => line.slice(-1)).join('')).toBe('34')
  expect((await api.send('GET', `${feed}/datastreams/range`, home())).document).toMatchObject({ current_value: '4' })
})

test('a datastream is created, listed, changed and removed', async () => {
  const made = await api.send(
    'POST',
    `${feed}/datastreams`,
    home({ version: '1.0.0', datastreams: [{ id: 'größe', tags: 'b,a' }, { id: 'x' }] }),
  )
  expect(made).toMatchObject({ status: 201, text: '' })
  expect(made.headers.get('location')).toBe(`${api.url}${feed}/datastreams/gr%C3%B6%C3%9Fe`)
  expect((await api.send('GET', `${feed}/datastreams/gr%C3%B6%C3%9Fe`, home())).document).toEqual({
    id: 'größe',
    tags: ['a', 'b'],
    version: '1.0.0',
  })
  expect(await api.send('PUT', `${feed}/datastreams/x`, home({ unit: { symbol: 'W' } }))).toMatchObject({ status: 200 })
  expect(
    await api.send('POST', `${feed}/datastreams`, home({ datastreams: [{ id: 'x', current_value: 2 }] })),
  ).toMatchObject({ status: 201 })
  const { document } = await api.send('GET', `${feed}/datastreams?datastreams=x`, home())
  expect(document).toMatchObject({
    version: '1.0.0',
    datastreams: [{ id: 'x', current_value: '2', unit: { symbol: 'W' } }],
  })
  expect(await api.send('DELETE', `${feed}/datastreams/x`, home())).toMatchObject({ status: 200, text: '' })
  expect(await api.send('GET', `${feed}/datastreams/x`, home())).toMatchObject({ status: 404 })
})

test.each([
  ['POST', '/datastreams/none/datapoints', '{"value":1}', 404],
  ['PUT', '/datastreams/none', '{"current_value":1}', 404],
  ['GET', '/datastreams/none?limit=1', undefined, 404],
  ['DELETE', '/datastreams/none', undefined, 404],
  ['DELETE', '/datastreams/none/datapoints?start=2020-01-01', undefined, 404],
  ['GET', '/datastreams/s/datapoints/noon', undefined, 404],
  ['GET', '/datastreams/s/datapoints/1999-01-01T00:00:00Z', undefined, 404],
  ['DELETE', '/datastreams/s/datapoints/1999-01-01T00:00:00Z', undefined, 404],
  ['PUT', '/datastreams/s/datapoints/1999-01-01T00:00:00Z', '{"value":1}', 404],
  ['PUT', '/datastreams/s/datapoints/1999-01-01T00:00:00Z', '{}', 422],
  ['PUT', '/datastreams/s', '[]', 400],
  ['PUT', '/datastreams/s', '{"current_value":"a\\u0000"}', 422],
  ['POST', '/datastreams/s/datapoints', '{}', 400],
  ['POST', '/datastreams', '{}', 422],
])('%s %s %s is answered %i', async (method, path, body, status) => {
  await makeStream('s')
  expect(await api.send(method, `${feed}${path}`, home(body))).toMatchObject({ status })
  expect(await api.send(method, `${feed}${path}`, { body })).toMatchObject({ status: 401 })
})
