import type { Transaction } from '../database.ts'

export type AuditEntry = {
  accountId: number
  /** verb and noun, e.g. `key.reveal` */
  action: string
  /** what it was done to, e.g. `key 19`; never a secret */
  subject: string
  /** the client's address */
  address: string
}

/** Adds to the account's record of what was done, in the transaction that does it. */
export async function insertAudit(tx: Transaction, entry: AuditEntry): Promise<void> {
  await tx.query('insert into audit_entry (account_id, action, subject, address) values ($1, $2, $3, $4)', [
    entry.accountId,
    entry.action,
    entry.subject,
    entry.address,
  ])
}
