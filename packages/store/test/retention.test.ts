import { afterAll, beforeAll, expect, test } from 'vitest'
import { claimDeliveries, recordAttempts, removeOldDeliveries } from '../src/index.ts'
import {
  type TestDatabase,
  makeTestTarget,
  movableClock,
  openTestDatabase,
  queueTestDeliveries,
} from '../src/testing.ts'

let database: TestDatabase
let move: (aheadS: number) => Promise<void>
beforeAll(async () => {
  database = await openTestDatabase()
  move = await movableClock(database.db)
})
afterAll(() => database[Symbol.asyncDispose]())

const DAY_S = 86_400

test('finished deliveries go after 30 days or beyond the newest of an account, with their attempts; then endpoints', async () => {
  const { db } = database
  const [a, b] = [await makeTestTarget(db, 'anna', 'http://a/'), await makeTestTarget(db, 'bert', 'http://b/')]
  const old = await queueTestDeliveries(db, a, 3)
  await deliver(2)
  expect(await removeOldDeliveries(db.pool)).toEqual({ expired: 0, deliveries: 0, endpoints: 0 })
  await move(29 * DAY_S)
  const recent = await queueTestDeliveries(db, b, 8)
  await deliver(20)
  await queueTestDeliveries(db, b, 1)
  await move(2 * DAY_S)
  // two of the old ones were delivered 31 days ago, the third one 2 days ago
  expect(await removeOldDeliveries(db.pool)).toEqual({ expired: 0, deliveries: 2, endpoints: 0 })
  expect(await left('select id from delivery where account_id = $1', a.accountId)).toEqual([{ id: old[2] }])
  expect(await removeOldDeliveries(db.pool, { keep: 4 })).toEqual({ expired: 0, deliveries: 5, endpoints: 0 })
  expect(
    await left(`select id from delivery where account_id = $1 and status <> 'pending' order by number`, b.accountId),
  ).toEqual(recent.slice(5).map((id) => ({ id })))
  expect(await left('select count(*)::int as attempts from attempt where $1 > 0', 1)).toEqual([{ attempts: 4 }])

  await db.pool.query('delete from trigger')
  await db.pool.query('delete from delivery where account_id = $1', [a.accountId])
  expect(await removeOldDeliveries(db.pool)).toEqual({ expired: 0, deliveries: 0, endpoints: 1 })
  expect(await left('select account_id from endpoint where $1 > 0', 1)).toEqual([{ account_id: b.accountId }])
})

test('what waits for an endpoint that is paused or disabled is bounded in time and number', async () => {
  const { db } = database
  const [carl, dora] = [await makeTestTarget(db, 'carl', 'http://c/'), await makeTestTarget(db, 'dora', 'http://d/')]
  const [old] = await queueTestDeliveries(db, carl, 1)
  await queueTestDeliveries(db, dora, 6)
  await move(31 * DAY_S)
  expect(await removeOldDeliveries(db.pool, { keep: 4 })).toMatchObject({ expired: 0 })
  await db.pool.query('update endpoint set is_paused = true where id = $1', [carl.endpointId])
  const [recent] = await queueTestDeliveries(db, carl, 1)
  expect(await removeOldDeliveries(db.pool, { keep: 4 })).toEqual({ expired: 1, deliveries: 0, endpoints: 0 })
  expect(
    await left('select id, status, error from delivery where account_id = $1 order by number', carl.accountId),
  ).toEqual([
    { id: old, status: 'dead', error: 'Given up: its endpoint was disabled or paused for 30 days' },
    { id: recent, status: 'pending', error: null },
  ])
  await queueTestDeliveries(db, carl, 4)
  expect(await removeOldDeliveries(db.pool, { keep: 4 })).toEqual({ expired: 0, deliveries: 2, endpoints: 0 })
  expect(await left('select count(*)::int as n from delivery where account_id = $1', dora.accountId)).toEqual([
    { n: 6 },
  ])
})

async function deliver(free: number): Promise<void> {
  const claims = await claimDeliveries(database.db.pool, { free, busy: new Map() })
  const answer = { status: 200, error: null, requestHeaders: {}, responseHeaders: {}, responseBody: '' }
  const when = { agoMs: 1, durationMs: 1, retryMs: null, retryAfterMs: null, isGone: false }
  await recordAttempts(
    database.db.pool,
    claims.map(({ id, fence }) => ({ id, fence, outcome: 'delivered' as const, ...answer, ...when })),
  )
}

async function left(sql: string, value: number): Promise<unknown[]> {
  return (await database.db.pool.query<Record<string, unknown>>(sql, [value])).rows
}
