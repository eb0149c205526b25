import { type CurrentKey, type Key, type KeyPrincipal, type NewKey, type Permission, SluiceError } from '@sluice/model'
import type { Queryable, Transaction } from '../database.ts'
import { isoOf, secondsOf } from '../timestamp-sql.ts'
import { KEY_COLUMNS } from './key-columns.ts'

/** What is kept of a key's text. */
export type KeySecret = {
  /** HMAC under the server's secret: what a presented key is looked up by */
  hash: Buffer
  /** encrypted under the server's secret, for reveal */
  sealed: Buffer
  masked: string
}

/**
 * Keys that work: not expired, and not bound to the feed of a device that is deactivated (API v2 gives a device its key
 * with activation).
 */
const WORKS = `(k.expires_at is null or k.expires_at > now())
  and not exists (select from device v where v.feed_id = k.bound_feed_id and v.activated_at is null)`

/**
 * @throws {SluiceError} `unprocessable` when a permission names a feed that the account cannot see (API v2), or a trigger
 *   that is not its own
 */
export async function insertKey(tx: Transaction, accountId: number, key: NewKey & KeySecret): Promise<Key> {
  await refuseUnknown(tx, accountId, key.permissions)
  const { rows } = await tx.query<Key>(
    `insert into api_key (account_id, label, private_access, permissions, bound_feed_id, expires_at, hash, sealed, masked)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning ${KEY_COLUMNS}`,
    [accountId, ...writable(key), key.hash, key.sealed, key.masked],
  )
  return rows[0] as Key
}

const PRINCIPAL_COLUMNS = `'key' as kind, k.account_id as "accountId", a.login, k.id as "keyId", k.permissions,
  k.private_access as "privateAccess", ${secondsOf('k.expires_at')} as "expiresAt", k.generation,
  case when k.previous_until > now() then ${isoOf('k.previous_until')} end as "overlapUntil"`

type PrincipalRow = Omit<KeyPrincipal, 'generation' | 'previousUntil'> & {
  generation: number
  overlapUntil: string | null
}

/** @param isPrevious made with the text from before the last roll */
function principalOf({ generation, overlapUntil, ...row }: PrincipalRow, isPrevious: boolean): KeyPrincipal {
  const made = isPrevious ? generation - 1 : generation
  return {
    ...row,
    ...(made > 0 && { generation: made }),
    ...(isPrevious && overlapUntil !== null && { previousUntil: overlapUntil }),
  }
}

/**
 * The key with this hash, if it works: expired, or of a deactivated device, it answers like an unknown one. The text from
 * before a roll is found until its overlap ends.
 */
export async function findPrincipalByHash(db: Queryable, hash: Buffer): Promise<KeyPrincipal | null> {
  const { rows } = await db.query<PrincipalRow & { isPrevious: boolean }>({
    name: 'find-principal',
    text: `select ${PRINCIPAL_COLUMNS}, k.hash <> $1 as "isPrevious"
      from api_key k join account a on a.id = k.account_id
      where (k.hash = $1 or (k.previous_hash = $1 and k.previous_until > now())) and ${WORKS}`,
    values: [hash],
  })
  if (!rows[0]) return null
  const { isPrevious, ...row } = rows[0]
  return principalOf(row, isPrevious)
}

/** A key as whoever proves to have this text of it, encrypted. */
export type SealedPrincipal = { principal: KeyPrincipal; sealed: Buffer }

/**
 * A key of the account with this login, if it works, with its encrypted text.
 * @returns `previous` while the text from before the last roll works, too
 */
export async function findSealedPrincipal(
  db: Queryable,
  login: string,
  keyId: number,
): Promise<(SealedPrincipal & { previous?: SealedPrincipal }) | null> {
  const { rows } = await db.query<PrincipalRow & { sealed: Buffer; previousSealed: Buffer | null }>({
    name: 'find-sealed-principal',
    text: `select ${PRINCIPAL_COLUMNS}, k.sealed,
        case when k.previous_until > now() then k.previous_sealed end as "previousSealed"
      from api_key k join account a on a.id = k.account_id where k.id = $1 and a.login = $2 and ${WORKS}`,
    values: [keyId, login],
  })
  if (!rows[0]) return null
  const { sealed, previousSealed, ...row } = rows[0]
  const previous = previousSealed && { principal: principalOf(row, true), sealed: previousSealed }
  return { principal: principalOf(row, false), sealed, ...(previous && { previous }) }
}

/** In order of creation, expired ones too. @param filter.feedId only keys with a permission that names this feed */
export async function listKeys(db: Queryable, accountId: number, filter: { feedId?: number } = {}): Promise<Key[]> {
  const named = filter.feedId === undefined ? null : JSON.stringify([{ resources: [{ feedId: filter.feedId }] }])
  const { rows } = await db.query<Key>(
    `select ${KEY_COLUMNS} from api_key
     where account_id = $1 and ($2::jsonb is null or permissions @> $2) order by id`,
    [accountId, named],
  )
  return rows
}

