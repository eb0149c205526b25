import type { Dict } from '../payload.ts'
import type { AuthStep, HelloRequest } from '../router/authenticator.ts'
import { fromHex, isEqualInConstantTime, toHex, xor } from './bytes.ts'
import { channelBinding } from './channel.ts'
import { type Principal, REFUSED, type RouterMethod, accept, challengeOnce } from './method.ts'
import { type SigningKey, isSignedBy, randomBytes, sha256 } from './web-crypto.ts'

const CHALLENGE_BYTES = 32
const SIGNATURE_BYTES = 64
/** Keys of one principal that are tried where the client does not say which is its own. */
const KEYS_MAX = 16

/** Whom a public key belongs to. */
export interface CryptosignPrincipal extends Principal {
  /** Keys that may sign, of 32 bytes each. */
  readonly keys: readonly Uint8Array[]
}

export interface CryptosignParts {
  /** @param pubkey in lower-case hexadecimal, as the client announced it; null: it named an authid only */
  find(pubkey: string | null, hello: HelloRequest): CryptosignPrincipal | null | Promise<CryptosignPrincipal | null>
  /** The router's own key, for clients that ask the router to authenticate. */
  readonly routerKey?: SigningKey
}

/** 32 bytes that stand for a channel: data of another length, as tls-unique has, goes through SHA-256 as in Autobahn. */
export async function channelIdOf(data: Uint8Array): Promise<Uint8Array> {
  return data.length === CHALLENGE_BYTES ? data : await sha256(data)
}

/** What is signed: the challenge, bound to the channel by XOR where there is one. */
export function cryptosignMessage(challenge: Uint8Array, channelId: Uint8Array | null): Uint8Array {
  return channelId === null ? challenge : xor(challenge, channelId)
}

/** Signature and message signed, 96 bytes in hexadecimal. */
export async function signCryptosign(
  key: SigningKey,
  challenge: Uint8Array,
  channelId: Uint8Array | null = null,
): Promise<string> {
  const message = cryptosignMessage(challenge, channelId)
  return toHex(await key.sign(message)) + toHex(message)
}

/** Whether an answer as `signCryptosign` makes it is right for this challenge and one of these keys. */
export async function isCryptosigned(
  signature: string,
  keys: readonly Uint8Array[],
  message: Uint8Array,
): Promise<boolean> {
  const answer = fromHex(signature, SIGNATURE_BYTES + CHALLENGE_BYTES)
  if (answer === null || !isEqualInConstantTime(answer.subarray(SIGNATURE_BYTES), message)) return false
  const results = await Promise.all(
    keys.slice(0, KEYS_MAX).map((key) => isSignedBy(key, answer.subarray(0, SIGNATURE_BYTES), message)),
  )
  return results.includes(true)
}

/** Method `cryptosign` (Advanced Profile, "Cryptosign-based Authentication"), with channel binding and router authentication. */
export function cryptosignMethod(parts: CryptosignParts): RouterMethod {
  return {
    name: 'cryptosign',
    start: async (hello) => {
      const { pubkey } = hello.authextra
      const announced = typeof pubkey === 'string' ? fromHex(pubkey, 32) : null
      // null is said by clients that leave a key out
      if ((pubkey ?? null) !== null && announced === null) return REFUSED
      if (announced === null && hello.authid === null) return REFUSED
      const found = await parts.find(announced && toHex(announced), hello)
      const keys = announced ? [announced] : (found?.keys ?? [DECOY_KEY])
      const { type, id } = await requestedChannel(hello)
      const challenge = randomBytes(CHALLENGE_BYTES)
      const message = cryptosignMessage(challenge, id)
      const extra: Dict = { challenge: toHex(challenge), channel_binding: type, ...(await proof(parts, hello, id)) }
      return challengeOnce('cryptosign', extra, async (signature): Promise<AuthStep> => {
        const isRight = await isCryptosigned(signature, keys, message)
        return isRight && found ? accept(found.identity, 'cryptosign') : REFUSED
      })
    },
  }
}

/** A point of the curve (the base point): an unknown principal's signature is checked against it, for the time it takes. */
const DECOY_KEY = Uint8Array.from({ length: 32 }, (_, i) => (i === 0 ? 0x58 : 0x66))

/** The binding in use; without one of the type asked for the exchange goes on unbound, and says so. */
async function requestedChannel({
  authextra,
  transport,
}: HelloRequest): Promise<{ type: string | null; id: Uint8Array | null }> {
  const type = authextra['channel_binding']
  const data = typeof type === 'string' ? channelBinding(transport, type) : null
  return typeof type === 'string' && data ? { type, id: await channelIdOf(data) } : { type: null, id: null }
}

/** The router's answer to a client's challenge. */
async function proof({ routerKey }: CryptosignParts, hello: HelloRequest, channelId: Uint8Array | null): Promise<Dict> {
  const asked = hello.authextra['challenge']
  const challenge = typeof asked === 'string' ? fromHex(asked, CHALLENGE_BYTES) : null
  if (challenge === null || !routerKey) return {}
  return {
    pubkey: toHex(routerKey.publicKey),
    signature: await signCryptosign(routerKey, challenge, channelId),
  }
}
