import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serve } from './serve.ts'
import type { Served } from './serve.ts'

let served: Served
let cookie: string

const SAME = { 'Sec-Fetch-Site': 'same-origin', 'Content-Type': 'application/json' }
const ask = (path: string, init: { method?: string; headers?: object; body?: object } = {}): Promise<Response> =>
  fetch(`${served.api.url}${path}`, {
    method: init.method ?? 'GET',
    headers: { ...SAME, ...init.headers } as Record<string, string>,
    ...(init.body && { body: JSON.stringify(init.body) }),
  })
const signIn = (password = served.first.password, email = served.first.email): Promise<Response> =>
  ask('/v2/session', { method: 'POST', body: { email, password } })
const cookieOf = (answer: Response): string => answer.headers.getSetCookie()[0]?.split(';')[0] ?? ''

beforeAll(async () => {
  served = await serve()
  cookie = cookieOf(await signIn())
})
afterAll(() => served[Symbol.asyncDispose]())

describe('signing in', () => {
  test('answers who it is, and a cookie that scripts and other sites cannot use', async () => {
    const answer = await signIn()
    expect([answer.status, await answer.json()]).toEqual([
      200,
      {
        login: 'home',
        email: served.first.email,
        name: 'Home',
        realm: 'home',
        wamp_url: `${served.api.url.replace('http', 'ws')}/ws`,
        mqtt_url: null,
        public_url: served.api.url,
      },
    ])
    expect(answer.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^sluice=[^;]{60,}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=2592000$/),
    ])
  })

  test('the session is known by the cookie', async () => {
    expect((await ask('/v2/session', { headers: { Cookie: cookie } })).status).toBe(200)
    expect((await ask('/v2/session', { headers: { Cookie: `other=1; ${cookie}` } })).status).toBe(200)
  })

  test.each([
    ['no cookie', () => ''],
    ['another name', () => cookie.replace('sluice=', 'sluicex=')],
    ['a changed token', () => cookie.replace(/=(.)/, (_all, first: string) => `=${first === 'a' ? 'b' : 'a'}`)],
    // its last character has two bits that nothing looks at
    ['a changed signature', () => cookie.replace(/\.(.)/, (_all, first: string) => `.${first === 'a' ? 'b' : 'a'}`)],
    ['no signature', () => cookie.replace(/\..*$/, '')],
    ['nonsense', () => 'sluice=%%%'],
  ])('%s is no session', async (_what, make) => {
    const answer = await ask('/v2/session', { headers: { Cookie: make() } })
    expect([answer.status, await answer.json()]).toMatchObject([401, { title: 'Unauthorized' }])
  })

  test('a wrong password and an unknown address read the same and take as long', async () => {
    const took: number[][] = []
    const bodies = []
    for (const email of [served.first.email, 'nobody@example.org']) {
      const before = performance.now()
      const answer = await signIn('not the password at all', email)
      took.push([performance.now() - before])
      bodies.push([answer.status, await answer.text()])
    }
    expect(bodies[0]).toEqual(bodies[1])
    expect(bodies[0]?.[0]).toBe(401)
    // one Argon2id of 64 MiB either way
    for (const [ms] of took) expect(ms).toBeGreaterThan(40)
  })

  test.each([
    ['no JSON', '{', 400],
    ['no password', '{"email":"a@b.c"}', 422],
    ['a password of 129 characters', `{"email":"a@b.c","password":"${'x'.repeat(129)}"}`, 422],
    ['an address that is none', '{"email":"x","password":"y"}', 401],
    ['a list', '[]', 422],
  ])('%s: %s', async (_what, body, status) => {
    const answer = await fetch(`${served.api.url}/v2/session`, { method: 'POST', headers: SAME, body })
    expect(answer.status).toBe(status)
  })
})

describe('other sites', () => {
  test.each([
    ['another site', { 'Sec-Fetch-Site': 'cross-site' }, 403],
    ['a sibling host', { 'Sec-Fetch-Site': 'same-site' }, 403],
    ['our own page', { 'Sec-Fetch-Site': 'same-origin' }, 200],
    ['an old browser on another site', { Origin: 'https://evil.example' }, 403],
    ['an old browser in a sandbox', { Origin: 'null' }, 403],
    ['an old browser on our own page', { Origin: 'OWN' }, 200],
    ['something that says neither', {}, 403],
  ])('%s takes a ticket: %j', async (_what, more, status) => {
    const own = Object.fromEntries(
      Object.entries(more).map(([name, value]) => [name, value.replace('OWN', served.api.url)]),
    )
    const answer = await fetch(`${served.api.url}/v2/session/ticket`, {
      method: 'POST',
      headers: { Cookie: cookie, ...own },
    })
    expect(answer.status).toBe(status)
  })

  test('a form cannot write, even from our own page', async () => {
    const headers = { Cookie: cookie, 'Sec-Fetch-Site': 'same-origin', 'Content-Type': 'text/plain' }
    const answer = await fetch(`${served.api.url}/v2/feeds`, { method: 'POST', headers, body: '{"title":"x"}' })
    expect(answer.status).toBe(403)
  })

  test('another site cannot sign its visitor in', async () => {
    const { email, password } = served.first
    const headers = { 'Sec-Fetch-Site': 'cross-site' }
    expect((await ask('/v2/session', { method: 'POST', headers, body: { email, password } })).status).toBe(403)
  })

  test('an answer to a session is not shared with other sites', async () => {
    const answer = await ask('/v2/session', { headers: { Cookie: cookie, Origin: 'https://evil.example' } })
    expect(answer.headers.has('access-control-allow-origin')).toBe(false)
  })
})

