import { afterAll, beforeAll, expect, test } from 'vitest'
import { ACCESS_METHODS } from '@sluice/model'
import type { KeyDocument, MadeKeyDocument } from '@sluice/model'
import { startTestApi, type Account, type MadeKey, type TestApi } from './test-api.ts'

let api: TestApi
let ann: Account
let feed: number
beforeAll(async () => {
  api = await startTestApi()
  ann = await api.addAccount('ann')
  feed = await makeFeed(api.home)
})
afterAll(() => api[Symbol.asyncDispose]())

async function makeFeed({ masterKey: key }: Account): Promise<number> {
  const made = await api.send('POST', '/v2/feeds', { key, body: { title: 'f', private: true } })
  return Number(made.headers.get('location')?.split('/').at(-1))
}
const deviceKey = (account = api.home): Promise<MadeKey> =>
  api.addKey(account, { permissions: [{ accessMethods: ['get', 'put'], resources: [{ feedId: feed }] }] })
const owner = () => ({ cookie: api.home.cookie })
const read = (key: string) => api.send('GET', `/v2/feeds/${feed}`, { key })
async function rollAsOwner(id: number, body?: object): Promise<MadeKeyDocument> {
  const rolled = await api.send('POST', `/v2/keys/${id}/roll`, { ...owner(), ...(body && { body }) })
  expect(rolled.status).toBe(201)
  const document = rolled.document as MadeKeyDocument
  expect(rolled.headers.get('location')).toBe(`${api.url}/v2/keys/${document.api_key}`)
  return document
}
const show = async (id: number): Promise<KeyDocument> =>
  ((await api.send('GET', `/v2/keys/${id}`, owner())).document as { key: KeyDocument }).key

