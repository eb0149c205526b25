import type { RequestEntry } from '@sluice/model'
import { createAccount, insertKey } from '@sluice/store'
import { fileSecret } from '@sluice/service'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeKeyVault } from '../src/secrets.ts'
import { serve } from './serve.ts'
import type { Served } from './serve.ts'

let served: Served
let key: string
let feedId: number

type Init = { method?: string; headers?: Record<string, string>; body?: string }
const ask = (path: string, init: Init = {}): Promise<Response> =>
  fetch(`${served.api.url}${path}`, { ...init, headers: { 'X-ApiKey': key, ...init.headers } })
const logOf = async (path = `/v2/feeds/${feedId}/requests`, apiKey = key): Promise<RequestEntry[]> => {
  const answer = await fetch(`${served.api.url}${path}`, { headers: { 'X-ApiKey': apiKey } })
  return ((await answer.json()) as { requests: RequestEntry[] }).requests
}
const unknownKey = `slc_${'x'.repeat(44)}`

async function addAccount(login: string): Promise<string> {
  const secret = makeKeyVault(await fileSecret(served.dataDir, 'server.secret')).make()
  await served.db.inTransaction(async (tx) => {
    const { accountId } = await createAccount(tx, { login, name: login, email: `${login}@example.org` })
    const permissions = [{ accessMethods: ['get' as const, 'put' as const, 'post' as const, 'delete' as const] }]
    await insertKey(tx, accountId, {
      label: `of ${login}`,
      privateAccess: true,
      permissions,
      expiresAt: null,
      ...secret,
    })
  })
  return secret.key
}

beforeAll(async () => {
  served = await serve()
  key = served.first.apiKey
  const made = await ask('/v2/feeds', { method: 'POST', body: '{"title":"A","private":"true"}' })
  feedId = Number(made.headers.get('location')?.split('/').at(-1))
})
afterAll(() => served[Symbol.asyncDispose]())

test('a request can be read the moment it is answered, whole', async () => {
  const body = '{"datastreams":[{"id":"temperature","current_value":"21.5"},{"id":"hum","current_value":"4"}]}'
  const put = await ask(`/v2/feeds/${feedId}.json?a=b`, { method: 'PUT', body, headers: { 'User-Agent': 'sketch/1' } })
  const [entry] = await logOf()
  expect(entry).toEqual({
    id: expect.stringMatching(/^\d{16}$/),
    at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
    feed_id: feedId,
    method: 'PUT',
    path: `/v2/feeds/${feedId}.json?a=b`,
    status: 200,
    duration_ms: expect.any(Number),
    protocol: 'http',
    remote_address: '127.0.0.1',
    key_id: expect.any(Number),
    key_label: 'first key',
    datastream_ids: ['temperature', 'hum'],
    request_headers: expect.objectContaining({ 'X-ApiKey': `slc_…${key.slice(-4)}`, 'User-Agent': 'sketch/1' }),
    request_body: body,
    response_headers: expect.objectContaining({ 'X-Request-Id': put.headers.get('x-request-id') }),
    response_body: '',
  })
})

describe('refused requests are there too', () => {
  test.each([
    {
      what: 'an unknown key, for the owner',
      method: 'GET',
      path: 'FEED',
      headers: { 'X-ApiKey': unknownKey },
      status: 401,
    },
    { what: 'no key', method: 'GET', path: 'FEED/datastreams/x', headers: { 'X-ApiKey': '' }, status: 401 },
    { what: 'a body that is no JSON', method: 'PUT', path: 'FEED', body: '{"title"', status: 400 },
    { what: 'an invalid body', method: 'PUT', path: 'FEED', body: '{"datastreams":[{"id":"a b"}]}', status: 422 },
    { what: 'a format that is not there', method: 'PUT', path: 'FEED.png', body: 'a,1', status: 406 },
    { what: 'a verb that is not there', method: 'POST', path: 'FEED', body: '{}', status: 404 },
    {
      what: 'a compressed body',
      method: 'PUT',
      path: 'FEED',
      headers: { 'Content-Encoding': 'gzip' },
      body: 'x',
      status: 415,
    },
    {
      what: 'no such datastream',
      method: 'PUT',
      path: 'FEED/datastreams/nothing',
      body: '{"current_value":1}',
      status: 404,
    },
  ])('$what: $status', async ({ method, path, headers = {}, body, status }) => {
    const target = path.replace('FEED', `/v2/feeds/${feedId}`)
    const answer = await ask(target, { method, headers, ...(body !== undefined && { body }) })
    expect(answer.status).toBe(status)
    const responseBody = await answer.text()
    // for the owner of a feed whose key was not known, the entry is a moment behind the answer
    await expect
      .poll(async () => (await logOf())[0])
      .toMatchObject({ method, path: target, status, request_body: body ?? '', response_body: responseBody })
  })

  test.each([['999999'], ['OTHER']])('a feed %s that is missing for this key', async (id) => {
    const other = await addAccount(`other${id.toLowerCase()}`)
    const answer = await fetch(`${served.api.url}/v2/feeds/${id === 'OTHER' ? feedId : id}`, {
      headers: { 'X-ApiKey': other },
    })
    expect(answer.status).toBe(404)
    const [entry] = await logOf('/v2/requests', other)
    expect(entry).toMatchObject({ status: 404, key_label: `of other${id.toLowerCase()}` })
    const ofOwner = await logOf()
    expect(ofOwner.map((one) => one.key_label)).not.toContain(entry?.key_label)
  })
})

