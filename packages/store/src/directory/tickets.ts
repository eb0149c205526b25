import type { Queryable } from '../database.ts'

/** expired tickets that one new ticket takes away */
const SWEEP_MAX = 100

export type NewTicket = { hash: Buffer; accountId: number; sessionId: string; expiresAt: Date }

/**
 * Keeps a ticket that opens the account's realm once. It goes when the session ends.
 * @param ticket.sessionId row of auth_session
 */
export async function insertTicket(db: Queryable, ticket: NewTicket): Promise<void> {
  const { hash, accountId, sessionId, expiresAt } = ticket
  await db.query(
    `with swept as (
       delete from ticket where hash in (
         select hash from ticket where expires_at < now() limit ${SWEEP_MAX} for update skip locked)
     )
     insert into ticket (hash, account_id, session_id, expires_at) values ($1, $2, $3, $4)`,
    [hash, accountId, sessionId, expiresAt],
  )
}

/** Uses a ticket up. Of any number of callers at once one gets it; an expired or unknown one answers null. */
export async function redeemTicket(
  db: Queryable,
  hash: Buffer,
): Promise<{ accountId: number; login: string; sessionId: string } | null> {
  const { rows } = await db.query<{ accountId: number; login: string; sessionId: string }>(
    `with used as (delete from ticket where hash = $1 returning account_id, session_id, expires_at)
     select a.id as "accountId", a.login, u.session_id as "sessionId"
     from used u join account a on a.id = u.account_id where u.expires_at > now()`,
    [hash],
  )
  return rows[0] ?? null
}
