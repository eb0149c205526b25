import type { NewTrigger } from '@sluice/model'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type Database,
  addDevice,
  addProductDevices,
  countAccounts,
  createAccount,
  createFeed,
  createProduct,
  ensureDatastreams,
  findAccount,
  findAccountByLogin,
  findDevice,
  findFeed,
  findPrincipalByHash,
  findUser,
  findUserId,
  insertAudit,
  insertKey,
  insertPassword,
  insertTicket,
  insertTrigger,
  insertVerification,
  listFeeds,
  listUsers,
  lockDeviceByActivationCode,
  redeemTicket,
  removePassword,
  removeRetiredAccounts,
  retireAccount,
  updateUser,
  validSessionIds,
} from '../src/index.ts'
import { trimDatapointsOfFeeds } from '../src/directory/datapoint-removal.ts'
import { makeTestTarget, openTestDatabase, queueTestDeliveries, type TestDatabase } from '../src/testing.ts'
import { append, makeAccount, makeIdentity, secretOf } from './make-account.ts'

let database: TestDatabase
let db: Database
let root: number
beforeAll(async () => {
  database = await openTestDatabase()
  db = database.db
  root = await makeAdmin('root')
})
afterAll(() => database[Symbol.asyncDispose]())

async function makeAdmin(login: string): Promise<number> {
  const account = { login, name: login, email: `${login}@example.org`, isAdmin: true }
  return (await db.inTransaction((tx) => createAccount(tx, account))).accountId
}
const retire = (login: string): Promise<number | null> => db.inTransaction((tx) => retireAccount(tx, login))
async function count(text: string, values: unknown[]): Promise<number> {
  const { rows } = await db.pool.query<{ count: number }>(`select count(*) as count from ${text}`, values)
  return rows[0]?.count ?? 0
}

describe('users', () => {
  test('are read, listed by page, and changed', async () => {
    const bob = await makeAccount(db, 'bob')
    const user = {
      accountId: bob,
      login: 'bob',
      email: 'bob@example.org',
      fullName: 'bob',
      isAdmin: false,
      createdAt: expect.any(Number),
      hasPassword: false,
    }
    expect(await findUser(db.pool, { login: 'bob' })).toEqual(user)
    expect(await findUser(db.pool, { accountId: bob })).toEqual(user)
    expect(await findUser(db.pool, { login: 'nobody' })).toBeNull()
    expect((await listUsers(db.pool, { page: 2, perPage: 1 })).map(({ login }) => login)).toEqual(['bob'])
    await db.inTransaction((tx) => updateUser(tx, bob, { fullName: 'Bob', email: 'BOB@example.com', isAdmin: true }))
    expect(await findUser(db.pool, { login: 'bob' })).toMatchObject({
      fullName: 'Bob',
      email: 'bob@example.com',
      isAdmin: true,
    })
    const { rows } = await db.pool.query('select name, email from auth_user where account_id = $1', [bob])
    expect(rows).toEqual([{ name: 'Bob', email: 'bob@example.com' }])
    await db.inTransaction((tx) => updateUser(tx, bob, {}))
    expect(await findUser(db.pool, { login: 'bob' })).toMatchObject({ fullName: 'Bob', isAdmin: true })
    const taken = db.inTransaction((tx) => updateUser(tx, bob, { email: 'Root@example.org' }))
    await expect(taken).rejects.toMatchObject({ code: 'conflict', messages: ['email is already taken'] })
    await db.inTransaction((tx) => updateUser(tx, bob, { isAdmin: false }))
  })

  test('lose password, sessions and links together', async () => {
    const cleo = await makeAccount(db, 'cleo')
    const userId = (await findUserId(db.pool, cleo)) ?? ''
    await db.inTransaction(async (tx) => {
      await insertPassword(tx, userId, 'phc')
      await insertVerification(tx, { identifier: 'link', value: userId, expiresAt: new Date(Date.now() + 60_000) })
    })
    expect(await findUser(db.pool, { login: 'cleo' })).toMatchObject({ hasPassword: true })
    await db.inTransaction((tx) => removePassword(tx, userId))
    expect(await findUser(db.pool, { login: 'cleo' })).toMatchObject({ hasPassword: false })
    expect(await count('auth_verification where value = $1', [userId])).toBe(0)
  })
})

