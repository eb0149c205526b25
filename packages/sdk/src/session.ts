import type { SessionDocument } from '@sluice/model'
import { ApiError } from './api-error.ts'
import type { Http } from './http.ts'

export type SessionResource = {
  /** @throws {ApiError} 401 for a wrong pair, 429 or 403 when tried too often */
  signIn(email: string, password: string): Promise<SessionDocument>
  /** Signs in with the token of a one-time link. @throws {ApiError} 401 used, expired or unknown */
  signInWithLink(token: string): Promise<SessionDocument>
  signOut(): Promise<void>
  /** Who is signed in; null for nobody, and for an API key, which is not told who its owner is. */
  current(): Promise<SessionDocument | null>
  /** @throws {ApiError} 401 or 403 for a wrong current password, 422 for a new one that is too weak */
  changePassword(current: string, next: string): Promise<void>
}

export function sessionResource(http: Http): SessionResource {
  const open = async (path: string, body: unknown): Promise<SessionDocument> =>
    (await http.request('POST', path, { body })).document as SessionDocument
  return {
    signIn: (email, password) => open('/v2/session', { email, password }),
    signInWithLink: (token) => open('/v2/session/link', { token }),
    async signOut() {
      await http.request('DELETE', '/v2/session')
    },
    async current() {
      try {
        const document = (await http.request('GET', '/v2/session')).document as Partial<SessionDocument>
        return document.email === undefined ? null : (document as SessionDocument)
      } catch (error) {
        if (error instanceof ApiError && error.status === 401) return null
        throw error
      }
    },
    async changePassword(current, next) {
      await http.request('PUT', '/v2/session/password', { body: { current, next } })
    },
  }
}
