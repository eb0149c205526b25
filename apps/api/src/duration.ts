import { SluiceError, type Micros } from '@sluice/model'
import { DAY_US, momentOf, wallOf, type TimeZone } from './time-zone.ts'

export type Duration = { count: number; unit: Unit }
const UNITS = ['second', 'minute', 'hour', 'day', 'week', 'month', 'year'] as const
type Unit = (typeof UNITS)[number]
const FIXED_US = { second: 1e6, minute: 60e6, hour: 3600e6 }
const DAYS = { day: 1, week: 7 }
const MONTHS = { month: 1, year: 12 }
/** Far beyond every time that a datapoint can have. */
const RANGE_YEARS_MAX = 200
const YEAR_US = 366 * DAY_US
/** What a timestamp can be written as: four digits for the year. */
const AT_MIN = Date.UTC(100, 0, 1) * 1000
const AT_MAX = Date.UTC(9999, 11, 31) * 1000

/**
 * `6hours`, `1day`, `2 weeks` (API v2).
 * @throws {SluiceError} `unprocessable`
 */
export function parseDuration(text: string): Duration {
  const [, count = '', word = ''] = /^\s*(\d{1,9})\s*([a-z]+?)s?\s*$/i.exec(text) ?? []
  const unit = UNITS.find((known) => known === word.toLowerCase())
  if (unit && count !== '') return { count: Number(count), unit }
  throw new SluiceError(
    'unprocessable',
    `duration must be a number and one of ${UNITS.map((known) => `${known}s`).join(', ')}, for example 6hours`,
  )
}

/**
 * That much later (1) or earlier (-1), at most 200 years and within the years that a timestamp can have. Days and longer
 * are those of the calendar in the time zone; a day that the month does not have becomes its last.
 */
export function shifted(at: Micros, { count, unit }: Duration, sign: 1 | -1, zone: TimeZone): Micros {
  const reach = RANGE_YEARS_MAX * YEAR_US
  const [from, to] = [Math.max(at - reach, AT_MIN), Math.min(at + reach, AT_MAX)]
  return Math.min(Math.max(moved(at, { count: sign * count, unit }, zone), from), to)
}

function moved(at: Micros, { count, unit }: Duration, zone: TimeZone): Micros {
  if (unit === 'second' || unit === 'minute' || unit === 'hour') return at + count * FIXED_US[unit]
  const wall = wallOf(zone, at)
  if (unit === 'day' || unit === 'week') {
    return momentOf(zone, wall + bounded(count * DAYS[unit], RANGE_YEARS_MAX * 366) * DAY_US)
  }
  return momentOf(zone, monthsLater(wall, bounded(count * MONTHS[unit], RANGE_YEARS_MAX * 12)))
}

const bounded = (count: number, max: number): number => Math.min(Math.max(count, -max), max)

function monthsLater(wall: Micros, months: number): Micros {
  const ms = Math.floor(wall / 1000)
  const date = new Date(ms)
  const day = date.getUTCDate()
  date.setUTCDate(1)
  date.setUTCMonth(date.getUTCMonth() + months)
  const lastDay = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()
  date.setUTCDate(Math.min(day, lastDay))
  return date.getTime() * 1000 + (wall - ms * 1000)
}
