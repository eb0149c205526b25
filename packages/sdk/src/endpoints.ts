import type { EndpointDocument } from '@sluice/model'
import { segment } from './http.ts'
import type { Http } from './http.ts'

/** `enabled: true` ends what failures or 410 Gone did. */
export type EndpointWrite = { paused?: boolean; verifies_tls?: boolean; enabled?: true }
export type RotatedSecret = {
  secret: string
  /** ISO 8601; until then messages carry a signature of the old one, too */
  previous_until: string
}

/** Targets of an account's triggers, for a signed-in owner or a master key. */
export type EndpointsResource = {
  list(): Promise<EndpointDocument[]>
  get(id: number): Promise<EndpointDocument>
  update(id: number, endpoint: EndpointWrite): Promise<void>
  /** Sends again all that was given up since then. @param since ISO 8601 @returns how many */
  redeliver(id: number, since: string): Promise<number>
  /** What messages are signed with, for a signed-in owner; recorded. @throws {ApiError} 403 wrong password */
  revealSecret(id: number, password: string): Promise<string>
  /** A new secret; the old one signs, too, for a day. @throws {ApiError} 403 wrong password */
  rotateSecret(id: number, password: string): Promise<RotatedSecret>
}

export function endpointsResource(http: Http): EndpointsResource {
  const path = (id: number): string => `/v2/endpoints/${segment(id)}`
  return {
    async list() {
      const { document } = await http.request('GET', '/v2/endpoints')
      return (document as { endpoints: EndpointDocument[] }).endpoints
    },
    async get(id) {
      return (await http.request('GET', path(id))).document as EndpointDocument
    },
    async update(id, endpoint) {
      await http.request('PUT', path(id), { body: endpoint })
    },
    async redeliver(id, since) {
      const { document } = await http.request('POST', `${path(id)}/redeliver`, { body: { since } })
      return (document as { redelivered: number }).redelivered
    },
    async revealSecret(id, password) {
      const { document } = await http.request('POST', `${path(id)}/secret`, { body: { password } })
      return (document as { secret: string }).secret
    },
    async rotateSecret(id, password) {
      return (await http.request('POST', `${path(id)}/rotate`, { body: { password } })).document as RotatedSecret
    },
  }
}
