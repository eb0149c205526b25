import { numberOf, type Micros } from '@sluice/model'
import type { Drawing, Track } from './graph-drawing.ts'

export type GraphSeries = {
  points: readonly { at: Micros; value: string }[]
  /** the window that the graph shows */
  from: Micros
  to: Micros
  unitLabel?: string
  /** smallest and largest number that the datastream ever had */
  minValue: number | null
  maxValue: number | null
}

/** Makes of a series what can be drawn: text and impossible times are left out, and the rest is in order. */
export function drawingOf(series: GraphSeries): Drawing {
  const track = trackOf(series.points)
  return {
    track,
    window: windowOf(series),
    known: knownRange(series),
    unitLabel: series.unitLabel ?? '',
    isTextOnly: series.points.length > 0 && track.ms.length === 0,
  }
}

function trackOf(points: GraphSeries['points']): Track {
  const numbers = points
    .map(({ at, value }) => ({ ms: at / 1000, value: numberOf(value.trim()) }))
    .filter((point): point is { ms: number; value: number } => point.value !== null && Number.isFinite(point.ms))
  const isSorted = numbers.every(({ ms }, index) => index === 0 || ms >= (numbers[index - 1]?.ms ?? ms))
  if (!isSorted) numbers.sort((a, b) => a.ms - b.ms)
  return {
    ms: Float64Array.from(numbers, ({ ms }) => ms),
    values: Float64Array.from(numbers, ({ value }) => value),
  }
}

/** Years 1700 to 2255: what timestamps of the model can be. */
const MS_MIN = Date.UTC(1700)
const MS_MAX = Date.UTC(2255)
const HALF_HOUR_MS = 1_800_000

/** The window that was asked for; one without any length becomes an hour. */
function windowOf({ from, to }: GraphSeries): Drawing['window'] {
  const [start, end] = [bounded(from), bounded(to)]
  if (start < end) return { from: start, to: end }
  const middle = Math.min(Math.max(end, MS_MIN + HALF_HOUR_MS), MS_MAX - HALF_HOUR_MS)
  return { from: middle - HALF_HOUR_MS, to: middle + HALF_HOUR_MS }
}

function bounded(at: Micros): number {
  return Number.isNaN(at) ? 0 : Math.min(Math.max(at / 1000, MS_MIN), MS_MAX)
}

function knownRange({ minValue, maxValue }: GraphSeries): Drawing['known'] {
  if (minValue === null || maxValue === null) return null
  const isRange = Number.isFinite(minValue) && Number.isFinite(maxValue) && minValue <= maxValue
  return isRange ? { min: minValue, max: maxValue } : null
}
