import type { DeliveryDocument, DeliveryStatus } from '@sluice/model'

/**
 * Deliveries as the page shows them, newest first. A delivery changes as it is attempted. While the log is paused, new
 * ones and changes are held apart, so that no row moves or changes under the reader and nothing is lost.
 */
export type DeliveryLog = {
  shown: readonly DeliveryDocument[]
  held: readonly DeliveryDocument[]
  isPaused: boolean
}
export type DeliveryLogAction =
  /** live, or read again because something may have been missed */
  | { kind: 'arrived'; deliveries: readonly DeliveryDocument[] }
  /** history from the server */
  | { kind: 'loaded'; deliveries: readonly DeliveryDocument[] }
  | { kind: 'paused' }
  | { kind: 'resumed' }

/** deliveries kept in the page */
const KEPT_MAX = 2000

export const EMPTY_DELIVERY_LOG: DeliveryLog = { shown: [], held: [], isPaused: false }

export function reduceDeliveryLog(log: DeliveryLog, action: DeliveryLogAction): DeliveryLog {
  switch (action.kind) {
    case 'paused':
      return { ...log, isPaused: true }
    case 'resumed':
      return { shown: merge(log.shown, log.held).slice(0, KEPT_MAX), held: [], isPaused: false }
    case 'loaded':
      return { ...log, shown: merge(log.shown, action.deliveries) }
    case 'arrived':
      break
  }
  if (!log.isPaused) return { ...log, shown: merge(log.shown, action.deliveries).slice(0, KEPT_MAX) }
  return { ...log, held: merge(log.held, action.deliveries.filter(isNewsTo(log.shown))).slice(0, KEPT_MAX) }
}

const isNewsTo =
  (shown: readonly DeliveryDocument[]) =>
  (delivery: DeliveryDocument): boolean => {
    const known = shown.find(({ id }) => id === delivery.id)
    return known === undefined || newer(known, delivery) !== known
  }

/** Each delivery once, in its newest state, newest first. */
function merge(known: readonly DeliveryDocument[], incoming: readonly DeliveryDocument[]): DeliveryDocument[] {
  const byId = new Map(known.map((delivery) => [delivery.id, delivery]))
  for (const delivery of incoming) byId.set(delivery.id, newer(byId.get(delivery.id), delivery))
  return [...byId.values()].sort((a, b) => b.number - a.number)
}

/** A list may be read before an event and arrive after it; attempts only ever grow. The known one where they are equal. */
function newer(known: DeliveryDocument | undefined, incoming: DeliveryDocument): DeliveryDocument {
  if (known === undefined) return incoming
  if (incoming.attempts < known.attempts) return known
  const isSame =
    incoming.attempts === known.attempts &&
    incoming.status === known.status &&
    incoming.next_attempt_at === known.next_attempt_at
  return isSame ? known : incoming
}

/** What is held back while paused, in words; null where it is nothing. */
export function heldText(
  { shown, held }: DeliveryLog,
  isShown: (delivery: DeliveryDocument) => boolean,
): string | null {
  const known = new Set(shown.filter(isShown).map(({ id }) => id))
  const fresh = held.filter((delivery) => isShown(delivery) && !known.has(delivery.id)).length
  const changed = held.filter(({ id }) => known.has(id)).length
  const words = [...(fresh > 0 ? [`${fresh} new`] : []), ...(changed > 0 ? [`${changed} changed`] : [])]
  return words.length === 0 ? null : words.join(', ')
}

export type DeliveryFilter = {
  status?: DeliveryStatus | undefined
  triggerId?: number | undefined
  endpointId?: number | undefined
}

/** Whether a delivery belongs into a filtered list: the server filters what is read, this what arrives. */
export const isInFilter =
  ({ status, triggerId, endpointId }: DeliveryFilter) =>
  (delivery: DeliveryDocument): boolean =>
    (status === undefined || delivery.status === status) &&
    (triggerId === undefined || delivery.trigger_id === triggerId) &&
    (endpointId === undefined || delivery.endpoint_id === endpointId)
