import { randomUUID } from 'node:crypto'
import { formatTimestamp, NotFoundError } from '@sluice/model'
import type { Fired, Micros } from '@sluice/model'
import { findFeed, insertTestDelivery } from '@sluice/store'
import type { Database, ListedTrigger } from '@sluice/store'
import { messageOf } from '@sluice/triggers'

/**
 * Puts a message into the outbox as a firing would, with the current value of the rule's first datastream, marked as a
 * test (API v2: "send debug trigger"). It changes nothing about the trigger.
 * @returns the id of the delivery
 * @throws {SluiceError} `not_found` where the feed of somebody else became private
 */
export async function sendTest(
  { db }: { db: Database },
  trigger: ListedTrigger,
  { now, publicUrl }: { now: Micros; publicUrl: string },
): Promise<string> {
  const isReadable = trigger.feedAccountId === trigger.accountId || !trigger.isFeedPrivate
  const feed = isReadable ? await findFeed(db.pool, trigger.feedId) : null
  if (!feed) throw new NotFoundError(`Feed with ID = ${trigger.feedId}`)
  const [first] = trigger.rule.conditions
  const datastream = feed.datastreams.find(({ id }) => id === first?.datastreamId)
  if (!datastream) throw new NotFoundError(`Datastream with ID = ${first?.datastreamId}`)
  const current = new Map(feed.datastreams.map(({ id, currentValue }) => [id, currentValue]))
  const fired: Fired = {
    at: datastream.at ?? now,
    cause: 'value',
    datastreamId: datastream.id,
    value: datastream.currentValue,
    hops: 0,
  }
  const id = randomUUID()
  const { contentType, body } = messageOf(trigger.action, {
    publicUrl,
    deliveryId: id,
    trigger,
    fired,
    firedAt: now,
    feed,
    datastream,
    values: Object.fromEntries(
      trigger.rule.conditions.map(({ datastreamId }) => [datastreamId, current.get(datastreamId) ?? null]),
    ),
    isTest: true,
  })
  const about = { triggerId: trigger.id, triggerName: trigger.name, feedId: feed.id, datastreamId: datastream.id }
  const { accountId, endpointId, action } = trigger
  const what = { at: formatTimestamp(fired.at), value: fired.value, action, contentType, body }
  await db.inTransaction((tx) => insertTestDelivery(tx, { id, accountId, endpointId, ...about, ...what }))
  return id
}
