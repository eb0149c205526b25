import { LIMITS, SluiceError } from '@sluice/model'
import type { NewTrigger, Rule, RuleState, Sample } from '@sluice/model'
import type { Queryable, Transaction } from '../database.ts'
import { ensureEndpoint } from '../outbox/endpoint-lists.ts'
import { readInputs } from '../outbox/rules.ts'
import { theseOnly } from '../locking-sql.ts'
import { readClock, timestampParam } from '../timestamp-sql.ts'
import type { MakeState, TriggerBase } from './triggers.ts'

export type TriggerWrite = {
  trigger: NewTrigger
  /** what a target that is new to the account gets, sealed; only http ones have a secret */
  sealedSecret: Buffer | null
  initialState: MakeState
}

type Stream = { key: number; id: string; feedId: number }
type Watched = { streams: Stream[]; keys: number[] }

/**
 * Makes a trigger. Its datastreams are locked, so that every value is either among the inputs it starts with or is
 * judged by it.
 * @returns its id
 * @throws {SluiceError} `unprocessable`: a datastream that does not exist, or more than 10,000 triggers
 */
export async function insertTrigger(tx: Transaction, accountId: number, write: TriggerWrite): Promise<number> {
  const { trigger } = write
  await refuseTooMany(tx, accountId)
  const watched = await lockStreams(tx, { trigger })
  const endpointId = await ensureEndpoint(tx, accountId, trigger.action, write.sealedSecret)
  const { rows } = await tx.query<{ id: number }>(
    `insert into trigger (account_id, feed_id, endpoint_id, name, rule, action, is_enabled, created_at, updated_at)
     values ($1, $2, $3, $4, $5, $6, $7, platform_now(), platform_now()) returning id`,
    [accountId, trigger.feedId, endpointId, ...writable(trigger)],
  )
  const id = rows[0]?.id ?? 0
  await tx.query(`insert into trigger_state (trigger_id, state) values ($1, '{}')`, [id])
  await watch(tx, id, watched)
  await begin(tx, id, { watched, write })
  return id
}

/**
 * Replaces a trigger. Another rule or feed, or being enabled again, begins from a new state: what already holds does not
 * fire. Deliveries under way stay as they were settled.
 * @returns whether the account has such a trigger
 * @throws {SluiceError} `unprocessable`: a datastream that does not exist
 */
export async function updateTrigger(
  tx: Transaction,
  accountId: number,
  id: number,
  write: TriggerWrite,
): Promise<boolean> {
  const { trigger } = write
  const { rows } = await tx.query<{ isSame: boolean; isEnabled: boolean }>(
    `select feed_id = $3 and rule = $4::jsonb as "isSame", is_enabled as "isEnabled" from trigger
     where account_id = $1 and id = $2 for no key update`,
    [accountId, id, trigger.feedId, JSON.stringify(trigger.rule)],
  )
  const [old] = rows
  if (!old) return false
  const watched = await lockStreams(tx, { trigger, id })
  const endpointId = await ensureEndpoint(tx, accountId, trigger.action, write.sealedSecret)
  await tx.query(
    `update trigger set feed_id = $2, endpoint_id = $3, name = $4, rule = $5, action = $6, is_enabled = $7,
       updated_at = platform_now() where id = $1`,
    [id, trigger.feedId, endpointId, ...writable(trigger)],
  )
  await watch(tx, id, watched)
  if (!old.isSame || old.isEnabled !== trigger.isEnabled) await begin(tx, id, { watched, write })
  return true
}

/**
 * Lets a trigger fire again, whatever its rule says now (`rearm: manual`). One that may fire is left as it is.
 * @param dueAt when the worker has to look at this rule
 * @returns whether the account has such a trigger
 */
