import { randomBytes } from 'node:crypto'
import type { Identity } from '@sluice/wamp'

export const COOKIE_NAME = 'sluice_bus'
const COOKIE_BYTES = 32
const COOKIE = new RegExp(`(?:^|;\\s*)${COOKIE_NAME}=([\\w-]{43})(?:;|$)`)
/** Browsers remembered at once; the oldest are forgotten first, and have to authenticate again. */
const REMEMBERED_MAX = 100_000

/** Who authenticated with which cookie, by realm. In memory: after a restart browsers authenticate again. */
export interface CookieJar {
  /** A new cookie for a browser that brought none. */
  issue(): string
  remember(realm: string, cookie: string, identity: Identity, maxAgeS: number): void
  recall(realm: string, cookie: string): Identity | null
}

/** @param now ms since 1970 */
export function makeCookieJar(now: () => number = Date.now): CookieJar {
  const known = new Map<string, { identity: Identity; until: number }>()
  return {
    issue: () => randomBytes(COOKIE_BYTES).toString('base64url'),
    remember(realm, cookie, identity, maxAgeS) {
      const key = `${cookie} ${realm}`
      known.delete(key)
      for (const oldest of known.keys()) {
        if (known.size < REMEMBERED_MAX) break
        known.delete(oldest)
      }
      known.set(key, { identity, until: now() + maxAgeS * 1000 })
    },
    recall(realm, cookie) {
      const key = `${cookie} ${realm}`
      const found = known.get(key)
      if (found && found.until > now()) return found.identity
      known.delete(key)
      return null
    },
  }
}

/** Our cookie in a Cookie header, or null. */
export function cookieIn(header: unknown): string | null {
  return typeof header === 'string' ? (COOKIE.exec(header)?.[1] ?? null) : null
}

/** The Set-Cookie line. Scripts do not see it, and other sites' pages do not send it. */
export function setCookie(cookie: string, { maxAgeS, isSecure }: { maxAgeS: number; isSecure: boolean }): string {
  return `${COOKIE_NAME}=${cookie}; Max-Age=${maxAgeS}; Path=/; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`
}
