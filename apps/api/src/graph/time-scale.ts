import { textWidth } from './graph-text.ts'
import type { WallClock } from './wall-clock.ts'

/** Milliseconds since 1970, `from` < `to`. */
export type TimeWindow = { from: number; to: number }
export type TimeTick = {
  ms: number
  label: string
  /** the first of a larger unit: a midnight among hours, a January among months */
  isMajor: boolean
}

type Step =
  | { unit: 'second' | 'hour'; ms: number }
  | { unit: 'day'; days: number; ms: number }
  | { unit: 'month'; months: number; ms: number }

const SECOND = 1000
const HOUR = 3600 * SECOND
const DAY = 24 * HOUR
const MONTH = 30.4 * DAY

const STEPS: readonly Step[] = [
  ...[1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600].map(
    (count) => ({ unit: 'second', ms: count * SECOND }) as const,
  ),
  ...[2, 3, 6, 12].map((count) => ({ unit: 'hour', ms: count * HOUR }) as const),
  ...[1, 2, 7, 14].map((days) => ({ unit: 'day', days, ms: days * DAY }) as const),
  ...[1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200].map(
    (months) => ({ unit: 'month', months, ms: months * MONTH }) as const,
  ),
]
/** Space between two labels, in sizes of their text. */
const LABEL_GAP = 1.5

/**
 * The densest ticks at round times of the clock whose labels do not touch.
 * @param place pixels from the window's first to its last moment, and size of the labels
 */
export function timeTicks(
  window: TimeWindow,
  clock: WallClock,
  place: { widthPx: number; textPx: number },
): TimeTick[] {
  const pxPerMs = place.widthPx / (window.to - window.from)
  const needs = (label: string): number => textWidth(label, place.textPx) + LABEL_GAP * place.textPx
  for (const step of STEPS) {
    if (step.ms * pxPerMs < needs('00')) continue
    const ticks = ticksOf(step, window, clock)
    const isRoomy = ticks.every((tick, index) => {
      const next = ticks[index + 1]
      return !next || (next.ms - tick.ms) * pxPerMs >= (needs(tick.label) + needs(next.label)) / 2
    })
    if (isRoomy) return ticks
  }
  return []
}

/** Ticks without regard to labels, `spacePx` apart at least: lines of a detailed grid. */
export function timeLines(window: TimeWindow, clock: WallClock, place: { widthPx: number; spacePx: number }): number[] {
  const pxPerMs = place.widthPx / (window.to - window.from)
  const step = STEPS.find(({ ms }) => ms * pxPerMs >= place.spacePx)
  return step ? ticksOf(step, window, clock).map(({ ms }) => ms) : []
}

function ticksOf(step: Step, window: TimeWindow, clock: WallClock): TimeTick[] {
  // up to an hour, a change of the clock shifts whole steps: counting real time keeps both hours of an autumn night
  const ticks = step.unit === 'second' ? evenTicks(step.ms, window, clock) : wallTicks(step, window, clock)
  return ticks
    .filter(({ ms }, index) => ms >= window.from && ms <= window.to && ms > (ticks[index - 1]?.ms ?? -Infinity))
    .map(({ ms, wallMs }) => ({ ms, ...labelOf(wallMs, step) }))
}

type Moment = { ms: number; wallMs: number }

function evenTicks(stepMs: number, { from, to }: TimeWindow, clock: WallClock): Moment[] {
  const wall = clock.wallOf(from)
  const first = from + (Math.ceil(wall / stepMs) * stepMs - wall)
  const count = Math.max(0, Math.floor((to - first) / stepMs) + 1)
  return Array.from({ length: count }, (_, index) => {
    const ms = Math.round(first + index * stepMs)
    return { ms, wallMs: clock.wallOf(ms) }
  })
}

function wallTicks(step: Exclude<Step, { unit: 'second' }>, { from, to }: TimeWindow, clock: WallClock): Moment[] {
  const [first, last] = [clock.wallOf(from), clock.wallOf(to)]
  const moments: Moment[] = []
  for (let wallMs = startOf(step, first); wallMs <= last; wallMs = nextOf(step, wallMs)) {
    const ms = clock.instantOf(wallMs)
    // an hour that the clock leaves out has no tick; a day without midnight has one at its beginning
    if (step.unit !== 'hour' || clock.wallOf(ms) === wallMs) moments.push({ ms, wallMs })
  }
  return moments
}

/** Weeks begin on Monday; 1970 began on a Thursday. */
const MONDAY = 4 * DAY

function startOf(step: Exclude<Step, { unit: 'second' }>, wallMs: number): number {
  if (step.unit === 'month') {
    const date = new Date(wallMs)
    const months = date.getUTCFullYear() * 12 + date.getUTCMonth()
    return Date.UTC(1900, Math.floor(months / step.months) * step.months - 1900 * 12)
  }
  const shift = step.unit === 'day' ? MONDAY : 0
  return Math.floor((wallMs - shift) / step.ms) * step.ms + shift
}

function nextOf(step: Exclude<Step, { unit: 'second' }>, wallMs: number): number {
  if (step.unit !== 'month') return wallMs + step.ms
  const date = new Date(wallMs)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + step.months)
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const

function labelOf(wallMs: number, step: Step): { label: string; isMajor: boolean } {
  const date = new Date(wallMs)
  const [day, month] = [date.getUTCDate(), MONTHS[date.getUTCMonth()] ?? '']
  if (step.unit === 'month') {
    const isMajor = date.getUTCMonth() === 0
    return { label: isMajor ? String(date.getUTCFullYear()) : month, isMajor }
  }
  if (step.unit === 'day') return { label: `${day} ${month}`, isMajor: day === 1 }
  if (wallMs % DAY === 0) return { label: `${day} ${month}`, isMajor: true }
  return { label: date.toISOString().slice(11, step.ms < 60 * SECOND ? 19 : 16), isMajor: false }
}

/** The days of the window: `12 May 2024`, `30 Apr – 2 May 2024`, `30 Dec 2023 – 2 Jan 2024`. */
export function spanLabel({ from, to }: TimeWindow, clock: WallClock): string {
  const [first, last] = [new Date(clock.wallOf(from)), new Date(clock.wallOf(to))]
  const parts = (date: Date): [string, string, string] => [
    String(date.getUTCDate()),
    MONTHS[date.getUTCMonth()] ?? '',
    String(date.getUTCFullYear()),
  ]
  const [a, b] = [parts(first), parts(last)]
  if (a.join() === b.join()) return b.join(' ')
  const shared = a[2] !== b[2] ? 3 : a[1] !== b[1] ? 2 : 1
  return `${a.slice(0, shared).join(' ')} – ${b.join(' ')}`
}
