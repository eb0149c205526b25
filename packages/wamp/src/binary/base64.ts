const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const PAD = 0x3d
const SIX_BITS: readonly number[] = Array.from({ length: 128 }, (_, c) => ALPHABET.indexOf(String.fromCharCode(c)))
/** Characters joined before they are appended, so that no string grows by single characters. */
const CHUNK_BYTES = 3 * 1024

/** Base64 with padding (RFC 4648 section 4). */
export function toBase64(bytes: Uint8Array): string {
  let text = ''
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES) {
    let chunk = ''
    const end = Math.min(start + CHUNK_BYTES, bytes.length)
    for (let i = start; i < end; i += 3) {
      const a = bytes[i] ?? 0
      const b = bytes[i + 1] ?? 0
      const c = bytes[i + 2] ?? 0
      chunk += ALPHABET.charAt(a >> 2) + ALPHABET.charAt(((a & 3) << 4) | (b >> 4))
      chunk += i + 1 < end ? ALPHABET.charAt(((b & 15) << 2) | (c >> 6)) : '='
      chunk += i + 2 < end ? ALPHABET.charAt(c & 63) : '='
    }
    text += chunk
  }
  return text
}

/** The bytes of Base64 text from `start` on, or null if it is none. Padding is required, stray bits are not taken. */
export function fromBase64(text: string, start = 0): Uint8Array | null {
  const characters = text.length - start
  if (characters % 4 !== 0) return null
  if (characters === 0) return new Uint8Array(0)
  let pads = 0
  if (text.charCodeAt(text.length - 1) === PAD) pads = text.charCodeAt(text.length - 2) === PAD ? 2 : 1
  const bytes = new Uint8Array((characters / 4) * 3 - pads)
  let at = 0
  let bits = 0
  for (let i = start; i < text.length - pads; i += 1) {
    const six = SIX_BITS[text.charCodeAt(i)] ?? -1
    if (six < 0) return null
    bits = (bits << 6) | six
    const place = (i - start) & 3
    if (place > 0) {
      bytes[at] = bits >> (6 - 2 * place)
      at += 1
    }
  }
  const stray = pads === 2 ? bits & 15 : pads === 1 ? bits & 3 : 0
  return stray === 0 ? bytes : null
}
