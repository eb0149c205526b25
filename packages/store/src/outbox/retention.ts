import type { Queryable } from '../database.ts'

/** Finished deliveries are kept so long, and so many of each account: what is older, or beyond, goes. */
const KEEP_DAYS = 30
const KEEP_PER_ACCOUNT = 100_000
/** An endpoint may be made a moment before the trigger that needs it. */
const ENDPOINT_AGE = `interval '1 day'`
const BATCH = 1000

export type Removed = {
  /** given up, because their endpoint was disabled or paused for so long */
  expired: number
  deliveries: number
  endpoints: number
}

/**
 * Removes finished deliveries, with their attempts, that are older than 30 days or not among the newest 100,000 of their
 * account, and endpoints that neither a trigger nor a delivery uses. What waits for an endpoint that is disabled or paused
 * is given up after 30 days, and goes too when it is not among the newest. In statements of 1,000 rows, so that none of
 * them holds anything for long.
 * @param keep deliveries of an account; 100,000 unless a test says otherwise
 * @param signal ends it after the statement under way
 */
export async function removeOldDeliveries(
  db: Queryable,
  { keep = KEEP_PER_ACCOUNT, signal }: { keep?: number; signal?: AbortSignal } = {},
): Promise<Removed> {
  const expired = await inBatches(signal, () => count(db, EXPIRE, [BATCH]))
  let deliveries = await inBatches(signal, () => count(db, REMOVE_OLD, [BATCH]))
  for (const { accountId, number } of await fullAccounts(db, keep)) {
    deliveries += await inBatches(signal, () => count(db, REMOVE_BEYOND, [accountId, number, BATCH]))
  }
  const endpoints = await inBatches(signal, () => count(db, REMOVE_ENDPOINTS, [BATCH]))
  return { expired, deliveries, endpoints }
}

async function inBatches(signal: AbortSignal | undefined, remove: () => Promise<number>): Promise<number> {
  for (let total = 0; ;) {
    if (signal?.aborted) return total
    const removed = await remove()
    total += removed
    if (removed < BATCH) return total
  }
}

async function count(db: Queryable, text: string, values: unknown[]): Promise<number> {
  return (await db.query(text, values)).rowCount ?? 0
}

/** Accounts with more than `keep` deliveries, and the number up to which theirs go. */
async function fullAccounts(db: Queryable, keep: number): Promise<{ accountId: number; number: number }[]> {
  const { rows } = await db.query<{ accountId: number; number: number }>(FULL_ACCOUNTS, [keep])
  return rows
}

const isStopped = `(e.disabled_at is not null or e.is_paused)`
const waitingLong = (which: string): string => `
  select d.id from endpoint e join delivery d on d.endpoint_id = e.id and d.status = 'pending' and d.${which}
    and d.due_at < platform_now() - interval '${KEEP_DAYS} days'
  where ${isStopped}`

const EXPIRE = `
  update delivery d set status = 'dead', is_leased = false, finished_at = platform_now(),
    error = 'Given up: its endpoint was disabled or paused for ${KEEP_DAYS} days'
  where d.id in (
    select id from (${waitingLong('failures = 0')} union all ${waitingLong('failures > 0')}) as waiting limit $1
  ) and d.status = 'pending'`

const REMOVE_OLD = `
  delete from delivery where id in (
    select id from delivery where status <> 'pending' and finished_at < platform_now() - interval '${KEEP_DAYS} days'
    order by finished_at limit $1
  ) and status <> 'pending'`

const FULL_ACCOUNTS = `
  select a.id as "accountId", beyond.number from account a cross join lateral (
    select d.number from delivery d where d.account_id = a.id order by d.number desc offset $1 limit 1
  ) as beyond`

const REMOVE_BEYOND = `
  delete from delivery where id in (
    select d.id from delivery d
    where d.account_id = $1 and d.number <= $2
      and (d.status <> 'pending' or exists (select from endpoint e where e.id = d.endpoint_id and ${isStopped}))
    order by d.number limit $3
  ) and not is_leased`

const REMOVE_ENDPOINTS = `
  delete from endpoint where id in (
    select e.id from endpoint e
    where e.created_at < platform_now() - ${ENDPOINT_AGE}
      and not exists (select from trigger t where t.endpoint_id = e.id)
      and not exists (select from delivery d where d.endpoint_id = e.id)
    limit $1 for update skip locked
  )`
