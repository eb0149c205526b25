import { LIMITS, SluiceError } from '@sluice/model'
import type { Micros, Outcome } from '@sluice/model'
import type { Ingest } from './ingest.ts'
import type { RouteParts } from './route-parts.ts'
import { appendEnsured } from './write-feed.ts'

export type TriggeredWrite = {
  /** of the trigger */
  accountId: number
  feedId: number
  datastreamId: string
  at: Micros
  value: string
  /** how many triggers led to this datapoint, itself included */
  hops: number
}

/**
 * Stores a datapoint that a trigger writes; a datastream that is missing is made. It is announced, and judged by
 * triggers, like any other.
 * @throws {SluiceError} `not_found` when the account has no such feed (any more); `unavailable` as ingest does
 */
export async function appendTriggered(parts: RouteParts, write: TriggeredWrite): Promise<Outcome> {
  const { accountId, feedId, datastreamId, at, value, hops } = write
  const feed = await parts.feeds.resolve(feedId)
  if (feed?.accountId !== accountId) throw new SluiceError('not_found', `Couldn't find Feed with ID = ${feedId}`)
  if (value.length > LIMITS.valueCharsMax)
    throw new SluiceError('invalid', `value is longer than ${LIMITS.valueCharsMax}`)
  const isKnown = feed.streams.has(datastreamId)
  const streams = isKnown ? feed.streams : await parts.feeds.ensure(feedId, [datastreamId])
  const ingest: Ingest = { ...parts.ingest, append: (counted) => parts.ingest.append({ ...counted, hops }) }
  const [outcome] = await appendEnsured({ ...parts, ingest }, feed, [{ datastreamId, at, value }], streams)
  return outcome ?? { result: 'rejected', reason: 'it was left without an outcome' }
}
