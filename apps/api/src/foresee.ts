import type { Micros, Sample } from '@sluice/model'
import type { CachedDatastream, Guard, TriggerCache, WatchingTrigger } from '@sluice/store'
import { evaluateCommit } from '@sluice/triggers'
import type { WatchedStreams } from './watched-streams.ts'

type Point = { at: Micros; value: string }
type Write = { points: readonly (Point & { streamKey: number; datastreamId: string })[] }
type Known = { watched: Pick<WatchedStreams, 'touches'>; cache: TriggerCache }

/**
 * What has to be true of the datastreams of some writes when these are stored together, for all of which can be said
 * beforehand that their triggers make nothing of it. A datastream is judged by all its points at once.
 */
export function foreseeAll({ watched, cache }: Known, writes: readonly Write[]): Map<number, Guard> {
  const guards = new Map<number, Guard>()
  const byStream = Map.groupBy(
    writes.flatMap((write) => write.points),
    ({ streamKey }) => streamKey,
  )
  for (const [streamKey, points] of byStream) {
    const entry = cache.get(streamKey)
    if (!watched.touches([{ streamKey }])) guards.set(streamKey, null)
    else if (entry) {
      const guard = foresee(points[0]?.datastreamId ?? '', points, entry)
      if (guard) guards.set(streamKey, guard)
    }
  }
  return guards
}

export function isCovered({ points }: Write, guards: ReadonlyMap<number, Guard>): boolean {
  return points.every(({ streamKey }) => guards.has(streamKey))
}

/**
 * Whether points of a datastream mean nothing to its triggers, as far as they and its newest value are remembered: most
 * values cross nothing, and then a transaction that decides so is spared.
 * @returns what has to be true of the datastream when they are stored, or null: decide in the transaction
 */
export function foresee(
  datastreamId: string,
  points: readonly Point[],
  { revision, triggers, newest }: CachedDatastream,
): Guard {
  if (!newest || !triggers.every(isTimeless)) return null
  // any later time of arrival will do, because none of these rules looks at it
  const arrivedAt = newest.arrivedAt + 1
  const observations = points.map((point) => ({
    ...point,
    datastreamId,
    arrivedAt,
    isLate: point.at < newest.at,
    hops: 0,
  }))
  const inputs = new Map([[datastreamId, newest]])
  const isCalm = triggers.every(({ rule, state }) => {
    const { memory, fired } = evaluateCommit(rule, { state, inputs }, observations)
    return fired.length === 0 && memory.state === state
  })
  return isCalm ? { revision, arrivedAt: newest.arrivedAt } : null
}

/** What it decides depends on values and their times alone. */
function isTimeless({ rule }: WatchingTrigger): boolean {
  const [first] = rule.conditions
  const isAboutSilence = first?.type === 'frozen' || first?.type === 'live'
  return rule.conditions.length === 1 && rule.forS === 0 && rule.minIntervalS === 0 && !isAboutSilence
}

/** The newest value after these were stored. */
export function newestOf(before: Sample | null, points: readonly Point[], arrivedAt: Micros): Sample | null {
  let newest = before
  for (const { at, value } of points) if (!newest || at >= newest.at) newest = { at, value, arrivedAt }
  return newest && { ...newest, arrivedAt }
}
