import { randomBytes } from 'node:crypto'
import { LIMITS, type NewProduct } from '@sluice/model'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type Database,
  addDevice,
  addProductDevices,
  changeSerial,
  createProduct,
  ensureDatastreams,
  findDevice,
  findFeed,
  findProduct,
  findProductDevice,
  findSealedDeviceKey,
  insertKey,
  listDevices,
  listProductDevices,
  listProducts,
  removeDevice,
  removeKey,
  removeProduct,
  removeSomeDevices,
  setDeviceActivation,
  setDeviceKey,
  updateKey,
  updateProduct,
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

const METER: NewProduct = { name: 'Meter', description: null, state: 'develop', feedDefaults: { isPrivate: true } }
const DEFAULTS = {
  title: 'Feed of a meter',
  description: 'counts',
  website: 'https://example.org',
  tags: ['a', 'b'],
  isPrivate: false,
  datastreams: [{ id: 'power', tags: ['x'], unit: { type: 'derivedSI', symbol: 'W', label: 'Watt' } }, { id: 'now' }],
} satisfies NewProduct['feedDefaults']

async function make(accountId: number, more: Partial<NewProduct> = {}): Promise<string> {
  const id = randomBytes(15).toString('base64url')
  const secret = randomBytes(20).toString('hex')
  await db.inTransaction((tx) => createProduct(tx, accountId, { ...METER, ...more, id, secret }))
  return id
}
/** What tells secret and serial apart is code enough here. */
const codeOf = (secret: string, serial: string): string => `${secret} ${serial}`
const add = (productId: string, serials: string[], accountId = ada): Promise<boolean> =>
  db.inTransaction((tx) => addProductDevices(tx, accountId, productId, { serials, codeOf }))
const list = (productId: string, more: object = {}) =>
  listProductDevices(db.pool, productId, { page: 1, perPage: 100, ...more })
const addOne = (accountId: number) =>
  db.inTransaction((tx) =>
    addDevice(tx, accountId, { name: 'One', description: null, isPrivate: true, ...makeIdentity() }),
  )

describe('a product', () => {
  test('is read as it was made, with the numbers of its devices', async () => {
    const id = await make(ada, { description: 'cheap', state: 'deploy', feedDefaults: DEFAULTS })
    const product = {
      id,
      accountId: ada,
      user: 'ada',
      name: 'Meter',
      description: 'cheap',
      secret: expect.stringMatching(/^[0-9a-f]{40}$/),
      state: 'deploy',
      feedDefaults: DEFAULTS,
      createdAt: expect.any(Number),
      devicesCount: 0,
      activatedDevicesCount: 0,
    }
    expect(await findProduct(db.pool, ada, id)).toEqual(product)
    await add(id, ['1', '2', '3'])
    const { devices } = await list(id)
    await db.inTransaction((tx) => setDeviceActivation(tx, devices[0]?.id ?? 0, micros('2026-01-01T00:00:00Z')))
    expect(await findProduct(db.pool, ada, id)).toEqual({ ...product, devicesCount: 3, activatedDevicesCount: 1 })
  })

  test('is changed member by member, its feed defaults as a whole', async () => {
    const id = await make(ada, { description: 'cheap', feedDefaults: DEFAULTS })
    const update = (patch: Partial<NewProduct>) => db.inTransaction((tx) => updateProduct(tx, ada, id, patch))
    expect(await update({})).toBe(true)
    expect(await findProduct(db.pool, ada, id)).toMatchObject({ description: 'cheap', feedDefaults: DEFAULTS })
    await update({ name: 'Clock', description: null, state: 'deploy', feedDefaults: { isPrivate: true, tags: ['x'] } })
    expect(await findProduct(db.pool, ada, id)).toMatchObject({
      name: 'Clock',
      description: null,
      state: 'deploy',
      feedDefaults: { isPrivate: true, tags: ['x'] },
    })
    await update({ state: 'develop' })
    expect(await findProduct(db.pool, ada, id)).toMatchObject({ name: 'Clock', state: 'develop' })
  })

  test('is of one account, and all others find nothing', async () => {
    const id = await make(ada)
    await add(id, ['1'])
    expect(await findProduct(db.pool, bob, id)).toBeNull()
    expect(await findProductDevice(db.pool, bob, { productId: id, serial: '1' })).toBeNull()
    expect(await add(id, ['2'], bob)).toBe(false)
    expect(await db.inTransaction((tx) => updateProduct(tx, bob, id, { name: 'x' }))).toBe(false)
    expect(await db.inTransaction((tx) => removeProduct(tx, bob, id))).toBeNull()
    expect(await removeSomeDevices(db, bob, id)).toEqual([])
    expect((await listProducts(db.pool, bob, { page: 1, perPage: 10 })).total).toBe(0)
    expect(await findProduct(db.pool, ada, id)).toMatchObject({ name: 'Meter', devicesCount: 1 })
  })

  test('is listed with the others, oldest first, by page and state', async () => {
    const cleo = await makeAccount(db, 'cleo')
    const ids = [await make(cleo), await make(cleo, { state: 'deploy' }), await make(cleo)]
    const idsOf = async (query: Partial<Parameters<typeof listProducts>[2]>) => {
      const { total, products } = await listProducts(db.pool, cleo, { page: 1, perPage: 10, ...query })
      return { total, ids: products.map(({ id }) => id) }
    }
    expect(await idsOf({})).toEqual({ total: 3, ids })
    expect(await idsOf({ page: 2, perPage: 2 })).toEqual({ total: 3, ids: ids.slice(2) })
    expect(await idsOf({ state: 'deploy' })).toEqual({ total: 1, ids: [ids[1]] })
  })

  test('is refused beyond 1000 of an account, hidden ones not counted', async () => {
    const many = await makeAccount(db, 'many')
    await db.pool.query(
      `insert into product (id, account_id, name, secret, is_hidden)
       select 'many' || n, $1, 'x', 'x', false from generate_series(1, $2) n`,
      [many, LIMITS.productsPerAccountMax - 1],
    )
    await addOne(many)
    await make(many)
    await expect(make(many)).rejects.toMatchObject({ code: 'unprocessable' })
  })
})

