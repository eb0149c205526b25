import { expect, test } from 'vitest'
import { ApiError } from './api-error.ts'
import { createClient } from './client.ts'
import { makeHttp } from './http.ts'

type Sent = { url: string; method: string; headers: Record<string, string>; body: string | null; credentials: string }
type Step = { status: number; body?: string; headers?: Record<string, string> } | 'cut' | 'silence'

/** Answers one step after the other and keeps what was sent. */
function script(...steps: Step[]): { fetch: typeof globalThis.fetch; sent: Sent[] } {
  const sent: Sent[] = []
  const fetch = async (url: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const { method = '', body, credentials = '' } = init
    const headers = init.headers as Record<string, string>
    sent.push({ url: url as string, method, headers, body: (body as string) ?? null, credentials })
    const step = steps.shift()
    if (step === undefined || step === 'cut') throw new TypeError('fetch failed')
    if (step === 'silence') {
      return await new Promise((_resolve, reject) =>
        init.signal?.addEventListener('abort', () => reject(init.signal?.reason as Error)),
      )
    }
    return new Response(step.body ?? '', { status: step.status, headers: step.headers ?? {} })
  }
  return { fetch, sent }
}

const baseUrl = 'http://sluice.test'
const ok: Step = { status: 200, body: '{"id":1}' }
const busy: Step = {
  status: 503,
  body: '{"title":"Service unavailable","errors":"full"}',
  headers: { 'retry-after': '0' },
}
const away: Step = { status: 503, headers: { 'retry-after': '60' } }

test.each([
  { name: 'a GET after a 503', method: 'GET', steps: [busy, ok], sent: 2, status: 200 },
  { name: 'a GET after a cut connection', method: 'GET', steps: ['cut', 'cut', ok], sent: 3, status: 200 },
  { name: 'a GET at most twice', method: 'GET', steps: [busy, busy, busy, ok], sent: 3, status: 503 },
  { name: 'not a GET that is to wait long', method: 'GET', steps: [away, ok], sent: 1, status: 503 },
  { name: 'not a GET that was refused', method: 'GET', steps: [{ status: 404 }, ok], sent: 1, status: 404 },
  { name: 'not a server bug', method: 'GET', steps: [{ status: 500 }, ok], sent: 1, status: 500 },
  { name: 'not a PUT after a 503', method: 'PUT', steps: [busy, ok], sent: 1, status: 503 },
  { name: 'not a POST after a cut connection', method: 'POST', steps: ['cut', ok], sent: 1, status: 0 },
  { name: 'not a DELETE after a 503', method: 'DELETE', steps: [busy, ok], sent: 1, status: 503 },
] as { name: string; method: string; steps: Step[]; sent: number; status: number }[])(
  'retries $name',
  async ({ method, steps, sent, status }) => {
    const server = script(...steps)
    const http = makeHttp({ baseUrl, fetch: server.fetch })
    const reached = await http.request(method, '/v2/feeds/1').then(
      () => 200,
      (error: unknown) => (error instanceof ApiError ? error.status : -1),
    )
    expect({ sent: server.sent.length, status: reached }).toEqual({ sent, status })
  },
)

test('a silent server is an ApiError of status 0 once the time is over, and is not asked again', async () => {
  const server = script('silence', ok)
  const http = makeHttp({ baseUrl, fetch: server.fetch, timeoutMs: 20 })
  await expect(http.request('GET', '/v2/feeds')).rejects.toMatchObject({ status: 0, title: 'No answer' })
  expect(server.sent).toHaveLength(1)
})

test.each([
  {
    name: 'one sentence',
    step: { status: 404, body: '{"title":"Not found","errors":"Couldn\'t find feed"}' },
    error: { status: 404, title: 'Not found', errors: ["Couldn't find feed"], message: "Couldn't find feed" },
  },
  {
    name: 'several sentences',
    step: { status: 422, body: '{"title":"Unprocessable Entity","errors":["a","b"]}' },
    error: { status: 422, errors: ['a', 'b'], message: 'a; b', retryAfterS: null },
  },
  {
    name: "a proxy's page",
    step: { status: 502, body: '<html>Bad gateway</html>' },
    error: { status: 502, title: 'HTTP 502', errors: [] },
  },
  {
    name: 'when to come back',
    step: { status: 429, body: '{"title":"Too many requests","errors":"slow down"}', headers: { 'retry-after': '7' } },
    error: { status: 429, retryAfterS: 7 },
  },
  { name: 'JSON that is none', step: { status: 200, body: 'hello' }, error: { status: 0, title: 'Unreadable answer' } },
] as { name: string; step: Step; error: object }[])('an ApiError from $name', async ({ step, error }) => {
  const http = makeHttp({ baseUrl, fetch: script(step).fetch })
  const reached = http.request('POST', '/v2/feeds')
  await expect(reached).rejects.toBeInstanceOf(ApiError)
  await expect(reached).rejects.toMatchObject(error)
})

