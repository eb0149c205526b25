import type { TriggerEvent } from '@sluice/model'
import { findDeliveries } from '@sluice/store'
import type { Database, StoredFiring } from '@sluice/store'
import type { Announce } from './events.ts'

/** Deliveries of which there is something new. */
export type News = readonly { accountId: number; deliveryId: string }[]
export type TellNews = (event: TriggerEvent['event'], news: News) => void

export const newsOf = (firings: readonly StoredFiring[]): News =>
  firings.map(({ deliveryId, decision }) => ({ accountId: decision.trigger.accountId, deliveryId }))

/**
 * Tells the account of a trigger what happened to its deliveries, after it was committed. What nobody hears costs one
 * look into a map; what fails is lost, like every event.
 */
export function makeTriggerNews(parts: {
  db: Database
  announce: Pick<Announce, 'hears' | 'trigger'>
  onLost(error: unknown): void
}): TellNews {
  const tell = async (event: TriggerEvent['event'], ids: string[]): Promise<void> => {
    for (const { accountId, delivery } of await findDeliveries(parts.db.pool, ids)) {
      parts.announce.trigger(accountId, delivery.environment_id, { event, delivery })
    }
  }
  return (event, news) => {
    const heard = news.filter(({ accountId }) => parts.announce.hears(accountId)).map(({ deliveryId }) => deliveryId)
    if (heard.length > 0) tell(event, heard).catch(parts.onLost)
  }
}