describe('serials', () => {
  test('get their codes and feeds at once, in order, from the feed defaults', async () => {
    const id = await make(ada, { feedDefaults: DEFAULTS })
    expect(await add(id, ['b', 'a,1', 'c:+'])).toBe(true)
    const { secret } = (await findProduct(db.pool, ada, id)) ?? { secret: '' }
    const { total, devices } = await list(id)
    expect(total).toBe(3)
    expect(devices).toEqual(
      ['b', 'a,1', 'c:+'].map((serial) => ({
        id: expect.any(Number),
        serial,
        activationCode: `${secret} ${serial}`,
        createdAt: expect.any(Number),
        activatedAt: null,
        feedId: expect.any(Number),
        lastDataAt: null,
        maskedKey: null,
      })),
    )
    const feedIds = devices.map(({ feedId }) => feedId)
    expect(feedIds).toEqual(feedIds.toSorted((one, other) => one - other))
    const [first] = devices
    expect(await findFeed(db.pool, first?.feedId ?? 0)).toMatchObject({
      accountId: ada,
      title: 'Feed of a meter',
      description: 'counts',
      website: 'https://example.org',
      tags: ['a', 'b'],
      isPrivate: false,
      productId: id,
      deviceSerial: 'b',
      datastreams: [
        { id: 'power', currentValue: null, tags: ['x'], unit: { type: 'derivedSI', symbol: 'W', label: 'Watt' } },
        { id: 'now', currentValue: null, tags: [], unit: {} },
      ],
    })
  })

  test('of a product without feed defaults get private feeds of the product’s name', async () => {
    const id = await make(ada)
    await add(id, ['1'])
    const device = await findProductDevice(db.pool, ada, { productId: id, serial: '1' })
    expect(await findFeed(db.pool, device?.feedId ?? 0)).toMatchObject({
      title: 'Meter',
      isPrivate: true,
      datastreams: [],
    })
  })

  test('that are there are refused by name, and nothing is made', async () => {
    const id = await make(ada)
    await add(id, ['1', '2', '3'])
    const feeds = async () => (await db.pool.query<{ n: number }>('select count(*) as n from feed')).rows[0]?.n
    const before = await feeds()
    await expect(add(id, ['4', '3', '1'])).rejects.toMatchObject({
      code: 'unprocessable',
      messages: ['serial has already been taken: 1 3'],
    })
    expect((await list(id)).total).toBe(3)
    expect(await feeds()).toBe(before)
    // another product may have the same
    expect(await add(await make(ada), ['1'])).toBe(true)
  })

  test('of two batches at once that share one, one batch is made', async () => {
    const id = await make(ada)
    const results = await Promise.allSettled([add(id, ['1', '2']), add(id, ['2', '3']), add(id, ['2', '4'])])
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'unprocessable' })
    }
    expect((await list(id)).total).toBe(2)
  })

  test('are refused where their datastreams, or the devices of the product, would be too many', async () => {
    const datastreams = Array.from({ length: 51 }, (_, index) => ({ id: `t${index}` }))
    const wide = await make(ada, { feedDefaults: { isPrivate: true, datastreams } })
    const thousand = Array.from({ length: 1000 }, (_, index) => String(index))
    await expect(add(wide, thousand)).rejects.toMatchObject({ code: 'unprocessable' })
    expect((await list(wide)).total).toBe(0)
    const full = await make(ada)
    const limited = (serials: string[]) =>
      db.inTransaction((tx) => addProductDevices(tx, ada, full, { serials, codeOf, devicesMax: 3 }))
    expect(await limited(['1', '2'])).toBe(true)
    await expect(limited(['3', '4'])).rejects.toMatchObject({
      code: 'unprocessable',
      messages: ['A product has at most 3 devices'],
    })
    expect(await limited(['3'])).toBe(true)
  })

  test('are found by page, part of the serial and activation', async () => {
    const id = await make(ada)
    await add(id, ['AB-1', 'ab-2', 'c_3', 'C:3', '10'])
    const { devices } = await list(id)
    await db.inTransaction((tx) => setDeviceActivation(tx, devices[1]?.id ?? 0, micros('2026-01-01T00:00:00Z')))
    const serials = async (query: object) => (await list(id, query)).devices.map(({ serial }) => serial)
    expect(await serials({ serial: 'ab' })).toEqual(['AB-1', 'ab-2'])
    expect(await serials({ serial: '_' })).toEqual(['c_3'])
    expect(await serials({ serial: '1' })).toEqual(['AB-1', '10'])
    expect(await serials({ isActivated: true })).toEqual(['ab-2'])
    expect(await serials({ isActivated: false, serial: 'B' })).toEqual(['AB-1'])
    expect(await list(id, { page: 2, perPage: 2 })).toMatchObject({
      total: 5,
      devices: [{ serial: 'c_3' }, { serial: 'C:3' }],
    })
    expect(await list(id, { page: 9 })).toEqual({ total: 5, devices: [] })
  })
})

