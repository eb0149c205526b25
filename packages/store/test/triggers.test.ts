import type { NewTrigger, Rule } from '@sluice/model'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type Database,
  type TriggerWrite,
  armTrigger,
  createFeed,
  ensureDatastreams,
  findTrigger,
  findTriggerBase,
  insertTrigger,
  listDeliveries,
  listTriggers,
  removeDatastream,
  removeFeed,
  removeTrigger,
  updateTrigger,
} from '../src/index.ts'
import { type TestDatabase, openTestDatabase } from '../src/testing.ts'
import { append, makeAccount, micros } from './make-account.ts'

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

const RULE: Omit<Rule, 'conditions'> = {
  match: 'all',
  mode: 'edge',
  forS: 0,
  hysteresis: '0',
  minIntervalS: 0,
  rearm: 'auto',
  late: 'ignore',
}
const DUE = micros('2030-01-01T00:00:00Z')

async function makeFeed(...ids: string[]): Promise<{ feedId: number; keys: Map<string, number> }> {
  const feedId = await db.inTransaction((tx) => createFeed(tx, ada, { title: 'f' }))
  return { feedId, keys: await db.inTransaction((tx) => ensureDatastreams(tx, feedId, ids)) }
}
/** A write whose state tells which inputs it was made from. */
function writeOf(feedId: number, ids: readonly string[], more: Partial<NewTrigger> = {}): TriggerWrite {
  return {
    trigger: {
      feedId,
      name: 'hot',
      rule: { ...RULE, conditions: ids.map((datastreamId) => ({ datastreamId, type: 'gt', threshold: '30' })) },
      action: { kind: 'http', url: 'http://example.org/', format: 'json' },
      isEnabled: true,
      ...more,
    },
    sealedSecret: Buffer.from('sealed'),
    initialState: (_rule, inputs) => ({
      state: {
        armed: [...inputs.values()].every((input) => input === null),
        pending: null,
        firedAt: null,
        isFrozen: false,
      },
      dueAt: DUE,
    }),
  }
}
const insert = (accountId: number, write: TriggerWrite) => db.inTransaction((tx) => insertTrigger(tx, accountId, write))
const update = (id: number, write: TriggerWrite) => db.inTransaction((tx) => updateTrigger(tx, ada, id, write))
const dueAt = async (id: number): Promise<unknown> =>
  (await db.pool.query<{ due: Date | null }>('select due_at as due from trigger_state where trigger_id = $1', [id]))
    .rows[0]?.due
const queue = async (id: number): Promise<void> => {
  await db.pool.query(
    `insert into delivery (account_id, endpoint_id, trigger_id, trigger_name, feed_id, datastream_id, cause, at, action,
       content_type, body)
     select account_id, endpoint_id, id, name, feed_id, 't', 'value', now(), action, 'application/json', '{}'
     from trigger where id = $1`,
    [id],
  )
}
const statuses = async (triggerId: number, accountId = ada) =>
  (await listDeliveries(db.pool, accountId, { triggerId, limit: 10 }, null)).map(({ status, error }) => ({
    status,
    error,
  }))

test('begins from the inputs of the moment, with what the worker has to know', async () => {
  const { feedId, keys } = await makeFeed('t', 'u')
  const fresh = await insert(ada, writeOf(feedId, ['t', 'u']))
  expect(await findTrigger(db.pool, ada, fresh)).toMatchObject({
    isArmed: true,
    user: 'ada',
    firings: 0,
    notifiedAt: null,
  })
  await append(db, keys.get('t') ?? 0, [['2026-01-01T00:00:00Z', '31']])
  await append(db, keys.get('u') ?? 0, [['2026-01-01T00:00:01Z', '32']])
  const later = await insert(ada, writeOf(feedId, ['t', 'u', 't']))
  expect(await findTrigger(db.pool, ada, later)).toMatchObject({
    isArmed: false,
    feedAccountId: ada,
    isFeedPrivate: false,
  })
  expect(await dueAt(later)).toEqual(new Date(DUE / 1000))
  const found = await findTriggerBase(db.pool, later)
  expect(found?.streams).toEqual(Object.fromEntries(keys))
  expect(found?.base).toMatchObject({
    state: { armed: false },
    inputs: { t: { value: '31', at: micros('2026-01-01T00:00:00Z') }, u: { value: '32' } },
  })
  const paused = await insert(ada, writeOf(feedId, ['t'], { isEnabled: false }))
  expect(await dueAt(paused)).toBeNull()
  expect(await findTrigger(db.pool, bob, later)).toBeNull()
  expect((await listTriggers(db.pool, ada, { feedId })).map(({ id }) => id)).toEqual([fresh, later, paused])
  expect(await listTriggers(db.pool, bob)).toEqual([])
})

