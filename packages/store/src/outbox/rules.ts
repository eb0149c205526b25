import type { Action, Rule, RuleState, Sample } from '@sluice/model'
import type { Queryable } from '../database.ts'
import { microsOf } from '../timestamp-sql.ts'

/** A trigger as its evaluation needs it, with its state of this moment. */
export type WatchingTrigger = TriggerDefinition & {
  state: RuleState
  /** how often it fired */
  firings: number
  /** no time at which the worker has to look at it */
  isIdle: boolean
}

/** What of a trigger changes only when a person edits it. */
export type TriggerDefinition = {
  id: number
  accountId: number
  feedId: number
  endpointId: number
  name: string
  /** login of its account */
  user: string
  rule: Rule
  action: Action
  /** rows of the rule's datastreams by id */
  streamKeys: Record<string, number>
}

/**
 * Definitions of triggers by id and revision. Reading and parsing them for every value costs more than evaluating them:
 * with 10,000 triggers on 10,000 datastreams they are asked for 10,000 times a second. One that was edited has another
 * revision.
 */
export type DefinitionCache = Map<number, { revision: string; definition: TriggerDefinition }>

/** More would only be reached by an installation that has the memory for it: one takes about 1 KiB. */
const DEFINITIONS_MAX = 100_000

type StateRow = { id: number; revision: string; inputs: number; state: RuleState; firings: number; isIdle: boolean }

/**
 * The enabled triggers on these datastreams, by id. Whoever calls holds the locks of the datastreams' rows (an append
 * does), which is all that a rule over one datastream needs; rules over several are locked here, in order of their ids.
 * A trigger of another account ends where the feed becomes private.
 */
export async function lockTriggers(
  tx: Queryable,
  streamKeys: readonly number[],
  cache: DefinitionCache,
): Promise<WatchingTrigger[]> {
  const read = await readStates(tx, 'i.stream_key = any($1::bigint[])', streamKeys)
  const shared = read.filter((row) => row.inputs > 1).map((row) => row.id)
  if (shared.length > 0) {
    await tx.query({
      name: 'trigger-lock',
      text: `select from trigger_state where trigger_id = any($1::bigint[]) order by trigger_id for no key update`,
      values: [shared],
    })
  }
  // what was read before the lock was had may be of the past
  const again = shared.length > 0 ? await readStates(tx, 'i.trigger_id = any($1::bigint[])', shared) : []
  const states = [...read.filter((row) => row.inputs === 1), ...again].sort((a, b) => a.id - b.id)
  return withDefinitions(tx, states, cache)
}

/** The same by id, for the worker: it holds the locks of the datastreams' rows, too. */
export async function lockTriggersById(
  tx: Queryable,
  ids: readonly number[],
  cache: DefinitionCache,
): Promise<WatchingTrigger[]> {
  await tx.query(
    'select from trigger_state where trigger_id = any($1::bigint[]) order by trigger_id for no key update',
    [ids],
  )
  return withDefinitions(tx, await readStates(tx, 'i.trigger_id = any($1::bigint[])', ids), cache)
}

/** Any number that nothing else in the database uses as the first half of an advisory lock. */
const FEED_LOCK = 7_301_103

/**
 * Makes commits to these feeds come one after the other until the end of the transaction. Taken before the append where
 * rules look at several datastreams: each commit's time of arrival is then later than that of the one before, so that
 * the order in which such a rule saw its datastreams can be told from what is stored.
 */
export async function lockFeeds(tx: Queryable, feedIds: readonly number[]): Promise<void> {
  if (feedIds.length === 0) return
  await tx.query({
    name: 'feed-lock',
    text: `select pg_advisory_xact_lock(${FEED_LOCK}, hashint8(id)) from (select unnest($1::bigint[]) as id order by 1) f`,
    values: [feedIds],
  })
}

async function readStates(tx: Queryable, which: string, ids: readonly number[]): Promise<StateRow[]> {
  const { rows } = await tx.query<StateRow>({
    name: `trigger-states-${which}`,
    text: `select t.id, t.xmin::text as revision, s.state, s.firings, s.due_at is null as "isIdle",
        jsonb_array_length(t.rule->'conditions') as inputs
      from (select distinct i.trigger_id from trigger_input i where ${which}) i
      join trigger t on t.id = i.trigger_id
      join feed f on f.id = t.feed_id
      join trigger_state s on s.trigger_id = t.id
      where t.is_enabled and (f.account_id = t.account_id or not f.is_private)
      order by t.id`,
    values: [`{${ids.join(',')}}`],
  })
  return rows
}

async function withDefinitions(
  tx: Queryable,
  states: readonly StateRow[],
  cache: DefinitionCache,
): Promise<WatchingTrigger[]> {
  const unknown = states.filter(({ id, revision }) => cache.get(id)?.revision !== revision)
  if (unknown.length > 0) await learn(tx, unknown, cache)
  return states.flatMap(({ id, state, firings, isIdle }) => {
    const known = cache.get(id)
    return known ? [{ ...known.definition, state, firings, isIdle }] : []
  })
}

async function learn(tx: Queryable, unknown: readonly StateRow[], cache: DefinitionCache): Promise<void> {
  if (cache.size + unknown.length > DEFINITIONS_MAX) cache.clear()
  const { rows } = await tx.query<TriggerDefinition & { revision: string }>(
    `select t.id, t.xmin::text as revision, t.account_id as "accountId", t.feed_id as "feedId",
       t.endpoint_id as "endpointId", t.name, a.login as "user", t.rule, t.action,
       (select json_object_agg(d.id, d.key) from trigger_input i join datastream d on d.key = i.stream_key
        where i.trigger_id = t.id) as "streamKeys"
     from trigger t join account a on a.id = t.account_id where t.id = any($1::bigint[])`,
    [unknown.map(({ id }) => id)],
  )
  for (const { revision, ...definition } of rows) cache.set(definition.id, { revision, definition })
}

/** The newest value of each of these datastreams, by row; those without any are missing. */
export async function readInputs(db: Queryable, streamKeys: readonly number[]): Promise<Map<number, Sample>> {
  const { rows } = await db.query<Sample & { key: number }>(
    `select key, ${microsOf('current_at')} as at, current_value as value, ${microsOf('last_arrival_at')} as "arrivedAt"
     from datastream where key = any($1::bigint[]) and current_value is not null and last_arrival_at is not null`,
    [streamKeys],
  )
  return new Map(rows.map(({ key, ...sample }) => [key, sample]))
}