test('secrets are masked wherever they stand', async () => {
  const secret = 'correct-horse-battery-staple'
  const headers = {
    'X-PachubeApiKey': key,
    Authorization: `Bearer ${key}`,
    Cookie: `sluice=${secret}`,
    Referer: `http://x/?key=${key}`,
  }
  await ask(`/v2/feeds/${feedId}?key=${key}`, { headers })
  await ask(`/v2/feeds/${feedId}`, {
    method: 'PUT',
    body: JSON.stringify({ api_key: key, password: secret, token: secret }),
  })
  await ask(`/v2/feeds/${feedId}?key=${secret}`, { headers: { 'X-ApiKey': secret } })
  const body = JSON.stringify({
    key: { label: 'b', permissions: [{ access_methods: ['get'], resources: [{ feed_id: feedId }] }] },
  })
  const made = await ask('/v2/keys', { method: 'POST', body })
  const newKey = made.headers.get('location')?.split('/').at(-1) ?? ''
  await ask('/v2/devices', { method: 'POST', body: '{"name":"d","private":true}' })
  await expect.poll(async () => (await logOf('/v2/requests')).length).toBeGreaterThan(4)
  const all = JSON.stringify(await logOf('/v2/requests'))
  const { rows } = await served.db.pool.query<{ all: string }>("select string_agg(r::text, ' ') as all from request r")
  for (const text of [all, rows[0]?.all ?? '', served.log.join('\n')]) {
    for (const hidden of [key, newKey, secret]) expect(text).not.toContain(hidden)
  }
  expect(all).toContain(`slc_…${key.slice(-4)}`)
  expect(newKey).toHaveLength(48)
})

test('bodies are cut, and what Postgres cannot hold is replaced', async () => {
  await ask(`/v2/feeds/${feedId}`, { method: 'PUT', body: `{"title":"${'é'.repeat(9000)}"}` })
  await ask(`/v2/feeds/${feedId}/datastreams/a%00b`)
  const [nul, cut] = await logOf()
  expect(Buffer.byteLength(cut?.request_body ?? '')).toBeLessThanOrEqual(4098)
  expect(nul).toMatchObject({ status: 404, datastream_ids: ['a\u{fffd}b'] })
})

test('reading the log is not logged, and pages go on without a gap', async () => {
  for (let count = 0; count < 5; count++) await ask(`/v2/feeds/${feedId}?n=${count}`)
  const all = await logOf()
  expect(all.slice(0, 5).map(({ path }) => path.at(-1))).toEqual(['4', '3', '2', '1', '0'])
  const before = await logOf(`/v2/feeds/${feedId}/requests?limit=2&before=${all[1]?.id}`)
  expect(before).toEqual(all.slice(2, 4))
  const after = await logOf(`/v2/feeds/${feedId}/requests?after=${all[3]?.id}`)
  expect(after).toEqual(all.slice(0, 3))
})

test('an account keeps its newest thousand', async () => {
  for (let round = 0; round < 15; round++) {
    await Promise.all(Array.from({ length: 100 }, (_, count) => ask(`/v2/feeds/${feedId}?r=${round}.${count}`)))
  }
  const kept = await logOf(`/v2/feeds/${feedId}/requests?limit=1000`)
  expect(kept).toHaveLength(1000)
  expect(kept.every(({ path }) => Number(/r=(\d+)/.exec(path)?.[1]) >= 4)).toBe(true)
  const { rows } = await served.db.pool.query<{ count: number }>('select count(*) as count from request')
  expect(rows[0]?.count).toBeLessThanOrEqual(1300)
})

test('the log is written soon without anybody reading it, and at the end', async () => {
  await using other = await serve()
  const count = async (): Promise<number> => {
    const { rows } = await other.db.pool.query<{ count: number }>('select count(*) as count from request')
    return rows[0]?.count ?? 0
  }
  const get = (): Promise<Response> =>
    fetch(`${other.api.url}/v2/feeds`, { headers: { 'X-ApiKey': other.first.apiKey } })
  await get()
  await expect.poll(count, { timeout: 2000 }).toBe(1)
  await get()
  await other.api.drain()
  expect(await count()).toBe(2)
  const { rows } = await other.db.pool.query('select last_used_address from api_key')
  expect(rows).toEqual([{ last_used_address: '127.0.0.1' }])
})
