import type { DeliveryDetailDocument, DeliveryDocument, DeliveryStatus } from '@sluice/model'
import { segment } from './http.ts'
import type { Http } from './http.ts'

export type DeliveryQuery = {
  triggerId?: number
  endpointId?: number
  feedId?: number
  status?: DeliveryStatus
  /** only those with a smaller `number`: the last one of a page asks for the next */
  before?: number
  /** 50 unless told, at most 500 */
  limit?: number
}

export type DeliveriesResource = {
  /** newest first */
  list(query?: DeliveryQuery): Promise<DeliveryDocument[]>
  /** with every attempt: what was sent and what was answered */
  get(id: string): Promise<DeliveryDetailDocument>
  /** Sends it again, the same id and bytes; one that is waiting is due now. @returns its id */
  redeliver(id: string): Promise<string>
}

export function deliveriesResource(http: Http): DeliveriesResource {
  const path = (id: string): string => `/v2/deliveries/${segment(id)}`
  return {
    async list({ triggerId, endpointId, feedId, status, before, limit } = {}) {
      const { document } = await http.request('GET', '/v2/deliveries', {
        query: { trigger_id: triggerId, endpoint_id: endpointId, feed_id: feedId, status, before, limit },
      })
      return (document as { deliveries: DeliveryDocument[] }).deliveries
    },
    async get(id) {
      return (await http.request('GET', path(id))).document as DeliveryDetailDocument
    },
    async redeliver(id) {
      const { document } = await http.request('POST', `${path(id)}/redeliver`)
      return (document as { delivery_id: string }).delivery_id
    },
  }
}