test('a device that goes on sending while its key is rolled has no request refused', async () => {
  const device = await deviceKey()
  let key = device.key
  const state = { isOver: false }
  const statuses: number[] = []
  const sending = (async () => {
    while (!state.isOver) {
      const value = String(statuses.length)
      const body = { datastreams: [{ id: 'count', current_value: value }] }
      statuses.push((await api.send('PUT', `/v2/feeds/${feed}`, { key, body })).status)
    }
  })()
  const sent = (count: number) => expect.poll(() => statuses.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(count)
  await sent(10)
  const rolled = await rollAsOwner(device.id)
  await sent(statuses.length + 20)
  // now the device is given its new key
  key = rolled.api_key
  await sent(statuses.length + 20)
  expect(await api.send('POST', `/v2/keys/${device.id}/roll/end`, owner())).toMatchObject({ status: 200, text: '' })
  await sent(statuses.length + 20)
  state.isOver = true
  await sending
  expect(statuses.filter((status) => status !== 200)).toEqual([])
  const { rows } = await api.db.pool.query<{ count: number }>('select count(*) as count from datapoint')
  expect(rows[0]?.count).toBe(statuses.length)
  expect(await read(device.key)).toMatchObject({ status: 401 })
})

test('the key stays what it is: id, label, permissions; both texts work, and the owner sees which is in use', async () => {
  const { id, key: old } = await deviceKey()
  const before = await show(id)
  const { api_key: key, previous_until: until, id: same } = await rollAsOwner(id)
  expect(same).toBe(id)
  expect(Math.round((Date.parse(until ?? '') - Date.now()) / 3_600_000)).toBe(24)
  const now = await show(id)
  const previous = { previous_api_key: before.api_key, previous_until: until }
  expect(now).toEqual({ ...before, api_key: `slc_…${key.slice(-4)}`, ...previous })
  for (const text of [old, key]) expect(await read(text)).toMatchObject({ status: 200 })
  await expect
    .poll(() => show(id), { timeout: 15_000 })
    .toMatchObject({
      ...previous,
      last_used_at: expect.any(String),
      previous_last_used_at: expect.any(String),
      previous_last_used_address: '127.0.0.1',
      previous_last_used_client: 'node',
    })
  const shown = { password: api.served.first.password }
  expect((await api.send('POST', `/v2/keys/${id}/reveal`, { ...owner(), body: shown })).document).toEqual({
    api_key: key,
  })
  const list = await api.send('GET', '/v2/keys', { key: api.home.masterKey })
  expect(list.text).not.toMatch(/previous|"id"|slc_[0-9A-Za-z]/)
  expect(await api.send('GET', `/v2/keys/${old}`, { key: old })).toMatchObject({ status: 200 })
})

test('rolling again ends the older overlap; its end is the end, without being asked for', async () => {
  const { id, key: first } = await deviceKey()
  const { api_key: second } = await rollAsOwner(id, { overlap_hours: 168 })
  const { api_key: third } = await rollAsOwner(id, { overlap_hours: null })
  expect((await Promise.all([first, second, third].map(read))).map(({ status }) => status)).toEqual([401, 200, 200])
  // what is remembered of the key is no older than its end
  await api.db.pool.query(`update api_key set previous_until = now() + interval '1 second' where id = $1`, [id])
  await expect.poll(async () => (await read(second)).status, { timeout: 15_000 }).toBe(401)
  expect(await read(third)).toMatchObject({ status: 200 })
  expect(await show(id)).not.toHaveProperty('previous_until')
})

test('what a roll answered is not told again to the old text, whatever the Idempotency-Key', async () => {
  const { key: old } = await api.addKey(api.home, { permissions: [{ accessMethods: [...ACCESS_METHODS] }] })
  const roll = async (): Promise<{ status: number; text: string; location: string | null }> => {
    const headers = { 'X-ApiKey': old, 'Idempotency-Key': 'roll' }
    const answer = await fetch(`${api.url}/v2/keys/${old}/roll`, { method: 'POST', headers })
    return { status: answer.status, text: await answer.text(), location: answer.headers.get('location') }
  }
  expect(await roll()).toMatchObject({ status: 201, location: expect.stringContaining('/v2/keys/slc_') })
  expect(await roll()).toMatchObject({ status: 403, text: expect.stringContaining('was rolled'), location: null })
  expect(await read(old)).toMatchObject({ status: 200 })
})

test('without an overlap the old text is refused at once', async () => {
  const { id, key } = await deviceKey()
  expect(await read(key)).toMatchObject({ status: 200 })
  const rolled = await rollAsOwner(id, { overlap_hours: 0 })
  expect(rolled).toEqual({ id, api_key: rolled.api_key })
  expect(await read(key)).toMatchObject({ status: 401 })
  expect(await read(rolled.api_key)).toMatchObject({ status: 200 })
})

test('a master key rolls keys of its account, itself too, and is told the new text in Location alone', async () => {
  const master = await api.addKey(ann, { permissions: [{ accessMethods: ['get', 'put', 'post', 'delete'] }] })
  const rolled = await api.send('POST', `/v2/keys/${master.key}/roll`, { key: master.key })
  expect(rolled).toMatchObject({ status: 201, text: '' })
  const key = rolled.headers.get('location')?.split('/').at(-1) ?? ''
  expect(await api.send('GET', '/v2/keys', { key })).toMatchObject({ status: 200 })
  // the old text goes on working, but whoever has nothing newer shall not get hold of it
  expect(await api.send('GET', '/v2/keys', { key: master.key })).toMatchObject({ status: 200 })
  for (const named of [master.key, key, ann.masterKey]) {
    const again = await api.send('POST', `/v2/keys/${named}/roll`, { key: master.key })
    expect(again).toMatchObject({ status: 403, document: { errors: expect.stringContaining('has a new text') } })
  }
  expect(await api.send('POST', `/v2/keys/${key}/roll/end`, { key })).toMatchObject({ status: 200 })
  expect(await api.send('GET', '/v2/keys', { key: master.key })).toMatchObject({ status: 401 })
  expect(await api.send('POST', `/v2/keys/${key}/roll/end`, { key })).toMatchObject({ status: 200 })
})

test('other keys cannot be rolled by a key that is no master key, or expires before them', async () => {
  const { key } = await deviceKey()
  expect(await api.send('POST', `/v2/keys/${key}/roll`, { key })).toMatchObject({ status: 403 })
  expect(await api.send('POST', `/v2/keys/${key}/roll/end`, { key })).toMatchObject({ status: 403 })
  const body = {
    key: {
      label: 'short',
      private_access: true,
      permissions: [{ access_methods: ['get', 'put', 'post', 'delete'] }],
      expires_at: '2040-01-01T00:00:00Z',
    },
  }
  const { api_key: short } = (await api.send('POST', '/v2/keys', { ...owner(), body })).document as MadeKeyDocument
  expect(await api.send('POST', `/v2/keys/${key}/roll`, { key: short })).toMatchObject({
    status: 403,
    document: { errors: 'This key expires before the one that is to be rolled' },
  })
  expect(await api.send('POST', `/v2/keys/${short}/roll`, { key: short })).toMatchObject({ status: 201 })
})

test.each([
  [{ overlap_hours: -1 }, 422, ['overlap_hours: must be from 0 to 168']],
  [{ overlap_hours: 169 }, 422, ['overlap_hours: must be from 0 to 168']],
  [{ overlap_hours: 1.5 }, 422, ['overlap_hours: must be a whole number of hours']],
  [{ overlap_hours: 'long' }, 422, ['overlap_hours: must be a whole number of hours']],
  ['{', 400, expect.any(String)],
  ['[]', 422, expect.any(Array)],
])('rolling with %j is answered %i, and changes nothing', async (body, status, errors) => {
  const { id, key } = await deviceKey()
  const answer = await api.send('POST', `/v2/keys/${id}/roll`, { ...owner(), body })
  expect(answer).toMatchObject({ status, document: { errors } })
  expect(await show(id)).toMatchObject({ api_key: `slc_…${key.slice(-4)}` })
})

test('rolling and ending are written down', async () => {
  const { id } = await deviceKey()
  const { api_key: key } = await rollAsOwner(id)
  await api.send('POST', `/v2/keys/${id}/roll/end`, owner())
  await api.send('POST', `/v2/keys/${id}/roll/end`, owner())
  const { rows } = await api.db.pool.query<{ action: string; subject: string }>(
    'select action, subject from audit_entry where subject like $1 order by id',
    [`key ${id} %`],
  )
  const subject = `key ${id} slc_…${key.slice(-4)}`
  expect(rows).toEqual([
    { action: 'key.roll', subject },
    { action: 'key.roll-end', subject },
  ])
})

test('the new text is not in the request log', async () => {
  const { key } = await deviceKey()
  const rolled = await api.send('POST', `/v2/keys/${key}/roll`, { key: api.home.masterKey })
  const log = await api.send('GET', '/v2/requests', { key: api.home.masterKey })
  expect(log.text).toContain('/roll')
  expect(log.text).not.toContain(rolled.headers.get('location')?.split('/').at(-1))
  expect(log.text).not.toContain(key)
})
