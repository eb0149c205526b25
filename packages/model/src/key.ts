import type { Permission } from './principal.ts'

/** An API key as its owner sees it: never the secret, which only `reveal` and the answer to its creation carry. */
export type Key = {
  id: number
  accountId: number
  label: string
  /** `slc_…Xk3f`: prefix and last four characters */
  masked: string
  privateAccess: boolean
  permissions: Permission[]
  expiresAt: string | null
  createdAt: string
  lastUse: LastUse | null
  /** the text from before the last roll, while it works, too */
  previous: { masked: string; until: string; lastUse: LastUse | null } | null
}

/** When, from which address and with which program a key was used last; null where that is not known. */
export type LastUse = { at: string; address: string | null; client: string | null }

export type NewKey = Pick<Key, 'label' | 'privateAccess' | 'permissions' | 'expiresAt'>

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
/** Recognises a key in text, for scanners: prefix, 38 base62 characters (226 bit), 6 of checksum. */
export const KEY_PATTERN = /^slc_[0-9A-Za-z]{44}$/
const RANDOM_CHARS = 38

/**
 * Makes a 48-character API key: `slc_` + 38 random base62 characters + a six-character CRC-32. 48, because old
 * provisioning sketches need more than 32 and libxively carries at most 63.
 * @param randomBytes a cryptographic source, asked for up to 64 bytes at a time
 */
export function makeKey(randomBytes: (count: number) => Uint8Array): string {
  let random = ''
  while (random.length < RANDOM_CHARS) {
    for (const byte of randomBytes(64)) {
      // 248 = 4 × 62: larger bytes would make some characters likelier
      if (byte < 248 && random.length < RANDOM_CHARS) random += ALPHABET[byte % 62]
    }
  }
  return `slc_${random}${checksum(random)}`
}

/** Whether text can be a key at all: decided before any look-up, so that garbage never reaches the database. */
export function isWellFormedKey(text: string): boolean {
  return KEY_PATTERN.test(text) && checksum(text.slice(4, 4 + RANDOM_CHARS)) === text.slice(4 + RANDOM_CHARS)
}

export const maskKey = (key: string): string => `slc_…${key.slice(-4)}`

function checksum(text: string): string {
  let crc = 0xffffffff
  for (let index = 0; index < text.length; index++) {
    crc ^= text.charCodeAt(index)
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  }
  let rest = (crc ^ 0xffffffff) >>> 0
  let digits = ''
  for (let place = 0; place < 6; place++) {
    digits = `${ALPHABET[rest % 62]}${digits}`
    rest = Math.floor(rest / 62)
  }
  return digits
}
