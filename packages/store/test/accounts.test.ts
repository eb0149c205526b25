import { randomBytes } from 'node:crypto'
import type { RequestEntry } from '@sluice/model'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type Database,
  type StoredRequest,
  countAccounts,
  createAccount,
  findAccount,
  findAccountByLogin,
  insertRequests,
  insertTicket,
  listRequests,
  redeemTicket,
  trimRequests,
} from '../src/index.ts'
import { type TestDatabase, openTestDatabase } from '../src/testing.ts'
import { makeAccount } from './make-account.ts'

let database: TestDatabase
let db: Database
beforeAll(async () => {
  database = await openTestDatabase()
  db = database.db
})
afterAll(() => database[Symbol.asyncDispose]())

describe('an account', () => {
  test('is found by id and login, with its user beside it', async () => {
    expect(await countAccounts(db.pool)).toBe(0)
    const made = await db.inTransaction((tx) =>
      createAccount(tx, { login: 'ada', name: 'Ada', email: 'Ada@Example.org' }),
    )
    const account = { id: made.accountId, login: 'ada', name: 'Ada', email: 'ada@example.org' }
    expect(await findAccount(db.pool, made.accountId)).toEqual(account)
    expect(await findAccountByLogin(db.pool, 'ada')).toEqual(account)
    expect(await findAccountByLogin(db.pool, 'eve')).toBeNull()
    expect(await findAccount(db.pool, 999_999)).toBeNull()
    expect(await countAccounts(db.pool)).toBe(1)
    const { rows } = await db.pool.query('select id, account_id, email from auth_user')
    expect(rows).toEqual([{ id: made.userId, account_id: made.accountId, email: 'ada@example.org' }])
  })

  test.each([
    { login: 'ada', email: 'other@example.org', error: { code: 'conflict' } },
    { login: 'other', email: 'ADA@example.org', error: { code: 'conflict' } },
    { login: 'Ada', email: 'x@example.org', error: { constraint: 'account_login_check' } },
    { login: 'a', email: 'x@example.org', error: { constraint: 'account_login_check' } },
  ])('$login, $email is refused', async ({ login, email, error }) => {
    const creating = db.inTransaction((tx) => createAccount(tx, { login, name: 'x', email }))
    await expect(creating).rejects.toMatchObject(error)
  })
})

describe('a ticket', () => {
  async function makeSession(login: string) {
    const { accountId, userId } = await db.inTransaction((tx) =>
      createAccount(tx, { login, name: login, email: `${login}@example.org` }),
    )
    await db.pool.query(
      `insert into auth_session (id, user_id, token, expires_at) values ($1, $2, $1, now() + interval '1 day')`,
      [`session-${login}`, userId],
    )
    return { accountId, sessionId: `session-${login}` }
  }
  const soon = () => new Date(Date.now() + 30_000)

  test('is good for one of many who use it at once', async () => {
    const session = await makeSession('tick')
    const hash = randomBytes(32)
    await insertTicket(db.pool, { hash, ...session, expiresAt: soon() })
    const answers = await Promise.all(Array.from({ length: 8 }, () => redeemTicket(db.pool, hash)))
    expect(answers.filter((answer) => answer !== null)).toEqual([{ ...session, login: 'tick' }])
  })

  test('is worth nothing late, unknown, or after signing out', async () => {
    const session = await makeSession('tock')
    const [late, orphan] = [randomBytes(32), randomBytes(32)]
    await insertTicket(db.pool, { hash: late, ...session, expiresAt: new Date(Date.now() - 1000) })
    expect(await redeemTicket(db.pool, late)).toBeNull()
    expect(await redeemTicket(db.pool, randomBytes(32))).toBeNull()
    await insertTicket(db.pool, { hash: orphan, ...session, expiresAt: soon() })
    await db.pool.query('delete from auth_session where id = $1', [session.sessionId])
    expect(await redeemTicket(db.pool, orphan)).toBeNull()
  })

  test('takes expired ones away', async () => {
    const session = await makeSession('tuck')
    await insertTicket(db.pool, { hash: randomBytes(32), ...session, expiresAt: new Date(Date.now() - 1000) })
    await insertTicket(db.pool, { hash: randomBytes(32), ...session, expiresAt: soon() })
    expect((await db.pool.query('select from ticket where account_id = $1', [session.accountId])).rowCount).toBe(1)
  })
})

