import { LIMITS } from './limits.ts'

/** Microseconds since 1970-01-01T00:00:00Z. A safe integer for every time in range (until the year 2255). */
export type Micros = number

const ISO =
  /^(\d{4})-?(\d{2})-?(\d{2})(?:[T ](\d{2}):?(\d{2})(?::?(\d{2})(?:[.,](\d{1,12}))?)?\s*(Z|[+-]\d{2}(?::?\d{2})?)?)?$/i

/**
 * Reads an ISO 8601 time as API v2 accepts it: with or without fraction (microseconds are kept, finer digits cut),
 * `Z`, an offset, or no zone, which means UTC. A date alone is its midnight.
 * @returns null for anything else, impossible dates included
 */
export function parseTimestamp(text: string): Micros | null {
  const match = ISO.exec(text.trim())
  if (!match) return null
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone = 'Z'] = match
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return null
  const ms = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second))
  const midnight = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)))
  if (midnight.getUTCDate() !== Number(day) || midnight.getUTCMonth() !== Number(month) - 1) return null
  const offsetMin = zoneMinutes(zone)
  if (offsetMin === null || Number(year) < 100) return null
  return (ms - offsetMin * 60_000) * 1000 + Number(fraction.slice(0, 6).padEnd(6, '0'))
}

function zoneMinutes(zone: string): number | null {
  if (zone.toUpperCase() === 'Z') return 0
  const digits = zone.slice(1).replace(':', '')
  const hours = Number(digits.slice(0, 2))
  const minutes = Number(digits.slice(2) || '0')
  if (hours > 18 || minutes > 59) return null
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes)
}

/** `2013-05-21T20:12:38.633984Z`: UTC, always six fraction digits, because xively-python and libxively insist. */
export function formatTimestamp(at: Micros): string {
  const ms = Math.floor(at / 1000)
  return `${new Date(ms).toISOString().slice(0, -1)}${String(at - ms * 1000).padStart(3, '0')}Z`
}

/** `2013-06-28T10:56:43Z`: devices, keys and triggers carry whole seconds in API v2. */
export function formatSeconds(at: Micros): string {
  return `${new Date(Math.floor(at / 1000)).toISOString().slice(0, 19)}Z`
}

/** Whether a datapoint may carry this time, seen from `now`: 100 years back, 24 hours ahead. */
export function isTimestampInRange(at: Micros, now: Micros): boolean {
  const yearUs = 365.25 * 86_400e6
  return at >= now - LIMITS.pastYearsMax * yearUs && at <= now + LIMITS.futureHoursMax * 3600e6
}
