import { randomUUID } from 'node:crypto'
import type { Transaction } from '../database.ts'

/**
 * Gives a new user a password, as better-auth keeps it.
 * @param phc the hash, never the password
 */
export async function insertPassword(tx: Transaction, userId: string, phc: string): Promise<void> {
  await tx.query(
    `insert into auth_credential (id, user_id, account_id, provider_id, password) values ($1, $2, $2, 'credential', $3)`,
    [randomUUID(), userId, phc],
  )
}

/** Keeps what a one-time link is recognised by, as better-auth's verifications are: a hash, and whom it stands for. */
export async function insertVerification(
  tx: Transaction,
  link: { identifier: string; value: string; expiresAt: Date },
): Promise<void> {
  await tx.query('insert into auth_verification (id, identifier, value, expires_at) values ($1, $2, $3, $4)', [
    randomUUID(),
    link.identifier,
    link.value,
    link.expiresAt,
  ])
}

/** Waits until no other node of this database is in its first start, until the end of the transaction. */
export async function lockFirstStart(tx: Transaction): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(hashtext('sluice first start'))`)
}
