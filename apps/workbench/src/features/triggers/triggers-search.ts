/** What the address of the list says. */
export type TriggersSearch = { filter?: string }

export function parseTriggersSearch(search: Record<string, unknown>): TriggersSearch {
  const { filter } = search
  return typeof filter === 'string' && filter !== '' ? { filter: filter.slice(0, 200) } : {}
}

export const TRIGGER_TABS = [
  { id: 'deliveries', label: 'Deliveries' },
  { id: 'trace', label: 'Trace' },
  { id: 'snippets', label: 'Snippets' },
] as const
export type TriggerTab = (typeof TRIGGER_TABS)[number]['id']

/** What the address of one trigger says. Missing members are the defaults. */
export type TriggerSearch = { tab?: TriggerTab; delivery?: string; status?: DeliveryStatusFilter }

export const DELIVERY_STATUSES = ['pending', 'delivered', 'dead', 'cancelled'] as const
export type DeliveryStatusFilter = (typeof DELIVERY_STATUSES)[number]

export function parseTriggerSearch(search: Record<string, unknown>): TriggerSearch {
  const tab = TRIGGER_TABS.find(({ id }) => id === search['tab'])?.id
  return {
    ...(tab === undefined ? {} : { tab }),
    ...parseDeliveryView(search),
  }
}

/** The members that every list of deliveries has: which one is open, and which statuses are shown. */
export function parseDeliveryView(search: Record<string, unknown>): Pick<TriggerSearch, 'delivery' | 'status'> {
  const { delivery } = search
  const status = DELIVERY_STATUSES.find((status) => status === search['status'])
  return {
    ...(typeof delivery === 'string' && /^[0-9a-f-]{36}$/i.test(delivery) ? { delivery } : {}),
    ...(status === undefined ? {} : { status }),
  }
}
