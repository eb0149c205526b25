import type { DatapointDocument } from '@sluice/model'
import { numberOf } from '@sluice/model'

/** Seconds since 1970 and values, as uPlot takes them; null breaks the line. */
export type Columns = [number[], (number | null)[]]

/** a pause this many times longer than usual is a gap */
const GAP_FACTOR = 5
/** but jitter of less than this never is */
const GAP_SECONDS_MIN = 5

/**
 * Joins two lists in order of `at`, each point once; of two at the same time the incoming one replaces.
 * Times are UTC with six fraction digits, so they compare as text.
 */
export function mergePoints(
  known: readonly DatapointDocument[],
  incoming: readonly DatapointDocument[],
): readonly DatapointDocument[] {
  if (incoming.length === 0) return known
  const last = known.at(-1)
  const sorted = [...incoming].sort(byTime)
  const first = sorted[0]
  const isPlainAppend = last === undefined || (first !== undefined && first.at > last.at)
  const joined = isPlainAppend ? [...known, ...sorted] : [...known, ...sorted].sort(byTime)
  return joined.filter((point, index) => joined[index + 1]?.at !== point.at)
}

const byTime = (a: DatapointDocument, b: DatapointDocument): number => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)

/**
 * Columns to draw, text values left out. Where a device paused for much longer than its median interval, a null breaks
 * the line, so that silence looks like silence.
 */
export function toColumns(points: readonly DatapointDocument[]): Columns {
  const times: number[] = []
  const values: number[] = []
  for (const { at, value } of points) {
    const number = numberOf(value)
    if (number === null) continue
    times.push(Date.parse(at) / 1000)
    values.push(number)
  }
  const gapS = gapSeconds(times)
  const columns: Columns = [[], []]
  for (const [index, time] of times.entries()) {
    const before = times[index - 1]
    if (before !== undefined && time - before > gapS) {
      columns[0].push((before + time) / 2)
      columns[1].push(null)
    }
    columns[0].push(time)
    columns[1].push(values[index] ?? null)
  }
  return columns
}

/** How long a pause must be to count as a gap, in seconds, learned from the points themselves. */
function gapSeconds(times: readonly number[]): number {
  if (times.length < 3) return Infinity
  const pauses = times.slice(1).map((time, index) => time - (times[index] ?? time))
  const median = pauses.sort((a, b) => a - b)[Math.floor(pauses.length / 2)] ?? 0
  return Math.max(median * GAP_FACTOR, GAP_SECONDS_MIN)
}

/** Whether a list is worth a line: at least one number in it, or nothing in it at all. */
export function isNumeric(points: readonly DatapointDocument[], currentValue: string | undefined): boolean {
  if (currentValue !== undefined && numberOf(currentValue) !== null) return true
  return points.length === 0 ? currentValue === undefined : points.some(({ value }) => numberOf(value) !== null)
}
