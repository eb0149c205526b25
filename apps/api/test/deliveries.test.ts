import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DeliveryDetailDocument, DeliveryDocument, EndpointDocument } from '@sluice/model'
import { recordAttempts } from '@sluice/store'
import { startTestApi, type Account, type TestApi } from './test-api.ts'

let api: TestApi
let ann: Account
let feed: number
let trigger: number
beforeAll(async () => {
  api = await startTestApi()
  ann = await api.addAccount('ann')
  const { headers } = await api.send('POST', '/v2/feeds', {
    key: ann.masterKey,
    body: { title: 'station', datastreams: [{ id: 't', current_value: '20', unit: { label: 'Celsius' } }] },
  })
  feed = idOf(headers)
  trigger = await makeTrigger()
})
afterAll(() => api[Symbol.asyncDispose]())

const idOf = (headers: Headers): number => Number(headers.get('location')?.split('/').at(-1))
async function makeTrigger(more: object = {}, key = ann.masterKey): Promise<number> {
  const body = {
    environment_id: feed,
    stream_id: 't',
    trigger_type: 'gt',
    threshold_value: '30',
    url: 'http://example.org/hook',
  }
  const made = await api.send('POST', '/v2/triggers', { key, body: { ...body, ...more } })
  expect(made, made.text).toMatchObject({ status: 201 })
  return idOf(made.headers)
}
async function sendTest(id = trigger, key = ann.masterKey): Promise<string> {
  const answer = await api.send('POST', `/v2/triggers/${id}/test`, { key })
  expect(answer, answer.text).toMatchObject({ status: 201 })
  return (answer.document as { delivery_id: string }).delivery_id
}
const get = async (path: string, key = ann.masterKey): Promise<unknown> => {
  const answer = await api.send('GET', path, { key })
  expect(answer, answer.text).toMatchObject({ status: 200 })
  return answer.document
}
const list = async (query: string, key = ann.masterKey): Promise<DeliveryDocument[]> =>
  ((await get(`/v2/deliveries?${query}`, key)) as { deliveries: DeliveryDocument[] }).deliveries
const detail = async (id: string): Promise<DeliveryDetailDocument> =>
  (await get(`/v2/deliveries/${id}`)) as DeliveryDetailDocument

/** What a worker records of one attempt. */
async function attempt(id: string, retryMs: number | null, outcome: 'failed' | 'delivered' = 'failed'): Promise<void> {
  const { rows } = await api.db.pool.query<{ fence: number }>(
    'update delivery set fence = fence + 1, is_leased = true where id = $1 returning fence',
    [id],
  )
  await recordAttempts(api.db.pool, [
    {
      id,
      fence: rows[0]?.fence ?? 0,
      outcome,
      status: outcome === 'failed' ? 500 : 200,
      error: outcome === 'failed' ? 'The target answered 500' : null,
      requestHeaders: { 'webhook-id': id },
      responseHeaders: { server: 'x' },
      responseBody: 'oops',
      agoMs: 20,
      durationMs: 12.5,
      retryMs,
      retryAfterMs: null,
      isGone: false,
    },
  ])
}

describe('a test', () => {
  test("is API v2's message with the current value, and says so", async () => {
    const delivery = await detail(await sendTest())
    expect(delivery).toMatchObject({
      trigger_id: trigger,
      kind: 'http',
      address: 'http://example.org/hook',
      environment_id: feed,
      stream_id: 't',
      cause: 'value',
      value: '20',
      test: true,
      status: 'pending',
      attempts: 0,
      failures: 0,
      finished_at: null,
      error: null,
      content_type: 'application/x-www-form-urlencoded',
      attempts_made: [],
    })
    const body = JSON.parse(new URLSearchParams(delivery.body).get('body') ?? '') as object
    expect(body).toMatchObject({
      debug: true,
      id: trigger,
      type: 'gt',
      threshold_value: '30',
      environment: { id: feed, title: 'station' },
      triggering_datastream: { id: 't', units: { label: 'Celsius' }, value: { value: '20' } },
    })
    expect((await get(`/v2/triggers/${trigger}?full=true`)) as object).toMatchObject({ firings: 0, notified_at: '' })
  })

  test('of a JSON action carries the id of its delivery', async () => {
    const id = await sendTest(await makeTrigger({ action: { kind: 'http', url: 'http://example.org/json' } }))
    const { content_type: type, body } = await detail(id)
    expect(type).toBe('application/json')
    expect(JSON.parse(body)).toMatchObject({
      type: 'trigger.fired',
      data: { delivery_id: id, test: true, values: { t: '20' } },
    })
  })
})

