import { LIMITS, parseTimestamp, SluiceError, type Micros } from '@sluice/model'

/** Bounds are inclusive; null means open. */
export type TimeRange = { start: Micros | null; end: Micros | null }
export type HistoryWindow = TimeRange & {
  /** points for each datastream */
  limit: number
  /** which points to keep of more than `limit`: the newest, otherwise the oldest */
  newest: boolean
}

type Query = Readonly<Record<string, string | undefined>>

/**
 * The window that a query asks for (API v2, "Historical data"). `duration` alone reaches back from now, with `start`
 * forward from it, with `end` backward. Of a window with a beginning the oldest points are kept, because clients go on
 * from the last one; of one without, the newest. `limit` is clamped, never refused. Without `end` the window stays
 * open, so that points a device dated a little ahead are found too.
 * @returns null where no history was asked for
 * @throws {SluiceError} `unprocessable`
 */
export function parseHistoryWindow(query: Query, now: Micros): HistoryWindow | null {
  const range = parseRange(query, now)
  const isAsked = range ?? query['limit'] ?? query['interval'] ?? query['find_previous']
  if (isAsked === undefined || isAsked === null) return null
  const limit = clamped(query['limit'] ?? query['per_page'], LIMITS.historyLimitDefault, LIMITS.historyLimitMax)
  const { start, end } = range ?? { start: null, end: null }
  return { start, end, limit, newest: start === null }
}

/**
 * `start`, `end` and `duration` alone: also what a removal of datapoints is bounded by.
 * @returns null where none of them is given
 */
export function parseRange(query: Query, now: Micros): TimeRange | null {
  const { start, end, duration } = { start: query['start'], end: query['end'], duration: query['duration'] }
  if (!start && !end && !duration) return null
  if (start && end && duration) {
    throw new SluiceError('unprocessable', "start, end and duration can't be given together")
  }
  const from = start ? timestamp(start, 'start') : null
  const to = end ? timestamp(end, 'end') : null
  if (!duration) return { start: from, end: to }
  const length = parseDuration(duration)
  if (from !== null) return { start: from, end: shifted(from, length, 1) }
  if (to !== null) return { start: shifted(to, length, -1), end: to }
  return { start: shifted(now, length, -1), end: null }
}

function timestamp(text: string, name: string): Micros {
  const at = parseTimestamp(text)
  if (at === null) throw new SluiceError('unprocessable', `${name} is not an ISO 8601 timestamp`)
  return at
}

/** A whole number from 1 to `max`, `fallback` for what is not a number. */
export function clamped(text: string | undefined, fallback: number, max: number): number {
  const number = Math.floor(Number(text || Number.NaN))
  return Number.isNaN(number) ? fallback : Math.min(Math.max(number, 1), max)
}

type Duration = { count: number; unit: Unit }
const UNITS = ['second', 'minute', 'hour', 'day', 'week', 'month', 'year'] as const
type Unit = (typeof UNITS)[number]
const FIXED_US: Record<Exclude<Unit, 'month' | 'year'>, number> = {
  second: 1e6,
  minute: 60e6,
  hour: 3600e6,
  day: 86_400e6,
  week: 604_800e6,
}
/** Far beyond every time that a datapoint can have. */
const RANGE_YEARS_MAX = 200

function parseDuration(text: string): Duration {
  const [, count = '', word = ''] = /^\s*(\d{1,9})\s*([a-z]+?)s?\s*$/i.exec(text) ?? []
  const unit = UNITS.find((known) => known === word.toLowerCase())
  if (unit && count !== '') return { count: Number(count), unit }
  throw new SluiceError(
    'unprocessable',
    `duration must be a number and one of ${UNITS.map((known) => `${known}s`).join(', ')}, for example 6hours`,
  )
}

/** Months and years are calendar ones, in UTC; a day that the month does not have becomes its last. */
function shifted(at: Micros, { count, unit }: Duration, sign: 1 | -1): Micros {
  const yearUs = 366 * 86_400e6
  const bound = at + sign * RANGE_YEARS_MAX * yearUs
  if (unit !== 'month' && unit !== 'year') {
    const moved = at + sign * count * FIXED_US[unit]
    return sign > 0 ? Math.min(moved, bound) : Math.max(moved, bound)
  }
  const months = sign * Math.min(unit === 'year' ? count * 12 : count, RANGE_YEARS_MAX * 12)
  const ms = Math.floor(at / 1000)
  const date = new Date(ms)
  const day = date.getUTCDate()
  date.setUTCDate(1)
  date.setUTCMonth(date.getUTCMonth() + months)
  const lastDay = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()
  date.setUTCDate(Math.min(day, lastDay))
  return date.getTime() * 1000 + (at - ms * 1000)
}
