import type { AccessMethod, KeyCheckDocument, KeyDocument, MadeKeyDocument, PermissionDocument } from '@sluice/model'
import { segment } from './http.ts'
import type { Http, HttpAnswer } from './http.ts'
import { lastSegment } from './location-header.ts'

export type KeyWrite = {
  label: string
  /** whether the key sees private feeds at all */
  private_access?: boolean
  /** ISO 8601; the key does not expire when missing */
  expires_at?: string
  permissions: PermissionDocument[]
}

/** What somebody would do with a key: with a feed, a datastream of it, or a trigger. */
export type KeyQuestion = {
  method: AccessMethod
  /** where the request would come from; a permission that is bound to an address needs it */
  sourceIp?: string
  /** of the page that would make a browser ask */
  referer?: string
} & ({ feedId: number; datastreamId?: string } | { triggerId: number })

/** A key that was made or rolled: its number only for a signed-in owner, null for a key that did it. */
export type MadeKey = Omit<MadeKeyDocument, 'id'> & { id: number | null }

export type KeysResource = {
  /** masked; with a feed only those bound to it */
  list(query?: { feedId?: number }): Promise<KeyDocument[]>
  /** @returns the key in clear */
  create(key: KeyWrite): Promise<MadeKey>
  /** The key in clear, for a signed-in owner; recorded. @throws {ApiError} 403 wrong password, or tried too often */
  reveal(id: number, password: string): Promise<string>
  /** Replaces what the key may do. */
  update(id: number, key: KeyWrite): Promise<void>
  /** Programs that use it are refused from now on. */
  remove(id: number): Promise<void>
  /**
   * Gives a key a new text. Number, label and permissions stay; rolling again ends an overlap that is under way.
   * @param key its number where an owner is signed in, its text otherwise
   * @param overlapHours 0 to 168, how long the text before works, too; 24 unless given
   * @returns the new text
   */
  roll(key: number | string, overlapHours?: number): Promise<MadeKey>
  /** Ends the overlap: the text before is refused from now on. Nothing happens where there is none. */
  endRoll(key: number | string): Promise<void>
  /** Whether a key may do something, and a sentence for each of its permissions. Asking is no use of the key. */
  check(key: number | string, question: KeyQuestion): Promise<KeyCheckDocument>
}

export function keysResource(http: Http): KeysResource {
  const path = (id: number | string): string => `/v2/keys/${segment(id)}`
  return {
    async list({ feedId } = {}) {
      const { document } = await http.request('GET', '/v2/keys', { query: { feed_id: feedId } })
      return (document as { keys: KeyDocument[] }).keys
    },
    async create(key) {
      return madeKey(await http.request('POST', '/v2/keys', { body: { key } }))
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
    async roll(key, overlapHours) {
      const body = overlapHours === undefined ? {} : { overlap_hours: overlapHours }
      return madeKey(await http.request('POST', `${path(key)}/roll`, { body }))
    },
    async endRoll(key) {
      await http.request('POST', `${path(key)}/roll/end`)
    },
    async check(key, question) {
      const about =
        'triggerId' in question
          ? { trigger_id: question.triggerId }
          : { feed_id: question.feedId, datastream_id: question.datastreamId }
      const { method, sourceIp, referer } = question
      const query = { method, ...about, source_ip: sourceIp, referer }
      return (await http.request('GET', `${path(key)}/check`, { query })).document as KeyCheckDocument
    },
  }
}

function madeKey({ document, location }: HttpAnswer): MadeKey {
  if (document === null) return { id: null, api_key: lastSegment(location) }
  return document as MadeKeyDocument
}
