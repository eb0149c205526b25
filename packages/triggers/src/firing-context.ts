import type { Fired, Location, Micros, Rule, Unit } from '@sluice/model'

/** All that a message about a firing can say, settled in the moment it fired. */
export type FiringContext = {
  /** what the URLs in the message start with, without a slash at the end */
  publicUrl: string
  /** UUID, the webhook-id of every attempt */
  deliveryId: string
  trigger: {
    id: number
    name: string
    rule: Rule
    /** login of the account */
    user: string
  }
  fired: Fired
  /** when it was decided, by the database's clock; `fired.at` is when it was measured */
  firedAt: Micros
  feed: { id: number; title: string; description: string | null; location: Pick<Location, 'name' | 'lat' | 'lon'> }
  /** the one that fired the rule */
  datastream: { id: string; unit: Unit; maxValue: number | null; minValue: number | null; currentValue: string | null }
  /** newest value of each datastream that the rule looks at */
  values: Record<string, string | null>
  /** a person asked for it, no rule came true */
  isTest: boolean
}

/** Where the trigger, its feed and the datastream are to be read. */
export function urlsOf({ publicUrl, trigger, feed, datastream }: FiringContext): {
  trigger: string
  feed: string
  datastream: string
} {
  const feedUrl = `${publicUrl}/v2/feeds/${feed.id}`
  return {
    trigger: `${publicUrl}/v2/triggers/${trigger.id}`,
    feed: feedUrl,
    datastream: `${feedUrl}/datastreams/${encodeURIComponent(datastream.id)}`,
  }
}
