import type { FeedDocument, FeedListDocument, LocationDocument } from '@sluice/model'
import { datastreamDocument } from './datastreams.ts'
import type { DatastreamWrite } from './datastreams.ts'
import { historyParameters } from './history-query.ts'
import type { HistoryQuery } from './history-query.ts'
import { segment } from './http.ts'
import type { Http } from './http.ts'
import { lastSegment } from './location-header.ts'

/** What a write says about a feed: a missing member stays as it is. */
export type FeedWrite = {
  title?: string
  private?: boolean
  description?: string
  website?: string
  email?: string
  icon?: string
  auto_feed_url?: string
  tags?: string[]
  location?: LocationDocument
  /** created where missing, others of the feed stay untouched */
  datastreams?: ({ id: string } & DatastreamWrite)[]
}

/** API v2, "Search feeds". */
export type FeedListQuery = {
  /** from 1 */
  page?: number
  /** 1 to 1000, 50 unless told */
  per_page?: number
  /** `summary` leaves datastreams out */
  content?: 'full' | 'summary'
  q?: string
  tag?: string
  /** login of the owner */
  user?: string
  status?: 'live' | 'frozen' | 'all'
  order?: 'created_at' | 'retrieved_at' | 'relevance'
  show_user?: boolean
}
export type FeedQuery = HistoryQuery & {
  /** only these; all of them when missing */
  datastreams?: string[]
  show_user?: boolean
}

export type FeedsResource = {
  /** public feeds and one's own */
  list(query?: FeedListQuery): Promise<FeedListDocument>
  get(id: number, query?: FeedQuery): Promise<FeedDocument>
  create(feed: FeedWrite & { title: string }): Promise<{ id: number }>
  update(id: number, feed: FeedWrite): Promise<void>
  /** With all its data. */
  remove(id: number): Promise<void>
}

export function feedsResource(http: Http): FeedsResource {
  const path = (id: number): string => `/v2/feeds/${segment(id)}`
  return {
    async list(query = {}) {
      return (await http.request('GET', '/v2/feeds', { query })).document as FeedListDocument
    },
    async get(id, query = {}) {
      const { document } = await http.request('GET', path(id), {
        query: {
          ...historyParameters(query),
          datastreams: query.datastreams?.join(','),
          show_user: query.show_user,
        },
      })
      return document as FeedDocument
    },
    async create(feed) {
      const { location } = await http.request('POST', '/v2/feeds', { body: feedDocument(feed) })
      return { id: Number(lastSegment(location)) }
    },
    async update(id, feed) {
      await http.request('PUT', path(id), { body: feedDocument(feed) })
    },
    async remove(id) {
      await http.request('DELETE', path(id))
    },
  }
}

function feedDocument(feed: FeedWrite): unknown {
  const { datastreams } = feed
  return datastreams === undefined ? feed : { ...feed, datastreams: datastreams.map(datastreamDocument) }
}
