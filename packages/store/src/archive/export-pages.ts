import type { Datapoint, Micros } from '@sluice/model'
import type { Queryable } from '../database.ts'
import { isoOf, microsOf, timestampParam } from '../timestamp-sql.ts'

/** Ids of an account's feeds above `after`, ascending. */
export async function pageOfFeedIds(db: Queryable, accountId: number, after: number, limit: number): Promise<number[]> {
  const { rows } = await db.query<{ id: number }>(
    'select id from feed where account_id = $1 and id > $2 order by id limit $3',
    [accountId, after, limit],
  )
  return rows.map(({ id }) => id)
}

/**
 * Datapoints of one datastream after a time, ascending: asked again with the time of the last one, it goes on.
 * @param streamKey row of the datastream; who may read it is decided by the caller
 */
export async function pageOfDatapoints(
  db: Queryable,
  streamKey: number,
  after: Micros | null,
  limit: number,
): Promise<Datapoint[]> {
  const { rows } = await db.query<Datapoint>(
    `select ${microsOf('at')} as at, value from datapoint where stream_key = $1
     ${after === null ? '' : 'and at > $3::timestamptz'} order by at limit $2`,
    after === null ? [streamKey, limit] : [streamKey, limit, timestampParam(after)],
  )
  return rows
}

export type AuditDocument = { id: number; at: string; action: string; subject: string; address: string }

/** Entries of an account's audit record above `after`, ascending. */
export async function pageOfAudit(
  db: Queryable,
  accountId: number,
  after: number,
  limit: number,
): Promise<AuditDocument[]> {
  const { rows } = await db.query<AuditDocument>(
    `select id, ${isoOf('at')} as at, action, subject, address from audit_entry
     where account_id = $1 and id > $2 order by id limit $3`,
    [accountId, after, limit],
  )
  return rows
}
