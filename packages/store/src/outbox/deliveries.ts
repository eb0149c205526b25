import type { Firing } from '@sluice/model'
import type { Transaction } from '../database.ts'
import { timestampParam } from '../timestamp-sql.ts'

/** Puts firings into the outbox, in the transaction of the datapoints that caused them. */
export async function insertDeliveries(tx: Transaction, firings: readonly Firing[]): Promise<void> {
  if (firings.length === 0) return
  const rows = firings.map(({ triggerId, streamKey, at, payload }) => ({
    trigger_id: triggerId,
    stream_key: streamKey,
    at: timestampParam(at),
    payload,
  }))
  await tx.query(
    `insert into delivery (trigger_id, stream_key, at, payload)
     select trigger_id, stream_key, at, payload
     from json_to_recordset($1) as f (trigger_id bigint, stream_key bigint, at timestamptz, payload jsonb)`,
    [JSON.stringify(rows)],
  )
}
