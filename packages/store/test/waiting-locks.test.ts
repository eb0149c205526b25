import type { Rule } from '@sluice/model'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  createFeed,
  ensureDatastreams,
  insertTrigger,
  removeDatastream,
  removeTrigger,
  updateTrigger,
} from '../src/index.ts'
import type { Database, Transaction, TriggerWrite } from '../src/index.ts'
import { openTestDatabase } from '../src/testing.ts'
import type { TestDatabase } from '../src/testing.ts'
import { makeAccount } from './make-account.ts'

let database: TestDatabase
let db: Database
let ada: number
let feedId: number
beforeAll(async () => {
  database = await openTestDatabase()
  db = database.db
  ada = await makeAccount(db, 'ada')
  feedId = await db.inTransaction((tx) => createFeed(tx, ada, { title: 'f' }))
  // many, so that Postgres plans as it does where there is something to look through
  const others = await db.inTransaction((tx) => createFeed(tx, ada, { title: 'f' }))
  await db.pool.query(`insert into datastream (feed_id, id) select $1, 'x' || n from generate_series(1, 5000) n`, [
    others,
  ])
  await db.pool.query('analyze')
})
afterAll(() => database[Symbol.asyncDispose]())

const RULE: Rule = {
  match: 'all',
  mode: 'edge',
  forS: 0,
  hysteresis: '0',
  minIntervalS: 0,
  rearm: 'auto',
  late: 'ignore',
  conditions: ['t', 'u'].map((datastreamId) => ({ datastreamId, type: 'gt', threshold: '30' })),
}
const writeOf = (name: string): TriggerWrite => ({
  trigger: {
    feedId,
    name,
    rule: RULE,
    action: { kind: 'http', url: 'http://example.org/', format: 'json' },
    isEnabled: true,
  },
  sealedSecret: Buffer.from('sealed'),
  initialState: () => ({ state: { armed: true, pending: null, firedAt: null, isFrozen: false }, dueAt: null }),
})

/** Begins something while both datastreams are being written, so that it has to wait for them. */
async function whileWritten<T>(begin: (tx: Transaction) => Promise<T>): Promise<T> {
  let begun: Promise<T> | null = null
  await db.inTransaction(async (tx) => {
    await tx.query(`update datastream set current_value = '1' where feed_id = $1 and id in ('t', 'u')`, [feedId])
    begun = db.inTransaction(begin)
    await expect.poll(countWaiting).toBe(1)
  })
  return begun as unknown as Promise<T>
}
async function countWaiting(): Promise<number> {
  const { rows } = await db.pool.query<{ count: number }>(
    `select count(*)::int as count from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  )
  return rows[0]?.count ?? 0
}
async function watched(): Promise<string[]> {
  const { rows } = await db.pool.query<{ id: string }>(
    'select id from datastream where feed_id = $1 and has_trigger order by id',
    [feedId],
  )
  return rows.map(({ id }) => id)
}

describe('who waits for datastreams that are being written finds them', () => {
  let keys: Map<string, number>
  let trigger: number
  beforeEach(async () => {
    keys = await db.inTransaction((tx) => ensureDatastreams(tx, feedId, ['t', 'u']))
    trigger = await db.inTransaction((tx) => insertTrigger(tx, ada, writeOf('hot')))
  })
  afterEach(() => db.pool.query('delete from trigger'))

  test('to make a trigger', () =>
    expect(whileWritten((tx) => insertTrigger(tx, ada, writeOf('new')))).resolves.toBeGreaterThan(trigger))
  test('to change one', () =>
    expect(whileWritten((tx) => updateTrigger(tx, ada, trigger, writeOf('changed')))).resolves.toBe(true))
  test('to remove one, which nobody looks for any more', async () => {
    expect(await watched()).toEqual(['t', 'u'])
    expect(await whileWritten((tx) => removeTrigger(tx, ada, trigger))).toBe(true)
    expect(await watched()).toEqual([])
  })
  test('to remove them', async () => {
    for (const key of keys.values()) expect(await whileWritten((tx) => removeDatastream(tx, key))).toBe(true)
  })
})
