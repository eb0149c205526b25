import { DISPOSITIONS, DOMAINS, EXPOSURES, numberOf, type Location } from '@sluice/model'
import { isHash, type Input } from './body.ts'
import type { Problems } from './problems.ts'
import { isMissing, plainDecimal, readNumber, readText, readWord } from './scalars.ts'

const NAME_CHARS_MAX = 255

type LocationInput = Input<'name' | 'domain' | 'disposition' | 'exposure' | 'lat' | 'lon' | 'ele'>

/** Where a feed is; waypoints are made by the service from former places and are ignored on input (API v2). */
export function readLocation(entry: unknown, problems: Problems): Location | undefined {
  if (isMissing(entry)) return undefined
  if (!isHash(entry)) {
    problems.push('location must be an object')
    return undefined
  }
  const input: LocationInput = entry
  const location: Location = {}
  const name = readText(input.name, 'location_name', NAME_CHARS_MAX, problems)
  if (name) location.name = name
  const domain = readWord(input.domain, DOMAINS, 'location_domain', problems)
  if (domain) location.domain = domain
  const disposition = readWord(input.disposition, DISPOSITIONS, 'location_disposition', problems)
  if (disposition) location.disposition = disposition
  const exposure = readWord(input.exposure, EXPOSURES, 'location_exposure', problems)
  if (exposure) location.exposure = exposure
  const lat = readDegrees(input.lat, 90, 'location_lat', problems)
  if (lat !== undefined) location.lat = lat
  const lon = readDegrees(input.lon, 180, 'location_lon', problems)
  if (lon !== undefined) location.lon = lon
  const ele = readElevation(input.ele, problems)
  if (ele !== undefined) location.ele = ele
  return location
}

function readDegrees(input: unknown, bound: number, name: string, problems: Problems): number | undefined {
  const degrees = readNumber(input, name, problems)
  if (degrees === undefined || Math.abs(degrees) <= bound) return degrees
  problems.push(`${name} must be between -${bound} and ${bound} degrees`)
  return undefined
}

/** Kept as text, so that `23.0` comes back as it was sent. */
function readElevation(input: unknown, problems: Problems): string | undefined {
  if (isMissing(input)) return undefined
  const text = typeof input === 'number' ? plainDecimal(input) : input
  if (typeof text === 'string' && numberOf(text.trim()) !== null) return text.trim()
  problems.push('location_ele is not a number')
  return undefined
}