export async function armTrigger(tx: Transaction, accountId: number, id: number, dueAt: MakeDue): Promise<boolean> {
  const { rows } = await tx.query<{ rule: Rule; feedId: number }>(
    'select rule, feed_id as "feedId" from trigger where account_id = $1 and id = $2 for no key update',
    [accountId, id],
  )
  const [trigger] = rows
  if (!trigger) return false
  const watched = await lockStreams(tx, { trigger, id })
  const { rows: states } = await tx.query<{ state: RuleState; isEnabled: boolean }>(
    `select s.state, t.is_enabled as "isEnabled" from trigger_state s join trigger t on t.id = s.trigger_id
     where s.trigger_id = $1 for no key update of s`,
    [id],
  )
  const [current] = states
  if (!current || current.state.armed) return true
  const state: RuleState = { ...current.state, armed: true, pending: null }
  const write: BeginWrite = {
    trigger: { ...trigger, isEnabled: current.isEnabled },
    initialState: (rule, inputs) => ({ state, dueAt: dueAt(rule, { state, inputs }) }),
  }
  await begin(tx, id, { watched, write })
  await refreshWatched(tx, watched.keys)
  return true
}

export type MakeDue = (rule: Rule, memory: { state: RuleState; inputs: Inputs }) => number | null

/**
 * Removes a trigger. What it fired and is not delivered yet is cancelled, and stays in the log.
 * @returns whether the account had such a trigger
 */
export async function removeTrigger(tx: Transaction, accountId: number, id: number): Promise<boolean> {
  const { rowCount } = await tx.query('select from trigger where account_id = $1 and id = $2 for update', [
    accountId,
    id,
  ])
  if (rowCount === 0) return false
  const keys = await lockInputs(tx, [id])
  await removeLocked(tx, [id])
  await refreshWatched(tx, keys)
  return true
}

/** Removes all triggers, of whichever account, that look at this datastream. Whoever calls goes on to remove it. */
export async function removeTriggersOf(tx: Transaction, streamKey: number): Promise<void> {
  const { rows } = await tx.query<{ id: number }>(
    'select trigger_id as id from trigger_input where stream_key = $1 order by trigger_id',
    [streamKey],
  )
  if (rows.length === 0) return
  const ids = rows.map(({ id }) => id)
  const keys = await lockInputs(tx, ids)
  await removeLocked(tx, ids)
  await refreshWatched(tx, keys)
}

/** Removes all triggers of an account, those on feeds of other accounts too. */
export async function removeTriggersOfAccount(tx: Transaction, accountId: number): Promise<void> {
  const { rows } = await tx.query<{ id: number }>('select id from trigger where account_id = $1 order by id', [
    accountId,
  ])
  if (rows.length === 0) return
  const ids = rows.map(({ id }) => id)
  const keys = await lockInputs(tx, ids)
  await removeLocked(tx, ids)
  await refreshWatched(tx, keys)
}

/** Cancels what triggers of these feeds have fired and not delivered; the triggers go with the feeds. */
export async function cancelDeliveriesOfFeeds(tx: Transaction, feedIds: readonly number[]): Promise<void> {
  const { rows } = await tx.query<{ id: number }>('select id from trigger where feed_id = any($1::bigint[])', [feedIds])
  const ids = rows.map(({ id }) => id)
  if (ids.length > 0) await cancelDeliveries(tx, ids)
}

const writable = ({ name, rule, action, isEnabled }: NewTrigger): unknown[] => [
  name,
  JSON.stringify(rule),
  JSON.stringify(action),
  isEnabled,
]

/** One maker of triggers at a time in an account, so that the count holds. */
async function refuseTooMany(tx: Transaction, accountId: number): Promise<void> {
  await tx.query('select from account where id = $1 for no key update', [accountId])
  const { rows } = await tx.query<{ count: number }>('select count(*) as count from trigger where account_id = $1', [
    accountId,
  ])
  if ((rows[0]?.count ?? 0) < LIMITS.triggersPerAccountMax) return
  throw new SluiceError('unprocessable', `An account has at most ${LIMITS.triggersPerAccountMax} triggers`)
}

/**
 * Locks the datastreams of a rule, and those that the trigger looked at before, in the order in which appends do.
 * @throws {SluiceError} `unprocessable`
 */