describe('the request log', () => {
  const entry = (path: string, feedId: number | null = null): StoredRequest => ({
    at: '2026-11-22T10:00:00.123456Z',
    feed_id: feedId,
    method: 'PUT',
    path,
    status: 200,
    duration_ms: 1.25,
    protocol: 'http',
    remote_address: '192.0.2.1',
    key_id: 7,
    key_label: 'garden',
    datastream_ids: ['temp', 'a,"b"'],
    request_headers: { 'X-ApiKey': 'slc_…Xk3f' },
    request_body: '{"a":1}',
    response_headers: {},
    response_body: '',
  })
  const paths = (entries: RequestEntry[]) => entries.map((one) => one.path)

  test('gives back what was put in, with ids that grow', async () => {
    const account = await makeAccount(db, 'log-one')
    const ids = await insertRequests(db.pool, account, [
      entry('/1', 19),
      { ...entry('/2'), key_id: null, key_label: null },
    ])
    const listed = await listRequests(db.pool, account, { limit: 10 })
    expect(listed).toEqual([
      { id: ids[1], ...entry('/2'), key_id: null, key_label: null },
      { id: ids[0], ...entry('/1', 19) },
    ])
    expect(BigInt(ids[1] ?? 0)).toBeGreaterThan(BigInt(ids[0] ?? 0))
    expect(await insertRequests(db.pool, account, [])).toEqual([])
  })

  test('keeps text that Postgres cannot hold, marked', async () => {
    const account = await makeAccount(db, 'log-odd')
    await insertRequests(db.pool, account, [{ ...entry('/\0'), request_body: '\uD800x', request_headers: { a: '\0' } }])
    expect(await listRequests(db.pool, account, { limit: 1 })).toMatchObject([
      { path: '/\uFFFD', request_body: '\uFFFDx', request_headers: { a: '\uFFFD' } },
    ])
  })

  test('pages back and onwards, by feed, and shows no other account', async () => {
    const [account, other] = [await makeAccount(db, 'log-two'), await makeAccount(db, 'log-three')]
    const entries = ['/1', '/2', '/3', '/4', '/5'].map((path, index) => entry(path, index % 2))
    const ids = await insertRequests(db.pool, account, entries)
    const [first = '', second = '', , fourth = ''] = ids
    const list = async (query: Partial<Parameters<typeof listRequests>[2]>) =>
      paths(await listRequests(db.pool, account, { limit: 10, ...query }))
    expect(await list({ limit: 2 })).toEqual(['/5', '/4'])
    expect(await list({ limit: 2, before: fourth })).toEqual(['/3', '/2'])
    expect(await list({ limit: 2, after: first })).toEqual(['/3', '/2'])
    expect(await list({ after: first, before: fourth })).toEqual(['/3', '/2'])
    expect(await list({ feedId: 1 })).toEqual(['/4', '/2'])
    expect(await list({ feedId: 1, after: second })).toEqual(['/4'])
    expect(await list({ before: '1 or 1=1' })).toEqual([])
    expect(await listRequests(db.pool, other, { limit: 10 })).toEqual([])
  })

  test('is trimmed to the newest of one account', async () => {
    const [account, other] = [await makeAccount(db, 'log-four'), await makeAccount(db, 'log-five')]
    for (const owner of [account, other])
      await insertRequests(
        db.pool,
        owner,
        ['/1', '/2', '/3'].map((path) => entry(path)),
      )
    expect(await trimRequests(db.pool, account, 2)).toBe(1)
    expect(await trimRequests(db.pool, account, 2)).toBe(0)
    expect(paths(await listRequests(db.pool, account, { limit: 10 }))).toEqual(['/3', '/2'])
    expect(await listRequests(db.pool, other, { limit: 10 })).toHaveLength(3)
  })
})
