import type { Transaction } from '../database.ts'
import { theseOnly } from '../locking-sql.ts'
import { microsOf } from '../timestamp-sql.ts'
import type { Micros } from '@sluice/model'

/**
 * A value that arrives while time is being judged has a time of arrival from before its lock was had. Time is judged
 * this much later, so that no such value can come from before what was judged.
 */
const SLACK_S = 1
const TRIGGERS_PER_ROUND = 200

/**
 * Locks the datastreams of triggers whose time has come (durations, silences), in the order in which appends do.
 * @returns the triggers by id and the moment up to which time has passed for them; none when nothing is due
 */
export async function lockDue(tx: Transaction): Promise<{ ids: number[]; now: Micros }> {
  const { rows } = await tx.query<{ ids: number[] | null; now: Micros }>({
    name: 'timers-due',
    text: `select array_agg(trigger_id)::bigint[] as ids, ${microsOf(`platform_now() - interval '${SLACK_S} s'`)} as now
      from (select trigger_id from trigger_state where due_at <= platform_now() - interval '${SLACK_S} s'
            order by due_at limit ${TRIGGERS_PER_ROUND}) due`,
  })
  const { ids, now } = rows[0] ?? { ids: null, now: 0 }
  if (ids === null) return { ids: [], now }
  await tx.query(
    `select from datastream
     where key = ${theseOnly('select stream_key from trigger_input where trigger_id = any($1::bigint[])')}
     order by key for no key update`,
    [ids],
  )
  return { ids: ids.map(Number), now }
}

/** Takes triggers that are disabled, or may not be evaluated any more, out of the list of what is due. */
export async function clearDue(tx: Transaction, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return
  await tx.query('update trigger_state set due_at = null where trigger_id = any($1::bigint[])', [ids])
}
