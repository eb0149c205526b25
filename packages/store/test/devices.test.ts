import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type Database,
  addDevice,
  ensureDatastreams,
  findDevice,
  findFeed,
  insertKey,
  listDevices,
  listFeeds,
  listKeys,
  lockDeviceByActivationCode,
  removeDevice,
  setDeviceActivation,
  updateDevice,
  updateFeed,
} from '../src/index.ts'
import { type TestDatabase, openTestDatabase } from '../src/testing.ts'
import { append, makeAccount, makeIdentity, micros, secretOf } from './make-account.ts'

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

const add = (accountId: number, identity = makeIdentity()) =>
  db.inTransaction((tx) =>
    addDevice(tx, accountId, { name: 'Greenhouse', description: 'south', isPrivate: true, ...identity }),
  )

test('a device comes with its product and its feed, activated', async () => {
  const identity = makeIdentity()
  const device = await add(ada, identity)
  expect(device).toEqual({
    id: expect.any(Number),
    accountId: ada,
    name: 'Greenhouse',
    description: 'south',
    product: {
      id: identity.productId,
      name: 'Greenhouse',
      description: 'south',
      secret: identity.productSecret,
      state: 'develop',
    },
    serial: identity.serial,
    activationCode: identity.activationCode,
    activatedAt: expect.any(Number),
    createdAt: device.activatedAt,
    feedId: expect.any(Number),
    isPrivate: true,
    lastDataAt: null,
  })
  expect(await findFeed(db.pool, device.feedId)).toMatchObject({
    accountId: ada,
    title: 'Greenhouse',
    description: 'south',
    isPrivate: true,
    productId: identity.productId,
    deviceSerial: identity.serial,
  })
  await db.inTransaction(async (tx) => {
    expect(await lockDeviceByActivationCode(tx, identity.activationCode)).toEqual({
      id: device.id,
      accountId: ada,
      feedId: device.feedId,
      productId: identity.productId,
      name: 'Greenhouse',
      activatedAt: device.activatedAt,
      keyId: null,
    })
    expect(await lockDeviceByActivationCode(tx, '0'.repeat(40))).toBeNull()
  })
})

test('a device whose transaction fails leaves neither product nor feed', async () => {
  const cleo = await makeAccount(db, 'cleo')
  const identity = makeIdentity()
  await add(cleo, identity)
  await expect(add(cleo, { ...makeIdentity(), activationCode: identity.activationCode })).rejects.toThrow(
    'device_activation_code_key',
  )
  const key = {
    label: 'x',
    privateAccess: true,
    permissions: [{ accessMethods: ['get' as const], resources: [{ feedId: 999_999 }] }],
    expiresAt: null,
    ...secretOf('x'),
  }
  const withKey = db.inTransaction(async (tx) => {
    await addDevice(tx, cleo, { name: 'x', description: null, isPrivate: false, ...makeIdentity() })
    await insertKey(tx, cleo, key)
  })
  await expect(withKey).rejects.toMatchObject({ code: 'unprocessable' })
  const query = { viewerAccountId: cleo, seesPrivate: true, page: 1, perPage: 10, user: 'cleo' }
  expect((await listFeeds(db.pool, query)).total).toBe(1)
  expect((await db.pool.query('select from product where account_id = $1', [cleo])).rowCount).toBe(1)
})

test('name, description and privacy are those of the feed, whichever is changed', async () => {
  const device = await add(ada)
  const patch = { name: 'Shed', description: null, isPrivate: false }
  expect(await db.inTransaction((tx) => updateDevice(tx, ada, device.id, patch))).toMatchObject(patch)
  expect(await findFeed(db.pool, device.feedId)).toMatchObject({ title: 'Shed', description: null, isPrivate: false })
  await db.inTransaction((tx) => updateFeed(tx, device.feedId, { title: 'Barn' }))
  expect(await findDevice(db.pool, ada, device.id)).toMatchObject({ name: 'Barn', isPrivate: false })
  await db.inTransaction((tx) => updateDevice(tx, ada, device.id, { isPrivate: true }))
  expect(await findDevice(db.pool, ada, device.id)).toMatchObject({ name: 'Barn', isPrivate: true })
})

test('activation is set and cleared', async () => {
  const device = await add(ada)
  for (const at of [null, micros('2026-11-22T10:00:00.000001Z')]) {
    await db.inTransaction((tx) => setDeviceActivation(tx, device.id, at))
    expect((await findDevice(db.pool, ada, device.id))?.activatedAt).toBe(at)
  }
})

test('an account lists, reads, changes and removes its own devices only', async () => {
  const mine = await makeAccount(db, 'mine')
  const [one, two] = [await add(mine), await add(mine)]
  expect((await listDevices(db.pool, mine)).devices.map((device) => device.id)).toEqual([two.id, one.id])
  expect(await listDevices(db.pool, bob)).toEqual({ total: 0, devices: [] })
  expect(await findDevice(db.pool, bob, one.id)).toBeNull()
  expect(await db.inTransaction((tx) => updateDevice(tx, bob, one.id, { name: 'stolen' }))).toBeNull()
  expect(await db.inTransaction((tx) => removeDevice(tx, bob, one.id))).toBe(false)
  expect(await findDevice(db.pool, mine, one.id)).toEqual(one)
})

test('a removed device takes feed, data, its own keys and the empty product with it', async () => {
  const owner = await makeAccount(db, 'owner')
  const [gone, kept] = [await add(owner), await add(owner)]
  const permissions = (feedIds: number[]) => [
    { accessMethods: ['get' as const], resources: feedIds.map((feedId) => ({ feedId })) },
  ]
  for (const feedIds of [[gone.feedId], [gone.feedId, kept.feedId], [kept.feedId]]) {
    const key = { label: feedIds.join(), privateAccess: true, permissions: permissions(feedIds), expiresAt: null }
    await db.inTransaction((tx) => insertKey(tx, owner, { ...key, ...secretOf(feedIds.join()) }))
  }
  const streams = await db.inTransaction((tx) => ensureDatastreams(tx, gone.feedId, ['t']))
  await append(db, streams.get('t') ?? 0, [['2026-01-01T00:00:00Z', '1']])
  expect((await findDevice(db.pool, owner, gone.id))?.lastDataAt).toEqual(expect.any(Number))
  expect(await db.inTransaction((tx) => removeDevice(tx, owner, gone.id))).toBe(true)
  expect(await findFeed(db.pool, gone.feedId)).toBeNull()
  expect((await listDevices(db.pool, owner)).devices.map((device) => device.id)).toEqual([kept.id])
  expect((await listKeys(db.pool, owner)).map((key) => key.label)).toEqual([
    `${gone.feedId},${kept.feedId}`,
    `${kept.feedId}`,
  ])
  const { rows } = await db.pool.query('select id from product where account_id = $1', [owner])
  expect(rows).toEqual([{ id: kept.product.id }])
  expect((await db.pool.query('select from datapoint where stream_key = $1', [streams.get('t')])).rowCount).toBe(0)
})
