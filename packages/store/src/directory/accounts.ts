import { randomUUID } from 'node:crypto'
import { SluiceError } from '@sluice/model'
import type { Queryable, Transaction } from '../database.ts'
import { sqlStateOf } from '../failure.ts'

export type Account = { id: number; login: string; name: string; email: string }

/**
 * Makes an account and the user who signs in to it; the password is better-auth's.
 * @param account.login matches `[a-z][a-z0-9_-]{2,62}`: it is the name of the account's realm
 * @param account.isAdmin whether it may make and remove accounts; false unless given
 * @throws {SluiceError} `conflict` when login or email is taken, or the login was that of a removed account
 */
export async function createAccount(
  tx: Transaction,
  account: { login: string; name: string; email: string; isAdmin?: boolean },
): Promise<{ accountId: number; userId: string }> {
  const userId = randomUUID()
  // better-auth looks users up by the lower-case address
  const values = [account.login, account.name, account.email.toLowerCase(), userId, account.isAdmin ?? false]
  try {
    const { rows } = await tx.query<{ accountId: number }>(CREATE_ACCOUNT, values)
    if (rows[0]) return { accountId: rows[0].accountId, userId }
  } catch (cause) {
    throw takenName(cause)
  }
  throw new SluiceError('conflict', 'login was that of an account that is gone, and is not given again')
}

const CREATE_ACCOUNT = `
  with made as (
    insert into account (login, name, email, is_admin) select $1, $2, $3, $5
    where not exists (select from retired_login where login = $1) returning id
  )
  insert into auth_user (id, account_id, name, email, email_verified) select $4, id, $2, $3, true from made
  returning account_id as "accountId"`

/** The failure of a write to accounts, as a conflict where a name in it belongs to somebody else. */
export function takenName(cause: unknown): unknown {
  if (sqlStateOf(cause) !== '23505') return cause
  const isLogin = cause instanceof Error && cause.message.includes('account_login_key')
  return new SluiceError('conflict', `${isLogin ? 'login' : 'email'} is already taken`, { cause })
}

export async function findAccount(db: Queryable, accountId: number): Promise<Account | null> {
  const { rows } = await db.query<Account>(
    'select id, login, name, email from account where id = $1 and removed_at is null',
    [accountId],
  )
  return rows[0] ?? null
}

export async function findAccountByLogin(db: Queryable, login: string): Promise<Account | null> {
  const { rows } = await db.query<Account>(
    'select id, login, name, email from account where login = $1 and removed_at is null',
    [login],
  )
  return rows[0] ?? null
}

export async function countAccounts(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ count: number }>('select count(*) as count from account where removed_at is null')
  return rows[0]?.count ?? 0
}

/** Those of these sign-ins (ids of auth_session) that have neither ended nor expired. */
export async function validSessionIds(db: Queryable, ids: readonly string[]): Promise<Set<string>> {
  const { rows } = await db.query<{ id: string }>(
    'select id from auth_session where id = any($1::text[]) and expires_at > now()',
    [ids],
  )
  return new Set(rows.map((row) => row.id))
}
