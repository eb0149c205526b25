import { SluiceError } from '@sluice/model'
import { fixedZone, MINUTE_US, namedZone, type TimeZone } from './time-zone.ts'

/** Real ones go from -12 to +14. */
const OFFSET_MINUTES_MAX = 14 * 60
const NAME_CHARS_MAX = 64
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

/** Names of Ruby on Rails, which API v2 took, where no zone ends so. */
const RAILS_NAMES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'International Date Line West': 'Etc/GMT+12',
    'Midway Island': 'Pacific/Midway',
    'American Samoa': 'Pacific/Pago_Pago',
    Hawaii: 'Pacific/Honolulu',
    Alaska: 'America/Juneau',
    'Pacific Time (US & Canada)': 'America/Los_Angeles',
    'Mountain Time (US & Canada)': 'America/Denver',
    Arizona: 'America/Phoenix',
    'Central Time (US & Canada)': 'America/Chicago',
    Saskatchewan: 'America/Regina',
    Guadalajara: 'America/Mexico_City',
    'Central America': 'America/Guatemala',
    'Eastern Time (US & Canada)': 'America/New_York',
    'Indiana (East)': 'America/Indiana/Indianapolis',
    Quito: 'America/Lima',
    'Atlantic Time (Canada)': 'America/Halifax',
    Newfoundland: 'America/St_Johns',
    Brasilia: 'America/Sao_Paulo',
    Georgetown: 'America/Guyana',
    Greenland: 'America/Nuuk',
    'Mid-Atlantic': 'Atlantic/South_Georgia',
    'Cape Verde Is.': 'Atlantic/Cape_Verde',
    Edinburgh: 'Europe/London',
    Bern: 'Europe/Zurich',
    'West Central Africa': 'Africa/Algiers',
    Pretoria: 'Africa/Johannesburg',
    'St. Petersburg': 'Europe/Moscow',
    'Abu Dhabi': 'Asia/Muscat',
    Ekaterinburg: 'Asia/Yekaterinburg',
    Islamabad: 'Asia/Karachi',
    Chennai: 'Asia/Kolkata',
    Mumbai: 'Asia/Kolkata',
    'New Delhi': 'Asia/Kolkata',
    Astana: 'Asia/Almaty',
    'Sri Jayawardenepura': 'Asia/Colombo',
    Hanoi: 'Asia/Bangkok',
    Beijing: 'Asia/Shanghai',
    Osaka: 'Asia/Tokyo',
    Sapporo: 'Asia/Tokyo',
    Canberra: 'Australia/Canberra',
    'Solomon Is.': 'Pacific/Guadalcanal',
    'New Caledonia': 'Pacific/Noumea',
    'Marshall Is.': 'Pacific/Majuro',
    Wellington: 'Pacific/Auckland',
    "Nuku'alofa": 'Pacific/Tongatapu',
    'Tokelau Is.': 'Pacific/Fakaofo',
    'Chatham Is.': 'Pacific/Chatham',
    Samoa: 'Pacific/Apia',
  }).map(([name, zone]) => [name.toLowerCase(), zone]),
)
