import type { Queryable } from '../database.ts'

/** A trigger as its evaluation needs it (API v2: types gt, gte, lt, lte, eq, change, frozen, live). */
export type TriggerRule = {
  id: number
  streamKey: number
  feedId: number
  datastreamId: string
  type: 'gt' | 'gte' | 'lt' | 'lte' | 'eq' | 'change' | 'frozen' | 'live'
  thresholdValue: string | null
}

/** The rules on datastreams of these feeds, oldest first. */
export async function triggerRules(db: Queryable, feedIds: readonly number[]): Promise<TriggerRule[]> {
  const { rows } = await db.query<TriggerRule>({
    name: 'trigger-rules',
    text: `select t.id, t.stream_key as "streamKey", d.feed_id as "feedId", d.id as "datastreamId",
        t.trigger_type as type, t.threshold_value as "thresholdValue"
      from trigger t join datastream d on d.key = t.stream_key
      where d.feed_id = any($1::bigint[]) order by t.id`,
    values: [feedIds],
  })
  return rows
}
