import type { ClientAuth } from '../client/join.ts'
import { ERROR, WampError } from '../errors.ts'
import type { Dict } from '../payload.ts'
import { fromBase64, toBase64 } from '../binary/base64.ts'
import { fromHex, isEqualInConstantTime, toHex } from './bytes.ts'
import { deriveCraKey, signCra } from './cra.ts'
import { channelIdOf, cryptosignMessage, isCryptosigned, signCryptosign } from './cryptosign.ts'
import { saslprep } from './saslprep.ts'
import {
  type Argon2id,
  type ScramCost,
  type ScramDialect,
  type ScramExchange,
  WIRE,
  authMessage,
  clientProof,
  saltPassword,
  scramKeys,
} from './scram.ts'
import { type SigningKey, hmac, randomBytes } from './web-crypto.ts'

const NONCE_BYTES = 16
/** Least costs taken from a router: lower ones are those of one that wants the password (RFC 7677, section 4). */
const ITERATIONS_MIN = 4096
const ARGON2_KIB_PASSES_MIN = 4096
const MEMORY_KIB_MAX = 2 ** 20
const KEYLEN_MAX = 128

/** What is bound to the transport that a client joins over, for the type of channel binding that it offers. */
export interface ClientChannel {
  readonly type: string
  readonly data: Uint8Array
}

/** Anonymous, but said so: for a realm that offers several methods. */
export function anonymousAuth(authid?: string): ClientAuth {
  return { authmethods: ['anonymous'], ...(authid === undefined ? {} : { authid }) }
}

/** Transport-level methods: there is nothing to say but their name. */
export function transportAuth(method: 'tls' | 'cookie'): ClientAuth {
  return { authmethods: [method] }
}

/** WAMP-CRA, with and without salt, as the router asks. */
export function craAuth({ authid, secret }: { authid: string; secret: string }): ClientAuth {
  return {
    authid,
    authmethods: ['wampcra'],
    answer: async (_method, extra) => {
      const challenge = text(extra, 'challenge')
      if (typeof extra['salt'] !== 'string') return { signature: await signCra(secret, challenge) }
      // absent numbers have these defaults in every client there is
      const iterations = number(extra, 'iterations', 1000)
      const keylen = number(extra, 'keylen', 32)
      if (keylen < 1 || keylen > KEYLEN_MAX) throw refused('the key length asked for is out of range')
      const key = await deriveCraKey(secret, { salt: extra['salt'], iterations, keylen })
      return { signature: await signCra(key, challenge) }
    },
  }
}

export interface ScramCredentials {
  readonly authid: string
  readonly password: string
  /** In order of preference; default the specification's only. */
  readonly dialects?: readonly ScramDialect[]
  /** For routers that hash with Argon2id. */
  readonly argon2id?: Argon2id
  readonly channel?: ClientChannel
}

/** SCRAM. The router must prove that it knows the password, too. For one attempt to join: the nonce is single-use. */
export function scramAuth(credentials: ScramCredentials): ClientAuth {
  const { authid, dialects = ['wamp-scram'], channel } = credentials
  const clientNonce = toBase64(randomBytes(NONCE_BYTES))
  let state: { dialect: ScramDialect; verifier: Uint8Array } | null = null
  let isUsed = false
  return {
    authid,
    authmethods: dialects,
    authextra: { nonce: clientNonce, channel_binding: channel?.type ?? null },
    answer: async (method, extra) => {
      if (isUsed) throw refused('the nonce was used before')
      isUsed = true
      const dialect = method as ScramDialect
      const exchange = exchangeOf(extra, { authid: saslprep(authid) ?? authid, clientNonce, channel })
      const salted = await saltPassword(credentials.password, costOf(extra, dialect, exchange), {
        dialect,
        argon2id: credentials.argon2id,
      })
      const message = authMessage(exchange, dialect)
      state = { dialect, verifier: await hmac((await scramKeys(salted)).serverKey, message) }
      const cbind = channel ? { channel_binding: channel.type, cbind_data: toBase64(channel.data) } : UNBOUND
      return {
        signature: toBase64(await clientProof(salted, message)),
        extra: { nonce: exchange.nonce, ...cbind },
      }
    },
    welcomed: ({ authmethod, authextra }) => {
      if (!dialects.includes(authmethod as ScramDialect)) return
      const given = state && (authextra as Dict | undefined)?.[WIRE[state.dialect].verifier]
      // the specification's own example writes `v=` before it
      const verifier = typeof given === 'string' ? fromBase64(given.replace(/^v=/, '')) : null
      if (!state || !verifier || !isEqualInConstantTime(verifier, state.verifier))
        throw refused('the router does not know the password')
    },
  }
}