describe('the last administrator', () => {
  const conflict = { code: 'conflict' }

  test('can neither be removed nor become an ordinary user', async () => {
    await expect(retire('root')).rejects.toMatchObject(conflict)
    const demoting = db.inTransaction((tx) => updateUser(tx, root, { isAdmin: false }))
    await expect(demoting).rejects.toMatchObject(conflict)
    expect(await findUser(db.pool, { login: 'root' })).toMatchObject({ isAdmin: true })
  })

  test('is what one of two is who remove each other at once', async () => {
    await makeAdmin('other')
    const results = await Promise.allSettled([retire('root'), retire('other')])
    expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    const admins = (await listUsers(db.pool, { page: 1, perPage: 10 })).filter(({ isAdmin }) => isAdmin)
    expect(admins).toHaveLength(1)
  })
})

/** An account with one of everything. */
async function makeFull(login: string) {
  const target = await makeTestTarget(db, login, `http://${login}.example.org/`)
  const { accountId } = target
  await queueTestDeliveries(db, target, 3)
  const userId = (await findUserId(db.pool, accountId)) ?? ''
  const sessionId = `session-${login}`
  await db.pool.query(
    `insert into auth_session (id, user_id, token, expires_at) values ($1, $2, $1, now() + interval '1 day')`,
    [sessionId, userId],
  )
  const hash = Buffer.from(`ticket-${login}`)
  await insertTicket(db.pool, { hash, accountId, sessionId, expiresAt: new Date(Date.now() + 60_000) })
  const identity = makeIdentity()
  const device = await db.inTransaction((tx) =>
    addDevice(tx, accountId, { name: 'x', description: null, isPrivate: false, ...identity }),
  )
  const product = { name: 'p', description: null, state: 'deploy', feedDefaults: { isPrivate: false } } as const
  await db.inTransaction(async (tx) => {
    await createProduct(tx, accountId, { ...product, id: `product-${login}`, secret: 'x' })
    const codeOf = (_secret: string, serial: string): string => `${login} ${serial}`
    await addProductDevices(tx, accountId, `product-${login}`, { serials: ['1', '2', '3'], codeOf })
    const key = { label: 'x', privateAccess: true, permissions: [{ accessMethods: ['get' as const] }], expiresAt: null }
    await insertKey(tx, accountId, { ...key, ...secretOf(login) })
    await insertVerification(tx, { identifier: login, value: userId, expiresAt: new Date(Date.now() + 60_000) })
    await insertAudit(tx, { accountId, action: 'x', subject: 'x', address: 'x' })
  })
  const streams = await db.inTransaction((tx) => ensureDatastreams(tx, device.feedId, ['t']))
  const streamKey = streams.get('t') ?? 0
  await append(db, streamKey, [
    ['2026-01-01T00:00:00Z', '1'],
    ['2026-02-01T00:00:00Z', '2'],
  ])
  return { ...target, device, streamKey, hash, sessionId, activationCode: identity.activationCode }
}

/** Rows of an account, by table. */
async function rowsOf(accountId: number): Promise<Record<string, number>> {
  const tables = ['feed', 'product', 'device', 'api_key', 'trigger', 'endpoint', 'delivery', 'audit_entry', 'request']
  const counts = tables.map(async (table) => [table, await count(`${table} where account_id = $1`, [accountId])])
  return Object.fromEntries(await Promise.all(counts)) as Record<string, number>
}

