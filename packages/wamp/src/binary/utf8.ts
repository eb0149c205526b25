import { ProtocolError } from '../errors.ts'

// Part of every platform this runs on; declared here because pure packages are compiled without platform types.
declare const TextDecoder: new (
  label: string,
  options: { fatal: boolean; ignoreBOM: boolean },
) => { decode(bytes: Uint8Array): string }

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Up to here, bytes are turned into a string one by one, which is cheaper than a call of the platform. */
const SHORT_BYTES = 24
/** From here, the platform's decoder checks UTF-8 faster than a loop does. */
const LONG_BYTES = 256

/** Requires UTF-8 (RFC 3629: no surrogates, no overlong forms). @throws {ProtocolError} it is not */
export function checkUtf8(bytes: Uint8Array, start: number, end: number): void {
  if (end - start > LONG_BYTES) {
    decode(bytes, start, end)
    return
  }
  let i = start
  while (i < end) {
    // four at a time, as long as they are ASCII
    while (i + 4 <= end && ((bytes[i] ?? 0) | (bytes[i + 1] ?? 0) | (bytes[i + 2] ?? 0) | (bytes[i + 3] ?? 0)) < 0x80)
      i += 4
    if (i >= end) return
    const lead = bytes[i] ?? 0
    i += 1
    if (lead < 0x80) continue
    const length = sequenceLength(lead)
    if (i + length > end) throw notUtf8()
    // what may follow the lead byte is narrower for four of them (RFC 3629 section 4)
    const second = bytes[i] ?? 0
    if (lead === 0xe0 && second < 0xa0) throw notUtf8()
    if (lead === 0xed && second > 0x9f) throw notUtf8()
    if (lead === 0xf0 && second < 0x90) throw notUtf8()
    if (lead === 0xf4 && second > 0x8f) throw notUtf8()
    for (const last = i + length; i < last; i += 1) if (((bytes[i] ?? 0) & 0xc0) !== 0x80) throw notUtf8()
  }
}

/** How many bytes follow a lead byte. */
function sequenceLength(lead: number): number {
  if (lead >= 0xc2 && lead <= 0xdf) return 1
  if (lead >= 0xe0 && lead <= 0xef) return 2
  if (lead >= 0xf0 && lead <= 0xf4) return 3
  throw notUtf8()
}

/** The text of some bytes. @throws {ProtocolError} they are not UTF-8 */
export function readText(bytes: Uint8Array, start: number, end: number): string {
  if (end - start > SHORT_BYTES) return decode(bytes, start, end)
  let text = ''
  for (let i = start; i < end; i += 1) {
    const byte = bytes[i] ?? 0
    if (byte >= 0x80) return decode(bytes, start, end)
    text += String.fromCharCode(byte)
  }
  return text
}

function decode(bytes: Uint8Array, start: number, end: number): string {
  try {
    return decoder.decode(bytes.subarray(start, end))
  } catch {
    throw notUtf8()
  }
}

function notUtf8(): ProtocolError {
  return new ProtocolError('a string is not UTF-8')
}

const NAME_BYTES_MAX = 96
const NAMES = 1024
const names: string[] = Array.from({ length: NAMES }, () => '')

/**
 * As readText, for URIs and keys of dicts, which come again and again: the string of the time before is returned, so
 * nothing is allocated and Maps find its hash computed.
 */
export function readName(bytes: Uint8Array, start: number, end: number): string {
  const length = end - start
  if (length > NAME_BYTES_MAX) return readText(bytes, start, end)
  let hash = length
  for (let i = start; i < end; i += 1) hash = Math.imul(hash ^ (bytes[i] ?? 0), 0x01000193)
  const slot = (hash ^ (hash >>> 15)) & (NAMES - 1)
  const known = names[slot] ?? ''
  if (known.length === length && equals(known, bytes, start)) return known
  const name = readText(bytes, start, end)
  names[slot] = name
  return name
}

/** Whether bytes from `start` on are the characters of `text`; always false if one of these is not ASCII. */
function equals(text: string, bytes: Uint8Array, start: number): boolean {
  for (let i = 0; i < text.length; i += 1) {
    const byte = bytes[start + i] ?? 0
    if (byte >= 0x80 || text.charCodeAt(i) !== byte) return false
  }
  return true
}
