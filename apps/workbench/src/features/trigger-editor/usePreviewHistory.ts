import type { DatapointDocument } from '@sluice/model'
import { LIMITS } from '@sluice/model'
import { useQuery } from '@tanstack/react-query'
import type { UseQueryResult } from '@tanstack/react-query'
import { client } from '../../client.ts'
import { loadHistory } from '../graph/load-history.ts'
import type { History } from '../graph/load-history.ts'

/** Stored values of a channel in a window, in milliseconds; as many as a graph can show. */
export function usePreviewHistory(
  feedId: number,
  channelId: string,
  { startMs, endMs }: { startMs: number; endMs: number },
): UseQueryResult<History> {
  return useQuery({
    queryKey: ['preview', feedId, channelId, startMs, endMs],
    queryFn: () =>
      loadHistory(
        async (part): Promise<readonly DatapointDocument[]> => {
          const query = { ...part, limit: LIMITS.historyLimitMax }
          return (await client.datastreams.get(feedId, channelId, query)).datapoints ?? []
        },
        { start: new Date(startMs).toISOString(), end: new Date(endMs).toISOString() },
      ),
    enabled: feedId > 0 && channelId !== '',
    staleTime: Infinity,
    gcTime: 60_000,
  })
}