async function lockStreams(
  tx: Transaction,
  { trigger, id }: { trigger: { feedId: number; rule: Rule }; id?: number },
): Promise<Watched> {
  const wanted = [...new Set(trigger.rule.conditions.map((condition) => condition.datastreamId))]
  const { rows } = await tx.query<Stream>(
    `select key, id, feed_id as "feedId" from datastream where key = ${theseOnly(`
       select key from datastream where feed_id = $1 and id = any($2::text[])
       union all select stream_key from trigger_input where trigger_id = $3`)}
     order by key for no key update`,
    [trigger.feedId, wanted, id ?? null],
  )
  const streams = rows.filter((row) => row.feedId === trigger.feedId && wanted.includes(row.id))
  const missing = wanted.filter((name) => !streams.some((stream) => stream.id === name))
  if (missing.length > 0) {
    throw new SluiceError(
      'unprocessable',
      missing.map((name) => `stream_id is invalid: couldn't find datastream ${name}`),
    )
  }
  return { streams, keys: rows.map(({ key }) => key) }
}

async function watch(tx: Transaction, id: number, { streams, keys }: Watched): Promise<void> {
  await tx.query('delete from trigger_input where trigger_id = $1', [id])
  await tx.query(
    'insert into trigger_input (stream_key, trigger_id) select key, $2 from unnest($1::bigint[]) as s (key)',
    [streams.map(({ key }) => key), id],
  )
  await refreshWatched(tx, keys)
}

type Inputs = ReadonlyMap<string, Sample | null>
type BeginWrite = { trigger: { rule: Rule; isEnabled: boolean }; initialState: MakeState }

/** Writes the state a trigger begins with; the datastreams are locked, so nothing can come between. */
async function begin(
  tx: Transaction,
  id: number,
  { watched, write }: { watched: Watched; write: BeginWrite },
): Promise<void> {
  const samples = await readInputs(
    tx,
    watched.streams.map(({ key }) => key),
  )
  const inputs = new Map(watched.streams.map((stream) => [stream.id, samples.get(stream.key) ?? null]))
  const now = await readClock(tx)
  const { rule, isEnabled } = write.trigger
  const { state, dueAt } = write.initialState(rule, inputs, now)
  const base: TriggerBase = { state, inputs: Object.fromEntries(inputs), at: now }
  await tx.query('update trigger_state set state = $2, base = $3, due_at = $4 where trigger_id = $1', [
    id,
    JSON.stringify(state),
    JSON.stringify(base),
    isEnabled ? timestampParam(dueAt) : null,
  ])
}

/** Locks the datastreams of triggers, in the order in which appends do. @returns their rows */
async function lockInputs(tx: Transaction, triggerIds: readonly number[]): Promise<number[]> {
  const { rows } = await tx.query<{ key: number }>(
    `select key from datastream
     where key = ${theseOnly('select stream_key from trigger_input where trigger_id = any($1::bigint[])')}
     order by key for no key update`,
    [triggerIds],
  )
  return rows.map(({ key }) => key)
}

async function removeLocked(tx: Transaction, ids: readonly number[]): Promise<void> {
  await cancelDeliveries(tx, ids)
  await tx.query('delete from trigger where id = any($1::bigint[])', [ids])
}

async function cancelDeliveries(db: Queryable, triggerIds: readonly number[]): Promise<void> {
  await db.query(
    `update delivery set status = 'cancelled', error = 'The trigger was deleted', finished_at = platform_now(),
       is_leased = false
     where trigger_id = any($1::bigint[]) and status = 'pending'`,
    [triggerIds],
  )
}

/**
 * What of an append has to be judged: values of datastreams that an enabled trigger looks at. What is remembered of their
 * triggers anywhere is void from the commit on.
 */
async function refreshWatched(tx: Transaction, keys: readonly number[]): Promise<void> {
  await tx.query(
    `update datastream d set has_trigger = w.is_watched, trigger_revision = trigger_revision + 1 from (
       select key, exists (select from trigger_input i join trigger t on t.id = i.trigger_id
         where i.stream_key = key and t.is_enabled) as is_watched
       from unnest($1::bigint[]) as s (key)
     ) w where d.key = w.key`,
    [keys],
  )
}
