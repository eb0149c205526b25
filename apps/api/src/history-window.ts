import { HISTORY_FUNCTIONS, HISTORY_INTERVALS, LIMITS, parseTimestamp, SluiceError } from '@sluice/model'
import { formatTimestamp, type HistoryFunction, type Micros } from '@sluice/model'
import type { HistoryQuery, Sampling } from '@sluice/store'
import { parseDuration, shifted } from './duration.ts'
import { stepRuns } from './step-runs.ts'
import { DAY_US, formatInZone, momentOf, UTC, type TimeZone } from './time-zone.ts'
import { findTimeZone } from './zone-names.ts'

/** Bounds are inclusive; null means open. */
export type TimeRange = { start: Micros | null; end: Micros | null }
export type HistoryWindow = Required<HistoryQuery>

export type Query = Readonly<Record<string, string | undefined>>

/** What asks for history beside a bound. */
const ASKING = ['limit', 'interval', 'interval_type', 'function', 'find_previous']

/**
 * The window that a query asks for (API v2, "Historical data"). `duration` alone reaches back from now, with `start`
 * forward from it, with `end` backward. Of a window with a beginning the oldest points are kept, because clients go on
 * from the last one; of one without, the newest. `limit` is clamped, never refused. Without `end` the window stays
 * open, so that points a device dated a little ahead are found too. Windows may be longer than API v2 allowed.
 * @returns null where no history was asked for
 * @throws {SluiceError} `unprocessable`
 */
export function parseHistoryWindow(query: Query, now: Micros): HistoryWindow | null {
  const range = parseRange(query, now)
  if (!range && ASKING.every((name) => query[name] === undefined)) return null
  const { start, end } = range ?? { start: null, end: null }
  const limit = clamped(query['limit'] || query['per_page'], LIMITS.historyLimitDefault, LIMITS.historyLimitMax)
  const findPrevious = isAsked(query['find_previous'])
  const sampling = parseSampling(query, { start: findPrevious ? null : start, end }, now)
  const skip = (clamped(query['page'], 1, Number.MAX_SAFE_INTEGER) - 1) * limit
  const skipMax = sampling ? LIMITS.historySkippedStepsMax : LIMITS.historySkippedPointsMax
  if (skip > skipMax) {
    throw new SluiceError(
      'unprocessable',
      `page is too high: it can leave out at most ${skipMax} datapoints here. Go on with start instead`,
    )
  }
  return { start, end, limit, newest: start === null, skip, findPrevious, sampling }
}

/**
 * `start`, `end` and `duration` alone, read in the `timezone` of the query: also what a removal of datapoints is
 * bounded by.
 * @returns null where none of them is given
 * @throws {SluiceError} `unprocessable`
 */
export function parseRange(query: Query, now: Micros): TimeRange | null {
  const { start, end, duration } = { start: query['start'], end: query['end'], duration: query['duration'] }
  if (!start && !end && !duration) return null
  if (start && end && duration) {
    throw new SluiceError('unprocessable', "start, end and duration can't be given together")
  }
  const zone = zoneOf(query) ?? UTC
  const from = start ? readTime(start, 'start', zone) : null
  const to = end ? readTime(end, 'end', zone) : null
  if (!duration) return { start: from, end: to }
  const length = parseDuration(duration)
  if (from !== null) return { start: from, end: shifted(from, length, 1, zone) }
  if (to !== null) return { start: shifted(to, length, -1, zone), end: to }
  return { start: shifted(now, length, -1, zone), end: null }
}

/**
 * `time`: the moment whose values are asked for (API v2).
 * @returns null where it is not given
 * @throws {SluiceError} `unprocessable`
 */
export function parseSnapshotTime(query: Query): Micros | null {
  const time = query['time']
  return time ? readTime(time, 'time', zoneOf(query) ?? UTC) : null
}

/**
 * How the answer prints its times: with the offset of `timezone`, or in UTC as ever.
 * @throws {SluiceError} `unprocessable` for a zone that nobody knows
 */
export function timePrinterFor(query: Query): (at: Micros) => string {
  const zone = zoneOf(query)
  return zone && zone !== UTC ? (at) => formatInZone(zone, at) : formatTimestamp
}

const zoneOf = ({ timezone }: Query): TimeZone | null => (timezone ? findTimeZone(timezone) : null)

