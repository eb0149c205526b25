import type { DatapointDocument } from '@sluice/model'
import { LIMITS } from '@sluice/model'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useMemo } from 'react'
import { client } from '../../client.ts'
import { useLiveEvent } from '../live/live-feed.ts'
import { loadHistory } from './load-history.ts'
import type { History } from './load-history.ts'
import { mergePoints } from './points.ts'

export type Series = {
  points: readonly DatapointDocument[]
  leftOut: History['leftOut']
  isLoading: boolean
  error: unknown
  retry(): void
}

/** The last `spanS` seconds of a channel: history once, then every value as it arrives. */
export function useSeries(feedId: number, channelId: string, spanS: number): Series {
  const queries = useQueryClient()
  const queryKey = useMemo(() => ['history', feedId, channelId, spanS], [feedId, channelId, spanS])
  const { data, error, isPending, refetch } = useQuery({
    queryKey,
    queryFn: async () => {
      const now = Date.now()
      // the end lies ahead, so that points of devices whose clocks are fast are found
      const window = { start: new Date(now - spanS * 1000).toISOString(), end: new Date(now + 3600e3).toISOString() }
      const fetchPage = async (part: typeof window): Promise<readonly DatapointDocument[]> => {
        const query = { ...part, limit: LIMITS.historyLimitMax }
        return (await client.datastreams.get(feedId, channelId, query)).datapoints ?? []
      }
      const loaded = await loadHistory(fetchPage, window)
      // what arrived while the pages were read
      const known = queries.getQueryData<History>(queryKey)?.points ?? []
      return {
        ...loaded,
        points: mergePoints(
          loaded.points,
          known.filter(({ at }) => at > window.start),
        ),
      }
    },
    staleTime: Infinity,
    gcTime: 0,
  })
  useLiveEvent('datapoints', (events) => {
    const mine = events.filter(({ datastream }) => datastream === channelId).map(({ at, value }) => ({ at, value }))
    if (mine.length === 0) return
    const oldest = new Date(Date.now() - spanS * 1000).toISOString()
    queries.setQueryData<History>(queryKey, (before = { points: [], leftOut: null }) => ({
      ...before,
      points: mergePoints(before.points, mine).filter(({ at }) => at >= oldest),
    }))
  })
  return {
    points: data?.points ?? [],
    leftOut: data?.leftOut ?? null,
    isLoading: isPending,
    error,
    retry: () => void refetch(),
  }
}