test('lists are paged and narrowed, newest first', async () => {
  const other = await makeTrigger({ url: 'http://example.org/other' })
  const ids = [await sendTest(other), await sendTest(other), await sendTest(other)]
  const all = await list(`trigger_id=${other}`)
  expect(all.map(({ id }) => id)).toEqual(ids.toReversed())
  expect(await list(`trigger_id=${other}&limit=1`)).toEqual(all.slice(0, 1))
  expect(await list(`trigger_id=${other}&before=${all[0]?.number}`)).toEqual(all.slice(1))
  expect(await list(`endpoint_id=${all[0]?.endpoint_id}`)).toEqual(all)
  expect(await list(`endpoint_id=${all[0]?.endpoint_id}&status=pending&feed_id=${feed}`)).toEqual(all)
  expect(await list(`endpoint_id=${all[0]?.endpoint_id}&status=dead`)).toEqual([])
  expect(await list('trigger_id=x')).toEqual([])
  expect(await api.send('GET', '/v2/deliveries?status=lost', { key: ann.masterKey })).toMatchObject({
    status: 422,
    document: { errors: ['status is not valid (pick one from pending, delivered, dead, cancelled)'] },
  })
})

test('each attempt can be seen; what was given up can be sent again', async () => {
  const id = await sendTest()
  await attempt(id, 60_000)
  const waiting = await detail(id)
  expect(waiting).toMatchObject({ status: 'pending', attempts: 1, failures: 1, error: 'The target answered 500' })
  expect(waiting.attempts_made).toEqual([
    {
      number: 1,
      at: expect.stringMatching(/\.\d{6}Z$/),
      duration_ms: 12.5,
      outcome: 'failed',
      status: 500,
      error: 'The target answered 500',
      request_headers: { 'webhook-id': id },
      response_headers: { server: 'x' },
      response_body: 'oops',
      next_at: waiting.next_attempt_at,
    },
  ])
  // one that waits is due now, and keeps its place in the schedule
  const due = await api.send('POST', `/v2/deliveries/${id}/redeliver`, { key: ann.masterKey })
  expect(due).toMatchObject({ status: 201, document: { delivery_id: id } })
  const hurried = await detail(id)
  expect(hurried).toMatchObject({ status: 'pending', failures: 1 })
  expect(Date.parse(hurried.next_attempt_at ?? '')).toBeLessThan(Date.parse(waiting.next_attempt_at ?? ''))
  await attempt(id, null)
  expect(await detail(id)).toMatchObject({ status: 'dead', attempts: 2, failures: 2, next_attempt_at: null })
  await api.send('POST', `/v2/deliveries/${id}/redeliver`, { key: ann.masterKey })
  expect(await detail(id)).toMatchObject({ id, status: 'pending', failures: 0, finished_at: null, body: waiting.body })
  await attempt(id, null, 'delivered')
  expect((await detail(id)).attempts_made.map(({ number, outcome }) => `${number} ${outcome}`)).toEqual([
    '1 failed',
    '2 failed',
    '3 delivered',
  ])
})

test('one that is under way is left alone', async () => {
  const id = await sendTest()
  await api.db.pool.query(
    "update delivery set is_leased = true, fence = 7, due_at = now() + interval '20 s' where id = $1",
    [id],
  )
  const before = await detail(id)
  expect(await api.send('POST', `/v2/deliveries/${id}/redeliver`, { key: ann.masterKey })).toMatchObject({
    status: 201,
  })
  expect(await detail(id)).toEqual(before)
})

