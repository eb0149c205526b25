import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'
import { makeKey, maskKey } from '@sluice/model'

/** In SLUICE_DATA. */
export const SECRET_FILE = 'server.secret'
const NONCE_BYTES = 12
const TAG_BYTES = 16
const SALT_BYTES = 16

export type MadeKey = { key: string; hash: Buffer; sealed: Buffer; masked: string }

/**
 * What may be known of API keys: the database holds an HMAC to find them by and a sealed copy that only the server's
 * secret opens. A key carries 226 random bits, so a fast hash is enough (OWASP ASVS 6.5.2 asks for 112).
 */
export type KeyVault = {
  /** a new key and everything that is stored of it */
  make(): MadeKey
  /** what is stored of a key that exists already */
  seal(key: string): MadeKey
  /** HMAC-SHA-256 under the server's secret, 32 bytes */
  hash(key: string): Buffer
  /** 16 bytes that are the same each time for a name, for salts that are stored nowhere */
  salt(name: string): Buffer
  /** @throws {Error} when the copy was sealed under another secret or damaged */
  open(sealed: Buffer): string
}

/** @param secret 32 bytes that live outside the database; every key becomes unreadable without them */
export function makeKeyVault(secret: Buffer): KeyVault {
  const hashing = derive(secret, 'api key hash')
  const sealing = derive(secret, 'api key seal')
  const salting = derive(secret, 'bus salt')
  const hash = (key: string): Buffer => createHmac('sha256', hashing).update(key).digest()

  const sealKey = (key: string): MadeKey => ({
    key,
    hash: hash(key),
    sealed: seal(sealing, key),
    masked: maskKey(key),
  })

  return {
    hash,
    make: () => sealKey(makeKey(randomBytes)),
    seal: sealKey,
    salt: (name) => createHmac('sha256', salting).update(name).digest().subarray(0, SALT_BYTES),
    open: (sealed) => unseal(sealing, sealed),
  }
}

/** One secret on disk, one derived key per purpose: no use can be turned against another. */
export function derive(secret: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `sluice ${purpose}`, 32))
}

/** Encrypts and authenticates under a derived key (AES-256-GCM). */
export function seal(key: Buffer, text: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), body])
}

/** @throws {Error} when it was sealed under another key or damaged */
export function unseal(key: Buffer, sealed: Buffer): string {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
  decipher.setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
  return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8')
}