describe('tickets', () => {
  test('a ticket opens the realm of its account once', async () => {
    const answer = await ask('/v2/session/ticket', { method: 'POST', headers: { Cookie: cookie } })
    const { ticket, realm, wamp_url } = (await answer.json()) as Record<string, string>
    expect([realm, wamp_url]).toEqual(['home', `${served.api.url.replace('http', 'ws')}/ws`])
    const { directory } = served
    expect(await directory.redeemTicket('home', ticket ?? '')).toMatchObject({ kind: 'owner', login: 'home' })
    expect(await directory.redeemTicket('home', ticket ?? '')).toBeNull()
  })

  test('the ticket of another realm is used up in vain', async () => {
    const answer = await ask('/v2/session/ticket', { method: 'POST', headers: { Cookie: cookie } })
    const { ticket = '' } = (await answer.json()) as Record<string, string>
    expect(await served.directory.redeemTicket('other', ticket)).toBeNull()
    expect(await served.directory.redeemTicket('home', ticket)).toBeNull()
  })

  test('signing out ends the session and its tickets', async () => {
    const own = cookieOf(await signIn())
    const answer = await ask('/v2/session/ticket', { method: 'POST', headers: { Cookie: own } })
    const { ticket = '' } = (await answer.json()) as Record<string, string>
    const out = await ask('/v2/session', { method: 'DELETE', headers: { Cookie: own } })
    expect([out.status, out.headers.getSetCookie()[0]]).toEqual([200, expect.stringContaining('Max-Age=0')])
    expect((await ask('/v2/session', { headers: { Cookie: own } })).status).toBe(401)
    expect(await served.directory.redeemTicket('home', ticket)).toBeNull()
    expect((await ask('/v2/session', { headers: { Cookie: cookie } })).status).toBe(200)
  })
})

describe('keys', () => {
  test('a key is shown again for the password alone, and that is on record', async () => {
    const { db, first } = served
    const { rows } = await db.pool.query<{ id: number }>('select id from api_key order by id limit 1')
    const path = `/v2/keys/${rows[0]?.id}/reveal`
    const reveal = (password: string): Promise<Response> =>
      ask(path, { method: 'POST', headers: { Cookie: cookie }, body: { password } })
    expect((await reveal('wrong wrong wrong')).status).toBe(403)
    const shown = await reveal(first.password)
    expect([shown.status, await shown.json()]).toEqual([200, { api_key: first.apiKey }])
    const audit = await db.pool.query("select subject from audit_entry where action = 'key.reveal'")
    expect(audit.rows).toEqual([{ subject: expect.stringMatching(/^key \d+ slc_…\w{4}$/) }])
    const byKey = await ask(path, { method: 'POST', headers: { 'X-ApiKey': first.apiKey }, body: { password: 'x' } })
    expect(byKey.status).toBe(403)
  })

  test('a key that is not there reads the same with the right password only', async () => {
    const body = { password: served.first.password }
    const answer = await ask('/v2/keys/999999/reveal', { method: 'POST', headers: { Cookie: cookie }, body })
    expect(answer.status).toBe(404)
  })
})

test('the first link signs in once', async () => {
  const token = new URL(served.api.signInLink ?? '').searchParams.get('token') ?? ''
  const use = (text: string): Promise<Response> => ask('/v2/session/link', { method: 'POST', body: { token: text } })
  expect((await use(`${token}x`)).status).toBe(401)
  const both = await Promise.all([use(token), use(token)])
  expect(new Set(both.map(({ status }) => status))).toEqual(new Set([200, 401]))
  const own = cookieOf(both.find(({ status }) => status === 200) as Response)
  expect((await ask('/v2/session', { headers: { Cookie: own } })).status).toBe(200)
  const { rows } = await served.db.pool.query<{ all: string }>(
    "select coalesce(string_agg(identifier || value, ' '), '') as all from auth_verification",
  )
  expect(rows[0]?.all).not.toContain(token)
})