test.each([
  { apiKey: 'slc_test', header: 'slc_test', credentials: 'omit' },
  { apiKey: undefined, header: undefined, credentials: 'same-origin' },
])('key $apiKey travels as X-ApiKey and never beside a cookie', async ({ apiKey, header, credentials }) => {
  const server = script(ok)
  await makeHttp({ baseUrl, fetch: server.fetch, ...(apiKey ? { apiKey } : {}) }).request('GET', '/v2/feeds')
  expect(server.sent[0]?.headers['x-apikey']).toBe(header)
  expect(server.sent[0]?.credentials).toBe(credentials)
})

test('the clock of the server is known from its answers', async () => {
  const http = makeHttp({
    baseUrl,
    fetch: script({ status: 200, headers: { date: 'Wed, 01 Jan 2020 00:00:00 GMT' } }).fetch,
  })
  expect(Math.abs(http.serverNow() - Date.now())).toBeLessThan(1000)
  await http.request('GET', '/v2/feeds')
  expect(Math.abs(http.serverNow() - Date.UTC(2020, 0, 1))).toBeLessThan(1000)
})

test.each([
  {
    name: 'feeds.get with history',
    call: (client: ReturnType<typeof createClient>) =>
      client.feeds.get(7, { datastreams: ['a', 'b'], start: '2026-01-01T00:00:00Z', limit: 5 }),
    sent: 'GET /v2/feeds/7?start=2026-01-01T00%3A00%3A00Z&limit=5&datastreams=a%2Cb',
    body: null,
  },
  {
    name: 'a datastream id that looks like a format',
    call: (client: ReturnType<typeof createClient>) => client.datastreams.get(7, 'log.csv'),
    sent: 'GET /v2/feeds/7/datastreams/log.csv.json',
    body: null,
  },
  {
    name: 'a datastream id of another script',
    call: (client: ReturnType<typeof createClient>) => client.datastreams.remove(7, 'größe+1'),
    sent: 'DELETE /v2/feeds/7/datastreams/gr%C3%B6%C3%9Fe%2B1',
    body: null,
  },
  {
    name: 'values as strings',
    call: (client: ReturnType<typeof createClient>) =>
      client.feeds.update(7, { datastreams: [{ id: 't', current_value: 20.5, datapoints: [{ value: '20.50' }] }] }),
    sent: 'PUT /v2/feeds/7',
    body: '{"datastreams":[{"id":"t","current_value":"20.5","datapoints":[{"value":"20.50"}]}]}',
  },
  {
    name: 'a point by its time',
    call: (client: ReturnType<typeof createClient>) => client.datapoints.remove(7, 't', '2026-01-01T00:00:00.000001Z'),
    sent: 'DELETE /v2/feeds/7/datastreams/t/datapoints/2026-01-01T00%3A00%3A00.000001Z',
    body: null,
  },
])('sends $name', async ({ call, sent, body }) => {
  const server = script(ok)
  await call(createClient({ baseUrl: `${baseUrl}/`, fetch: server.fetch }))
  const [first] = server.sent
  expect(`${first?.method} ${first?.url.slice(baseUrl.length)}`).toBe(sent)
  expect(first?.body).toBe(body)
})

test('1201 points travel as three requests of at most 500, in order', async () => {
  const server = script(ok, ok, ok)
  const points = Array.from({ length: 1201 }, (_, index) => ({ value: index }))
  await createClient({ baseUrl, fetch: server.fetch }).datapoints.append(7, 't', points)
  const bodies = server.sent.map(
    ({ body }) => (JSON.parse(body ?? '') as { datapoints: { value: string }[] }).datapoints,
  )
  expect(bodies.map((datapoints) => datapoints.length)).toEqual([500, 500, 201])
  expect(bodies.flat().map(({ value }) => Number(value))).toEqual(points.map(({ value }) => value))
})

test.each([
  { location: 'http://h/v2/keys/slc_abc', body: '', made: { id: null, api_key: 'slc_abc' } },
  { location: 'http://h/v2/keys/slc_abc', body: '{"id":3,"api_key":"slc_abc"}', made: { id: 3, api_key: 'slc_abc' } },
])('a new key is read from $location with body "$body"', async ({ location, body, made }) => {
  const server = script({ status: 201, body, headers: { location } })
  const client = createClient({ baseUrl, fetch: server.fetch })
  await expect(client.keys.create({ label: 'l', permissions: [{ access_methods: ['get'] }] })).resolves.toEqual(made)
})

test('nobody is signed in: null, but an outage is an error', async () => {
  const client = createClient({ baseUrl, fetch: script({ status: 401 }, { status: 500 }).fetch })
  await expect(client.session.current()).resolves.toBeNull()
  await expect(client.session.current()).rejects.toMatchObject({ status: 500 })
})