describe('an account that is removed', () => {
  test('is gone for everybody at once, and its data goes after it', async () => {
    const full = await makeFull('full')
    const kept = await makeFull('kept')
    const keptRows = await rowsOf(kept.accountId)
    const publicFeeds = async (): Promise<number> =>
      (await listFeeds(db.pool, { viewerAccountId: 0, seesPrivate: false, page: 1, perPage: 1, user: 'full' })).total
    expect(await publicFeeds()).toBe(5)

    expect(await retire('full')).toBe(full.accountId)
    expect(await findAccount(db.pool, full.accountId)).toBeNull()
    expect(await findAccountByLogin(db.pool, 'full')).toBeNull()
    expect(await findUser(db.pool, { login: 'full' })).toBeNull()
    expect(await findPrincipalByHash(db.pool, secretOf('full').hash)).toBeNull()
    expect(await validSessionIds(db.pool, [full.sessionId])).toEqual(new Set())
    expect(await redeemTicket(db.pool, full.hash)).toBeNull()
    expect(await findDevice(db.pool, full.accountId, full.device.id)).toBeNull()
    const found = await db.inTransaction((tx) => lockDeviceByActivationCode(tx, full.activationCode))
    expect(found).toBeNull()
    expect(await publicFeeds()).toBe(0)
    expect(await findFeed(db.pool, full.device.feedId)).toMatchObject({ isPrivate: true })
    expect(await count(`delivery where account_id = $1 and status = 'pending'`, [full.accountId])).toBe(0)
    expect(await count('auth_verification where identifier = $1', ['full'])).toBe(0)
    expect(await retire('full')).toBeNull()

    expect(await removeRetiredAccounts(db)).toBeGreaterThanOrEqual(1)
    expect(Object.values(await rowsOf(full.accountId)).every((rows) => rows === 0)).toBe(true)
    expect(await count('account where id = $1', [full.accountId])).toBe(0)
    expect(await count('datapoint where stream_key = $1', [full.streamKey])).toBe(0)
    expect(await rowsOf(kept.accountId)).toEqual(keptRows)
    expect(await count('datapoint where stream_key = $1', [kept.streamKey])).toBe(2)
    expect(await findPrincipalByHash(db.pool, secretOf('kept').hash)).toMatchObject({ login: 'kept' })
    expect(await removeRetiredAccounts(db)).toBe(0)
  })

  test('gives its e-mail back, but never its login', async () => {
    await makeAccount(db, 'gone')
    const before = await countAccounts(db.pool)
    await retire('gone')
    expect(await countAccounts(db.pool)).toBe(before - 1)
    const again = (login: string) =>
      db.inTransaction((tx) => createAccount(tx, { login, name: login, email: 'gone@example.org' }))
    await expect(again('gone')).rejects.toMatchObject({ code: 'conflict' })
    await removeRetiredAccounts(db)
    await expect(again('gone')).rejects.toMatchObject({
      code: 'conflict',
      messages: ['login was that of an account that is gone, and is not given again'],
    })
    expect(await again('gone-two')).toMatchObject({ accountId: expect.any(Number) })
  })

  test('takes its triggers off feeds of others', async () => {
    const owner = await makeAccount(db, 'owner')
    const watcher = await makeAccount(db, 'watcher')
    const feedId = await db.inTransaction((tx) => createFeed(tx, owner, { title: 'public' }))
    const streams = await db.inTransaction((tx) => ensureDatastreams(tx, feedId, ['t']))
    const trigger: NewTrigger = {
      feedId,
      name: 'hot',
      rule: {
        match: 'all',
        mode: 'edge',
        forS: 0,
        hysteresis: '0',
        minIntervalS: 0,
        rearm: 'auto',
        late: 'ignore',
        conditions: [{ datastreamId: 't', type: 'gt', threshold: '30' }],
      },
      action: { kind: 'http', url: 'http://example.org/', format: 'json' },
      isEnabled: true,
    }
    const state = { armed: true, pending: null, firedAt: null, isFrozen: false }
    const initialState = () => ({ state, dueAt: null })
    await db.inTransaction((tx) => insertTrigger(tx, watcher, { trigger, sealedSecret: null, initialState }))
    const hasTrigger = (): Promise<number> => count('datastream where key = $1 and has_trigger', [streams.get('t')])
    expect(await hasTrigger()).toBe(1)
    await retire('watcher')
    expect(await hasTrigger()).toBe(0)
    await removeRetiredAccounts(db)
    expect(await findFeed(db.pool, feedId)).toMatchObject({ title: 'public', isPrivate: false })
  })

  test('keeps the rest of its data for the next run when one is ended', async () => {
    const { accountId } = await makeFull('long')
    await retire('long')
    expect(await removeRetiredAccounts(db, AbortSignal.abort())).toBe(0)
    expect((await rowsOf(accountId))['feed']).toBe(5)
    expect(await removeRetiredAccounts(db)).toBe(1)
  })
})

test('what datastreams hold goes in pieces, over all partitions; little is left as it is', async () => {
  const ada = await makeAccount(db, 'ada')
  const feedId = await db.inTransaction((tx) => createFeed(tx, ada, { title: 'f' }))
  const streams = await db.inTransaction((tx) => ensureDatastreams(tx, feedId, ['small', 'large', 'empty']))
  const points = (month: number): [string, string][] =>
    Array.from({ length: 3 }, (_, index) => [`2025-0${month}-01T00:00:0${index}Z`, '1'])
  await append(db, streams.get('small') ?? 0, points(1))
  await append(db, streams.get('large') ?? 0, [1, 2, 3, 4].flatMap(points))
  const left = () =>
    Promise.all(['small', 'large'].map((id) => count('datapoint where stream_key = $1', [streams.get(id)])))
  await trimDatapointsOfFeeds(db.pool, [feedId], { piece: 5, rest: 27 })
  expect(await left()).toEqual([3, 0])
  await trimDatapointsOfFeeds(db.pool, [feedId], { piece: 5, rest: 3 })
  expect(await left()).toEqual([0, 0])
})
