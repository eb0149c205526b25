import { access, isMaster, NotFoundError, visibleDatastreams } from '@sluice/model'
import type { AccessMethod, DeliveryDetailDocument, Principal } from '@sluice/model'
import { findDelivery } from '@sluice/store'
import type { Database } from '@sluice/store'
import { forbidden } from './problem.ts'

/**
 * Whether a caller may do this to deliveries of its own account that are about a feed. They carry bodies and answers,
 * so even of a public feed only keys that were given all of it may see them.
 */
function mayHandle(principal: Principal, method: AccessMethod, feedId: number): boolean {
  const feed = { feedId, accountId: principal.accountId, isPrivate: true }
  const isWhole = visibleDatastreams(principal, method, feedId) === null
  return isWhole && access(principal, method, feed) === 'allowed'
}

/** The feeds whose deliveries a caller may see, null for all of its account. */
export function readableFeeds(principal: Principal): number[] | null {
  if (principal.kind === 'owner') return null
  const named = new Set<number>()
  for (const { resources } of principal.permissions) {
    for (const { feedId } of resources ?? []) if (feedId !== undefined) named.add(feedId)
  }
  // no feed has the number 0: what is allowed there is allowed everywhere
  return mayHandle(principal, 'get', 0) ? null : [...named].filter((feedId) => mayHandle(principal, 'get', feedId))
}

const DELIVERY_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/**
 * The delivery that a path names, where the caller may do this to it.
 * @throws {SluiceError} `not_found` for a missing one, in the same words as for one that the caller may not know of;
 *   `forbidden`
 */
export async function findDeliveryFor(
  db: Database,
  principal: Principal,
  method: AccessMethod,
  id: string,
): Promise<DeliveryDetailDocument> {
  const delivery = DELIVERY_ID.test(id) ? await findDelivery(db.pool, principal.accountId, id) : null
  const isVisible = delivery && mayHandle(principal, 'get', delivery.environment_id)
  if (!isVisible) throw new NotFoundError(`Delivery with ID = ${id}`)
  if (method === 'get') return delivery
  const needsMaster = delivery.kind !== 'http'
  const isAllowed = mayHandle(principal, method, delivery.environment_id) && (!needsMaster || isMaster(principal))
  if (!isAllowed) throw forbidden()
  return delivery
}
