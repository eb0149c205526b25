import type { Database, Queryable, Transaction } from '../database.ts'
import { trimDatapointsOfFeeds } from './datapoint-removal.ts'
import { removeFeeds } from './feed-changes.ts'
import { removeTriggersOfAccount } from './trigger-changes.ts'
import { requireOtherAdmin } from './users.ts'

/** A hundred thousand devices may be in one account. */
const TIMEOUT_MS = 60_000
const FEEDS_AT_ONCE = 100
const ROWS_AT_ONCE = 5_000

/**
 * Ends an account: its keys, sign-ins, devices and triggers are gone at once, its feeds are nobody's to see, and nothing
 * more is delivered for it. What it stored goes with `removeRetiredAccounts`. The login is never given again.
 * @returns its id, null when there is no such account
 * @throws {SluiceError} `conflict` for the last administrator
 */
export async function retireAccount(tx: Transaction, login: string): Promise<number | null> {
  const { rows } = await tx.query<{ id: number }>('select id from account where login = $1 and removed_at is null', [
    login,
  ])
  const id = rows[0]?.id
  if (id === undefined) return null
  await requireOtherAdmin(tx, id)
  await tx.query(`set local statement_timeout = ${TIMEOUT_MS}`)
  const { rowCount } = await tx.query(
    `update account set removed_at = now(), is_admin = false where id = $1 and removed_at is null`,
    [id],
  )
  if (rowCount === 0) return null
  await tx.query('insert into retired_login (login) values ($1)', [login])
  await tx.query('delete from auth_verification where value in (select id from auth_user where account_id = $1)', [id])
  await run(tx, 'delete from auth_user where account_id = $1', [id])
  // devices before keys, so that no device is told that its key is gone
  await run(tx, 'delete from product where account_id = $1', [id])
  await run(tx, 'delete from api_key where account_id = $1', [id])
  await removeTriggersOfAccount(tx, id)
  await run(tx, CANCEL, [id])
  await run(tx, 'update feed set is_private = true where account_id = $1 and not is_private', [id])
  return id
}

const CANCEL = `
  update delivery set status = 'cancelled', error = 'The account was removed', finished_at = platform_now(),
    is_leased = false
  where account_id = $1 and status = 'pending'`

/**
 * Removes what retired accounts stored, in short transactions, and at last the accounts; to be repeated until it has
 * nothing to do. Any number of nodes may do this at once.
 * @param signal ends it after the piece under way
 * @returns accounts of which nothing is left
 */
export async function removeRetiredAccounts(db: Database, signal?: AbortSignal): Promise<number> {
  const { rows } = await db.pool.query<{ id: number }>(
    'select id from account where removed_at is not null order by removed_at',
  )
  let removed = 0
  for (const { id } of rows) {
    await removeFeedsOf(db, id, signal)
    await removeRows(db.pool, REMOVE_DELIVERIES, { accountId: id, signal })
    await removeRows(db.pool, REMOVE_AUDIT, { accountId: id, signal })
    await removeRows(db.pool, REMOVE_REQUESTS, { accountId: id, signal })
    if (signal?.aborted) return removed
    await db.inTransaction(async (tx) => {
      await tx.query(`set local statement_timeout = ${TIMEOUT_MS}`)
      await run(tx, 'delete from account where id = $1', [id])
    })
    removed++
  }
  return removed
}

async function removeFeedsOf(db: Database, accountId: number, signal?: AbortSignal): Promise<void> {
  for (;;) {
    if (signal?.aborted) return
    const { rows } = await db.pool.query<{ id: number }>(
      'select id from feed where account_id = $1 order by id limit $2',
      [accountId, FEEDS_AT_ONCE],
    )
    if (rows.length === 0) return
    const ids = rows.map(({ id }) => id)
    await trimDatapointsOfFeeds(db.pool, ids, { signal })
    if (signal?.aborted) return
    await db.inTransaction((tx) => removeFeeds(tx, ids))
  }
}

async function removeRows(
  db: Queryable,
  text: string,
  { accountId, signal }: { accountId: number; signal: AbortSignal | undefined },
): Promise<void> {
  for (;;) {
    if (signal?.aborted) return
    const { rowCount } = await db.query(text, [accountId, ROWS_AT_ONCE])
    if ((rowCount ?? 0) < ROWS_AT_ONCE) return
  }
}

const REMOVE_DELIVERIES = `
  delete from delivery where number in (select number from delivery where account_id = $1 limit $2)`
const REMOVE_AUDIT = `
  delete from audit_entry where id in (select id from audit_entry where account_id = $1 limit $2)`
const REMOVE_REQUESTS = `
  delete from request where account_id = $1 and id in (select id from request where account_id = $1 limit $2)`

/** A statement that may take longer than others. */
async function run(tx: Transaction, text: string, values: unknown[]): Promise<void> {
  // the driver's own limit, which its types do not know for one statement
  const statement = { text, values, query_timeout: TIMEOUT_MS }
  await tx.query(statement)
}
