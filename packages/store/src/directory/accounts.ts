import { randomUUID } from 'node:crypto'
import { SluiceError } from '@sluice/model'
import type { Queryable, Transaction } from '../database.ts'
import { sqlStateOf } from '../failure.ts'

export type Account = { id: number; login: string; name: string; email: string }

/**
 * Makes an account and the user who signs in to it; the password is better-auth's.
 * @param account.login matches `[a-z][a-z0-9_-]{2,62}`: it is the name of the account's realm
 * @throws {SluiceError} `conflict` when login or email is taken
 */
export async function createAccount(
  tx: Transaction,
  account: { login: string; name: string; email: string },
): Promise<{ accountId: number; userId: string }> {
  const userId = randomUUID()
  // better-auth looks users up by the lower-case address
  const values = [account.login, account.name, account.email.toLowerCase(), userId]
  try {
    const { rows } = await tx.query<{ accountId: number }>(CREATE_ACCOUNT, values)
    return { accountId: rows[0]?.accountId ?? 0, userId }
  } catch (cause) {
    if (sqlStateOf(cause) !== '23505') throw cause
    throw new SluiceError('conflict', 'login or email is already taken', { cause })
  }
}

const CREATE_ACCOUNT = `
  with made as (insert into account (login, name, email) values ($1, $2, $3) returning id)
  insert into auth_user (id, account_id, name, email, email_verified) select $4, id, $2, $3, true from made
  returning account_id as "accountId"`

export async function findAccount(db: Queryable, accountId: number): Promise<Account | null> {
  const { rows } = await db.query<Account>('select id, login, name, email from account where id = $1', [accountId])
  return rows[0] ?? null
}

export async function findAccountByLogin(db: Queryable, login: string): Promise<Account | null> {
  const { rows } = await db.query<Account>('select id, login, name, email from account where login = $1', [login])
  return rows[0] ?? null
}

export async function countAccounts(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ count: number }>('select count(*) as count from account')
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
