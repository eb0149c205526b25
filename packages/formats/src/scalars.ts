import { isTimestampInRange, LIMITS, numberOf, parseTimestamp, type Micros } from '@sluice/model'
import type { Problems } from './problems.ts'

/**
 * What was found wrong so far, and what is needed to read times: `now` bounds them, `timeOfAll` is that of the values
 * without one of their own.
 */
export type Reading = { readonly now: Micros; readonly problems: Problems; readonly timeOfAll?: unknown }

/**
 * `updated` of a feed's document is the time of all values without one of their own (API v2), unless the document also
 * has `created` or `creator`: then it is a whole feed that its client once read, with the time of back then.
 */
export function timeOfAll(document: object): unknown {
  const { updated, created, creator }: { updated?: unknown; created?: unknown; creator?: unknown } = document
  return isMissing(created) && isMissing(creator) ? updated : undefined
}

/** `null`, and for most members the empty string too, mean "not supplied" (API v2 clients send unset members so). */
export function isMissing(input: unknown): input is null | undefined | '' {
  return input === undefined || input === null || input === ''
}

/**
 * A value as the exact text that is stored: strings as they came, numbers in plain decimal notation.
 * @returns undefined where something is wrong, which is then among the problems
 */
export function readValue(input: unknown, name: string, problems: Problems): string | undefined {
  const text = valueText(input)
  if (text === undefined) problems.push(`${name} must be a string or a finite number`)
  else if (text === '') problems.push(`${name} can't be blank`)
  else if (isLongerThan(text, LIMITS.valueCharsMax)) problems.push(tooLong(name, LIMITS.valueCharsMax))
  else if (!isStorable(text)) problems.push(notStorable(name))
  else return text
  return undefined
}

function valueText(input: unknown): string | undefined {
  if (typeof input === 'string') return input
  if (typeof input === 'number') return Number.isFinite(input) ? plainDecimal(input) : undefined
  // large integers come as bigint from serializers other than JSON
  if (typeof input === 'boolean' || typeof input === 'bigint') return String(input)
  return undefined
}

/** `1e+21` → `1000000000000000000000`, `1.5e-7` → `0.00000015`: devices and spreadsheets read no exponents. */
export function plainDecimal(number: number): string {
  const text = String(number)
  const [mantissa = '', exponent] = text.split('e')
  if (exponent === undefined) return text
  const sign = mantissa.startsWith('-') ? '-' : ''
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.')
  const digits = whole + fraction
  const point = whole.length + Number(exponent)
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`
  return `${sign}${digits.padEnd(point, '0')}`
}

/**
 * Text of at most `charsMax` characters (code points).
 * @returns undefined where it is not supplied or wrong; the empty string is text
 */
export function readText(input: unknown, name: string, charsMax: number, problems: Problems): string | undefined {
  if (input === undefined || input === null) return undefined
  if (typeof input !== 'string' && typeof input !== 'number' && typeof input !== 'boolean') {
    problems.push(`${name} must be a string`)
    return undefined
  }
  const text = String(input)
  if (isLongerThan(text, charsMax)) problems.push(tooLong(name, charsMax))
  else if (!isStorable(text)) problems.push(notStorable(name))
  else return text
  return undefined
}

/** Booleans arrive as `true`, `"true"`, `"True"`, `1` (API v2 clients). */
export function readBoolean(input: unknown, name: string, problems: Problems): boolean | undefined {
  if (isMissing(input)) return undefined
  const word = typeof input === 'string' ? input.toLowerCase() : JSON.stringify(input)
  if (word === 'true' || word === '1') return true
  if (word === 'false' || word === '0') return false
  problems.push(`${name} must be true or false`)
  return undefined
}

/** A finite number, as JSON number or as text. */
export function readNumber(input: unknown, name: string, problems: Problems): number | undefined {
  if (isMissing(input)) return undefined
  const number = typeof input === 'number' ? input : typeof input === 'string' ? numberOf(input.trim()) : null
  if (number !== null && Number.isFinite(number)) return number
  problems.push(`${name} is not a number`)
  return undefined
}

/** A time from 100 years ago to 24 hours ahead. */
export function readTimestamp(input: unknown, name: string, reading: Reading): Micros | undefined {
  const given = isMissing(input) ? reading.timeOfAll : input
  if (isMissing(given)) return undefined
  const at = typeof given === 'string' ? parseTimestamp(given) : null
  if (at === null) reading.problems.push(`${name} is not an ISO 8601 timestamp`)
  else if (!isTimestampInRange(at, reading.now)) reading.problems.push(outOfRange(name))
  else return at
  return undefined
}

const outOfRange = (name: string): string =>
  `${name} must be at most ${LIMITS.pastYearsMax} years in the past and ${LIMITS.futureHoursMax} hours in the future`

/** One of a closed list of words, whatever its case. */
export function readWord<Word extends string>(
  input: unknown,
  words: readonly Word[],
  name: string,
  problems: Problems,
): Word | undefined {
  if (isMissing(input)) return undefined
  const found = typeof input === 'string' && words.find((word) => word.toLowerCase() === input.toLowerCase())
  if (found !== false && found !== undefined) return found
  problems.push(`${name} is not valid (pick one from ${words.join(', ')} or leave blank)`)
  return undefined
}

export const tooLong = (name: string, charsMax: number): string =>
  `${name} is too long (maximum is ${charsMax} characters)`

const notStorable = (name: string): string => `${name} contains a NUL character or half of a character pair`

/** Counts code points, but only where the answer is not plain from the number of UTF-16 units. */
export function isLongerThan(text: string, charsMax: number): boolean {
  if (text.length <= charsMax) return false
  return text.length > 2 * charsMax || Array.from(text).length > charsMax
}

/** Postgres keeps no NUL in text, and UTF-8 has no lone surrogates: both would come back changed. */
function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}
