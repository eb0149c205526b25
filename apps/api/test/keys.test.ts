import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { KeyDocument } from '@sluice/model'
import { sendFrom, startTestApi, type Account, type TestApi } from './test-api.ts'

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
  ['{"key":{"label":"x","permissions":[{"access_methods":["get"],"source_ip":"10.0.0.256"}]}}', 422],
  ['{"key":{"label":"x","permissions":[{"access_methods":["get"],"resources":[{"feed_id":99999999}]}]}}', 422],
  ['{"key":{"label":"x","permissions":[{"access_methods":["get"],"resources":[{"datastream_trigger_id":9}]}]}}', 422],
  ['{"key":{"label":"x","user":"eve","id":7,"hash":"x","permissions":[{"access_methods":["Get"],"id":9}]}}', 201],
])('%s is answered %i', async (body, status) => {
  expect(await api.send('POST', '/v2/keys', { key: ann.masterKey, body })).toMatchObject({ status })
})

test('what a key is asked for comes back, and nothing else', async () => {
  const permissions = [
    {
      label: 'page',
      access_methods: ['get'],
      referer: 'http://example.org/app',
      source_ip: '127.0.0.0/8',
      minimum_interval: 0.5,
      resources: [{ feed_id: feed, datastream_id: 't' }],
    },
  ]
  const nulls = { id: 5, user: 'eve', masked: 'x', expires_at: null }
  const key = await makeKey('all', { ...nulls, permissions })
  const stored = await api.send('GET', `/v2/keys/${key}`, { key: ann.masterKey })
  expect(stored.document).toEqual({ key: { api_key: key, label: 'all', private_access: true, permissions } })
  const change = {
    key: { label: 'less', private_access: null, permissions: [{ access_methods: ['PUT'], referer: null }] },
  }
  expect(await api.send('PUT', `/v2/keys/${key}`, { key: ann.masterKey, body: change })).toMatchObject({ status: 200 })
  expect((await api.send('GET', `/v2/keys/${key}`, { key: ann.masterKey })).document).toEqual({
    key: { api_key: key, label: 'less', permissions: [{ access_methods: ['put'] }] },
  })
})

test('the owner sees when, from where and with what a key was used', async () => {
  const { key, id } = await api.addKey(api.home, { permissions: [{ accessMethods: ['get'] }] })
  const headers = { 'user-agent': `Sketch/1 ${'x'.repeat(200)}` }
  await sendFrom(`${api.url}/v2/feeds`, { key, headers, address: '127.0.0.2' })
  const read = async (): Promise<KeyDocument> =>
    ((await api.send('GET', `/v2/keys/${id}`, { cookie: api.home.cookie })).document as { key: KeyDocument }).key
  await expect.poll(read, { timeout: 15_000 }).toMatchObject({
    last_used_at: expect.stringMatching(/\.\d{6}Z$/),
    last_used_address: '127.0.0.2',
    last_used_client: headers['user-agent'].slice(0, 128),
  })
  const seen = await api.send('GET', '/v2/keys', { key: api.home.masterKey })
  expect(seen.text).not.toContain('last_used')
})

test('what is done to keys is written down', async () => {
  const { cookie } = api.home
  const body = { key: { label: 'noted', permissions: [{ access_methods: ['get'] }] } }
  const made = await api.send('POST', '/v2/keys', { cookie, body })
  const { id, api_key: key } = made.document as { id: number; api_key: string }
  await api.send('PUT', `/v2/keys/${id}`, { cookie, body })
  await api.send('DELETE', `/v2/keys/${key}`, { key: api.home.masterKey })
  const { rows } = await api.db.pool.query<{ action: string; subject: string; address: string }>(
    'select action, subject, address from audit_entry where account_id = $1 and subject like $2 order by id',
    [api.home.id, `key ${id} %`],
  )
  const subject = `key ${id} slc_…${key.slice(-4)}`
  const address = '127.0.0.1'
  expect(rows).toEqual([
    { action: 'key.create', subject, address },
    { action: 'key.update', subject, address },
    { action: 'key.remove', subject: expect.stringMatching(new RegExp(`^${subject} by key \\d+$`)), address },
  ])
})
