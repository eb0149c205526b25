import { LIMITS } from '@sluice/model'
import { segment } from './http.ts'
import type { Http } from './http.ts'

export type DatapointWrite = {
  /** ISO 8601; microseconds are kept. The server's time of arrival when missing */
  at?: string
  /** at most 255 characters; text is legal. A string keeps its exact digits */
  value: string | number
}

export type DatapointsResource = {
  /**
   * Stores points of one datastream; resolved once they are on disk. More than 500 travel in several requests, in
   * order: when one fails the earlier ones are stored, and sending all of them again stores none twice.
   * @throws {ApiError} 404 no such datastream, 422 a value or time that is refused: nothing of that request is stored
   */
  append(feedId: number, datastreamId: string, points: readonly DatapointWrite[]): Promise<void>
  /** @param at time of the point, compared to the microsecond */
  remove(feedId: number, datastreamId: string, at: string): Promise<void>
}

export function datapointsResource(http: Http): DatapointsResource {
  const path = (feedId: number, id: string): string =>
    `/v2/feeds/${segment(feedId)}/datastreams/${segment(id)}/datapoints`
  return {
    async append(feedId, datastreamId, points) {
      for (let from = 0; from < points.length; from += LIMITS.datapointsPerRequestMax) {
        const datapoints = points.slice(from, from + LIMITS.datapointsPerRequestMax).map(pointDocument)
        await http.request('POST', path(feedId, datastreamId), { body: { datapoints } })
      }
    },
    async remove(feedId, datastreamId, at) {
      await http.request('DELETE', `${path(feedId, datastreamId)}/${segment(at)}`)
    },
  }
}

/** Values travel as strings (API v2). */
export const pointDocument = ({ at, value }: DatapointWrite): { at?: string; value: string } => ({
  ...(at === undefined ? {} : { at }),
  value: String(value),
})
