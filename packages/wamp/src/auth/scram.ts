import { toBase64 } from '../binary/base64.ts'
import { utf8, xor } from './bytes.ts'
import { saslprep } from './saslprep.ts'
import { hmac, pbkdf2, sha256 } from './web-crypto.ts'

/**
 * The two dialects of SCRAM in WAMP, told apart by the name of the method: `wamp-scram` is the specification's
 * (Advanced Profile, "Salted Challenge Response Authentication"), `scram` that of Autobahn|Python and Crossbar.
 */
export type ScramDialect = 'wamp-scram' | 'scram'
export type ScramKdf = 'pbkdf2' | 'argon2id'

/** How a password is hashed. `memoryKiB` is for Argon2id only, whose parallelism is 1 by the specification. */
export interface ScramCost {
  readonly kdf: ScramKdf
  readonly salt: Uint8Array
  readonly iterations: number
  readonly memoryKiB?: number
}

/** What a router stores of a password: enough to check a proof, not enough to make one. */
export interface ScramKeys {
  readonly storedKey: Uint8Array
  readonly serverKey: Uint8Array
}

/** Argon2id version 1.3 with one lane and 32 bytes of output; no platform brings it, so it is passed in. */
export type Argon2id = (
  password: Uint8Array,
  cost: { readonly salt: Uint8Array; readonly iterations: number; readonly memoryKiB: number },
) => Promise<Uint8Array>

interface Wire {
  /** CHALLENGE.Extra.kdf. */
  readonly kdf: Readonly<Record<ScramKdf, string>>
  /** The key of WELCOME.Details.authextra that carries the server's signature. */
  readonly verifier: string
  /** The value of `c=` without channel binding: base64 of `n,,`, or nothing. */
  readonly unbound: string
  /** Whether a password goes through SASLprep; Autobahn takes its UTF-8 bytes as they are. */
  readonly isPasswordPrepared: boolean
  /** RFC 5802 escapes `,` and `=` of a user name; Autobahn does not. */
  escape(authid: string): string
  /** What keys are made of, from Argon2's output: Autobahn takes it as base64 text without padding. */
  argon2(hash: Uint8Array): Uint8Array
}

export const WIRE: Readonly<Record<ScramDialect, Wire>> = {
  'wamp-scram': {
    kdf: { pbkdf2: 'pbkdf2', argon2id: 'argon2id13' },
    verifier: 'verifier',
    unbound: 'biws',
    isPasswordPrepared: true,
    escape: (authid) => authid.replaceAll('=', '=3D').replaceAll(',', '=2C'),
    argon2: (hash) => hash,
  },
  scram: {
    kdf: { pbkdf2: 'pbkdf2', argon2id: 'argon2id-13' },
    verifier: 'scram_server_signature',
    unbound: '',
    isPasswordPrepared: false,
    escape: (authid) => authid,
    argon2: (hash) => utf8(toBase64(hash).replace(/=+$/, '')),
  },
}

/**
 * The password as SCRAM's keys are made of it.
 * @throws {TypeError} the password has characters that SASLprep forbids
 * @throws {RangeError} costs out of range, or Argon2id asked for and not given
 */
export async function saltPassword(
  password: string,
  cost: ScramCost,
  { dialect, argon2id }: { dialect: ScramDialect; argon2id?: Argon2id | undefined },
): Promise<Uint8Array> {
  const prepared = WIRE[dialect].isPasswordPrepared ? saslprep(password) : password
  if (prepared === null) throw new TypeError('the password has characters that are not allowed')
  const { kdf, salt, iterations, memoryKiB } = cost
  if (kdf === 'pbkdf2') return await pbkdf2(utf8(prepared), { salt, iterations, length: 32 })
  if (!argon2id || memoryKiB === undefined) throw new RangeError('Argon2id is not available')
  return WIRE[dialect].argon2(await argon2id(utf8(prepared), { salt, iterations, memoryKiB }))
}

/** What the router stores, from a salted password. */
export async function scramKeys(salted: Uint8Array): Promise<ScramKeys> {
  const storedKey = await sha256(await hmac(salted, utf8('Client Key')))
  return { storedKey, serverKey: await hmac(salted, utf8('Server Key')) }
}

/** The parts of an exchange that both sides sign. */
export interface ScramExchange {
  readonly authid: string
  readonly clientNonce: string
  /** The client's nonce and the router's appended. */
  readonly nonce: string
  readonly salt: Uint8Array
  readonly iterations: number
  /** The channel that the exchange is bound to, or null. */
  readonly binding: { readonly type: string; readonly data: Uint8Array } | null
}

/** AuthMessage in the syntax of RFC 5802, section 7. */
export function authMessage(exchange: ScramExchange, dialect: ScramDialect): Uint8Array {
  const { authid, clientNonce, nonce, salt, iterations, binding } = exchange
  const { escape, unbound } = WIRE[dialect]
  const c = binding === null ? unbound : toBase64(new Uint8Array([...utf8(`p=${binding.type},,`), ...binding.data]))
  const clientFirst = `n=${escape(authid)},r=${clientNonce}`
  const serverFirst = `r=${nonce},s=${toBase64(salt)},i=${iterations}`
  return utf8(`${clientFirst},${serverFirst},c=${c},r=${nonce}`)
}

/** ClientProof of RFC 5802, section 3. */
export async function clientProof(salted: Uint8Array, message: Uint8Array): Promise<Uint8Array> {
  const clientKey = await hmac(salted, utf8('Client Key'))
  return xor(clientKey, await hmac(await sha256(clientKey), message))
}

/** The StoredKey that a proof gives away; the proof is right if it is the one that is stored. */
export async function recoveredKey(proof: Uint8Array, storedKey: Uint8Array, message: Uint8Array): Promise<Uint8Array> {
  return await sha256(xor(await hmac(storedKey, message), proof))
}
