import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ACCESS_METHODS } from '@sluice/model'
import { createAccount, insertKey } from '@sluice/store'
import { fileSecret } from '@sluice/service'
import { makeKeyVault } from '../src/secrets.ts'
import { serve } from './serve.ts'
import type { Served } from './serve.ts'

let served: Served
let feedUrl: string
const headers = (more: Record<string, string> = {}): Record<string, string> => ({
  'X-ApiKey': served.first.apiKey,
  ...more,
})
const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(path.startsWith('http') ? path : `${served.api.url}${path}`, init)

beforeAll(async () => {
  served = await serve()
  const made = await ask('/v2/feeds', { method: 'POST', headers: headers(), body: '{"title":"A","private":"true"}' })
  feedUrl = made.headers.get('location') ?? ''
})
afterAll(() => served[Symbol.asyncDispose]())

describe('which key', () => {
  const basic = (user: string): string => `Basic ${Buffer.from(`${user}:`).toString('base64')}`
  test.each([
    ['X-ApiKey', (key: string) => ({ 'X-ApiKey': key }), '', 200],
    ['X-PachubeApiKey', (key: string) => ({ 'X-PachubeApiKey': key }), '', 200],
    ['X-CosmApiKey', (key: string) => ({ 'x-cosmapikey': key }), '', 200],
    ['?key=', () => ({}), '?key=KEY', 200],
    ['Basic user', (key: string) => ({ Authorization: basic(key) }), '', 200],
    ['Bearer', (key: string) => ({ Authorization: `Bearer ${key}` }), '', 200],
    ['the same key twice', (key: string) => ({ 'X-ApiKey': key }), '?key=KEY', 200],
    ['two different keys', (key: string) => ({ 'X-ApiKey': key }), '?key=slc_other', 401],
    ['two different headers', (key: string) => ({ 'X-ApiKey': key, 'X-PachubeApiKey': `${key}x` }), '', 401],
    ['two values of one header', (key: string) => ({ 'X-ApiKey': `${key}, ${key}x` }), '', 401],
    ['none', () => ({}), '', 401],
    ['one that is no key', () => ({ 'X-ApiKey': 'abc' }), '', 401],
    ['one character off', (key: string) => ({ 'X-ApiKey': `${key.slice(0, -1)}!` }), '', 401],
    ['an empty one', () => ({ 'X-ApiKey': '' }), '', 401],
    ['Basic with an account and a password', () => ({ Authorization: basic('home') }), '', 401],
  ])('%s: %#', async (_what, make, query, status) => {
    const { apiKey } = served.first
    const answer = await ask(`${feedUrl}${query.replace('KEY', apiKey)}`, { headers: make(apiKey) })
    expect(answer.status).toBe(status)
    if (status === 401) {
      expect(await answer.json()).toEqual({
        title: 'Unauthorized',
        errors: 'You do not have permission to access this resource',
      })
    }
  })

  test('a removed key stops working at once on this node', async () => {
    const body = JSON.stringify({
      key: { label: 'b', permissions: [{ access_methods: ['get'] }], private_access: true },
    })
    const made = await ask('/v2/keys', { method: 'POST', headers: headers(), body })
    const location = made.headers.get('location') ?? ''
    const own = { headers: { 'X-ApiKey': location.split('/').at(-1) ?? '' } }
    expect((await ask(feedUrl, own)).status).toBe(200)
    expect((await ask(location, { method: 'DELETE', headers: headers() })).status).toBe(200)
    expect((await ask(feedUrl, own)).status).toBe(401)
  })

  test('an expired key is unknown', async () => {
    const { db } = served
    const made = await db.inTransaction((tx) => createAccount(tx, named('late')))
    const vault = makeKeyVault(await fileSecret(served.dataDir, 'server.secret'))
    const secret = vault.make()
    const permissions = [{ accessMethods: [...ACCESS_METHODS] }]
    const expiresAt = new Date(Date.now() + 700).toISOString()
    await db.inTransaction((tx) =>
      insertKey(tx, made.accountId, { label: 'e', privateAccess: true, permissions, expiresAt, ...secret }),
    )
    const own = { headers: { 'X-ApiKey': secret.key } }
    const first = await ask('/v2/feeds', own)
    // expires_at has whole seconds, so it may have passed already
    expect([200, 401]).toContain(first.status)
    await expect.poll(async () => (await ask('/v2/feeds', own)).status, { timeout: 3000 }).toBe(401)
  })
})

