import { type Key, type KeyPrincipal, type Micros, type NewKey, type Permission, SluiceError } from '@sluice/model'
import type { Queryable, Transaction } from '../database.ts'
import { secondsOf, timestampParam } from '../timestamp-sql.ts'

/** What is kept of a key's text. */
export type KeySecret = {
  /** HMAC under the server's secret: what a presented key is looked up by */
  hash: Buffer
  /** encrypted under the server's secret, for reveal */
  sealed: Buffer
  masked: string
}

const KEY_COLUMNS = `id, account_id as "accountId", label, masked, private_access as "privateAccess", permissions,
  ${secondsOf('expires_at')} as "expiresAt", ${secondsOf('created_at')} as "createdAt",
  ${secondsOf('last_used_at')} as "lastUsedAt"`

/**
 * Keys that work: not expired, and not bound to the feed of a device that is deactivated (API v2 gives a device its key
 * with activation).
 */
const WORKS = `(k.expires_at is null or k.expires_at > now())
  and not exists (select from device v where v.feed_id = k.bound_feed_id and v.activated_at is null)`

/** @throws {SluiceError} `unprocessable` when a permission names a feed that the account cannot see (API v2) */
export async function insertKey(tx: Transaction, accountId: number, key: NewKey & KeySecret): Promise<Key> {
  await refuseUnknownFeeds(tx, accountId, key.permissions)
  const { rows } = await tx.query<Key>(
    `insert into api_key (account_id, label, private_access, permissions, bound_feed_id, expires_at, hash, sealed, masked)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning ${KEY_COLUMNS}`,
    [accountId, ...writable(key), key.hash, key.sealed, key.masked],
  )
  return rows[0] as Key
}

const PRINCIPAL_COLUMNS = `'key' as kind, k.account_id as "accountId", a.login, k.id as "keyId", k.permissions,
  k.private_access as "privateAccess", ${secondsOf('k.expires_at')} as "expiresAt"`

/** The key with this hash, if it works: expired, or of a deactivated device, it answers like an unknown one. */
export async function findPrincipalByHash(db: Queryable, hash: Buffer): Promise<KeyPrincipal | null> {
  const { rows } = await db.query<KeyPrincipal>({
    name: 'find-principal',
    text: `select ${PRINCIPAL_COLUMNS}
      from api_key k join account a on a.id = k.account_id where k.hash = $1 and ${WORKS}`,
    values: [hash],
  })
  return rows[0] ?? null
}

/** A key of the account with this login, if it works, with its encrypted text. */
export async function findSealedPrincipal(
  db: Queryable,
  login: string,
  keyId: number,
): Promise<{ principal: KeyPrincipal; sealed: Buffer } | null> {
  const { rows } = await db.query<KeyPrincipal & { sealed: Buffer }>({
    name: 'find-sealed-principal',
    text: `select ${PRINCIPAL_COLUMNS}, k.sealed
      from api_key k join account a on a.id = k.account_id where k.id = $1 and a.login = $2 and ${WORKS}`,
    values: [keyId, login],
  })
  if (!rows[0]) return null
  const { sealed, ...principal } = rows[0]
  return { principal, sealed }
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

/** One of the account's keys, expired ones too. */
export async function findKey(
  db: Queryable,
  accountId: number,
  by: { id: number } | { hash: Buffer },
): Promise<Key | null> {
  const [column, value] = 'id' in by ? ['id', by.id] : ['hash', by.hash]
  const { rows } = await db.query<Key>(`select ${KEY_COLUMNS} from api_key where account_id = $1 and ${column} = $2`, [
    accountId,
    value,
  ])
  return rows[0] ?? null
}

/**
 * Replaces label, access, permissions and expiry.
 * @returns null when the account has no such key
 * @throws {SluiceError} `unprocessable` when a permission names a feed that the account cannot see
 */
export async function updateKey(tx: Transaction, accountId: number, id: number, key: NewKey): Promise<Key | null> {
  await refuseUnknownFeeds(tx, accountId, key.permissions)
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

/** One use of a key; `address` is the client's. */
export type KeyUse = { keyId: number; at: Micros; address: string }

/** Notes last uses, many at once. Of several for one key the newest counts; time never goes back. */
export async function touchKeys(db: Queryable, uses: readonly KeyUse[]): Promise<void> {
  if (uses.length === 0) return
  const newest = new Map<number, KeyUse>()
  for (const use of uses) if (use.at >= (newest.get(use.keyId)?.at ?? use.at)) newest.set(use.keyId, use)
  const rows = [...newest.values()]
  await db.query(
    `update api_key k set last_used_at = u.at, last_used_address = u.address
     from unnest($1::bigint[], $2::timestamptz[], $3::text[]) as u (id, at, address)
     where k.id = u.id and (k.last_used_at is null or k.last_used_at < u.at)`,
    [rows.map((use) => use.keyId), rows.map((use) => timestampParam(use.at)), rows.map((use) => use.address)],
  )
}

/** Those of these keys that still work, as they are now: sessions opened with another one are to be closed. */
export async function currentKeys(db: Queryable, ids: readonly number[]): Promise<Map<number, KeyPrincipal>> {
  const { rows } = await db.query<KeyPrincipal>(
    `select ${PRINCIPAL_COLUMNS}
     from api_key k join account a on a.id = k.account_id where k.id = any($1::bigint[]) and ${WORKS}`,
    [ids],
  )
  return new Map(rows.map((principal) => [principal.keyId, principal]))
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

async function refuseUnknownFeeds(
  tx: Transaction,
  accountId: number,
  permissions: readonly Permission[],
): Promise<void> {
  const ids = new Set(
    permissions.flatMap((permission) => (permission.resources ?? []).map((resource) => resource.feedId)),
  )
  ids.delete(undefined)
  if (ids.size === 0) return
  const { rows } = await tx.query<{ id: number }>(
    'select id from feed where id = any($1::bigint[]) and (account_id = $2 or not is_private) for key share',
    [[...ids], accountId],
  )
  const known = new Set(rows.map((row) => row.id))
  const unknown = [...ids].filter((id) => id !== undefined && !known.has(id))
  if (unknown.length === 0) return
  throw new SluiceError(
    'unprocessable',
    unknown.map((id) => `permissions_resources_feed_id ${id} does not exist`),
  )
}
