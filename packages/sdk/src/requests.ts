import type { RequestEntry } from '@sluice/model'
import { segment } from './http.ts'
import type { Http } from './http.ts'

/** `before` and `after` are ids of entries, exclusive; with `after` alone the page right behind it, else the newest. */
export type RequestQuery = { before?: string; after?: string; limit?: number }

export type RequestsResource = {
  /** The request log of one feed, refused requests included, newest first. */
  list(feedId: number, query?: RequestQuery): Promise<RequestEntry[]>
}

export function requestsResource(http: Http): RequestsResource {
  return {
    async list(feedId, { before, after, limit } = {}) {
      const { document } = await http.request('GET', `/v2/feeds/${segment(feedId)}/requests`, {
        query: { before, after, limit },
      })
      return (document as { requests: RequestEntry[] }).requests
    },
  }
}
