/** What commits found out about triggers. A hint only, that saves statements: the rows in the database decide. */
export type WatchedStreams = {
  /** whether one of these points is of a datastream that had a trigger when it was last written */
  touches(points: readonly { streamKey: number }[]): boolean
  /** Takes in what a commit found: of the datastreams of `points` those in `watched` have triggers, the others none. */
  learn(points: readonly { streamKey: number }[], watched: readonly number[]): void
  /** those of these feeds that have rules over several datastreams, ascending */
  shared(feedIds: Iterable<number>): number[]
  learnShared(feedIds: readonly number[]): void
}

/** Beyond it nothing new is learned, which costs those datastreams one statement more. */
const STREAMS_MAX = 200_000
const FEEDS_MAX = 50_000

export function makeWatchedStreams(): WatchedStreams {
  const streams = new Set<number>()
  const sharedFeeds = new Set<number>()
  return {
    touches: (points) => streams.size > 0 && points.some(({ streamKey }) => streams.has(streamKey)),
    learn(points, watched) {
      const found = new Set(watched)
      for (const { streamKey } of points) {
        if (!found.has(streamKey)) streams.delete(streamKey)
        else if (streams.size < STREAMS_MAX) streams.add(streamKey)
      }
    },
    shared: (feedIds) =>
      sharedFeeds.size === 0 ? [] : [...new Set(feedIds)].filter((id) => sharedFeeds.has(id)).sort((a, b) => a - b),
    learnShared(feedIds) {
      // forgetting them all costs each of them one transaction that is begun again
      if (sharedFeeds.size + feedIds.length > FEEDS_MAX) sharedFeeds.clear()
      for (const id of feedIds) sharedFeeds.add(id)
    },
  }
}
