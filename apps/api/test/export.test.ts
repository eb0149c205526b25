import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApi } from './test-api.ts'
import type { Account, TestApi } from './test-api.ts'

let api: TestApi
let other: Account
let feed: string

beforeAll(async () => {
  api = await startTestApi()
  other = await api.addAccount('other')
  const sent = { key: api.home.masterKey }
  const made = await api.send('POST', '/v2/feeds', {
    ...sent,
    body: { title: 'Boiler', datastreams: [{ id: 'flow' }] },
  })
  feed = new URL(made.headers.get('location') ?? '').pathname
  for (const day of [1, 2]) {
    const datapoints = Array.from({ length: 500 }, (_, second) => ({
      at: new Date(Date.UTC(2024, 0, day, 0, 0, second)).toISOString(),
      value: `${day}.${second}`,
    }))
    await api.send('POST', `${feed}/datastreams/flow/datapoints`, { ...sent, body: { datapoints } })
  }
  const hook = {
    environment_id: Number(feed.split('/').at(-1)),
    stream_id: 'flow',
    trigger_type: 'change',
    url: 'http://example.org/',
  }
  await api.send('POST', '/v2/triggers', { ...sent, body: hook })
  await api.send('POST', '/v2/devices', { ...sent, body: { name: 'Meter', private: true } })
  await api.send('POST', '/v2/feeds', { key: other.masterKey, body: { title: 'Not theirs', private: 'true' } })
})
afterAll(() => api[Symbol.asyncDispose]())

type Line = { type: string; feeds?: number; datapoints?: number | unknown[] }

test('everything of the account is in it, datapoints in bodies that can be sent again, and nothing of others', async () => {
  const answer = await api.send('GET', '/v2/export', { key: api.home.masterKey })
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-disposition')).toMatch(
    /^attachment; filename="sluice-\w+-20\d\d-\d\d-\d\d\.ndjson"$/,
  )
  const lines = answer.text
    .trimEnd()
    .split('\n')
    .map((text) => JSON.parse(text) as Line)
  const kinds = new Map<string, number>()
  for (const { type } of lines) kinds.set(type, (kinds.get(type) ?? 0) + 1)
  expect(lines[0]).toMatchObject({ type: 'sluice-export', version: 1, account: { login: api.home.login } })
  expect(Object.fromEntries(kinds)).toMatchObject({ device: 1, feed: 2, datapoints: 2, trigger: 1, end: 1 })
  expect(lines.at(-1)).toEqual({ type: 'end', feeds: 2, datapoints: 1000 })
  expect(answer.text).not.toContain('Not theirs')
  expect(answer.text).not.toMatch(/slc_[0-9A-Za-z]{44}/)

  const body = lines.find(({ type }) => type === 'datapoints')
  const again = await api.send('POST', `${feed}/datastreams/flow/datapoints?results=true`, {
    key: api.home.masterKey,
    body,
  })
  expect(new Set((again.document as { results: { result: string }[] }).results.map(({ result }) => result))).toEqual(
    new Set(['duplicate']),
  )
})

test.each([
  ['a key that is bound to a feed', async () => (await boundKey()).key, 403],
  ['nobody', () => Promise.resolve(undefined), 401],
] as const)('%s gets none', async (_who, keyOf, status) => {
  const key = await keyOf()
  expect(await api.send('GET', '/v2/export', key === undefined ? {} : { key })).toMatchObject({ status })
})

function boundKey() {
  const permissions = [{ accessMethods: ['get' as const], resources: [{ feedId: Number(feed.split('/').at(-1)) }] }]
  return api.addKey(api.home, { permissions })
}

test('a client that goes away in the middle frees its place', async () => {
  for (let count = 0; count < 4; count++) {
    const gone = new AbortController()
    const answer = await fetch(`${api.url}/v2/export`, {
      headers: { 'X-ApiKey': api.home.masterKey },
      signal: gone.signal,
    })
    await answer.body?.getReader().read()
    gone.abort()
  }
  expect(await api.send('GET', '/v2/export', { key: api.home.masterKey })).toMatchObject({ status: 200 })
})
