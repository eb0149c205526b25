import { addressOf } from '@sluice/model'
import type { Action } from '@sluice/model'
import type { Transaction } from '../database.ts'

/**
 * The account's endpoint for the target of an action, made where it is missing.
 * @param sealedSecret what a new http endpoint signs with
 * @returns its id
 */
export async function ensureEndpoint(
  tx: Transaction,
  accountId: number,
  action: Action,
  sealedSecret: Buffer | null,
): Promise<number> {
  const { rows } = await tx.query<{ id: number }>(
    `insert into endpoint (account_id, kind, address, secret) values ($1, $2, $3, $4)
     on conflict (account_id, kind, address) do update set address = excluded.address returning id`,
    [accountId, action.kind, addressOf(action), action.kind === 'http' ? sealedSecret : null],
  )
  return rows[0]?.id ?? 0
}
