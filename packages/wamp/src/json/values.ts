import { fromBase64, toBase64 } from '../binary/base64.ts'
import { ENCODE_DEPTH_MAX } from '../binary/write-value.ts'
import { ERROR, WampError } from '../errors.ts'
import { ID_MAX } from '../ids.ts'
import { BIGINT_MAX, BIGINT_MIN, fitting } from '../integers.ts'

/** How text begins that stands for bytes, Base64 after it (Basic Profile, "Binary conversion of JSON Strings"). */
const NUL = '\\u0000'
/** Integers of 2^53 have sixteen digits. */
const LONG_INTEGER = /\d{16}/

/**
 * Values of JSON text: a string of NUL and Base64 is bytes, an integer beyond 2^53 a bigint if 64 bits hold it. A string
 * that just happens to be one cannot be told from bytes.
 * @param text JSON that was checked before
 */
export function parseJson(text: string): unknown {
  const value: unknown = LONG_INTEGER.test(text) ? JSON.parse(text, reviveInteger) : JSON.parse(text)
  return text.includes(NUL) ? openBytes(value) : value
}

/** The third argument is there since ECMAScript 2026; without it, integers are rounded as JSON.parse does. */
function reviveInteger(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number' || Math.abs(value) < 2 ** 53 || !context?.source) return value
  return /^-?\d+$/.test(context.source) ? fitting(BigInt(context.source)) : value
}

function openBytes(value: unknown): unknown {
  if (typeof value === 'string') return value.charCodeAt(0) === 0 ? (fromBase64(value, 1) ?? value) : value
  if (typeof value !== 'object' || value === null) return value
  const entries = value as Record<string, unknown>
  for (const key of Object.keys(entries)) entries[key] = openBytes(entries[key])
  return value
}

/**
 * JSON of a value: as JSON.stringify, with Uint8Arrays as strings of NUL and Base64, and bigints of 64 bits as digits.
 * Floats beyond 2^53 have an exponent, so that they are read as the floats they are.
 * @throws {WampError} wamp.error.invalid_argument: undefined, a cycle, or a bigint beyond 64 bits
 */
export function stringify(value: unknown): string {
  try {
    const text = isPlain(value, 0) ? (JSON.stringify(value) as string | undefined) : write(value, 0)
    if (text !== undefined) return text
  } catch (cause) {
    if (cause instanceof WampError) throw cause
    throw new WampError(ERROR.invalidArgument, ['the value has no JSON form'], {}, { cause })
  }
  throw new WampError(ERROR.invalidArgument, ['the value has no JSON form'])
}

/** Whether JSON.stringify says all there is to say about a value. */
function isPlain(value: unknown, depth: number): boolean {
  if (typeof value === 'number') return value <= ID_MAX && value >= -ID_MAX
  if (typeof value !== 'object' || value === null) return typeof value !== 'bigint'
  if (depth > ENCODE_DEPTH_MAX) return false
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i += 1) if (!isPlain(value[i], depth + 1)) return false
    return true
  }
  if (value instanceof Uint8Array || 'toJSON' in value) return false
  const entries = value as Record<string, unknown>
  for (const key in entries) if (!isPlain(entries[key], depth + 1)) return false
  return true
}

function write(value: unknown, depth: number): string | undefined {
  if (typeof value === 'bigint') {
    if (value < BIGINT_MIN || value > BIGINT_MAX)
      throw new WampError(ERROR.invalidArgument, ['an integer of more than 64 bits'])
    return value.toString()
  }
  if (typeof value === 'number' && Number.isFinite(value) && Math.abs(value) > ID_MAX) return value.toExponential()
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (depth > ENCODE_DEPTH_MAX) throw new WampError(ERROR.invalidArgument, ['the value is nested too deeply'])
  if (value instanceof Uint8Array) return `"${NUL}${toBase64(value)}"`
  if (Array.isArray(value)) return `[${value.map((item) => write(item, depth + 1) ?? 'null').join(',')}]`
  if ('toJSON' in value && typeof value.toJSON === 'function') return write(value.toJSON(), depth + 1)
  const entries: string[] = []
  for (const [key, item] of Object.entries(value)) {
    const text = write(item, depth + 1)
    if (text !== undefined) entries.push(`${JSON.stringify(key)}:${text}`)
  }
  return `{${entries.join(',')}}`
}
