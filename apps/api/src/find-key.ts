import { isMaster, isWellFormedKey, NotFoundError } from '@sluice/model'
import type { Key, Principal } from '@sluice/model'
import { findKey } from '@sluice/store'
import type { AuditEntry } from '@sluice/store'
import { readId } from './find-trigger.ts'
import type { RouteParts } from './route-parts.ts'
import type { SignedContext } from './route.ts'

/**
 * The key that a request names: by its text, or by its number for the owner, who does not know the text.
 * @throws {SluiceError} `not_found` for a missing, a foreign, and for any other key than itself to a key that is no
 *   master key; never with the text of the key, which would end up in the request log
 */
export async function getKey(
  { db, keys }: Pick<RouteParts, 'db' | 'keys'>,
  principal: Principal,
  asked = '',
): Promise<Key> {
  const id = principal.kind === 'owner' ? readId(asked) : null
  const named = isWellFormedKey(asked) ? { hash: keys.hash(asked) } : id === null ? null : { id }
  const key = named && (await findKey(db.pool, principal.accountId, named))
  const isReadable = isMaster(principal) || (principal.kind === 'key' && principal.keyId === key?.id)
  if (!key || !isReadable) throw new NotFoundError('Key')
  return key
}

/** What is written down of a change to a key: which, by whom and from where. */
export function keyAudit(
  { principal, remoteAddress: address }: SignedContext,
  action: `key.${string}`,
  { id, masked }: Pick<Key, 'id' | 'masked'>,
): AuditEntry {
  const by = principal.kind === 'key' ? ` by key ${principal.keyId}` : ''
  return { accountId: principal.accountId, action, subject: `key ${id} ${masked}${by}`, address }
}
