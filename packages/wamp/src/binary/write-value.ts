import { ERROR, WampError } from '../errors.ts'
import { ID_MAX } from '../ids.ts'
import { BIGINT_MAX, BIGINT_MIN } from '../integers.ts'
import type { BinaryFormat } from './format.ts'
import type { ByteWriter } from './writer.ts'

/** Levels of lists and dicts in a value to be encoded; deeper ones are taken for cycles. */
export const ENCODE_DEPTH_MAX = 256

/**
 * Writes a value as JSON.stringify would take it: `toJSON` is asked, keys with undefined are left out, in lists it is
 * null. Beyond that Uint8Arrays are bytes and bigints integers of 64 bits; what is integral is written as an integer.
 * @throws {WampError} wamp.error.invalid_argument: a cycle, or a bigint of more than 64 bits
 */
export function writeValue(format: BinaryFormat, writer: ByteWriter, value: unknown, depth = 0): void {
  switch (typeof value) {
    case 'number':
      writeNumber(format, writer, value)
      return
    case 'string':
      writer.text(value, format.textHeadBytes, format.writeTextHead)
      return
    case 'boolean':
      format.writeBoolean(writer, value)
      return
    case 'bigint':
      writeBigint(format, writer, value)
      return
    case 'object':
      if (value === null) format.writeNil(writer)
      else writeObject(format, writer, value, depth)
      return
    case 'undefined':
    case 'function':
    case 'symbol':
      format.writeNil(writer)
  }
}

/** Writes the entries of a dict, without asking for `toJSON`. @throws {WampError} as writeValue */
export function writeDict(format: BinaryFormat, writer: ByteWriter, dict: object, depth = 0): void {
  const keys = Object.keys(dict)
  const entries = dict as Record<string, unknown>
  let count = keys.length
  for (const key of keys) if (isAbsent(entries[key])) count -= 1
  format.writeDict(writer, count)
  for (const key of keys) {
    const value = entries[key]
    if (isAbsent(value)) continue
    writer.text(key, format.textHeadBytes, format.writeTextHead)
    writeValue(format, writer, value, depth + 1)
  }
}

function writeObject(format: BinaryFormat, writer: ByteWriter, value: object, depth: number): void {
  if (depth > ENCODE_DEPTH_MAX) throw new WampError(ERROR.invalidArgument, ['the value is nested too deeply'])
  if (Array.isArray(value)) {
    format.writeList(writer, value.length)
    for (const item of value) writeValue(format, writer, item, depth + 1)
  } else if (value instanceof Uint8Array) {
    format.writeBinaryHead(writer, value.length)
    writer.copy(value)
  } else if ('toJSON' in value && typeof value.toJSON === 'function') {
    writeValue(format, writer, value.toJSON(), depth + 1)
  } else writeDict(format, writer, value, depth)
}

/** Minus zero, which no integer is, and what a double cannot count are floats. */
function writeNumber(format: BinaryFormat, writer: ByteWriter, value: number): void {
  if (Number.isInteger(value) && value <= ID_MAX && value >= -ID_MAX && !Object.is(value, -0))
    format.writeInteger(writer, value)
  else format.writeFloat(writer, value)
}

function writeBigint(format: BinaryFormat, writer: ByteWriter, value: bigint): void {
  if (value < BIGINT_MIN || value > BIGINT_MAX)
    throw new WampError(ERROR.invalidArgument, ['an integer of more than 64 bits'])
  if (value >= -ID_MAX && value <= ID_MAX) format.writeInteger(writer, Number(value))
  else format.writeBigInteger(writer, value)
}

function isAbsent(value: unknown): boolean {
  return value === undefined || typeof value === 'function' || typeof value === 'symbol'
}
