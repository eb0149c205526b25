import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ACCESS_METHODS } from '@sluice/model'
import { startTestApi } from './test-api.ts'
import type { TestApi } from './test-api.ts'

let api: TestApi
let feed: string

beforeAll(async () => {
  api = await startTestApi()
  feed = (await post('/v2/feeds', 'setup', { title: 'A', datastreams: [{ id: 't' }] })).headers.get('location') ?? ''
})
afterAll(() => api[Symbol.asyncDispose]())

function post(path: string, name: string, body: unknown, key = api.home.masterKey): Promise<Response> {
  return fetch(path.startsWith('http') ? path : `${api.url}${path}`, {
    method: 'POST',
    headers: { 'X-ApiKey': key, 'Idempotency-Key': name },
    body: JSON.stringify(body),
  })
}
async function count(sql: string): Promise<number> {
  const { rows } = await api.db.pool.query<{ count: number }>(sql)
  return rows[0]?.count ?? -1
}
const feedsCalled = (title: string): Promise<number> =>
  count(`select count(*)::int as count from feed where title = '${title}'`)

describe('the same request under the same key', () => {
  test('makes one feed and has the same answer, which says that it is a copy', async () => {
    const body = { title: 'Once', datastreams: [{ id: 'v', current_value: '1' }] }
    const first = await post('/v2/feeds', 'one', body)
    const second = await post('/v2/feeds', 'one', body)
    expect([first.status, second.status]).toEqual([201, 201])
    expect(second.headers.get('location')).toBe(first.headers.get('location'))
    expect([first.headers.get('idempotent-replayed'), second.headers.get('idempotent-replayed')]).toEqual([
      null,
      'true',
    ])
    expect(await feedsCalled('Once')).toBe(1)
  })

  test('also when all copies come at once', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => post('/v2/feeds', 'burst', { title: 'Burst' })))
    expect(new Set(answers.map((answer) => answer.headers.get('location'))).size).toBe(1)
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(201))
    expect(await feedsCalled('Burst')).toBe(1)
  })

  test('stores a value without a time once', async () => {
    const points = `${feed}/datastreams/t/datapoints`
    for (let copy = 0; copy < 3; copy++) {
      const answer = await post(points, 'value', { datapoints: [{ value: '20.50' }] })
      expect([answer.status, await answer.text()]).toEqual([200, ''])
    }
    expect(await count('select count(*)::int as count from datapoint')).toBe(2)
  })

  test('tells the key that it made again, which lies in the database only sealed', async () => {
    const body = { key: { label: 'k', permissions: [{ access_methods: ['get'] }] } }
    const [first, second] = [await post('/v2/keys', 'key', body), await post('/v2/keys', 'key', body)]
    const key = first.headers.get('location')?.split('/').at(-1) ?? ''
    expect(key).toMatch(/^slc_/)
    expect(second.headers.get('location')).toBe(first.headers.get('location'))
    const { rows } = await api.db.pool.query<{ answer: Buffer }>(
      'select answer from idempotency where answer is not null',
    )
    expect(rows.length).toBeGreaterThan(2)
    expect(Buffer.concat(rows.map(({ answer }) => answer)).includes(key)).toBe(false)
  })
})

test('another request under the same key is refused and does nothing', async () => {
  await post('/v2/feeds', 'taken', { title: 'First' })
  const other = await post('/v2/feeds', 'taken', { title: 'Second' })
  expect([other.status, await other.json()]).toEqual([
    422,
    { title: 'Unprocessable Entity', errors: ['This Idempotency-Key was used for another request'] },
  ])
  expect(await feedsCalled('Second')).toBe(0)
})

test('a refused request is not kept: mended, it may come under the same key', async () => {
  expect((await post('/v2/feeds', 'mended', { title: '' })).status).toBe(422)
  expect((await post('/v2/feeds', 'mended', { title: 'Mended' })).status).toBe(201)
})

test('keys of other API keys never meet', async () => {
  const { key } = await api.addKey(api.home, { permissions: [{ accessMethods: [...ACCESS_METHODS] }] })
  const answers = [
    await post('/v2/feeds', 'mine', { title: 'Two' }),
    await post('/v2/feeds', 'mine', { title: 'Two' }, key),
  ]
  expect(answers.map(({ status }) => status)).toEqual([201, 201])
  expect(await feedsCalled('Two')).toBe(2)
})

describe('an attempt that was broken off', () => {
  async function breakOff(name: string): Promise<void> {
    await api.db.pool.query(
      `update idempotency set answer = null, leased_until = now() - interval '1 second' where name like '% ' || $1`,
      [name],
    )
  }

  test('goes on with what it had made, as of its time of arrival', async () => {
    const body = { title: 'Broken', datastreams: [{ id: 'v', current_value: '7' }] }
    const first = await post('/v2/feeds', 'broken', body)
    await breakOff('broken')
    const again = await post('/v2/feeds', 'broken', body)
    expect(again.headers.get('location')).toBe(first.headers.get('location'))
    expect(again.headers.get('idempotent-replayed')).toBeNull()
    expect(await feedsCalled('Broken')).toBe(1)
    expect(
      await count(`select count(*)::int as count from datapoint p join datastream d on d.key = p.stream_key
        join feed f on f.id = d.feed_id where f.title = 'Broken'`),
    ).toBe(1)
  })

  test('while its lease runs nobody else begins', async () => {
    await post('/v2/feeds', 'leased', { title: 'Leased' })
    await api.db.pool.query("update idempotency set answer = null where name like '% leased'")
    const answer = await post('/v2/feeds', 'leased', { title: 'Leased' })
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([409, '5'])
  })
})

test.each([' ', 'a b', 'x'.repeat(256), ''])('%j is no key', async (name) => {
  expect((await post('/v2/feeds', name, { title: 'No' })).status).toBe(400)
  expect(await feedsCalled('No')).toBe(0)
})
