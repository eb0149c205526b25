import { argon2 } from 'node:crypto'
import { promisify } from 'node:util'
import {
  type Argon2id,
  type ScramCost,
  type ScramDialect,
  type ScramKeys,
  fromHex,
  saltPassword,
  scramKeys,
} from '@sluice/wamp'

const hash = promisify(argon2)
const SALT_BYTES = 16
/** OWASP's recommendations for passwords; a client pays them at each attempt to join. */
const PBKDF2_ITERATIONS = 600_000
const ARGON2_PASSES = 2
const ARGON2_KIB = 19_456

/** What is stored of one password. */
export type ScramCredential = ScramCost & ScramKeys

export const argon2id: Argon2id = async (password, { salt, iterations, memoryKiB }) =>
  await hash('argon2id', {
    message: password,
    nonce: salt,
    parallelism: 1,
    tagLength: 32,
    memory: memoryKiB,
    passes: iterations,
  })

/** Keys as they are written down: `argon2id-13` is Autobahn's, and its keys fit method `scram` only. */
export interface StoredScram {
  readonly kdf: 'pbkdf2' | 'argon2id13' | 'argon2id-13'
  readonly salt: string
  readonly iterations: number
  readonly memory?: number
  readonly 'stored-key': string
  readonly 'server-key': string
}

/** @returns null if the keys are of the other dialect, or no hexadecimal */
export function storedCredential(stored: StoredScram, dialect: ScramDialect): ScramCredential | null {
  const { kdf, iterations, memory } = stored
  if (kdf === (dialect === 'scram' ? 'argon2id13' : 'argon2id-13')) return null
  const [salt, storedKey, serverKey] = [stored.salt, stored['stored-key'], stored['server-key']].map((hex) =>
    fromHex(hex),
  )
  if (!salt || !storedKey || !serverKey) return null
  const cost = { kdf: kdf === 'pbkdf2' ? kdf : 'argon2id', salt, iterations } as const
  return { ...cost, ...(memory !== undefined && { memoryKiB: memory }), storedKey, serverKey }
}

/** Derives what is stored of a password; takes tenths of a second. */
export async function derivedCredential(
  given: { password: string; kdf: 'pbkdf2' | 'argon2id'; iterations?: number; memory?: number },
  salt: Uint8Array,
  dialect: ScramDialect,
): Promise<ScramCredential> {
  const { kdf, iterations, memory = ARGON2_KIB } = given
  const cost: ScramCost =
    kdf === 'pbkdf2'
      ? { kdf, salt, iterations: iterations ?? PBKDF2_ITERATIONS }
      : { kdf, salt, iterations: iterations ?? ARGON2_PASSES, memoryKiB: memory }
  return { ...cost, ...(await scramKeys(await saltPassword(given.password, cost, { dialect, argon2id }))) }
}

/** A credential that no password fits, with the salt and costs of somebody who might be. */
export function decoyCredential(like: ScramCost | null, bytes: (count: number) => Uint8Array): ScramCredential {
  const cost = like ?? { kdf: 'pbkdf2', salt: new Uint8Array(SALT_BYTES), iterations: PBKDF2_ITERATIONS }
  const keys = { storedKey: new Uint8Array(32), serverKey: new Uint8Array(32) }
  return { ...cost, ...keys, salt: bytes(Math.min(cost.salt.length, 64)) }
}
