import { SluiceError } from '@sluice/model'
import { RAILS_NAMES } from './rails-zones.ts'
import { fixedZone, MINUTE_US, namedZone, UTC, type TimeZone } from './time-zone.ts'

/** Real ones go from -12 to +14. */
const OFFSET_MINUTES_MAX = 14 * 60
const NAME_CHARS_MAX = 64
const UTC_NAME = /^(?:etc\/)?(?:utc|uct|gmt|z|zulu)$/i
/** Zones whose rules are kept in memory. */
const ZONES_MAX = 64

/**
 * The time zone that a query names (API v2, "Time zones"): an offset in hours (`+3.5`, `-5`, `+09:30`; a plus that
 * became a blank in the URL is one), a city (`Adelaide`), an IANA name (`Europe/Berlin`) or a name of Ruby on Rails
 * (`Eastern Time (US & Canada)`), in any case.
 * @throws {SluiceError} `unprocessable`
 */
export function findTimeZone(text: string): TimeZone {
  const name = text.trim()
  const minutes = readOffsetMinutes(name)
  if (minutes === 0 || UTC_NAME.test(name)) return UTC
  if (minutes !== null) return fixedZone(minutes * MINUTE_US)
  const zone = name.length <= NAME_CHARS_MAX ? zoneNamed(name) : null
  if (zone) return zone
  throw new SluiceError(
    'unprocessable',
    'timezone must be an offset from -14 to +14 hours, for example +3.5 or +09:30, or the name of a zone or city, for example Europe/Berlin or Adelaide',
  )
}

/** @returns null for what is not an offset, or beyond the limit */
function readOffsetMinutes(text: string): number | null {
  const [, sign, hours, minutes, fraction] =
    /^(?:utc|gmt)?\s*([+-]?)(\d{1,2})(?::?([0-5]\d)|[.,](\d{1,4}))?$/i.exec(text) ?? []
  if (hours === undefined) return null
  const size = Number(hours) * 60 + (minutes ? Number(minutes) : Math.round(Number(`0.${fraction ?? 0}`) * 60))
  if (size > OFFSET_MINUTES_MAX) return null
  return sign === '-' ? -size : size
}

const zones = new Map<string, TimeZone>()

function zoneNamed(name: string): TimeZone | null {
  const asked = name.toLowerCase()
  const known = zones.get(asked)
  if (known) return known
  const zone = firstZone([
    RAILS_NAMES.get(asked),
    asked.replaceAll(' ', '_'),
    cityNames().get(asked),
    ...inAreas(asked),
  ])
  if (!zone) return null
  const [oldest] = zones.keys()
  if (zones.size >= ZONES_MAX && oldest !== undefined) zones.delete(oldest)
  zones.set(asked, zone)
  return zone
}

function firstZone(names: Iterable<string | undefined>): TimeZone | null {
  for (const name of names) {
    // Intl takes offsets, too, but in forms of its own
    if (name === undefined || !/^[a-z]/i.test(name)) continue
    try {
      return namedZone(name)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
    }
  }
  return null
}

let cities: Map<string, string> | undefined

/** By the last segment of the name, in lower case and with blanks: no two zones share one. */
function cityNames(): ReadonlyMap<string, string> {
  return (cities ??= new Map(
    Intl.supportedValuesOf('timeZone').map((zone) => [
      (zone.split('/').at(-1) ?? '').replaceAll('_', ' ').toLowerCase(),
      zone,
    ]),
  ))
}

const AREAS = 'Africa America Antarctica Asia Atlantic Australia Europe Indian Pacific'.split(' ')

/** Cities that Intl knows but does not list, because it lists them by an older name: Kathmandu, Kyiv, Yangon. */
const inAreas = (city: string): string[] =>
  /^[a-z][a-z '_-]*$/.test(city) ? AREAS.map((area) => `${area}/${city.replaceAll(' ', '_')}`) : []
