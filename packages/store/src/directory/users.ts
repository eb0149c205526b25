import { SluiceError, type User, type UserPatch } from '@sluice/model'
import type { Queryable, Transaction } from '../database.ts'
import { microsOf } from '../timestamp-sql.ts'
import { takenName } from './accounts.ts'

/** Oldest first. @param query.page from 1 */
export async function listUsers(db: Queryable, query: { page: number; perPage: number }): Promise<User[]> {
  const { page, perPage } = query
  const { rows } = await db.query<User>(`${SELECT_USERS} order by a.id limit $1 offset $2`, [
    perPage,
    (page - 1) * perPage,
  ])
  return rows
}

export async function findUser(db: Queryable, by: { login: string } | { accountId: number }): Promise<User | null> {
  const [column, value] = 'login' in by ? ['login', by.login] : ['id', by.accountId]
  const { rows } = await db.query<User>(`${SELECT_USERS} and a.${column} = $1`, [value])
  return rows[0] ?? null
}

/**
 * Writes name, e-mail and role of an account and of who signs in to it.
 * @throws {SluiceError} `conflict`: the e-mail is taken, or no administrator would be left
 */
export async function updateUser(
  tx: Transaction,
  accountId: number,
  patch: Pick<UserPatch, 'fullName' | 'email' | 'isAdmin'>,
): Promise<void> {
  const { fullName, isAdmin } = patch
  const email = patch.email?.toLowerCase()
  if (isAdmin === false) await requireOtherAdmin(tx, accountId)
  try {
    await tx.query(
      `with signed as (
         update auth_user set name = coalesce($2, name), email = coalesce($3, email), updated_at = now()
         where account_id = $1
       )
       update account set name = coalesce($2, name), email = coalesce($3, email), is_admin = coalesce($4, is_admin)
       where id = $1`,
      [accountId, fullName ?? null, email ?? null, isAdmin ?? null],
    )
  } catch (cause) {
    throw takenName(cause)
  }
}

/** @throws {SluiceError} `conflict` when this is the only administrator; the others stay locked until the end */
export async function requireOtherAdmin(tx: Transaction, accountId: number): Promise<void> {
  const { rows } = await tx.query<{ id: number }>(
    'select id from account where is_admin and removed_at is null order by id for no key update',
  )
  if (rows.some(({ id }) => id !== accountId) || !rows.some(({ id }) => id === accountId)) return
  throw new SluiceError('conflict', 'This is the last administrator: make somebody else one first')
}

/** better-auth's id of who signs in to the account. */
export async function findUserId(db: Queryable, accountId: number): Promise<string | null> {
  const { rows } = await db.query<{ id: string }>('select id from auth_user where account_id = $1', [accountId])
  return rows[0]?.id ?? null
}

/** Takes the password away, ends all sessions, and makes earlier one-time links worthless. */
export async function removePassword(tx: Transaction, userId: string): Promise<void> {
  await tx.query('delete from auth_credential where user_id = $1', [userId])
  await tx.query('delete from auth_session where user_id = $1', [userId])
  await tx.query('delete from auth_verification where value = $1', [userId])
}

const SELECT_USERS = `
  select a.id as "accountId", a.login, a.email, a.name as "fullName", a.is_admin as "isAdmin",
    ${microsOf('a.created_at')} as "createdAt",
    exists (
      select from auth_user u join auth_credential c on c.user_id = u.id
      where u.account_id = a.id and c.password is not null
    ) as "hasPassword"
  from account a where a.removed_at is null`
