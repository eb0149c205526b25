import type { Dict } from '../payload.ts'
import type { AuthStep, HelloRequest } from '../router/authenticator.ts'
import { fromBase64, toBase64 } from '../binary/base64.ts'
import { isEqualInConstantTime } from './bytes.ts'
import { channelBinding } from './channel.ts'
import { type Principal, REFUSED, type RouterMethod, accept, challengeOnce } from './method.ts'
import { saslprep } from './saslprep.ts'
import {
  type ScramCost,
  type ScramDialect,
  type ScramExchange,
  type ScramKeys,
  WIRE,
  authMessage,
  recoveredKey,
} from './scram.ts'
import { hmac, randomBytes } from './web-crypto.ts'

/** What a router keeps of a principal for SCRAM. */
export interface ScramPrincipal extends Principal, ScramCost, ScramKeys {
  /** Of a secret that is being replaced and still counts, with the same salt and costs. */
  readonly former?: (Principal & ScramKeys) | undefined
}

export interface ScramParts {
  readonly dialect: ScramDialect
  /** @param hello its authid is prepared by SASLprep */
  find(hello: HelloRequest & { authid: string }): ScramPrincipal | null | Promise<ScramPrincipal | null>
  /** For an authid nobody has: salt and costs that look like the others', the same each time. */
  decoy(authid: string): ScramPrincipal | Promise<ScramPrincipal>
}

const NONCE_BYTES = 16
const CLIENT_NONCE_LENGTH_MAX = 256

/** Method `wamp-scram` or `scram`, with channel binding where the transport has it. */
export function scramMethod(parts: ScramParts): RouterMethod {
  const { dialect } = parts
  return {
    name: dialect,
    start: async (hello) => {
      const authid = hello.authid === null ? null : saslprep(hello.authid)
      const clientNonce = hello.authextra['nonce']
      if (authid === null || authid === '' || !isNonce(clientNonce)) return REFUSED
      const binding = requestedBinding(hello)
      if (binding === undefined) return REFUSED
      const found = await parts.find({ ...hello, authid })
      const principal = found ?? (await parts.decoy(authid))
      const { salt, iterations, kdf, memoryKiB } = principal
      const nonce = clientNonce + toBase64(randomBytes(NONCE_BYTES))
      const exchange: ScramExchange = { authid, clientNonce, nonce, salt, iterations, binding }
      const cost = { kdf: WIRE[dialect].kdf[kdf], salt: toBase64(salt), iterations }
      // Autobahn takes every key it finds for a number, so memory is named only where there is one
      const memory = memoryKiB === undefined ? {} : { memory: memoryKiB }
      return challengeOnce(dialect, { nonce, ...cost, ...memory }, (signature, extra) =>
        isSameExchange(exchange, extra, dialect)
          ? judge(signature, { exchange, dialect, principal, isKnown: found !== null })
          : REFUSED,
      )
    },
  }
}

async function judge(
  signature: string,
  state: { exchange: ScramExchange; dialect: ScramDialect; principal: ScramPrincipal; isKnown: boolean },
): Promise<AuthStep> {
  const { exchange, dialect, principal, isKnown } = state
  const proof = fromBase64(signature)
  if (proof?.length !== 32) return REFUSED
  const message = authMessage(exchange, dialect)
  for (const { identity, storedKey, serverKey } of [principal, ...(principal.former ? [principal.former] : [])]) {
    const isRight = isEqualInConstantTime(await recoveredKey(proof, storedKey, message), storedKey)
    const verifier = toBase64(await hmac(serverKey, message))
    if (isRight && isKnown) return accept(identity, dialect, { [WIRE[dialect].verifier]: verifier })
  }
  return REFUSED
}

/** What AUTHENTICATE repeats of the exchange must be what was said. Autobahn repeats nothing. */
function isSameExchange({ nonce, binding }: ScramExchange, extra: Dict, dialect: ScramDialect): boolean {
  if (dialect === 'scram') return true
  if ((extra['nonce'] ?? nonce) !== nonce) return false
  if ((extra['channel_binding'] ?? null) !== (binding?.type ?? null)) return false
  if (binding === null) return (extra['cbind_data'] ?? null) === null
  const data = typeof extra['cbind_data'] === 'string' ? fromBase64(extra['cbind_data']) : null
  return data !== null && isEqualInConstantTime(data, binding.data)
}

/** The binding asked for, null if none is, undefined if the transport has no such binding: SCRAM must then fail. */
function requestedBinding({ authextra, transport }: HelloRequest): ScramExchange['binding'] | undefined {
  const type = authextra['channel_binding'] ?? null
  if (type === null) return null
  const data = typeof type === 'string' ? channelBinding(transport, type) : null
  return data === null ? undefined : { type: type as string, data }
}

/** Base64, as the specification demands and RFC 5802 need not: no `,` can get into what is signed. */
function isNonce(nonce: unknown): nonce is string {
  return typeof nonce === 'string' && nonce.length <= CLIENT_NONCE_LENGTH_MAX && (fromBase64(nonce)?.length ?? 0) > 0
}
