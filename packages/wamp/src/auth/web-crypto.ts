import { fromBase64 } from '../binary/base64.ts'
import { concat } from './bytes.ts'

/** The part of the Web Cryptography API that authentication needs: browsers (in secure contexts) and Node bring it. */
interface WebCrypto {
  getRandomValues(bytes: Uint8Array): Uint8Array
  readonly subtle?: {
    digest(algorithm: string, data: Uint8Array): Promise<ArrayBuffer>
    importKey(
      format: string,
      key: Uint8Array,
      algorithm: string | object,
      extractable: boolean,
      usages: string[],
    ): Promise<object>
    exportKey(format: 'jwk', key: object): Promise<{ x?: string }>
    sign(algorithm: string, key: object, data: Uint8Array): Promise<ArrayBuffer>
    verify(algorithm: string, key: object, signature: Uint8Array, data: Uint8Array): Promise<boolean>
    deriveBits(algorithm: object, key: object, bits: number): Promise<ArrayBuffer>
  }
}

/** Work that one handshake may ask of PBKDF2; more is refused on either side. */
export const ITERATIONS_MAX = 5_000_000
/** PKCS #8 around a raw Ed25519 seed (RFC 8410, section 7). */
const PKCS8_ED25519 = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20)

function webCrypto(): WebCrypto {
  return (globalThis as unknown as { crypto: WebCrypto }).crypto
}

function subtle(): NonNullable<WebCrypto['subtle']> {
  const found = webCrypto().subtle
  if (!found) throw new Error('cryptography is for secure contexts only: pages from https or localhost')
  return found
}

/** Cryptographically strong. */
export function randomBytes(count: number): Uint8Array {
  return webCrypto().getRandomValues(new Uint8Array(count))
}

export async function sha256(data: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await subtle().digest('SHA-256', data))
}

/** HMAC-SHA-256 (RFC 2104). */
export async function hmac(key: Uint8Array, data: Uint8Array): Promise<Uint8Array> {
  // an empty key is legal for HMAC, but not for importKey; a zero byte is the same key
  const raw = key.length === 0 ? new Uint8Array(1) : key
  const imported = await subtle().importKey('raw', raw, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  return new Uint8Array(await subtle().sign('HMAC', imported, data))
}

/** Cost and salt of a derivation; `length` is in bytes. */
export interface Pbkdf2Cost {
  readonly salt: Uint8Array
  readonly iterations: number
  readonly length: number
}

/** PBKDF2-HMAC-SHA-256 (RFC 8018). @throws {RangeError} more than ITERATIONS_MAX iterations, or less than one */
export async function pbkdf2(password: Uint8Array, { salt, iterations, length }: Pbkdf2Cost): Promise<Uint8Array> {
  if (!(Number.isInteger(iterations) && iterations >= 1 && iterations <= ITERATIONS_MAX))
    throw new RangeError(`${iterations} iterations`)
  const key = await subtle().importKey('raw', password, 'PBKDF2', false, ['deriveBits'])
  const algorithm = { name: 'PBKDF2', hash: 'SHA-256', salt, iterations }
  return new Uint8Array(await subtle().deriveBits(algorithm, key, length * 8))
}

/** A private key that only signs. `publicKey` has 32 bytes, a signature 64. */
export interface SigningKey {
  readonly publicKey: Uint8Array
  sign(message: Uint8Array): Promise<Uint8Array>
}

/** An Ed25519 key (RFC 8032) from its seed of 32 bytes. */
export async function signingKey(seed: Uint8Array): Promise<SigningKey> {
  if (seed.length !== 32) throw new RangeError('an Ed25519 private key has 32 bytes')
  const key = await subtle().importKey('pkcs8', concat(PKCS8_ED25519, seed), 'Ed25519', true, ['sign'])
  const { x = '' } = await subtle().exportKey('jwk', key)
  const publicKey = fromBase64(`${x.replaceAll('-', '+').replaceAll('_', '/')}=`)
  if (publicKey?.length !== 32) throw new Error('the platform exported no public key')
  return { publicKey, sign: async (message) => new Uint8Array(await subtle().sign('Ed25519', key, message)) }
}

/** Whether an Ed25519 signature is right. False, too, if the public key is none. */
export async function isSignedBy(publicKey: Uint8Array, signature: Uint8Array, message: Uint8Array): Promise<boolean> {
  try {
    const key = await subtle().importKey('raw', publicKey, 'Ed25519', false, ['verify'])
    return await subtle().verify('Ed25519', key, signature, message)
  } catch {
    return false // 32 bytes that are no point of the curve
  }
}