test('what a removed trigger had not delivered is cancelled, and stays to be seen', async () => {
  const doomed = await makeTrigger()
  const id = await sendTest(doomed)
  await api.db.pool.query('update delivery set is_test = false where id = $1', [id])
  await api.send('DELETE', `/v2/triggers/${doomed}`, { key: ann.masterKey })
  expect(await detail(id)).toMatchObject({
    status: 'cancelled',
    error: 'The trigger was deleted',
    next_attempt_at: null,
  })
  expect(await api.send('POST', `/v2/deliveries/${id}/redeliver`, { key: ann.masterKey })).toMatchObject({
    status: 409,
    document: { errors: 'The trigger of this delivery was deleted' },
  })
})

describe('keys that are no master keys', () => {
  test.each([
    { name: 'bound to the feed', permissions: { resources: true, methods: ['get', 'post'] }, sees: true, again: 201 },
    { name: 'that only reads', permissions: { resources: true, methods: ['get'] }, sees: true, again: 403 },
    {
      name: 'without private access',
      permissions: { resources: true, methods: ['get'] },
      isPublic: true,
      sees: false,
      again: 404,
    },
    { name: 'bound to a datastream', permissions: { stream: 't', methods: ['get', 'post'] }, sees: false, again: 404 },
    { name: 'bound to another feed', permissions: { other: true, methods: ['get', 'post'] }, sees: false, again: 404 },
  ] as const)('$name', async ({ permissions, sees, again, ...more }) => {
    const id = await sendTest()
    const feedId = 'other' in permissions ? feed + 1 : feed
    if ('other' in permissions) await api.send('POST', '/v2/feeds', { key: ann.masterKey, body: { title: 'other' } })
    const resource = 'stream' in permissions ? { feedId, datastreamId: 't' } : { feedId }
    const { key } = await api.addKey(ann, {
      permissions: [{ accessMethods: [...permissions.methods], resources: [resource] }],
      privateAccess: !('isPublic' in more),
    })
    expect((await list('', key)).some((delivery) => delivery.id === id)).toBe(sees)
    expect(await api.send('GET', `/v2/deliveries/${id}`, { key })).toMatchObject({ status: sees ? 200 : 404 })
    expect(await api.send('POST', `/v2/deliveries/${id}/redeliver`, { key })).toMatchObject({ status: again })
    expect(await api.send('GET', '/v2/endpoints', { key })).toMatchObject({ status: 403 })
  })
})