describe('addresses', () => {
  test.each([
    ['GET', 'FEED.json', 200],
    ['GET', 'FEED/', 200],
    ['GET', 'FEED.json?callback=', 200],
    ['GET', '/apiFEED', 200],
    ['HEAD', 'FEED', 200],
    ['GET', 'FEED?start=2013-01-01T00:00:00Z&end=2013-01-01T01:00:00Z.json', 200],
    ['GET', 'FEED.png', 406],
    ['PUT', 'FEED.png', 406],
    ['GET', 'FEED.yaml', 406],
    ['GET', 'FEED/requests.xml', 406],
    ['DELETE', 'FEED/datastreams/t.csv', 404],
    ['POST', 'FEED', 404],
    ['PATCH', 'FEED', 404],
    ['PROPFIND', 'FEED', 404],
    ['GET', '/v2', 404],
    ['GET', '/v2/nothing', 404],
    ['GET', '/v2/feeds/%', 404],
    ['GET', '/v2/feeds/0', 404],
    ['GET', '/v2/feeds/01', 404],
    ['GET', '/v2/feeds/1e3', 404],
    ['GET', '/v2/feeds/-1', 404],
    ['GET', '/v2/feeds/9999999999999999999', 404],
    ['GET', '/v2/feeds/constructor', 404],
    ['GET', '/v2/feeds/__proto__', 404],
    ['GET', '/v2/feeds/..%2f..%2fetc%2fpasswd', 404],
    ['GET', `/v2/feeds/${'9'.repeat(600)}`, 404],
  ])('%s %s: %i', async (method, path, status) => {
    const { pathname } = new URL(feedUrl)
    const answer = await ask(path.replace('FEED', pathname), {
      method,
      headers: headers(),
      ...(method === 'PUT' && { body: '{}' }),
    })
    const text = await answer.text()
    expect([answer.status, text.slice(0, 200)]).toEqual([status, expect.any(String)])
    if (status >= 400 && !/\.(xml|csv)$/.test(path))
      expect(JSON.parse(text)).toEqual({ title: expect.any(String), errors: expect.any(String) })
  })

  test('a missing route says so in the words of API v2', async () => {
    const answer = await ask('/v2/feeds/1.csv', { method: 'POST', headers: headers(), body: 'x' })
    expect([answer.status, await answer.json()]).toEqual([
      404,
      { title: 'Not found', errors: 'No route matches [POST] "/v2/feeds/1.csv"' },
    ])
  })
})

