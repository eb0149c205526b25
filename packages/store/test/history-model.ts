import { numberOf, type Datapoint, type HistoryFunction, type Micros } from '@sluice/model'
import type { HistoryQuery, Sampling } from '../src/index.ts'

/** What `queryHistory` has to answer for one datastream, by looking at every point and every step. */
export function modelHistory(points: readonly Datapoint[], query: HistoryQuery): Datapoint[] {
  const { start, skip = 0 } = query
  const answered = windowOf(points, query)
  if (!query.findPrevious || start === null || skip > 0) return answered
  const { sampling } = query
  const before: HistoryQuery = { start: null, end: start - 1, limit: 1, newest: true }
  if (sampling && sampling.as !== 'points') {
    before.sampling = { ...sampling, until: Math.min(sampling.until, start - 1) }
  }
  return [...windowOf(points, before), ...answered]
}

function windowOf(points: readonly Datapoint[], query: HistoryQuery): Datapoint[] {
  const { start, end, sampling } = query
  const as = sampling?.as
  const inside = points.filter(({ at }) => (start === null || at >= start) && (end === null || at <= end))
  if (!sampling || !as) return pageOf(inside, query)
  const every = allSteps(sampling)
  const steps = every.filter((step) => (start === null || step >= start) && step <= sampling.until)
  if (as === 'points') {
    const sampled = steps.map((step, index) =>
      newest(inside.filter(({ at }) => at <= step && at > (steps[index - 1] ?? Number.NEGATIVE_INFINITY))),
    )
    return pageOf(
      sampled.flatMap((point) => point ?? []),
      query,
    )
  }
  if (as === 'values') {
    const values = steps.map((step) => ({ step, point: newest(points.filter(({ at }) => at <= step)) }))
    return pageOf(
      values.flatMap(({ step, point }) => (point ? { at: step, value: point.value } : [])),
      query,
    )
  }
  const filled = steps
    .map((step) => ({ step, next: every.find((later) => later > step) ?? Number.POSITIVE_INFINITY }))
    .map(({ step, next }) => ({ step, points: inside.filter(({ at }) => at >= step && at < next) }))
    .filter((bucket) => bucket.points.length > 0)
  return pageOf(filled, query).flatMap((bucket) => {
    const numbers = bucket.points.flatMap(({ value }) => numberOf(value) ?? [])
    return numbers.length > 0 ? { at: bucket.step, value: String(resultOf(as, numbers)) } : []
  })
}

function allSteps({ steps: { intervalUs, runs } }: Sampling): Micros[] {
  return runs.flatMap(({ first, last }) =>
    Array.from({ length: (last - first) / intervalUs + 1 }, (_, index) => first + index * intervalUs),
  )
}

function pageOf<T>(all: readonly T[], { limit, newest: isNewest, skip = 0 }: HistoryQuery): T[] {
  if (!isNewest) return all.slice(skip, skip + limit)
  const end = Math.max(all.length - skip, 0)
  return all.slice(Math.max(end - limit, 0), end)
}

const newest = (points: readonly Datapoint[]): Datapoint | undefined => points.at(-1)

function resultOf(name: Exclude<Sampling['as'], 'points' | 'values'>, numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  const sum = numbers.reduce((total, number) => total + number, 0)
  const middle = (sorted.length - 1) / 2
  const results: Record<HistoryFunction, number> = {
    sum,
    average: sum / numbers.length,
    count: numbers.length,
    min: Math.min(...numbers),
    max: Math.max(...numbers),
    median: ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2,
  }
  // what doubles keep for sure
  return Number(results[name].toPrecision(15))
}
