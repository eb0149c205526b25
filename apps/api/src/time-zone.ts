import { formatTimestamp, type Micros } from '@sluice/model'

/** Where clocks show what: an offset for ever, or the rules of a place with their changes. Times are microseconds. */
export type TimeZone = {
  /** of IANA, or an offset as `+09:30`: what Intl takes */
  name: string
  /** how far local clocks are ahead of UTC */
  offsetAt(at: Micros): number
  /** the moments at which the offset changes, after `from` and up to `to`, ascending */
  changesBetween(from: Micros, to: Micros): ZoneChange[]
}
export type ZoneChange = { at: Micros; before: number; after: number }

export const MINUTE_US = 60e6
export const DAY_US = 86_400e6

/** @param offset how far clocks are ahead of UTC, in microseconds */
export function fixedZone(offset: number): TimeZone {
  return { name: offsetText(offset), offsetAt: () => offset, changesBetween: () => [] }
}

export const UTC: TimeZone = { ...fixedZone(0), name: 'UTC' }

/** Before this year the offset is taken as it was at its beginning; no datapoint is that old. */
const RULES_FROM_YEAR = 1900
const RULES_TO_YEAR = 2200
/** Shorter than any time that a place kept an offset (Boa Vista in 2000: a week). */
const PROBE_MS = 3 * 86_400e3

type YearOfZone = { offset: number; changes: readonly ZoneChange[] }

/**
 * A place's rules as ECMAScript's Intl knows them. Intl answers the offset at one moment; the changes are found by
 * bisection, once for each year that is asked for (0.2 ms).
 * @param name what `Intl.DateTimeFormat` accepts
 * @throws {RangeError} for any other name
 */
export function namedZone(name: string): TimeZone {
  const clock = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' })
  const offsetOf = (ms: number): number => readOffset(clock.format(ms))
  const years = new Map<number, YearOfZone>()

  const yearOf = (year: number): YearOfZone => {
    const known = years.get(year)
    if (known) return known
    const read = readYear(year, offsetOf)
    years.set(year, read)
    return read
  }
  return {
    name: clock.resolvedOptions().timeZone,
    offsetAt(at) {
      const ms = Math.floor(at / 1000)
      const year = new Date(ms).getUTCFullYear()
      if (year > RULES_TO_YEAR) return offsetOf(ms)
      if (year < RULES_FROM_YEAR) return yearOf(RULES_FROM_YEAR).offset
      const { offset, changes } = yearOf(year)
      return changes.findLast((change) => change.at <= at)?.after ?? offset
    },
    changesBetween(from, to) {
      const first = Math.max(yearAt(from), RULES_FROM_YEAR)
      const last = Math.min(yearAt(to), RULES_TO_YEAR)
      const found: ZoneChange[] = []
      for (let year = first; year <= last; year++) {
        found.push(...yearOf(year).changes.filter(({ at }) => at > from && at <= to))
      }
      return found
    },
  }
}

const yearAt = (at: Micros): number => new Date(Math.floor(at / 1000)).getUTCFullYear()

/** The changes after the beginning of a year, up to the beginning of the next. */
function readYear(year: number, offsetOf: (ms: number) => number): YearOfZone {
  const end = Date.UTC(year + 1, 0, 1)
  let from = Date.UTC(year, 0, 1)
  const offset = offsetOf(from)
  let before = offset
  const changes: ZoneChange[] = []
  while (from < end) {
    const to = Math.min(from + PROBE_MS, end)
    const after = offsetOf(to)
    if (after !== before) changes.push({ at: bisect(from, to, (ms) => offsetOf(ms) === after) * 1000, before, after })
    before = after
    from = to
  }
  return { offset, changes }
}

/** The first whole number after `from` for which it holds; it does for `to`. */
function bisect(from: number, to: number, holds: (number: number) => boolean): number {
  let [no, yes] = [from, to]
  while (yes - no > 1) {
    const middle = Math.floor((no + yes) / 2)
    if (holds(middle)) yes = middle
    else no = middle
  }
  return yes
}

/** `12/7/1874, GMT+00:53:28`; UTC is plain `GMT`. */
function readOffset(text: string): number {
  const [, sign, hours, minutes, seconds = '0'] = /GMT([+-])(\d\d):(\d\d)(?::(\d\d))?$/.exec(text) ?? []
  if (hours === undefined) return 0
  const size = (Number(hours) * 60 + Number(minutes)) * MINUTE_US + Number(seconds) * 1e6
  return sign === '-' ? -size : size
}

/**
 * The moment at which local clocks show this.
 * @param wall what they show, as if it were UTC
 * @returns of two moments the earlier one; for what they never show, because they jump over it, as much after the jump
 */
export function momentOf(zone: TimeZone, wall: Micros): Micros {
  const before = zone.offsetAt(wall - DAY_US)
  const fitting = [before, zone.offsetAt(wall + DAY_US)].find((offset) => zone.offsetAt(wall - offset) === offset)
  return wall - (fitting ?? before)
}

/** What local clocks show, as if it were UTC. */
export const wallOf = (zone: TimeZone, at: Micros): Micros => at + zone.offsetAt(at)

/**
 * `2013-05-21T22:12:38.633984+02:00`, six fraction digits as everywhere. Offsets are printed in minutes: of old times
 * whose offset has seconds the clock is rounded with it, so that the moment stays exact.
 */
export function formatInZone(zone: TimeZone, at: Micros): string {
  const offset = Math.round(zone.offsetAt(at) / MINUTE_US) * MINUTE_US
  return `${formatTimestamp(at + offset).slice(0, -1)}${offsetText(offset)}`
}

/** `+09:30`, of whole minutes. */
function offsetText(offset: number): string {
  const minutes = Math.abs(offset / MINUTE_US)
  return `${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}

function two(number: number): string {
  return String(number).padStart(2, '0')
}
