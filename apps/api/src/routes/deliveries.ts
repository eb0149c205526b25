import { SluiceError } from '@sluice/model'
import type { DeliveryStatus } from '@sluice/model'
import { DELIVERIES_LIMIT_MAX, listDeliveries, redeliver } from '@sluice/store'
import { findDeliveryFor, readableFeeds } from '../delivery-access.ts'
import { readId } from '../find-trigger.ts'
import { clamped } from '../history-window.ts'
import type { TriggerParts } from '../route-parts.ts'
import type { Answer, Route, SignedContext } from '../route.ts'
import { BODY_NONE_BYTES } from './body-limits.ts'

const DELIVERIES_DEFAULT = 50
const STATUSES: readonly DeliveryStatus[] = ['pending', 'delivered', 'dead', 'cancelled']

/** What became of firings: the account's deliveries, with every attempt. */
export function deliveryRoutes(parts: TriggerParts): Route[] {
  return [
    {
      method: 'GET',
      path: '/v2/deliveries',
      summary: 'List deliveries, newest first: of a trigger_id, endpoint_id, feed_id or status, before a number',
      who: 'principal',
      addresses: 'own-account',
      bodyBytesMax: BODY_NONE_BYTES,
      handle: (context) => list(parts, context),
    },
    {
      method: 'GET',
      path: '/v2/deliveries/:deliveryId',
      summary: 'Read a delivery: its body, and what each attempt sent and was answered',
      who: 'principal',
      addresses: 'delivery',
      bodyBytesMax: BODY_NONE_BYTES,
      handle: async ({ principal, params }) => {
        const document = await findDeliveryFor(parts.db, principal, 'get', params['deliveryId'] ?? '')
        return { status: 200, document }
      },
    },
    {
      method: 'POST',
      path: '/v2/deliveries/:deliveryId/redeliver',
      summary: 'Send a delivery again, now: the same id and body',
      who: 'principal',
      addresses: 'delivery',
      bodyBytesMax: BODY_NONE_BYTES,
      handle: (context) => sendAgain(parts, context),
    },
  ]
}

async function list({ db }: TriggerParts, { principal, query }: SignedContext): Promise<Answer> {
  const asked = {
    triggerId: number(query, 'trigger_id'),
    endpointId: number(query, 'endpoint_id'),
    feedId: number(query, 'feed_id'),
    before: number(query, 'before'),
  }
  const status = STATUSES.find((known) => known === query['status'])
  if (query['status'] && !status) {
    throw new SluiceError('unprocessable', `status is not valid (pick one from ${STATUSES.join(', ')})`)
  }
  const limit = clamped(query['limit'], DELIVERIES_DEFAULT, DELIVERIES_LIMIT_MAX)
  const given = Object.fromEntries(Object.entries(asked).filter(([, id]) => id !== undefined))
  const which = { ...given, ...(status && { status }), limit }
  const deliveries = await listDeliveries(db.pool, principal.accountId, which, readableFeeds(principal))
  return { status: 200, document: { deliveries } }
}

/** An id that nothing can have finds nothing. */
function number(query: SignedContext['query'], name: string): number | undefined {
  const text = query[name]
  if (text === undefined || text === '') return undefined
  return readId(text) ?? 0
}

async function sendAgain(parts: TriggerParts, { principal, params }: SignedContext): Promise<Answer> {
  const { id } = await findDeliveryFor(parts.db, principal, 'post', params['deliveryId'] ?? '')
  const result = await parts.db.inTransaction((tx) => redeliver(tx, principal.accountId, id))
  if (result === 'gone') throw new SluiceError('conflict', 'The trigger of this delivery was deleted')
  parts.onQueued()
  return { status: 201, document: { delivery_id: id } }
}