test('a rule that stays keeps its state; another rule, or enabling again, begins anew', async () => {
  const { feedId, keys } = await makeFeed('t')
  const id = await insert(ada, writeOf(feedId, ['t']))
  await append(db, keys.get('t') ?? 0, [['2026-01-01T00:00:00Z', '31']])
  expect(await update(id, writeOf(feedId, ['t'], { name: 'other' }))).toBe(true)
  expect(await findTrigger(db.pool, ada, id)).toMatchObject({ name: 'other', isArmed: true })
  const rule: Rule = { ...RULE, forS: 5, conditions: [{ datastreamId: 't', type: 'gt', threshold: '30' }] }
  await update(id, writeOf(feedId, ['t'], { rule }))
  expect(await findTrigger(db.pool, ada, id)).toMatchObject({ rule, isArmed: false })
  expect(await db.inTransaction((tx) => armTrigger(tx, ada, id, () => null))).toBe(true)
  expect(await findTrigger(db.pool, ada, id)).toMatchObject({ isArmed: true })
  expect(await dueAt(id)).toBeNull()
  await update(id, writeOf(feedId, ['t'], { rule, isEnabled: false }))
  await update(id, writeOf(feedId, ['t'], { rule }))
  expect(await findTrigger(db.pool, ada, id)).toMatchObject({ isArmed: false })
  for (const change of [
    db.inTransaction((tx) => updateTrigger(tx, bob, id, writeOf(feedId, ['t']))),
    db.inTransaction((tx) => armTrigger(tx, bob, id, () => null)),
    db.inTransaction((tx) => removeTrigger(tx, bob, id)),
  ]) {
    expect(await change).toBe(false)
  }
})

describe('what was not delivered is cancelled', () => {
  const cancelled = { status: 'cancelled', error: 'The trigger was deleted' }

  test('with the trigger', async () => {
    const { feedId } = await makeFeed('t')
    const id = await insert(ada, writeOf(feedId, ['t']))
    await queue(id)
    await db.pool.query("update delivery set status = 'delivered' where trigger_id = $1", [id])
    await queue(id)
    await db.inTransaction((tx) => removeTrigger(tx, ada, id))
    expect(await statuses(id)).toEqual([cancelled, { status: 'delivered', error: null }])
  })

  test('with the datastream, of whichever account', async () => {
    const { feedId, keys } = await makeFeed('t', 'u', 'v')
    const id = await insert(bob, writeOf(feedId, ['t', 'u']))
    const other = await insert(ada, writeOf(feedId, ['v']))
    await queue(id)
    expect(await db.inTransaction((tx) => removeDatastream(tx, keys.get('u') ?? 0))).toBe(true)
    expect(await statuses(id, bob)).toEqual([cancelled])
    expect(await findTrigger(db.pool, bob, id)).toBeNull()
    expect(await findTrigger(db.pool, ada, other)).not.toBeNull()
    const { rows } = await db.pool.query('select id, has_trigger from datastream where feed_id = $1 order by key', [
      feedId,
    ])
    expect(rows).toEqual([
      { id: 't', has_trigger: false },
      { id: 'v', has_trigger: true },
    ])
  })

  test('with the feed', async () => {
    const { feedId } = await makeFeed('t')
    const id = await insert(bob, writeOf(feedId, ['t']))
    await queue(id)
    await db.inTransaction((tx) => removeFeed(tx, feedId))
    expect(await statuses(id, bob)).toEqual([cancelled])
    expect(await findTrigger(db.pool, bob, id)).toBeNull()
  })
})

test('a datastream that does not exist is named, all at once, and nothing is made', async () => {
  const { feedId } = await makeFeed('t')
  await expect(insert(ada, writeOf(feedId, ['t', 'x', 'y']))).rejects.toMatchObject({
    code: 'unprocessable',
    messages: ["stream_id is invalid: couldn't find datastream x", "stream_id is invalid: couldn't find datastream y"],
  })
  expect(await listTriggers(db.pool, ada, { feedId })).toEqual([])
})

test('an account has at most 10,000, also when several are made at once', async () => {
  const carl = await makeAccount(db, 'carl')
  const { feedId } = await makeFeed('t')
  const first = await insert(carl, writeOf(feedId, ['t']))
  await db.pool.query(
    `insert into trigger (account_id, feed_id, endpoint_id, name, rule, action)
     select account_id, feed_id, endpoint_id, name, rule, action from trigger, generate_series(1, 9997) where id = $1`,
    [first],
  )
  const results = await Promise.allSettled(Array.from({ length: 5 }, () => insert(carl, writeOf(feedId, ['t']))))
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(2)
  const refused = results.flatMap((result) => (result.status === 'rejected' ? [String(result.reason)] : []))
  expect(new Set(refused)).toEqual(new Set(['SluiceError: An account has at most 10000 triggers']))
})

test('whoever makes, moves and removes triggers while values arrive leaves every datastream marked rightly', async () => {
  const { feedId, keys } = await makeFeed('a', 'b', 'c')
  const ids = await Promise.all(
    Array.from({ length: 8 }, (_, n) =>
      insert(
        ada,
        writeOf(
          feedId,
          [
            ['a', 'b'],
            ['b', 'c'],
            ['c', 'a'],
          ][n % 3] ?? [],
        ),
      ),
    ),
  )
  const writing = Array.from({ length: 30 }, (_, n) =>
    append(db, keys.get(['a', 'b', 'c'][n % 3] ?? '') ?? 0, [
      [`2026-03-01T00:00:${String(n).padStart(2, '0')}Z`, String(n)],
    ]),
  )
  const moving = ids.map((id, n) =>
    n % 2 === 0
      ? db.inTransaction((tx) => removeTrigger(tx, ada, id))
      : update(id, writeOf(feedId, ['c'], { isEnabled: n !== 1 })),
  )
  await Promise.all<unknown>([...writing, ...moving])
  const { rows } = await db.pool.query('select id, has_trigger from datastream where feed_id = $1 order by key', [
    feedId,
  ])
  expect(rows).toEqual([
    { id: 'a', has_trigger: false },
    { id: 'b', has_trigger: false },
    { id: 'c', has_trigger: true },
  ])
})