describe('what add device made', () => {
  test('is listed by itself, and its product is hidden until it is deployed', async () => {
    const dora = await makeAccount(db, 'dora')
    const one = await addOne(dora)
    const products = async () => (await listProducts(db.pool, dora, { page: 1, perPage: 10 })).products
    expect(await products()).toEqual([])
    expect(await findProduct(db.pool, dora, one.product.id)).toMatchObject({ devicesCount: 1 })
    await db.inTransaction((tx) => updateProduct(tx, dora, one.product.id, { state: 'deploy' }))
    expect(await products()).toMatchObject([{ id: one.product.id, state: 'deploy' }])
    await add(one.product.id, ['1', '2'], dora)
    expect((await listDevices(db.pool, dora)).devices.map(({ id }) => id)).toEqual([one.id])
    const batch = await findProductDevice(db.pool, dora, { productId: one.product.id, serial: '1' })
    const byFeed = await listDevices(db.pool, dora, { page: 1, perPage: 1, feedId: batch?.feedId ?? 0 })
    expect(byFeed).toMatchObject({ total: 1, devices: [{ id: batch?.id, serial: '1' }] })
    expect(await listDevices(db.pool, bob, { page: 1, perPage: 1, feedId: batch?.feedId ?? 0 })).toMatchObject({
      total: 0,
    })
  })

  test('stands among the products as soon as serials are added', async () => {
    const eve = await makeAccount(db, 'eve')
    const one = await addOne(eve)
    await add(one.product.id, ['1'], eve)
    expect((await listProducts(db.pool, eve, { page: 1, perPage: 10 })).total).toBe(1)
  })

  test('takes its product along only while that is hidden', async () => {
    const [hidden, deployed] = [await addOne(ada), await addOne(ada)]
    await db.inTransaction((tx) => updateProduct(tx, ada, deployed.product.id, { state: 'deploy' }))
    for (const { id } of [hidden, deployed]) await db.inTransaction((tx) => removeDevice(tx, ada, id))
    expect(await findProduct(db.pool, ada, hidden.product.id)).toBeNull()
    expect(await findProduct(db.pool, ada, deployed.product.id)).toMatchObject({ devicesCount: 0 })
  })
})

