import type { KeyDocument, PermissionDocument } from '@sluice/model'
import { segment } from './http.ts'
import type { Http } from './http.ts'
import { lastSegment } from './location-header.ts'

export type KeyWrite = {
  label: string
  /** whether the key sees private feeds at all */
  private_access?: boolean
  /** ISO 8601; the key does not expire when missing */
  expires_at?: string
  permissions: PermissionDocument[]
}

export type KeysResource = {
  /** masked; with a feed only those bound to it */
  list(query?: { feedId?: number }): Promise<KeyDocument[]>
  /** @returns the key in clear; its id where an owner is signed in, null for a key that made another */
  create(key: KeyWrite): Promise<{ id: number | null; api_key: string }>
  /** The key in clear, for a signed-in owner; recorded. @throws {ApiError} 403 wrong password, or tried too often */
  reveal(id: number, password: string): Promise<string>
  /** Replaces what the key may do. */
  update(id: number, key: KeyWrite): Promise<void>
  /** Programs that use it are refused from now on. */
  remove(id: number): Promise<void>
}

export function keysResource(http: Http): KeysResource {
  const path = (id: number): string => `/v2/keys/${segment(id)}`
  return {
    async list({ feedId } = {}) {
      const { document } = await http.request('GET', '/v2/keys', { query: { feed_id: feedId } })
      return (document as { keys: KeyDocument[] }).keys
    },
    async create(key) {
      const { document, location } = await http.request('POST', '/v2/keys', { body: { key } })
      if (document === null) return { id: null, api_key: lastSegment(location) }
      return document as { id: number; api_key: string }
    },
    async reveal(id, password) {
      const { document } = await http.request('POST', `${path(id)}/reveal`, { body: { password } })
      return (document as { api_key: string }).api_key
    },
    async update(id, key) {
      await http.request('PUT', path(id), { body: { key } })
    },
    async remove(id) {
      await http.request('DELETE', path(id))
    },
  }
}
