import type { NewKey } from '@sluice/model'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type Database,
  addDevice,
  boundFeedId,
  createFeed,
  endOverlap,
  currentKeys,
  findKey,
  findPrincipalByHash,
  findSealedKey,
  findSealedPrincipal,
  insertAudit,
  insertKey,
  listKeys,
  removeKey,
  rollKey,
  setDeviceActivation,
  touchKeys,
  updateKey,
  validKeyIds,
} from '../src/index.ts'
import { type TestDatabase, openTestDatabase } from '../src/testing.ts'
import { makeAccount, makeIdentity, micros, secretOf } from './make-account.ts'

let database: TestDatabase
let db: Database
let ada: number
let bob: number
beforeAll(async () => {
  database = await openTestDatabase()
  db = database.db
  ada = await makeAccount(db, 'ada')
  bob = await makeAccount(db, 'bob')
})
afterAll(() => database[Symbol.asyncDispose]())

const MASTER: NewKey = {
  label: 'all',
  privateAccess: true,
  expiresAt: null,
  permissions: [{ accessMethods: ['get', 'put', 'post', 'delete'] }],
}
const FROM = { address: '192.0.2.1', client: 'Arduino' }
let count = 0
async function insert(accountId: number, key: Partial<NewKey> = {}) {
  const secret = secretOf(`key-${++count}`)
  return { ...(await db.inTransaction((tx) => insertKey(tx, accountId, { ...MASTER, ...key, ...secret }))), ...secret }
}
const boundTo = (...feedIds: number[]): Partial<NewKey> => ({
  permissions: [
    { label: 'p', accessMethods: ['get'], resources: feedIds.map((feedId) => ({ feedId, datastreamId: 't' })) },
  ],
})
const feedOf = (accountId: number, isPrivate: boolean) =>
  db.inTransaction((tx) => createFeed(tx, accountId, { title: 'x', isPrivate }))

