import type { Key } from '@sluice/model'
import type { Transaction } from '../database.ts'
import { KEY_COLUMNS } from './key-columns.ts'
import type { KeySecret } from './keys.ts'

/**
 * Gives a key another text. The one before works for the overlap, too; one that is still older ends. Uses stay with the
 * text they were made with.
 * @param roll.overlapHours 0 ends the text before at once
 * @returns null when the account has no such key
 */
export async function rollKey(
  tx: Transaction,
  accountId: number,
  id: number,
  { hash, sealed, masked, overlapHours }: KeySecret & { overlapHours: number },
): Promise<Key | null> {
  const { rows } = await tx.query<Key>(
    `update api_key set generation = generation + 1, hash = $3, sealed = $4, masked = $5,
       previous_hash = case when $6::float8 > 0 then hash end, previous_sealed = case when $6::float8 > 0 then sealed end,
       previous_masked = case when $6::float8 > 0 then masked end,
       previous_until = case when $6::float8 > 0 then now() + $6::float8 * interval '1 hour' end,
       previous_used_at = last_used_at, previous_used_address = last_used_address,
       previous_used_client = last_used_client,
       last_used_at = null, last_used_address = null, last_used_client = null
     where account_id = $1 and id = $2 returning ${KEY_COLUMNS}`,
    [accountId, id, hash, sealed, masked, overlapHours],
  )
  return rows[0] ?? null
}

/** Ends the overlap of a key that was rolled, if one is running. @returns whether one was */
export async function endOverlap(tx: Transaction, accountId: number, id: number): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update api_key set previous_hash = null, previous_sealed = null, previous_masked = null, previous_until = null
     where account_id = $1 and id = $2 and previous_until > now()`,
    [accountId, id],
  )
  return rowCount === 1
}
