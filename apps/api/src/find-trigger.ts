import { NotFoundError } from '@sluice/model'
import type { AccessMethod, Principal } from '@sluice/model'
import { findTrigger } from '@sluice/store'
import type { Database, ListedTrigger } from '@sluice/store'
import { forbidden } from './problem.ts'
import { triggerAccess } from './trigger-access.ts'

/** An id in a path or a query, null where it cannot be one. */
export function readId(text: string | undefined): number | null {
  return text !== undefined && /^[1-9]\d{0,14}$/.test(text) ? Number(text) : null
}

/**
 * The trigger that a path names, where the caller may do this to it.
 * @throws {SluiceError} `not_found` for a missing one, in the same words as for one that the caller may not know of;
 *   `forbidden`
 */
export async function findTriggerFor(
  db: Database,
  principal: Principal,
  method: AccessMethod,
  asked: string | undefined,
): Promise<ListedTrigger> {
  const id = readId(asked)
  const trigger = id === null ? null : await findTrigger(db.pool, principal.accountId, id)
  const verdict = trigger ? triggerAccess(principal, method, trigger) : 'hidden'
  if (!trigger || verdict === 'hidden') throw new NotFoundError(`Trigger with ID = ${asked}`)
  if (verdict === 'forbidden') throw forbidden()
  return trigger
}
