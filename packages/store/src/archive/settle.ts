import type { Micros, NewDatapoint } from '@sluice/model'

/** One batch in the columns that the append statement takes. */
export type Settled = {
  /** indexes of the points that are written: of several with one (datastream, at) only the last */
  written: number[]
  /** for every point, the index of the one that is written in its place, itself where it is written */
  standsFor: number[]
  /** how each datastream moves, in order of its key, so that two batches never lock each other out */
  streams: { key: number; newest: NewDatapoint; min: number | null; max: number | null }[]
}

type Stream = { indexByAt: Map<Micros, number>; newest: NewDatapoint; min: number | null; max: number | null }

/** Settles a batch within itself: the last of two equal times wins, and each datastream's newest and extremes. */
export function settle(points: readonly NewDatapoint[]): Settled {
  const byKey = new Map<number, Stream>()
  const lastIndex: { stream: Stream; at: Micros }[] = []
  for (const [index, point] of points.entries()) {
    let stream = byKey.get(point.streamKey)
    if (!stream) {
      stream = { indexByAt: new Map(), newest: point, min: null, max: null }
      byKey.set(point.streamKey, stream)
    }
    stream.indexByAt.set(point.at, index)
    if (point.at >= stream.newest.at) stream.newest = point
    if (point.number !== null) {
      if (stream.min === null || point.number < stream.min) stream.min = point.number
      if (stream.max === null || point.number > stream.max) stream.max = point.number
    }
    lastIndex.push({ stream, at: point.at })
  }
  const standsFor = lastIndex.map(({ stream, at }, index) => stream.indexByAt.get(at) ?? index)
  return {
    written: standsFor.flatMap((winner, index) => (winner === index ? [index] : [])),
    standsFor,
    streams: [...byKey].map(([key, { newest, min, max }]) => ({ key, newest, min, max })).sort((a, b) => a.key - b.key),
  }
}
