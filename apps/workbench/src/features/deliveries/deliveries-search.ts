import { parseDeliveryView } from '../triggers/triggers-search.ts'
import type { TriggerSearch } from '../triggers/triggers-search.ts'

/** What the address of the delivery log says: ids as text. */
export type DeliveriesSearch = Pick<TriggerSearch, 'delivery' | 'status'> & { trigger?: string; endpoint?: string }

export function parseDeliveriesSearch(search: Record<string, unknown>): DeliveriesSearch {
  return {
    ...parseDeliveryView(search),
    ...idMember(search, 'trigger'),
    ...idMember(search, 'endpoint'),
  }
}

function idMember(search: Record<string, unknown>, name: 'trigger' | 'endpoint'): DeliveriesSearch {
  const id = search[name]
  return typeof id === 'string' && /^[1-9]\d{0,14}$/.test(id) ? { [name]: id } : {}
}
