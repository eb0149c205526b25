import type { DatastreamDocument, UnitDocument } from '@sluice/model'
import { pointDocument } from './datapoints.ts'
import type { DatapointWrite } from './datapoints.ts'
import { historyParameters } from './history-query.ts'
import type { HistoryQuery } from './history-query.ts'
import { segment } from './http.ts'
import type { Http } from './http.ts'

/** What a write says about a datastream: a missing member stays as it is. */
export type DatastreamWrite = {
  /** at most 255 characters */
  current_value?: string | number
  /** time of `current_value`; the server's time of arrival when missing */
  at?: string
  tags?: string[]
  unit?: UnitDocument
  max_value?: string | number
  min_value?: string | number
  datapoints?: DatapointWrite[]
}

export type DatastreamsResource = {
  create(feedId: number, datastream: { id: string } & DatastreamWrite): Promise<void>
  get(feedId: number, id: string, history?: HistoryQuery): Promise<DatastreamDocument>
  /** @throws {ApiError} 404 where the datastream does not exist; `feeds.update` creates missing ones */
  update(feedId: number, id: string, datastream: DatastreamWrite): Promise<void>
  /** With all its data. */
  remove(feedId: number, id: string): Promise<void>
}

export function datastreamsResource(http: Http): DatastreamsResource {
  const base = (feedId: number): string => `/v2/feeds/${segment(feedId)}/datastreams`
  const path = (feedId: number, id: string): string => `${base(feedId)}/${guarded(segment(id))}`
  return {
    async create(feedId, datastream) {
      const body = { version: '1.0.0', datastreams: [datastreamDocument(datastream)] }
      await http.request('POST', base(feedId), { body })
    },
    async get(feedId, id, history = {}) {
      const { document } = await http.request('GET', path(feedId, id), {
        query: historyParameters(history),
      })
      return document as DatastreamDocument
    },
    async update(feedId, id, datastream) {
      await http.request('PUT', path(feedId, id), { body: datastreamDocument(datastream) })
    },
    async remove(feedId, id) {
      await http.request('DELETE', path(feedId, id))
    },
  }
}

/** An id like `log.csv` at the end of a path would read as an id and a format (API v2): a format of ours goes behind. */
const guarded = (id: string): string => (/\.(?:json|xml|csv|png)$/i.test(id) ? `${id}.json` : id)

/** Values travel as strings (API v2), so that `20.50` stays `20.50`. */
export function datastreamDocument(write: DatastreamWrite): Record<string, unknown> {
  return {
    ...write,
    ...(write.current_value === undefined ? {} : { current_value: String(write.current_value) }),
    ...(write.max_value === undefined ? {} : { max_value: String(write.max_value) }),
    ...(write.min_value === undefined ? {} : { min_value: String(write.min_value) }),
    ...(write.datapoints === undefined ? {} : { datapoints: write.datapoints.map(pointDocument) }),
  }
}
