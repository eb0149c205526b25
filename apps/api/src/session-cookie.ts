import { createHmac } from 'node:crypto'

/** A session ends 30 days after it began, whatever happens. */
export const SESSION_S_MAX = 30 * 86_400

export type SessionCookie = {
  name: string
  isSecure: boolean
  /** the header that hands a session to a browser */
  issue(token: string): string
  /** the header that takes it back */
  clear(): string
}

/**
 * The cookie of the workbench: unreadable for scripts, sent to this host alone (`__Host-`), not with other sites'
 * requests. Over plain http, which only loopback may use, browsers refuse that prefix, so it has another name there.
 * The value is signed as better-auth verifies it: token, dot, base64 of HMAC-SHA-256.
 */
export function makeSessionCookie(publicUrl: string, secret: string): SessionCookie {
  const isSecure = publicUrl.startsWith('https:')
  const name = isSecure ? '__Host-sluice' : 'sluice'
  const attributes = `Path=/; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`
  return {
    name,
    isSecure,
    issue(token) {
      const signature = createHmac('sha256', secret).update(token).digest('base64')
      return `${name}=${encodeURIComponent(`${token}.${signature}`)}; ${attributes}; Max-Age=${SESSION_S_MAX}`
    },
    clear: () => `${name}=; ${attributes}; Max-Age=0`,
  }
}