const UNBOUND = { channel_binding: null, cbind_data: null }

function exchangeOf(
  extra: Dict,
  { authid, clientNonce, channel }: { authid: string; clientNonce: string; channel: ClientChannel | undefined },
): ScramExchange {
  const nonce = text(extra, 'nonce')
  const salt = fromBase64(text(extra, 'salt'))
  if (!nonce.startsWith(clientNonce) || nonce.length === clientNonce.length || salt === null)
    throw refused('the challenge does not answer this nonce')
  return { authid, clientNonce, nonce, salt, iterations: number(extra, 'iterations'), binding: channel ?? null }
}

function costOf(extra: Dict, dialect: ScramDialect, { salt, iterations }: ScramExchange): ScramCost {
  const { pbkdf2, argon2id } = WIRE[dialect].kdf
  if (extra['kdf'] === pbkdf2) {
    if (iterations < ITERATIONS_MIN) throw refused(`${iterations} iterations are too few`)
    return { kdf: 'pbkdf2', salt, iterations }
  }
  if (extra['kdf'] !== argon2id) throw refused('the key derivation function asked for is unknown')
  const memoryKiB = number(extra, 'memory')
  if (iterations * memoryKiB < ARGON2_KIB_PASSES_MIN || memoryKiB > MEMORY_KIB_MAX)
    throw refused('the costs of Argon2id asked for are out of range')
  return { kdf: 'argon2id', salt, iterations, memoryKiB }
}

export interface CryptosignCredentials {
  readonly key: SigningKey
  /** Without it the router finds the principal by the public key. */
  readonly authid?: string
  /** The router's public key in hexadecimal: the router must then prove that it has the private one. */
  readonly routerKey?: string
  readonly channel?: ClientChannel
}

/** Cryptosign with a key made by `signingKey`. For one attempt to join: the challenge to the router is single-use. */
export function cryptosignAuth({ key, authid, routerKey, channel }: CryptosignCredentials): ClientAuth {
  const asked = routerKey === undefined ? null : randomBytes(32)
  return {
    ...(authid === undefined ? {} : { authid }),
    authmethods: ['cryptosign'],
    authextra: {
      pubkey: toHex(key.publicKey),
      ...(channel ? { channel_binding: channel.type } : {}),
      ...(asked ? { challenge: toHex(asked) } : {}),
    },
    answer: async (_method, extra) => {
      if ((extra['channel_binding'] ?? null) !== (channel?.type ?? null))
        throw refused('the router does not bind to the channel as asked')
      const channelId = channel ? await channelIdOf(channel.data) : null
      const challenge = fromHex(text(extra, 'challenge'), 32)
      if (challenge === null) throw refused('the challenge has not 32 bytes')
      if (asked && routerKey !== undefined) await checkRouter(extra, routerKey, cryptosignMessage(asked, channelId))
      return { signature: await signCryptosign(key, challenge, channelId) }
    },
  }
}

async function checkRouter(extra: Dict, routerKey: string, message: Uint8Array): Promise<void> {
  const key = fromHex(routerKey, 32)
  const { pubkey, signature } = extra
  const isSame = typeof pubkey === 'string' && pubkey.toLowerCase() === routerKey.toLowerCase()
  if (!isSame || key === null || typeof signature !== 'string' || !(await isCryptosigned(signature, [key], message)))
    throw refused('the router has not the key expected')
}

/** Several methods, in order of preference, and several factors: each CHALLENGE is answered by the method it names. */
export function anyAuth(first: ClientAuth, ...others: readonly ClientAuth[]): ClientAuth {
  const all = [first, ...others]
  const authid = all.find((auth) => auth.authid !== undefined)?.authid
  return {
    ...(authid === undefined ? {} : { authid }),
    authmethods: all.flatMap(({ authmethods }) => authmethods),
    authextra: Object.assign({}, ...all.map(({ authextra }) => authextra).toReversed()) as Dict,
    answer: (method, extra) => {
      const chosen = all.find(({ authmethods }) => authmethods.includes(method))
      if (!chosen?.answer) throw refused(`no answer to a challenge of method ${method}`)
      return chosen.answer(method, extra)
    },
    welcomed: (details) => {
      for (const auth of all) auth.welcomed?.(details)
    },
  }
}

function refused(why: string): WampError {
  return new WampError(ERROR.authenticationFailed, [why])
}

function text(extra: Dict, key: string): string {
  const value = extra[key]
  if (typeof value !== 'string') throw refused(`a challenge without ${key}`)
  return value
}

function number(extra: Dict, key: string, otherwise?: number): number {
  const value = extra[key] ?? otherwise
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1) throw refused(`a challenge without ${key}`)
  return value
}
