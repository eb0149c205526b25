import type { Query } from './http.ts'

/**
 * Window of a history query (API v2, "Historical data"): bounds are inclusive ISO 8601 times, points come in ascending
 * order, and of a window with more than `limit` points the oldest are kept. Any member asks for history.
 */
export type HistoryQuery = {
  start?: string
  end?: string
  /** `6hours`, `1day`: with `start` forward from it, with `end` backward, alone up to now; not with both */
  duration?: string
  /** points for each datastream: 100 unless told, at most 1000 */
  limit?: number
}

export const historyParameters = ({ start, end, duration, limit }: HistoryQuery): Query => ({
  start,
  end,
  duration,
  limit,
})
