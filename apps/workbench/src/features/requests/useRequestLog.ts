import type { RequestEntry } from '@sluice/model'
import { useQuery } from '@tanstack/react-query'
import type { UseQueryResult } from '@tanstack/react-query'
import { useCallback, useReducer } from 'react'
import { client } from '../../client.ts'
import { useLiveEvent, useWhenLive } from '../live/live-feed.ts'
import { type OlderPages, useOlderPages } from '../live/useOlderPages.ts'
import { EMPTY_LOG, reduceLog } from './request-log.ts'
import type { RequestLog } from './request-log.ts'

const PAGE = 50

type LoggedRequests = RequestLog & Omit<OlderPages, 'restart'> & { pause(): void; resume(): void }

/** The request log of a feed: history page by page, then what arrives, held back while paused. */
export function useRequestLog(feedId: number): LoggedRequests {
  const [log, dispatch] = useReducer(reduceLog, EMPTY_LOG)
  const read = useCallback(
    (before?: string) => client.requests.list(feedId, { limit: PAGE, ...(before === undefined ? {} : { before }) }),
    [feedId],
  )
  useLiveEvent('request', (entry) => dispatch({ kind: 'arrived', entries: [entry] }))
  const { restart, ...pages } = useOlderPages({
    pageSize: PAGE,
    read,
    cursorOf: ({ id }) => id,
    onLoaded: (entries) => dispatch({ kind: 'loaded', entries }),
  })
  useWhenLive(() => {
    // what cannot be read now is read with the next page, or by the client after the next gap
    read().then(
      (entries) => dispatch({ kind: 'arrived', entries }),
      () => undefined,
    )
  })
  useLiveEvent('incomplete', restart)

  return {
    ...log,
    ...pages,
    pause: useCallback(() => dispatch({ kind: 'paused' }), []),
    resume: useCallback(() => dispatch({ kind: 'resumed' }), []),
  }
}

/** An entry that a link names but the loaded part of the log does not have; null where the server has forgotten it. */
export function useRequestEntry(feedId: number, id: string, isLoaded: boolean): UseQueryResult<RequestEntry | null> {
  return useQuery({
    queryKey: ['request', feedId, id],
    queryFn: async () => {
      if (!/^\d{1,17}$/.test(id)) return null
      // bounds are exclusive, and entries come newest first
      const [entry] = await client.requests.list(feedId, { before: String(BigInt(id) + 1n), limit: 1 })
      return entry?.id === id ? entry : null
    },
    enabled: !isLoaded,
    staleTime: Infinity,
  })
}
