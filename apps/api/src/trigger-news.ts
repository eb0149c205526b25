import type { TriggerEvent } from '@sluice/model'
import { findDeliveries } from '@sluice/store'
import type { Database, StoredFiring } from '@sluice/store'
import type { Announce } from './events.ts'

/** Deliveries of which there is something new. */
export type News = readonly { accountId: number; deliveryId: string }[]
export type TellNews = (event: TriggerEvent['event'], news: News) => void

export const newsOf = (firings: readonly StoredFiring[]): News =>
  firings.map(({ deliveryId, decision }) => ({ accountId: decision.trigger.accountId, deliveryId }))

/** While the database is slow so many wait; what comes beyond is lost, like every event that finds no room. */
const WAITING_MAX = 2_000
const BATCH_MAX = 200

/**
 * Tells the account of a trigger what happened to its deliveries, after it was committed, in order. What nobody hears
 * costs one look into a map.
 */
export function makeTriggerNews(parts: {
  db: Database
  announce: Pick<Announce, 'hears' | 'trigger'>
  onLost(error: unknown): void
}): TellNews {
  const waiting: { event: TriggerEvent['event']; id: string }[] = []
  let isTelling = false

  const tellBatch = async (batch: typeof waiting): Promise<void> => {
    const found = await findDeliveries(parts.db.pool, [...new Set(batch.map(({ id }) => id))])
    const byId = new Map(found.map((entry) => [entry.delivery.id, entry]))
    for (const { event, id } of batch) {
      const entry = byId.get(id)
      if (entry)
        parts.announce.trigger(entry.accountId, entry.delivery.environment_id, { event, delivery: entry.delivery })
    }
  }
  const tellAll = async (): Promise<void> => {
    while (waiting.length > 0) await tellBatch(waiting.splice(0, BATCH_MAX)).catch(parts.onLost)
    isTelling = false
  }

  return (event, news) => {
    for (const { accountId, deliveryId: id } of news) {
      if (waiting.length < WAITING_MAX && parts.announce.hears(accountId)) waiting.push({ event, id })
    }
    if (isTelling || waiting.length === 0) return
    isTelling = true
    void tellAll()
  }
}
