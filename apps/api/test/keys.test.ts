import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { KeyDocument } from '@sluice/model'
import { startTestApi, type Account, type TestApi } from './test-api.ts'

let api: TestApi
let ann: Account
let feed: number
beforeAll(async () => {
  api = await startTestApi()
  ann = await api.addAccount('ann')
  const made = await api.send('POST', '/v2/feeds', { key: ann.masterKey, body: { title: 'f', private: true } })
  feed = Number(made.headers.get('location')?.split('/').at(-1))
})
afterAll(() => api[Symbol.asyncDispose]())

const wanted = (label: string, more: object = {}) => ({
  key: {
    label,
    permissions: [{ access_methods: ['get', 'put'], resources: [{ feed_id: feed }] }],
    private_access: true,
    ...more,
  },
})
async function makeKey(label: string, more: object = {}): Promise<string> {
  const made = await api.send('POST', '/v2/keys', { key: ann.masterKey, body: wanted(label, more) })
  expect(made).toMatchObject({ status: 201, text: '' })
  return made.headers.get('location')?.split('/').at(-1) ?? ''
}

test('a key is shown once, in Location; lists mask it', async () => {
  const key = await makeKey('once')
  const { keys } = (await api.send('GET', `/v2/keys?feed_id=${feed}`, { key: ann.masterKey })).document as {
    keys: KeyDocument[]
  }
  expect(keys).toContainEqual({
    api_key: `slc_…${key.slice(-4)}`,
    label: 'once',
    private_access: true,
    permissions: [{ access_methods: ['get', 'put'], resources: [{ feed_id: feed }] }],
  })
  const all = await api.send('GET', '/v2/keys', { key: ann.masterKey })
  expect(all.text).not.toContain(key)
  expect(all.text).not.toContain(ann.masterKey)
  expect((await api.send('GET', '/v2/keys?feed_id=x', { key: ann.masterKey })).document).toEqual({ keys: [] })
})

test('the owner sees numbers and times, and addresses a key by its number', async () => {
  const { cookie } = api.home
  const body = {
    key: { label: 'mine', permissions: [{ access_methods: ['get'] }], expires_at: '2040-01-01T00:00:00Z' },
  }
  const made = await api.send('POST', '/v2/keys', { cookie, body })
  const { id, api_key: key } = made.document as { id: number; api_key: string }
  expect(made.headers.get('location')).toBe(`${api.url}/v2/keys/${key}`)
  expect((await api.send('GET', `/v2/keys/${id}`, { cookie })).document).toEqual({
    key: {
      api_key: `slc_…${key.slice(-4)}`,
      label: 'mine',
      expires_at: '2040-01-01T00:00:00Z',
      permissions: [{ access_methods: ['get'] }],
      id,
      created_at: expect.stringMatching(/\.\d{6}Z$/),
    },
  })
  expect(
    await api.send('PUT', `/v2/keys/${id}`, { cookie, body: { key: { ...body.key, label: 'renamed' } } }),
  ).toMatchObject({ status: 200, text: '' })
  expect((await api.send('GET', `/v2/keys/${key}`, { cookie })).document).toMatchObject({
    key: { api_key: key, label: 'renamed' },
  })
  expect(await api.send('DELETE', `/v2/keys/${id}`, { cookie })).toMatchObject({ status: 200, text: '' })
  expect(await api.send('GET', `/v2/keys/${id}`, { cookie })).toMatchObject({ status: 404 })
})

describe('a key that is no master key', () => {
  test('reads itself and manages nothing', async () => {
    const key = await makeKey('plain')
    expect((await api.send('GET', `/v2/keys/${key}`, { key })).document).toMatchObject({
      key: { api_key: key, label: 'plain' },
    })
    for (const [method, path, status] of [
      ['GET', `/v2/keys/${ann.masterKey}`, 404],
      ['GET', '/v2/keys', 403],
      ['POST', '/v2/keys', 403],
      ['PUT', `/v2/keys/${key}`, 403],
      ['DELETE', `/v2/keys/${key}`, 403],
      ['POST', '/v2/devices', 403],
    ] as const) {
      const body = method === 'POST' || method === 'PUT' ? wanted('more') : undefined
      expect(await api.send(method, path, { key, body }), `${method} ${path}`).toMatchObject({ status })
    }
  })

  test('is refused at once when it was removed', async () => {
    const key = await makeKey('gone')
    expect(await api.send('GET', `/v2/feeds/${feed}`, { key })).toMatchObject({ status: 200 })
    expect(await api.send('DELETE', `/v2/keys/${key}`, { key: ann.masterKey })).toMatchObject({ status: 200 })
    expect(await api.send('GET', `/v2/feeds/${feed}`, { key })).toMatchObject({ status: 401 })
  })
})

test('a master key that expires cannot make one that lives longer', async () => {
  const body = {
    key: {
      label: 'short',
      permissions: [{ access_methods: ['get', 'put', 'post', 'delete'] }],
      private_access: true,
      expires_at: '2040-01-01T00:00:00Z',
    },
  }
  const made = await api.send('POST', '/v2/keys', { key: ann.masterKey, body })
  const key = made.headers.get('location')?.split('/').at(-1) ?? ''
  const longer = {
    status: 422,
    document: { errors: ["expires_at can't be later than that of the key that grants it"] },
  }
  expect(await api.send('POST', '/v2/keys', { key, body: wanted('for ever') })).toMatchObject(longer)
  expect(
    await api.send('PUT', `/v2/keys/${key}`, { key, body: { key: { ...body.key, expires_at: null } } }),
  ).toMatchObject(longer)
  expect(
    await api.send('POST', '/v2/keys', { key, body: wanted('shorter', { expires_at: '2039-12-31T00:00:00Z' }) }),
  ).toMatchObject({ status: 201 })
  const device = await api.send('POST', '/v2/devices', { key, body: { name: 'd', private: true } })
  const { api_key: deviceKey } = device.document as { api_key: string }
  expect((await api.send('GET', `/v2/keys/${deviceKey}`, { key })).document).toMatchObject({
    key: { expires_at: '2040-01-01T00:00:00Z' },
  })
})

test.each([
  ['{}', 422],
  ['[]', 400],
  ['{"key":{"label":"x","permissions":[{"access_methods":["get"],"source_ip":"10.0.0.1"}]}}', 422],
])('%s is answered %i', async (body, status) => {
  expect(await api.send('POST', '/v2/keys', { key: ann.masterKey, body })).toMatchObject({ status })
})