describe('bodies', () => {
  test.each([
    ['of more than a mebibyte', Buffer.alloc(1_048_577, 32), {}, 413],
    ['that is not UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), {}, 400],
    ['that is compressed', Buffer.from('{}'), { 'Content-Encoding': 'gzip' }, 415],
    ['that is no JSON', Buffer.from('{"title":'), {}, 400],
    ['that is nested a million deep', Buffer.from('['.repeat(500_000)), {}, 400],
    ['that is empty', Buffer.alloc(0), { 'Content-Type': 'application/json' }, 400],
  ])('%s', async (_what, body, more, status) => {
    const before = performance.now()
    const answer = await ask(feedUrl, { method: 'PUT', headers: headers(more), body })
    expect([answer.status, await answer.json()]).toEqual([
      status,
      { title: expect.any(String), errors: expect.any(String) },
    ])
    expect(performance.now() - before).toBeLessThan(500)
  })

  test('a body that is announced too large is refused before it arrives', async () => {
    const { pathname } = new URL(feedUrl)
    const head = `PUT ${pathname} HTTP/1.1\r\nX-ApiKey: ${served.first.apiKey}\r\nContent-Length: 2000000\r\n\r\n`
    expect(await served.raw(head)).toMatch(/^HTTP\/1\.1 413 /)
  })

  test('chunks without end are cut off at a mebibyte', async () => {
    const { pathname } = new URL(feedUrl)
    const head = `PUT ${pathname} HTTP/1.1\r\nX-ApiKey: ${served.first.apiKey}\r\nTransfer-Encoding: chunked\r\n\r\n`
    const chunk = `10000\r\n${'a'.repeat(65_536)}\r\n`
    expect(await served.raw(head, ...Array.from({ length: 17 }, () => chunk))).toMatch(/^HTTP\/1\.1 413 /)
  })
})

describe('answers', () => {
  test('to a device: few short headers, a length, at once', async () => {
    const { pathname } = new URL(feedUrl)
    const answer = await served.raw(
      `PUT ${pathname}.json HTTP/1.1\r\nX-ApiKey: ${served.first.apiKey}\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`,
    )
    const [statusLine, ...lines] = answer.split('\r\n\r\n')[0]?.split('\r\n') ?? []
    expect(statusLine).toBe('HTTP/1.1 200 OK')
    const names = lines.map((line) => line.split(':')[0])
    expect(names).toEqual(['Content-Type', 'Content-Length', 'Cache-Control', 'X-Request-Id', 'Connection', 'Date'])
    for (const line of lines) expect(line.slice(line.indexOf(':') + 2).length).toBeLessThan(64)
    expect(answer).toContain('Content-Length: 0\r\n')
    expect(answer.length).toBeLessThan(256)
  })

  test('to a browser: CORS without credentials, and nothing that a page could run', async () => {
    const answer = await ask(feedUrl, { headers: headers({ Origin: 'https://example.org' }) })
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'access-control-allow-origin': '*',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
      'cache-control': 'no-store',
    })
    expect(answer.headers.has('access-control-allow-credentials')).toBe(false)
    expect(answer.headers.has('server')).toBe(false)
  })

  test('a preflight needs no key', async () => {
    const answer = await ask(feedUrl, {
      method: 'OPTIONS',
      headers: { Origin: 'https://example.org', 'Access-Control-Request-Method': 'PUT' },
    })
    expect([answer.status, await answer.text()]).toEqual([200, ''])
    expect(answer.headers.get('access-control-allow-methods')).toContain('PUT')
    expect(answer.headers.get('access-control-allow-headers')?.toLowerCase()).toContain('x-apikey')
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
  })

  test('an upgrade that nobody takes is refused, and one to HTTP/2 ignored', async () => {
    const socket =
      'Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\r\n\r\n'
    const mqtt = `Sec-WebSocket-Protocol: mqtt\r\n${socket}`
    expect(await served.raw(`GET /ws HTTP/1.1\r\nHost: x\r\n${mqtt}`)).toMatch(/^HTTP\/1\.1 426 /)
    expect(await served.raw(`GET /ws HTTP/1.1\r\nHost: x\r\n${socket}`)).toMatch(/^HTTP\/1\.1 400 /)
    const h2c = 'Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings, close\r\nHTTP2-Settings: AA\r\n\r\n'
    expect(await served.raw(`GET /livez HTTP/1.1\r\nHost: x\r\n${h2c}`)).toMatch(/^HTTP\/1\.1 200 /)
  })
})

describe('outages', () => {
  test('a bug is answered with the id of the request and nothing more, and logged whole', async () => {
    await using broken = await serve()
    const url = `${broken.api.url}/v2/feeds`
    const own = { headers: { 'X-ApiKey': broken.first.apiKey } }
    expect((await fetch(url, { ...own, method: 'POST', body: '{"title":"A"}' })).status).toBe(201)
    expect((await fetch(url, own)).status).toBe(200)
    await broken.db.pool.query('alter table feed rename column title to gone')
    const answer = await fetch(url, own)
    const id = answer.headers.get('x-request-id') ?? ''
    expect([answer.status, await answer.json()]).toEqual([
      500,
      { title: 'Internal server error', errors: `Request ${id} failed; it is in the server's log` },
    ])
    expect(broken.log.filter((line) => line.includes(id) && line.includes('column'))).toHaveLength(1)
  })

  test('a rate limit is a 403 with Retry-After, as in API v2', async () => {
    await using limited = await serve({ env: { SLUICE_RATE_PER_MINUTE: '3' } })
    const own = { headers: { 'X-ApiKey': limited.first.apiKey } }
    const statuses = []
    for (let count = 0; count < 5; count++) statuses.push((await fetch(`${limited.api.url}/v2/feeds`, own)).status)
    expect(statuses).toEqual([200, 200, 200, 403, 403])
    expect(Number((await fetch(`${limited.api.url}/v2/feeds`, own)).headers.get('retry-after'))).toBeGreaterThan(10)
  })
})

const named = (login: string): { login: string; name: string; email: string } => ({
  login,
  name: login,
  email: `${login}@example.org`,
})