describe('endpoints', () => {
  const endpoint = async (id: number): Promise<EndpointDocument> =>
    (await get(`/v2/endpoints/${id}`)) as EndpointDocument
  const put = (id: number, body: object) => api.send('PUT', `/v2/endpoints/${id}`, { key: ann.masterKey, body })

  test('tell how they are, are paused and go on', async () => {
    const watching = await makeTrigger({ url: 'http://example.org/health' })
    const deliveryId = await sendTest(watching)
    const { endpoint_id: id } = await detail(deliveryId)
    expect(await endpoint(id)).toEqual({
      id,
      kind: 'http',
      address: 'http://example.org/health',
      state: 'ok',
      failing_since: null,
      held_until: null,
      last_delivered_at: null,
      verifies_tls: true,
      pending: 1,
      dead: 0,
      previous_secret_until: null,
    })
    expect(await put(id, { paused: true, verifies_tls: false })).toMatchObject({ status: 200, text: '' })
    expect(await endpoint(id)).toMatchObject({ state: 'paused', verifies_tls: false })
    await put(id, { paused: false })
    expect(await endpoint(id)).toMatchObject({ state: 'ok', verifies_tls: false })
    for (let failure = 0; failure < 5; failure++) await attempt(deliveryId, 60_000)
    expect(await endpoint(id)).toMatchObject({
      state: 'failing',
      failing_since: expect.any(String),
      held_until: expect.any(String),
    })
    await api.db.pool.query("update endpoint set disabled_at = now(), disabled_reason = 'gone' where id = $1", [id])
    expect(await endpoint(id)).toMatchObject({ state: 'disabled', disabled_reason: 'gone' })
    await put(id, { enabled: true })
    expect(await endpoint(id)).toMatchObject({ state: 'ok', failing_since: null, held_until: null })
    const { endpoints } = (await get('/v2/endpoints')) as { endpoints: EndpointDocument[] }
    expect(endpoints).toContainEqual(await endpoint(id))
    expect(await put(id, { enabled: false })).toMatchObject({ status: 422 })
  })

  test('send again all that was given up since', async () => {
    const watching = await makeTrigger({ url: 'http://example.org/dead' })
    const ids = [await sendTest(watching), await sendTest(watching), await sendTest(watching)]
    const { endpoint_id: id } = await detail(ids[0] ?? '')
    for (const deliveryId of ids.slice(0, 2)) await attempt(deliveryId, null)
    await api.db.pool.query("update delivery set fired_at = '2026-01-01' where id = $1", [ids[0]])
    expect(await endpoint(id)).toMatchObject({ pending: 1, dead: 2 })
    const again = (since: unknown) =>
      api.send('POST', `/v2/endpoints/${id}/redeliver`, { key: ann.masterKey, body: { since } })
    expect(await again('2026-01-02T00:00:00Z')).toMatchObject({ status: 200, document: { redelivered: 1 } })
    expect((await list(`endpoint_id=${id}`)).map(({ status, failures }) => `${status} ${failures}`)).toEqual([
      'pending 0',
      'pending 0',
      'dead 1',
    ])
    expect(await again('2025-12-31T00:00:00Z')).toMatchObject({ document: { redelivered: 1 } })
    expect(await again('yesterday')).toMatchObject({
      status: 422,
      document: { errors: ['since: is not an ISO 8601 timestamp'] },
    })
  })

  test('show and change their secret to the owner, who gives the password again', async () => {
    const { cookie, masterKey } = api.home
    const { password } = api.served.first
    const own = idOf(
      (await api.send('POST', '/v2/feeds', { key: masterKey, body: { title: 'f', datastreams: [{ id: 't' }] } }))
        .headers,
    )
    await makeTrigger({ environment_id: own }, masterKey)
    await makeTrigger({ environment_id: own, action: { kind: 'email', to: 'a@example.org' } }, masterKey)
    const [http, email] = ((await get('/v2/endpoints', masterKey)) as { endpoints: EndpointDocument[] }).endpoints
    const ask = (path: string, body: object, sent: object = { cookie }) =>
      api.send('POST', `/v2/endpoints/${http?.id}/${path}`, { ...sent, body })
    expect(await ask('secret', { password: 'wrong' })).toMatchObject({ status: 403 })
    expect(await ask('secret', { password }, { key: masterKey })).toMatchObject({ status: 403 })
    const { secret } = (await ask('secret', { password })).document as { secret: string }
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    const rotated = (await ask('rotate', { password })).document as { secret: string; previous_until: string }
    expect(rotated.secret).toMatch(/^whsec_/)
    expect(rotated.secret).not.toBe(secret)
    expect((await ask('secret', { password })).document).toEqual({ secret: rotated.secret })
    expect((await get(`/v2/endpoints/${http?.id}`, masterKey)) as object).toMatchObject({
      previous_secret_until: rotated.previous_until,
    })
    const hours = (Date.parse(rotated.previous_until) - Date.now()) / 3_600_000
    expect(hours).toBeGreaterThan(23.9)
    expect(hours).toBeLessThan(24.1)
    expect(await api.send('POST', `/v2/endpoints/${email?.id}/secret`, { cookie, body: { password } })).toMatchObject({
      status: 409,
    })
    const { rows } = await api.db.pool.query<{ action: string }>(
      'select action from audit_entry where subject = $1 order by id',
      [`endpoint ${http?.id}`],
    )
    expect(rows.map(({ action }) => action)).toEqual([
      'endpoint-secret.reveal',
      'endpoint-secret.rotate',
      'endpoint-secret.reveal',
    ])
    const { requests } = (await get('/v2/requests', masterKey)) as { requests: object[] }
    expect(JSON.stringify(requests)).not.toContain(secret)
    expect(api.served.log.join('')).not.toContain('whsec_')
  })
})