test('a key is found by its hash, and carries what it may', async () => {
  const key = await insert(ada, {
    label: 'one',
    ...boundTo(await feedOf(ada, true)),
    expiresAt: '2099-01-02T03:04:05.678Z',
  })
  expect(await findPrincipalByHash(db.pool, key.hash)).toEqual({
    kind: 'key',
    accountId: ada,
    login: 'ada',
    keyId: key.id,
    permissions: key.permissions,
    privateAccess: true,
    expiresAt: '2099-01-02T03:04:05Z',
  })
  expect(key).toMatchObject({
    label: 'one',
    accountId: ada,
    lastUse: null,
    previous: null,
    expiresAt: '2099-01-02T03:04:05Z',
  })
  expect(key.createdAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  expect(await findPrincipalByHash(db.pool, Buffer.from('unknown'))).toBeNull()
})

test('an expired key works like an unknown one, but its owner sees it', async () => {
  const key = await insert(ada, { expiresAt: '2020-01-01T00:00:00Z' })
  expect(await findPrincipalByHash(db.pool, key.hash)).toBeNull()
  expect(await validKeyIds(db.pool, [key.id])).toEqual(new Set())
  expect(await findKey(db.pool, ada, { id: key.id })).toMatchObject({ expiresAt: '2020-01-01T00:00:00Z' })
})

test('a key is found by its id and login, with its sealed text', async () => {
  const key = await insert(ada)
  const principal = await findPrincipalByHash(db.pool, key.hash)
  expect(await findSealedPrincipal(db.pool, 'ada', key.id)).toEqual({ principal, sealed: key.sealed })
  expect(await findSealedPrincipal(db.pool, 'bob', key.id)).toBeNull()
  expect(await findSealedPrincipal(db.pool, 'ada', key.id + 1000)).toBeNull()
  const expired = await insert(ada, { expiresAt: '2020-01-01T00:00:00Z' })
  expect(await findSealedPrincipal(db.pool, 'ada', expired.id)).toBeNull()
})

test('keys are looked at as they are now, those that work', async () => {
  const [key, expired] = [await insert(ada), await insert(ada, { expiresAt: '2020-01-01T00:00:00Z' })]
  const before = await currentKeys(db.pool, [key.id, expired.id])
  expect([...before.keys()]).toEqual([key.id])
  await db.inTransaction((tx) =>
    updateKey(tx, ada, key.id, { ...MASTER, privateAccess: false, permissions: [{ accessMethods: ['get'] }] }),
  )
  const after = await currentKeys(db.pool, [key.id])
  expect(after.get(key.id)).toEqual({
    ...before.get(key.id),
    privateAccess: false,
    permissions: [{ accessMethods: ['get'] }],
  })
  expect(after.get(key.id)).toEqual(await findPrincipalByHash(db.pool, key.hash))
})

test('keys of a deactivated device stop, other keys of the account do not', async () => {
  const device = await db.inTransaction((tx) =>
    addDevice(tx, ada, { name: 'x', description: null, isPrivate: true, ...makeIdentity() }),
  )
  const own = await insert(ada, boundTo(device.feedId))
  const shared = await insert(ada, boundTo(device.feedId, await feedOf(ada, false)))
  const ids = [own.id, shared.id]
  const works = async () =>
    (await Promise.all([own, shared].map((key) => findPrincipalByHash(db.pool, key.hash)))).map(
      (found) => found !== null,
    )
  expect(await works()).toEqual([true, true])
  await db.inTransaction((tx) => setDeviceActivation(tx, device.id, null))
  expect(await works()).toEqual([false, true])
  expect(await validKeyIds(db.pool, ids)).toEqual(new Set([shared.id]))
  await db.inTransaction((tx) => setDeviceActivation(tx, device.id, micros('2026-01-01T00:00:00Z')))
  expect(await works()).toEqual([true, true])
  expect(await validKeyIds(db.pool, ids)).toEqual(new Set(ids))
})

test('an account reads, changes and removes its own keys only', async () => {
  const key = await insert(ada)
  const change = { ...MASTER, label: 'changed' }
  const { id, hash } = key
  for (const by of [{ id }, { hash }]) expect(await findKey(db.pool, bob, by)).toBeNull()
  expect(await findSealedKey(db.pool, bob, id)).toBeNull()
  expect(await db.inTransaction((tx) => updateKey(tx, bob, id, change))).toBeNull()
  expect(await db.inTransaction((tx) => removeKey(tx, bob, id))).toBe(false)
  expect(await listKeys(db.pool, bob)).toEqual([])
  for (const by of [{ id }, { hash }]) expect(await findKey(db.pool, ada, by)).toMatchObject({ id, label: 'all' })
  expect(await findSealedKey(db.pool, ada, id)).toEqual(key.sealed)
  expect(await db.inTransaction((tx) => updateKey(tx, ada, id, change))).toMatchObject({ id, label: 'changed' })
  expect(await db.inTransaction((tx) => removeKey(tx, ada, id))).toBe(true)
  expect(await findKey(db.pool, ada, { id })).toBeNull()
})

test('a list of keys may be narrowed to those that name a feed', async () => {
  const cleo = await makeAccount(db, 'cleo')
  const [one, two] = [await feedOf(cleo, false), await feedOf(cleo, false)]
  const all = await insert(cleo)
  const first = await insert(cleo, boundTo(one))
  const both = await insert(cleo, boundTo(two, one))
  expect((await listKeys(db.pool, cleo)).map((key) => key.id)).toEqual([all.id, first.id, both.id])
  expect((await listKeys(db.pool, cleo, { feedId: one })).map((key) => key.id)).toEqual([first.id, both.id])
  expect((await listKeys(db.pool, cleo, { feedId: two })).map((key) => key.id)).toEqual([both.id])
})

test('a permission names feeds that its account can see; a hidden one reads like a missing one', async () => {
  const hidden = await feedOf(bob, true)
  const open = await feedOf(bob, false)
  await expect(insert(ada, boundTo(open))).resolves.toMatchObject({ accountId: ada })
  for (const feedId of [hidden, 999_999]) {
    await expect(insert(ada, boundTo(open, feedId))).rejects.toMatchObject({
      code: 'unprocessable',
      messages: [`permissions_resources_feed_id ${feedId} does not exist`],
    })
  }
  const key = await insert(ada)
  const change = { ...MASTER, ...boundTo(hidden) }
  await expect(db.inTransaction((tx) => updateKey(tx, ada, key.id, change))).rejects.toMatchObject({
    code: 'unprocessable',
  })
})

test('last use moves forward only', async () => {
  const [one, two] = [await insert(ada), await insert(ada)]
  const use = (keyId: number, at: string) => ({ keyId, generation: 0, at: micros(at), ...FROM })
  await touchKeys(db.pool, [
    use(one.id, '2026-01-02T00:00:00Z'),
    use(one.id, '2026-01-01T00:00:00Z'),
    use(two.id, '2026-01-01T00:00:00Z'),
    use(999_999, '2026-01-01T00:00:00Z'),
  ])
  await touchKeys(db.pool, [use(one.id, '2025-01-01T00:00:00Z')])
  await touchKeys(db.pool, [])
  expect((await findKey(db.pool, ada, one))?.lastUse).toEqual({ at: '2026-01-02T00:00:00Z', ...FROM })
  expect((await findKey(db.pool, ada, two))?.lastUse).toEqual({ at: '2026-01-01T00:00:00Z', ...FROM })
})

test('a use that does not say from where keeps what was known', async () => {
  const key = await insert(ada)
  const use = { keyId: key.id, generation: 0, address: null, client: 'wamp' }
  await touchKeys(db.pool, [{ ...use, at: micros('2026-01-01T00:00:00Z') }])
  expect((await findKey(db.pool, ada, key))?.lastUse).toEqual({
    at: '2026-01-01T00:00:00Z',
    address: null,
    client: 'wamp',
  })
  await touchKeys(db.pool, [{ ...use, ...FROM, at: micros('2026-01-02T00:00:00Z') }])
  await touchKeys(db.pool, [{ ...use, at: micros('2026-01-03T00:00:00Z') }])
  const lastUse = { at: '2026-01-03T00:00:00Z', address: '192.0.2.1', client: 'wamp' }
  expect((await findKey(db.pool, ada, key))?.lastUse).toEqual(lastUse)
})

describe('a key that is rolled', () => {
  const roll = async (id: number, overlapHours: number, accountId = ada) => {
    const secret = secretOf(`key-${++count}`)
    const key = await db.inTransaction((tx) => rollKey(tx, accountId, id, { ...secret, overlapHours }))
    return { key, ...secret }
  }
  const found = (hash: Buffer) => findPrincipalByHash(db.pool, hash)

  test('works with both texts until the overlap ends', async () => {
    const key = await insert(ada, { label: 'door', expiresAt: '2099-01-01T00:00:00Z' })
    const before = await found(key.hash)
    const { hash, sealed, masked, key: rolled } = await roll(key.id, 24)
    expect(rolled).toMatchObject({ id: key.id, label: 'door', permissions: key.permissions, masked })
    expect(rolled?.previous).toMatchObject({ masked: key.masked, lastUse: null })
    const hoursLeft = (Date.parse(rolled?.previous?.until ?? '') - Date.now()) / 3_600_000
    expect(Math.round(hoursLeft)).toBe(24)
    expect(await found(hash)).toEqual({ ...before, generation: 1 })
    expect(await found(key.hash)).toEqual({ ...before, previousUntil: expect.stringMatching(/\.\d{6}Z$/) })
    for (const by of [{ hash }, { hash: key.hash }]) expect(await findKey(db.pool, ada, by)).toEqual(rolled)
    expect(await findSealedKey(db.pool, ada, key.id)).toEqual(sealed)
    expect(await findSealedPrincipal(db.pool, 'ada', key.id)).toEqual({
      principal: await found(hash),
      sealed,
      previous: { principal: await found(key.hash), sealed: key.sealed },
    })
    expect((await currentKeys(db.pool, [key.id])).get(key.id)).toEqual({
      ...(await found(hash)),
      overlapUntil: (await found(key.hash))?.previousUntil,
    })
    await db.pool.query(`update api_key set previous_until = now() where id = $1`, [key.id])
    await expectOnly(hash, key.hash, key.id)
  })

  /** that one text works and the other does not */
  async function expectOnly(hash: Buffer, gone: Buffer, id: number): Promise<void> {
    const principal = await found(hash)
    expect(principal?.keyId).toBe(id)
    expect(await found(gone)).toBeNull()
    expect(await findKey(db.pool, ada, { hash: gone })).toBeNull()
    expect((await findKey(db.pool, ada, { id }))?.previous).toBeNull()
    expect(await findSealedPrincipal(db.pool, 'ada', id)).toEqual({ principal, sealed: expect.any(Buffer) })
    expect((await currentKeys(db.pool, [id])).get(id)).toEqual(principal)
  }

  test('has no old text where there is no overlap', async () => {
    const key = await insert(ada)
    const { hash } = await roll(key.id, 0)
    await expectOnly(hash, key.hash, key.id)
  })

  test('ends the older of two overlaps when it is rolled again', async () => {
    const key = await insert(ada)
    const first = await roll(key.id, 168)
    const second = await roll(key.id, 0.5)
    expect(await found(key.hash)).toBeNull()
    expect(await found(first.hash)).toMatchObject({ keyId: key.id, generation: 1, previousUntil: expect.any(String) })
    expect(await found(second.hash)).toMatchObject({ keyId: key.id, generation: 2 })
  })

  test('loses its old text at once when the overlap is ended', async () => {
    const key = await insert(ada)
    const { hash } = await roll(key.id, 24)
    expect(await db.inTransaction((tx) => endOverlap(tx, bob, key.id))).toBe(false)
    expect(await found(key.hash)).not.toBeNull()
    expect(await db.inTransaction((tx) => endOverlap(tx, ada, key.id))).toBe(true)
    await expectOnly(hash, key.hash, key.id)
    expect(await db.inTransaction((tx) => endOverlap(tx, ada, key.id))).toBe(false)
  })

  test('is rolled by its own account only', async () => {
    const key = await insert(ada)
    expect((await roll(key.id, 24, bob)).key).toBeNull()
    expect(await found(key.hash)).toMatchObject({ keyId: key.id })
  })

  test('keeps the uses of its texts apart', async () => {
    const key = await insert(ada)
    const use = (generation: number, at: string) => ({ keyId: key.id, generation, at: micros(at), ...FROM })
    const uses = async () => {
      const { lastUse, previous } = (await findKey(db.pool, ada, key)) ?? {}
      return [lastUse?.at, previous?.lastUse?.at]
    }
    await touchKeys(db.pool, [use(0, '2026-01-01T00:00:00Z')])
    await roll(key.id, 24)
    expect(await uses()).toEqual([undefined, '2026-01-01T00:00:00Z'])
    await touchKeys(db.pool, [use(0, '2026-01-03T00:00:00Z'), use(1, '2026-01-02T00:00:00Z')])
    expect(await uses()).toEqual(['2026-01-02T00:00:00Z', '2026-01-03T00:00:00Z'])
    await roll(key.id, 24)
    await touchKeys(db.pool, [use(0, '2026-01-04T00:00:00Z')])
    expect(await uses()).toEqual([undefined, '2026-01-02T00:00:00Z'])
  })
})

test('a permission names triggers of its own account', async () => {
  const feedId = await feedOf(ada, true)
  const { rows } = await db.pool.query<{ id: number }>(
    `with e as (insert into endpoint (account_id, kind, address) values ($1, 'publish', 'app.alarm') returning id)
     insert into trigger (account_id, feed_id, endpoint_id, name, rule, action)
     select $1, $2, id, 'hot', '{}', '{}' from e returning id`,
    [ada, feedId],
  )
  const trigger = rows[0]?.id ?? 0
  const ofTrigger = { permissions: [{ accessMethods: ['get' as const], resources: [{ triggerId: trigger }] }] }
  expect((await insert(ada, ofTrigger)).permissions).toEqual(ofTrigger.permissions)
  for (const [accountId, triggerId] of [
    [bob, trigger],
    [ada, 999_999],
  ] as const) {
    const named = { permissions: [{ accessMethods: ['get' as const], resources: [{ triggerId }] }] }
    await expect(insert(accountId, named)).rejects.toMatchObject({
      code: 'unprocessable',
      messages: [`permissions_resources_datastream_trigger_id is invalid: couldn't find trigger ${triggerId}`],
    })
  }
})

test('what was done is written down', async () => {
  const entry = { accountId: ada, action: 'key.reveal', subject: 'key 1', address: '192.0.2.1' }
  await db.inTransaction((tx) => insertAudit(tx, entry))
  const { rows } = await db.pool.query('select account_id, action, subject, address from audit_entry')
  expect(rows).toEqual([{ account_id: ada, action: 'key.reveal', subject: 'key 1', address: '192.0.2.1' }])
})

test.each([
  { what: 'one permission, one feed', resources: [[{ feedId: 1 }]], feedId: 1 },
  { what: 'two permissions, one feed', resources: [[{ feedId: 1 }], [{ feedId: 1, datastreamId: 't' }]], feedId: 1 },
  { what: 'two feeds', resources: [[{ feedId: 1 }, { feedId: 2 }]], feedId: null },
  { what: 'a permission without resources', resources: [[{ feedId: 1 }], undefined], feedId: null },
  { what: 'a permission with an empty list', resources: [[{ feedId: 1 }], []], feedId: null },
  { what: 'no permission', resources: [], feedId: null },
])('$what is bound to $feedId', ({ resources, feedId }) => {
  const permissions = resources.map((list) => ({
    accessMethods: ['get' as const],
    ...(list ? { resources: list } : {}),
  }))
  expect(boundFeedId(permissions)).toBe(feedId)
})
