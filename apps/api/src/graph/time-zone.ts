/**
 * Names of the old service's zone list that are not the last part of a zone's name of today. Its own names came from
 * the list that Rails shows to people.
 */
const OLD_NAMES: ReadonlyMap<string, string> = new Map([
  ['abu dhabi', 'Asia/Dubai'],
  ['alaska', 'America/Juneau'],
  ['american samoa', 'Pacific/Pago_Pago'],
  ['arizona', 'America/Phoenix'],
  ['astana', 'Asia/Almaty'],
  ['atlantic time (canada)', 'America/Halifax'],
  ['beijing', 'Asia/Shanghai'],
  ['bern', 'Europe/Zurich'],
  ['brasilia', 'America/Sao_Paulo'],
  ['canberra', 'Australia/Sydney'],
  ['cape verde is.', 'Atlantic/Cape_Verde'],
  ['central america', 'America/Guatemala'],
  ['central time (us & canada)', 'America/Chicago'],
  ['chennai', 'Asia/Kolkata'],
  ['eastern time (us & canada)', 'America/New_York'],
  ['edinburgh', 'Europe/London'],
  ['ekaterinburg', 'Asia/Yekaterinburg'],
  ['georgetown', 'America/Guyana'],
  ['greenland', 'America/Godthab'],
  ['guadalajara', 'America/Mexico_City'],
  ['hanoi', 'Asia/Bangkok'],
  ['hawaii', 'Pacific/Honolulu'],
  ['indiana (east)', 'America/Indiana/Indianapolis'],
  ['international date line west', 'Etc/GMT+12'],
  ['islamabad', 'Asia/Karachi'],
  ['kolkata', 'Asia/Kolkata'],
  ['kyiv', 'Europe/Kyiv'],
  ['marshall is.', 'Pacific/Majuro'],
  ['mid-atlantic', 'Atlantic/South_Georgia'],
  ['midway island', 'Pacific/Midway'],
  ['mountain time (us & canada)', 'America/Denver'],
  ['mumbai', 'Asia/Kolkata'],
  ['new caledonia', 'Pacific/Noumea'],
  ['new delhi', 'Asia/Kolkata'],
  ['newfoundland', 'America/St_Johns'],
  ["nuku'alofa", 'Pacific/Tongatapu'],
  ['osaka', 'Asia/Tokyo'],
  ['pacific time (us & canada)', 'America/Los_Angeles'],
  ['pretoria', 'Africa/Johannesburg'],
  ['quito', 'America/Guayaquil'],
  ['samoa', 'Pacific/Apia'],
  ['sapporo', 'Asia/Tokyo'],
  ['saskatchewan', 'America/Regina'],
  ['solomon is.', 'Pacific/Guadalcanal'],
  ['sri jayawardenepura', 'Asia/Colombo'],
  ['st. petersburg', 'Europe/Moscow'],
  ['tokelau is.', 'Pacific/Fakaofo'],
  ['ulaan bataar', 'Asia/Ulaanbaatar'],
  ['wellington', 'Pacific/Auckland'],
  ['west central africa', 'Africa/Algiers'],
])
const NAME_CHARS_MAX = 64
const OFFSET_HOURS_MAX = 18

/**
 * Reads `timezone` of API v2: an offset in hours (`+3.5`, `-07:00`, `8`; the `+` of an address often arrives as a
 * space) or a name: a city (`Adelaide`), an old list's name (`Eastern Time (US & Canada)`), or one of the time zone
 * database.
 * @returns a zone that Intl knows, null for anything else
 */
export function parseTimeZone(text: string): string | null {
  const name = text.trim()
  if (name.length > NAME_CHARS_MAX) return null
  if (name === '' || /^(?:z|utc|gmt)$/i.test(name)) return 'UTC'
  const offset = /^(?:utc|gmt)?\s*([+-]?)(\d{1,2})(?::?([0-5]\d)|(\.\d{1,4}))?$/i.exec(name)
  if (offset) return zoneOfOffset(offset)
  return OLD_NAMES.get(name.toLowerCase()) ?? zoneOfCity(name) ?? zoneOfDatabase(name)
}

function zoneOfOffset([, sign, hours, minutes = '0', fraction = '0']: readonly (string | undefined)[]): string | null {
  const total = Number(hours) * 60 + Number(minutes) + Math.round(Number(fraction) * 60)
  if (total > OFFSET_HOURS_MAX * 60) return null
  if (total === 0) return 'UTC'
  const two = (number: number): string => String(number).padStart(2, '0')
  return `${sign === '-' ? '-' : '+'}${two(Math.floor(total / 60))}:${two(total % 60)}`
}

function zoneOfCity(name: string): string | null {
  const end = `/${name.replaceAll(' ', '_').toLowerCase()}`
  return Intl.supportedValuesOf('timeZone').find((zone) => zone.toLowerCase().endsWith(end)) ?? null
}

function zoneOfDatabase(name: string): string | null {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}
