/** An integer in [0, below). */
export type Random = (below: number) => number

/** Marsaglia's xorshift32: the same numbers for the same seed, on every machine. @param seed not 0 */
export function xorshift(seed: number): Random {
  let state = seed
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

/** Bytes that mean something in binary formats: limits of heads, lengths that are not there, stops, tags. */
const TELLING = [
  0x00, 0x01, 0x17, 0x18, 0x1b, 0x3b, 0x5f, 0x7b, 0x7f, 0x80, 0x8f, 0x90, 0x9b, 0x9f, 0xa0, 0xbb, 0xbf, 0xc0, 0xc1,
  0xc2, 0xc4, 0xc7, 0xcb, 0xcf, 0xd3, 0xd8, 0xdb, 0xdd, 0xdf, 0xe0, 0xf4, 0xf5, 0xf6, 0xf7, 0xf9, 0xfb, 0xff,
]

/** Copies of frames with one to four places damaged. */
export function bytesMutator(frames: readonly Uint8Array[], random: Random): () => Uint8Array {
  return () => {
    let bytes = new Uint8Array(frames[random(frames.length)] ?? [])
    for (let left = 1 + random(4); left > 0; left -= 1) bytes = damageBytes(bytes, frames, random)
    return bytes
  }
}

function damageBytes(bytes: Uint8Array<ArrayBuffer>, frames: readonly Uint8Array[], random: Random): typeof bytes {
  const at = random(bytes.length + 1)
  const to = at + random(8)
  switch (random(7)) {
    case 0:
      bytes[at] = random(256)
      return bytes
    case 1:
      bytes[at] = TELLING[random(TELLING.length)] ?? 0
      return bytes
    case 2:
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8))
      return bytes
    case 3:
      return bytes.slice(0, at)
    case 4:
      return join(bytes, at, bytes, to)
    case 5:
      return join(bytes, to, bytes, at)
    default: {
      const other = frames[random(frames.length)] ?? bytes
      return join(bytes, at, other, random(other.length + 1))
    }
  }
}

/** What `head` has up to `end`, and `tail` from `start` on. */
function join(head: Uint8Array, end: number, tail: Uint8Array, start: number): Uint8Array<ArrayBuffer> {
  const first = head.subarray(0, end)
  const second = tail.subarray(start)
  const joined = new Uint8Array(first.length + second.length)
  joined.set(first)
  joined.set(second, first.length)
  return joined
}

const PIECES = [
  '[',
  ']',
  '{',
  '}',
  ',',
  ':',
  '"',
  '\\',
  '\\u0000',
  '\\ud800',
  '\\u00e',
  '\\n',
  '\n',
  ' ',
  '-',
  '0',
  '1',
  '9',
  '.',
  'e',
  'E+',
  'true',
  'false',
  'nul',
  'null',
  '9007199254740993',
  '1e999',
  '"__proto__":',
  '"enc_algo":"xbr"',
  '\u0000',
  '\ud800',
  'ÿ',
]

/** As bytesMutator, for text. */
export function textMutator(frames: readonly string[], random: Random): () => string {
  return () => {
    let text = frames[random(frames.length)] ?? ''
    for (let left = 1 + random(4); left > 0; left -= 1) text = damageText(text, frames, random)
    return text
  }
}

function damageText(text: string, frames: readonly string[], random: Random): string {
  const at = random(text.length + 1)
  const to = at + random(8)
  const piece = PIECES[random(PIECES.length)] ?? ''
  switch (random(6)) {
    case 0:
      return text.slice(0, at) + piece + text.slice(at + 1)
    case 1:
      return text.slice(0, at) + piece + text.slice(at)
    case 2:
      return text.slice(0, at)
    case 3:
      return text.slice(0, at) + text.slice(to)
    case 4:
      return text.slice(0, to) + text.slice(at)
    default: {
      const other = frames[random(frames.length)] ?? text
      return text.slice(0, at) + other.slice(random(other.length + 1))
    }
  }
}