/** Without an offset of its own it is what clocks of the zone show. */
function readTime(text: string, name: string, zone: TimeZone): Micros {
  const mended = mendedTime(text.trim())
  const at = parseTimestamp(mended)
  if (at === null) throw new SluiceError('unprocessable', `${name} is not an ISO 8601 timestamp`)
  // a date, and a time without an offset, which could still take one
  const isLocal = !/[T ]/i.test(mended) || parseTimestamp(`${mended}Z`) !== null
  return isLocal ? momentOf(zone, at) : at
}

/**
 * Spellings of API v2 clients: `2011-3-5T9:07:00` without zeros, `+1` as an offset, and a plus that became a blank in
 * the URL.
 */
function mendedTime(text: string): string {
  return text
    .replace(/^(\d{4})-(\d{1,2})-(\d{1,2})(?=$|[T ])/i, (_, year: string, month: string, day: string) =>
      [year, two(month), two(day)].join('-'),
    )
    .replace(/(?<=T)(\d{1,2}):(\d{1,2})(?!\d)/i, (_, hour: string, minute: string) => `${two(hour)}:${two(minute)}`)
    .replace(/(?<=T\d\d:?\d\d[\d:.,]*)([+ -])(\d{1,2})(?=$|:?\d\d$)/i, (_, sign: string, hours: string) =>
      [sign === ' ' ? '+' : sign, two(hours)].join(''),
    )
}

const two = (digits: string): string => digits.padStart(2, '0')

/** Before it there are no datapoints to sample, and no rules of time zones. */
const SAMPLED_FROM = Date.UTC(1900, 0, 1) * 1000

/**
 * `interval`, `interval_type` and `function`. An interval alone takes the datapoints that API v2's sampling takes, with
 * their own times; `interval_type=discrete` gives the value at each step, `function` what the datapoints of each step
 * make together.
 * @returns null for every datapoint as it is
 */
function parseSampling(query: Query, { start, end }: TimeRange, now: Micros): Sampling | null {
  const isDiscrete = readIntervalType(query['interval_type'])
  const func = readFunction(query['function'])
  const seconds = readInterval(query['interval'])
  if (func && !seconds) {
    throw new SluiceError('unprocessable', 'function needs an interval of at least 30 seconds')
  }
  if (!seconds) return null
  const intervalUs = seconds * 1e6
  // what is still to come has no value yet; but datapoints that a device dated ahead can be counted
  const until = func ? Math.min(end ?? now, now + 2 * DAY_US) : Math.min(end ?? now, now)
  const from = Math.max(start ?? SAMPLED_FROM, SAMPLED_FROM)
  const zone = zoneOf(query) ?? UTC
  // the step after the last one, at most a day and a change of the offset later, is where that one ends
  const runs = stepRuns(zone, intervalUs, from, Math.max(until, from) + 3 * DAY_US)
  return { steps: { intervalUs, runs }, until, as: func ?? (isDiscrete ? 'values' : 'points') }
}

function readInterval(text: string | undefined): number {
  if (!text) return 0
  const asked = Number(text)
  if (Number.isNaN(asked)) {
    const allowed = HISTORY_INTERVALS.map(({ seconds }) => seconds).join(', ')
    throw new SluiceError(
      'unprocessable',
      `interval must be a number of seconds; it is rounded up to one of ${allowed}`,
    )
  }
  const { seconds } = HISTORY_INTERVALS.find((known) => known.seconds >= asked) ?? { seconds: LONGEST_INTERVAL_S }
  return seconds
}
const LONGEST_INTERVAL_S = 86_400

function readIntervalType(text: string | undefined): boolean {
  if (!text) return false
  if (text.toLowerCase() === 'discrete') return true
  throw new SluiceError('unprocessable', 'interval_type must be discrete, or left out')
}

function readFunction(text: string | undefined): HistoryFunction | null {
  if (!text) return null
  const found = HISTORY_FUNCTIONS.find((name) => name === text.toLowerCase())
  if (found) return found
  throw new SluiceError('unprocessable', `function must be one of ${HISTORY_FUNCTIONS.join(', ')}`)
}

/** `true`, `True`, `1` and nothing at all, as in `?find_previous` (API v2 clients). */
const isAsked = (text: string | undefined): boolean =>
  text !== undefined && ['', '1', 'true'].includes(text.trim().toLowerCase())

/** A whole number from 1 to `max`, `fallback` for what is not a number. */
export function clamped(text: string | undefined, fallback: number, max: number): number {
  const number = Math.floor(Number(text || Number.NaN))
  return Number.isNaN(number) ? fallback : Math.min(Math.max(number, 1), max)
}
