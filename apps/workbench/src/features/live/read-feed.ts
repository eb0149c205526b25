import type { DatapointEvent, FeedDocument } from '@sluice/model'
import { client } from '../../client.ts'
import { applyDatapoints } from './apply-datapoints.ts'

type Reading = { feedId: number; pushed: DatapointEvent[] }
const underWay = new Set<Reading>()

/**
 * Reads a feed. What is pushed meanwhile is applied to the answer, which may have been made before it: the two come over
 * different connections, in any order. @throws {ApiError}
 */
export async function readFeed(feedId: number): Promise<FeedDocument> {
  const reading: Reading = { feedId, pushed: [] }
  underWay.add(reading)
  try {
    return applyDatapoints(await client.feeds.get(feedId), reading.pushed)
  } finally {
    underWay.delete(reading)
  }
}

/** To be called with every point that is pushed, before it is shown. */
export function notePushed(feedId: number, points: readonly DatapointEvent[]): void {
  for (const reading of underWay) if (reading.feedId === feedId) reading.pushed.push(...points)
}
