import type { Micros, Rule, RuleState, Sample, Trigger } from '@sluice/model'
import type { Queryable } from '../database.ts'
import { microsOf } from '../timestamp-sql.ts'

/** A trigger, with what decides who may see it. */
export type ListedTrigger = Trigger & {
  /** owner of the feed, which may be another account than the trigger's */
  feedAccountId: number
  isFeedPrivate: boolean
}

/** Where a trigger's decisions since the last edit or arming began. `inputs` has every datastream of the rule. */
export type TriggerBase = { state: RuleState; inputs: Record<string, Sample | null>; at: Micros }

/** Makes a state for a rule, given the newest value of each of its datastreams and the platform's clock. Pure. */
export type MakeState = (
  rule: Rule,
  inputs: ReadonlyMap<string, Sample | null>,
  now: Micros,
) => { state: RuleState; dueAt: Micros | null }

const SELECT_TRIGGERS = `
  select t.id, t.account_id as "accountId", a.login as "user", t.feed_id as "feedId", t.endpoint_id as "endpointId",
    t.name, t.rule, t.action, t.is_enabled as "isEnabled", s.firings, (s.state ->> 'armed')::boolean as "isArmed",
    ${microsOf('s.notified_at')} as "notifiedAt", ${microsOf('t.created_at')} as "createdAt",
    ${microsOf('t.updated_at')} as "updatedAt", f.account_id as "feedAccountId", f.is_private as "isFeedPrivate"
  from trigger t join account a on a.id = t.account_id join feed f on f.id = t.feed_id
    join trigger_state s on s.trigger_id = t.id`

/** All triggers of an account in order of creation. Which of them may be shown is decided by the caller. */
export async function listTriggers(
  db: Queryable,
  accountId: number,
  filter: { feedId?: number } = {},
): Promise<ListedTrigger[]> {
  const { rows } = await db.query<ListedTrigger>(
    `${SELECT_TRIGGERS} where t.account_id = $1 and ($2::bigint is null or t.feed_id = $2) order by t.id`,
    [accountId, filter.feedId ?? null],
  )
  return rows
}

/** One of the account's triggers. */
export async function findTrigger(db: Queryable, accountId: number, id: number): Promise<ListedTrigger | null> {
  const { rows } = await db.query<ListedTrigger>(`${SELECT_TRIGGERS} where t.account_id = $1 and t.id = $2`, [
    accountId,
    id,
  ])
  return rows[0] ?? null
}

/**
 * Where an explanation of a trigger's decisions begins, and the rows of its datastreams by id.
 * @returns null when the trigger is gone
 */
export async function findTriggerBase(
  db: Queryable,
  id: number,
): Promise<{ base: TriggerBase | null; streams: Record<string, number> } | null> {
  const { rows } = await db.query<{ base: TriggerBase | null; streams: Record<string, number> | null }>(
    `select s.base, (select json_object_agg(d.id, d.key) from trigger_input i join datastream d on d.key = i.stream_key
       where i.trigger_id = s.trigger_id) as streams
     from trigger_state s where s.trigger_id = $1`,
    [id],
  )
  return rows[0] ? { base: rows[0].base, streams: rows[0].streams ?? {} } : null
}