test('a network that guesses many names is slowed down too', async () => {
  await using other = await serve()
  const statuses = new Set<number>()
  for (let count = 0; count < 22; count++) {
    const body = JSON.stringify({ token: `guess ${count}` })
    statuses.add((await fetch(`${other.api.url}/v2/session/link`, { method: 'POST', headers: SAME, body })).status)
  }
  expect([...statuses]).toEqual([401, 403])
})

test('a session ends after 7 days of idleness and 30 days in all', async () => {
  const own = cookieOf(await signIn())
  const token = decodeURIComponent(own).split('=')[1]?.split('.')[0] ?? ''
  const known = async (): Promise<number> => (await ask('/v2/session', { headers: { Cookie: own } })).status
  const set = (column: string, interval: string): Promise<unknown> =>
    served.db.pool.query(`update auth_session set ${column} = now() + $2::interval where token = $1`, [token, interval])
  expect(await known()).toBe(200)
  const { rows } = await served.db.pool.query<{ days: number }>(
    'select extract(day from expires_at - now())::int as days from auth_session where token = $1',
    [token],
  )
  expect(rows).toEqual([{ days: 6 }])
  await set('created_at', '-29 days 23 hours')
  expect(await known()).toBe(200)
  await set('created_at', '-30 days -1 minute')
  expect(await known()).toBe(401)
})

describe('with a server of their own', () => {
  test('guesses are slowed down, per name', async () => {
    await using other = await serve()
    const statuses = []
    for (let count = 0; count < 7; count++) {
      const body = JSON.stringify({ email: other.first.email, password: 'wrong wrong wrong' })
      statuses.push((await fetch(`${other.api.url}/v2/session`, { method: 'POST', headers: SAME, body })).status)
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401, 403, 403])
    await sleep(1100)
    const body = JSON.stringify({ email: other.first.email, password: other.first.password })
    const answer = await fetch(`${other.api.url}/v2/session`, { method: 'POST', headers: SAME, body })
    expect(answer.status).toBe(200)
  })

  test('a changed password ends the other sessions', async () => {
    await using other = await serve()
    const send = (path: string, method: string, body: object, own = ''): Promise<Response> =>
      fetch(`${other.api.url}${path}`, { method, headers: { ...SAME, Cookie: own }, body: JSON.stringify(body) })
    const { email, password } = other.first
    const first = cookieOf(await send('/v2/session', 'POST', { email, password }))
    const second = cookieOf(await send('/v2/session', 'POST', { email, password }))
    const change = (current: string, next: string): Promise<Response> =>
      send('/v2/session/password', 'PUT', { current, next }, first)
    expect((await change('wrong wrong wrong', 'a much better one')).status).toBe(403)
    for (const weak of ['short', 'aaaaaaaaaaaaaaaa', 'password1234', 'home-sluice', 'x'.repeat(129)]) {
      expect([weak, (await change(password, weak)).status]).toEqual([weak, 422])
    }
    const changed = await change(password, 'a much better one')
    expect(changed.status).toBe(200)
    const known = async (own: string): Promise<number> =>
      (await fetch(`${other.api.url}/v2/session`, { headers: { Cookie: own } })).status
    expect([await known(first), await known(second), await known(cookieOf(changed))]).toEqual([401, 401, 200])
    expect((await send('/v2/session', 'POST', { email, password })).status).toBe(401)
    expect((await send('/v2/session', 'POST', { email, password: 'a much better one' })).status).toBe(200)
  })

  test('behind TLS the cookie is bound to its host', async () => {
    await using other = await serve({ env: { SLUICE_PUBLIC_URL: 'https://sluice.example/' } })
    const { email, password } = other.first
    const answer = await fetch(`${other.api.url}/v2/session`, {
      method: 'POST',
      headers: { ...SAME, 'X-Forwarded-For': '203.0.113.9', 'X-Forwarded-Host': 'evil.example' },
      body: JSON.stringify({ email, password }),
    })
    expect(answer.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^__Host-sluice=[^;]+; Path=\/; HttpOnly; SameSite=Lax; Secure; Max-Age=2592000$/),
    ])
    expect(await answer.json()).toMatchObject({
      wamp_url: 'wss://sluice.example/ws',
      public_url: 'https://sluice.example',
    })
    const own = await fetch(`${other.api.url}/v2/session`, { headers: { Cookie: cookieOf(answer) } })
    expect(own.status).toBe(200)
    const { rows } = await other.db.pool.query('select ip_address from auth_session')
    expect(rows).toEqual([{ ip_address: '127.0.0.1' }])
  })
})
