import type { Dict } from '../payload.ts'
import { toBase64 } from '../binary/base64.ts'
import { isEqualInConstantTime, utf8 } from './bytes.ts'
import { type Principal, REFUSED, type RouterMethod, accept, challengeOnce } from './method.ts'
import { hmac, pbkdf2, randomBytes } from './web-crypto.ts'
import type { HelloRequest } from '../router/authenticator.ts'

/** How a salted secret was derived; the salt is a text, used as its UTF-8 bytes, and `keylen` is in bytes. */
export interface CraSalting {
  readonly salt: string
  readonly iterations: number
  readonly keylen: number
}

/** What a router keeps of a principal for WAMP-CRA. */
export interface CraPrincipal extends Principal {
  /** The secret itself, or with `salting` what `deriveCraKey` makes of it. */
  readonly key: string
  readonly salting?: CraSalting
  /** A secret that is being replaced and still counts, derived with the same salting. */
  readonly former?: (Principal & { readonly key: string }) | undefined
}

export interface CraParts {
  find(hello: HelloRequest & { authid: string }): CraPrincipal | null | Promise<CraPrincipal | null>
  /** For an authid nobody has: a principal that looks like the others, the same each time. Its key is never right. */
  decoy(authid: string): CraPrincipal | Promise<CraPrincipal>
  /** The time for the challenge. */
  now(): Date
}

const NONCE_BYTES = 32

/**
 * The key of a salted secret: the base64 *text* of PBKDF2-HMAC-SHA-256. The specification does not say text or bytes;
 * all implementations use the text.
 */
export async function deriveCraKey(secret: string, { salt, iterations, keylen }: CraSalting): Promise<string> {
  return toBase64(await pbkdf2(utf8(secret), { salt: utf8(salt), iterations, length: keylen }))
}

/** The signature that AUTHENTICATE carries. */
export async function signCra(key: string, challenge: string): Promise<string> {
  return toBase64(await hmac(utf8(key), utf8(challenge)))
}

/** Method `wampcra` (Advanced Profile, "Challenge Response Authentication"), with and without salt. */
export function craMethod({ find, decoy, now }: CraParts): RouterMethod {
  return {
    name: 'wampcra',
    start: async (hello) => {
      const { authid } = hello
      if (authid === null) return REFUSED
      const found = await find({ ...hello, authid })
      const principal = found ?? (await decoy(authid))
      const { identity, key, salting } = principal
      const challenge = JSON.stringify({
        authid: identity.authid,
        authrole: identity.authrole,
        authmethod: 'wampcra',
        authprovider: identity.authprovider,
        nonce: toBase64(randomBytes(NONCE_BYTES)),
        timestamp: now().toISOString(),
        session: hello.session,
      })
      const extra: Dict = { challenge, ...salting }
      return challengeOnce('wampcra', extra, async (signature) => {
        const isSignedBy = async (secret: string): Promise<boolean> => {
          const expected = await signCra(secret, challenge)
          return isEqualInConstantTime(utf8(expected), utf8(signature.slice(0, expected.length + 1)))
        }
        if ((await isSignedBy(key)) && found) return accept(identity, 'wampcra')
        const former = found?.former
        return former && (await isSignedBy(former.key)) ? accept(former.identity, 'wampcra') : REFUSED
      })
    },
  }
}
