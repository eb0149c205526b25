type Points = readonly { streamKey: number }[]

export type Undecided = {
  /** whether one of these points is of a datastream of which something waits */
  touches(points: Points): boolean
  begin(points: Points): void
  end(points: Points): void
}

/**
 * Datastreams of which something waits to be decided. What comes after it on one of them waits behind it: overtaken by a
 * newer value it would be late, and mean nothing to its triggers.
 */
export function makeUndecided(): Undecided {
  const counts = new Map<number, number>()
  return {
    touches: (points) => counts.size > 0 && points.some(({ streamKey }) => counts.has(streamKey)),
    begin(points) {
      for (const { streamKey } of points) counts.set(streamKey, (counts.get(streamKey) ?? 0) + 1)
    },
    end(points) {
      for (const { streamKey } of points) {
        const left = (counts.get(streamKey) ?? 0) - 1
        if (left > 0) counts.set(streamKey, left)
        else counts.delete(streamKey)
      }
    },
  }
}