describe('another serial', () => {
  test('comes with another code, as long as the device was not activated', async () => {
    const id = await make(ada)
    await add(id, ['1', '2'])
    const device = await findProductDevice(db.pool, ada, { productId: id, serial: '1' })
    const change = (serial: string) => db.inTransaction((tx) => changeSerial(tx, device?.id ?? 0, { serial, codeOf }))
    expect(await change('9')).toBe(true)
    const changed = await findProductDevice(db.pool, ada, { productId: id, serial: '9' })
    expect(changed).toMatchObject({ id: device?.id, activationCode: expect.stringMatching(/ 9$/) })
    await expect(change('2')).rejects.toMatchObject({ code: 'unprocessable' })
    await db.inTransaction((tx) => setDeviceActivation(tx, device?.id ?? 0, micros('2026-01-01T00:00:00Z')))
    expect(await change('10')).toBe(false)
  })
})

describe('the key of a device', () => {
  const keyOf = (feedIds: (number | undefined)[]) => ({
    label: 'x',
    privateAccess: true,
    permissions: feedIds.map((feedId) => ({
      accessMethods: ['get' as const],
      ...(feedId !== undefined && { resources: [{ feedId }] }),
    })),
    expiresAt: null,
  })

  test('is shown masked, and opened while it opens that feed alone', async () => {
    const id = await make(ada)
    await add(id, ['1'])
    const [device] = (await list(id)).devices
    if (!device) throw new Error('no device')
    const secret = secretOf('own')
    const key = await db.inTransaction(async (tx) => {
      const made = await insertKey(tx, ada, { ...keyOf([device.feedId]), ...secret })
      await setDeviceKey(tx, device.id, made.id)
      return made
    })
    expect((await list(id)).devices).toMatchObject([{ maskedKey: secret.masked }])
    expect(await findSealedDeviceKey(db.pool, device.id)).toEqual(secret.sealed)
    await db.inTransaction((tx) => updateKey(tx, ada, key.id, keyOf([undefined])))
    expect(await findSealedDeviceKey(db.pool, device.id)).toBeNull()
    const expired = { ...keyOf([device.feedId]), expiresAt: '2020-01-01T00:00:00Z' }
    await db.inTransaction((tx) => updateKey(tx, ada, key.id, expired))
    expect(await findSealedDeviceKey(db.pool, device.id)).toBeNull()
    await db.inTransaction((tx) => removeKey(tx, ada, key.id))
    expect((await list(id)).devices).toMatchObject([{ maskedKey: null }])
  })
})

test('a product with devices stays; they go batch by batch with everything in them, then it goes', async () => {
  const id = await make(ada, { feedDefaults: DEFAULTS })
  await add(
    id,
    Array.from({ length: 120 }, (_, index) => String(index)),
  )
  const [first] = (await list(id)).devices
  const streams = await db.inTransaction((tx) => ensureDatastreams(tx, first?.feedId ?? 0, ['power']))
  await append(db, streams.get('power') ?? 0, [['2026-01-01T00:00:00Z', '1']])
  expect(await db.inTransaction((tx) => removeProduct(tx, ada, id))).toBe(120)
  const sizes: number[] = []
  for (;;) {
    const removed = await removeSomeDevices(db, ada, id)
    if (removed.length === 0) break
    sizes.push(removed.length)
  }
  expect(sizes).toEqual([100, 20])
  expect(await findFeed(db.pool, first?.feedId ?? 0)).toBeNull()
  expect(await findDevice(db.pool, ada, first?.id ?? 0)).toBeNull()
  expect((await db.pool.query('select from datapoint where stream_key = $1', [streams.get('power')])).rowCount).toBe(0)
  expect(await db.inTransaction((tx) => removeProduct(tx, ada, id))).toBe(0)
  expect(await findProduct(db.pool, ada, id)).toBeNull()
})