/** One of the account's keys, expired ones too; by hash also with the text from before a roll, until its overlap ends. */
export async function findKey(
  db: Queryable,
  accountId: number,
  by: { id: number } | { hash: Buffer },
): Promise<Key | null> {
  const [condition, value] =
    'id' in by ? ['id = $2', by.id] : ['(hash = $2 or (previous_hash = $2 and previous_until > now()))', by.hash]
  const { rows } = await db.query<Key>(`select ${KEY_COLUMNS} from api_key where account_id = $1 and ${condition}`, [
    accountId,
    value,
  ])
  return rows[0] ?? null
}

/**
 * Replaces label, access, permissions and expiry.
 * @returns null when the account has no such key
 * @throws {SluiceError} `unprocessable` as `insertKey`
 */
export async function updateKey(tx: Transaction, accountId: number, id: number, key: NewKey): Promise<Key | null> {
  await refuseUnknown(tx, accountId, key.permissions)
  const { rows } = await tx.query<Key>(
    `update api_key set label = $3, private_access = $4, permissions = $5, bound_feed_id = $6, expires_at = $7
     where account_id = $1 and id = $2 returning ${KEY_COLUMNS}`,
    [accountId, id, ...writable(key)],
  )
  return rows[0] ?? null
}

/** @returns whether the account had such a key */
export async function removeKey(tx: Transaction, accountId: number, id: number): Promise<boolean> {
  const { rowCount } = await tx.query('delete from api_key where account_id = $1 and id = $2', [accountId, id])
  return rowCount === 1
}

/** The encrypted text of a key, for its owner's eyes. */
export async function findSealedKey(db: Queryable, accountId: number, id: number): Promise<Buffer | null> {
  const { rows } = await db.query<{ sealed: Buffer }>('select sealed from api_key where account_id = $1 and id = $2', [
    accountId,
    id,
  ])
  return rows[0]?.sealed ?? null
}

/** Those of these keys that still work, as they are now: sessions opened with another one are to be closed. */
export async function currentKeys(db: Queryable, ids: readonly number[]): Promise<Map<number, CurrentKey>> {
  const { rows } = await db.query<PrincipalRow>(
    `select ${PRINCIPAL_COLUMNS}
     from api_key k join account a on a.id = k.account_id where k.id = any($1::bigint[]) and ${WORKS}`,
    [ids],
  )
  return new Map(
    rows.map((row) => {
      const { overlapUntil } = row
      return [row.keyId, { ...principalOf(row, false), ...(overlapUntil !== null && { overlapUntil }) }]
    }),
  )
}

/** Those of `ids` that still work. */
export async function validKeyIds(db: Queryable, ids: readonly number[]): Promise<Set<number>> {
  const { rows } = await db.query<{ id: number }>(
    `select k.id from api_key k where k.id = any($1::bigint[]) and ${WORKS}`,
    [ids],
  )
  return new Set(rows.map((row) => row.id))
}

function writable(key: NewKey): unknown[] {
  const { label, privateAccess, permissions, expiresAt } = key
  return [label, privateAccess, JSON.stringify(permissions), boundFeedId(permissions), expiresAt]
}

/** The feed that a key is bound to: every permission names it and none names another or everything. */
export function boundFeedId(permissions: readonly Permission[]): number | null {
  const named = permissions.flatMap((permission) =>
    permission.resources && permission.resources.length > 0
      ? permission.resources.map((resource) => resource.feedId ?? null)
      : [null],
  )
  const first = named[0]
  return first !== undefined && named.every((feedId) => feedId === first) ? first : null
}

/** @throws {SluiceError} `unprocessable` */
async function refuseUnknown(tx: Transaction, accountId: number, permissions: readonly Permission[]): Promise<void> {
  const resources = permissions.flatMap((permission) => permission.resources ?? [])
  const feedIds = new Set(resources.flatMap(({ feedId }) => feedId ?? []))
  const triggerIds = new Set(resources.flatMap(({ triggerId }) => triggerId ?? []))
  const feeds = 'select id from feed where id = any($1::bigint[]) and (account_id = $2 or not is_private) for key share'
  const triggers = 'select id from trigger where id = any($1::bigint[]) and account_id = $2 for key share'
  const problems = [
    ...(await unknownOf(tx, feeds, { accountId, ids: feedIds })).map(
      (id) => `permissions_resources_feed_id ${id} does not exist`,
    ),
    ...(await unknownOf(tx, triggers, { accountId, ids: triggerIds })).map(
      (id) => `permissions_resources_datastream_trigger_id is invalid: couldn't find trigger ${id}`,
    ),
  ]
  if (problems.length > 0) throw new SluiceError('unprocessable', problems)
}

async function unknownOf(
  tx: Transaction,
  select: string,
  { accountId, ids }: { accountId: number; ids: ReadonlySet<number> },
): Promise<number[]> {
  if (ids.size === 0) return []
  const { rows } = await tx.query<{ id: number }>(select, [[...ids], accountId])
  const known = new Set(rows.map((row) => row.id))
  return [...ids].filter((id) => !known.has(id))
}
