import type { DatapointDocument } from '@sluice/model'
import { numberOf } from '@sluice/model'

/** Seconds since 1970 and values, as uPlot takes them; null breaks the line. */
export type Columns = [number[], (number | null)[]]

/** a pause this many times longer than usual is a gap */
const GAP_FACTOR = 5
/** but jitter of less than this never is */
const GAP_SECONDS_MIN = 5
/** pauses looked at on either side to learn what is usual */
const NEIGHBOURS = 5

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
 * Columns to draw, text values left out. Where a device paused for much longer than usual around then, a null breaks
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
  const columns: Columns = [[], []]
  for (const [index, time] of times.entries()) {
    const before = times[index - 1]
    if (before !== undefined && isGap(times, index)) {
      columns[0].push((before + time) / 2)
      columns[1].push(null)
    }
    columns[0].push(time)
    columns[1].push(values[index] ?? null)
  }
  return columns
}

/**
 * Whether the pause before a point is a gap: much longer than those around it, because a device may have changed its
 * interval within the window.
 */
function isGap(times: readonly number[], index: number): boolean {
  const pause = pauseBefore(times, index)
  if (pause === null || pause <= GAP_SECONDS_MIN) return false
  const around: number[] = []
  for (let near = index - NEIGHBOURS; near <= index + NEIGHBOURS; near++) {
    const other = near === index ? null : pauseBefore(times, near)
    if (other !== null) around.push(other)
  }
  if (around.length < 2) return false
  const usual = around.sort((a, b) => a - b)[Math.floor(around.length / 2)] ?? pause
  return pause > usual * GAP_FACTOR
}

function pauseBefore(times: readonly number[], index: number): number | null {
  const before = times[index - 1]
  const time = times[index]
  return before === undefined || time === undefined ? null : time - before
}

/** Whether a list is worth a line: at least one number in it, or nothing in it at all. */
export function isNumeric(points: readonly DatapointDocument[], currentValue: string | undefined): boolean {
  if (currentValue !== undefined && numberOf(currentValue) !== null) return true
  return points.length === 0 ? currentValue === undefined : points.some(({ value }) => numberOf(value) !== null)
}
