import type { Micros } from '@sluice/model'
import type { Queryable, Transaction } from '../database.ts'
import { microsOf, timestampParam } from '../timestamp-sql.ts'

/** How long an attempt may take before another one may begin: longer than any request is served. */
const LEASE_S = 40
const KEPT_HOURS = 24

/** One request under its Idempotency-Key. */
export type ClaimName = { accountId: number; name: string }
export type RequestClaim = {
  /** the attempt is ours; otherwise somebody else's, or there is an answer already */
  isOurs: boolean
  fingerprint: Buffer
  receivedAt: Micros
  made: string | null
  answer: Buffer | null
  /** seconds until somebody else's attempt is given up */
  leaseLeftS: number
}

/**
 * Takes a request to be the one that is served under this name: the first one, or one whose last attempt ended without
 * an answer.
 */
export async function claimRequest(
  db: Queryable,
  { accountId, name }: ClaimName,
  { fingerprint, receivedAt }: { fingerprint: Buffer; receivedAt: Micros },
): Promise<RequestClaim> {
  const { rows } = await db.query<RequestClaim>(CLAIM, [accountId, name, fingerprint, timestampParam(receivedAt)])
  const [claim] = rows
  if (!claim) throw new Error('the claim statement answered nothing')
  return claim
}

const CLAIM = `
  with claimed as (
    insert into idempotency as i (account_id, name, fingerprint, received_at, leased_until)
    values ($1, $2, $3, $4, now() + interval '${LEASE_S} seconds')
    on conflict (account_id, name) do update set leased_until = excluded.leased_until
      where i.answer is null and i.leased_until < now() and i.fingerprint = excluded.fingerprint
    returning fingerprint, received_at, made
  )
  select true as "isOurs", fingerprint, ${microsOf('received_at')} as "receivedAt", made, null::bytea as answer,
    0 as "leaseLeftS"
  from claimed
  union all
  select false, fingerprint, ${microsOf('received_at')}, made, answer,
    greatest(1, ceil(extract(epoch from leased_until - now())))::int
  from idempotency where account_id = $1 and name = $2 and not exists (select from claimed)`

/** Notes, in the transaction that makes it, what a request made: an attempt after a crash goes on from there. */
export async function noteMade(tx: Transaction, { accountId, name }: ClaimName, made: string | null): Promise<void> {
  await tx.query('update idempotency set made = $3 where account_id = $1 and name = $2', [accountId, name, made])
}

/** Keeps the answer for whoever sends the request again. @param answer sealed */
export async function keepAnswer(db: Queryable, { accountId, name }: ClaimName, answer: Buffer): Promise<void> {
  await db.query('update idempotency set answer = $3 where account_id = $1 and name = $2', [accountId, name, answer])
}

/** Ends an attempt without an answer: the next one may begin at once, at the same time of arrival. */
export async function endAttempt(db: Queryable, { accountId, name }: ClaimName): Promise<void> {
  await db.query('update idempotency set leased_until = now() where account_id = $1 and name = $2', [accountId, name])
}

/** Forgets a request that was refused: it may be mended and sent again under the same key. */
export async function forgetRequest(db: Queryable, { accountId, name }: ClaimName): Promise<void> {
  await db.query('delete from idempotency where account_id = $1 and name = $2', [accountId, name])
}

/** Removes what is older than a day. */
export async function forgetOldRequests(db: Queryable): Promise<void> {
  await db.query(`delete from idempotency where created_at < now() - interval '${KEPT_HOURS} hours'`)
}
