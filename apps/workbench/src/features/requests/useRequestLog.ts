import type { RequestEntry } from '@sluice/model'
import { useQuery } from '@tanstack/react-query'
import type { UseQueryResult } from '@tanstack/react-query'
import { useCallback, useEffect, useReducer, useRef, useState } from 'react'
import { client } from '../../client.ts'
import { useLiveEvent, useWhenLive } from '../live/live-feed.ts'
import { EMPTY_LOG, reduceLog } from './request-log.ts'
import type { RequestLog } from './request-log.ts'

const PAGE = 50

type LoggedRequests = RequestLog & {
  /** of the first page */
  isLoading: boolean
  error: unknown
  hasOlder: boolean
  isLoadingOlder: boolean
  /** reads the first page, or the next older one */
  load(): Promise<void>
  pause(): void
  resume(): void
}

/** The request log of a feed: history page by page, then what arrives, held back while paused. */
export function useRequestLog(feedId: number): LoggedRequests {
  const [log, dispatch] = useReducer(reduceLog, EMPTY_LOG)
  const [state, setState] = useState({
    isLoading: true,
    isLoadingOlder: false,
    hasOlder: false,
    error: null as unknown,
  })
  const cursor = useRef<string>(undefined)
  const isBusy = useRef(false)
  useLiveEvent('request', (entry) => dispatch({ kind: 'arrived', entries: [entry] }))

  const load = useCallback(async () => {
    if (isBusy.current) return
    isBusy.current = true
    const before = cursor.current
    setState((state) => ({ ...state, error: null, isLoadingOlder: before !== undefined }))
    try {
      const entries = await client.requests.list(feedId, { limit: PAGE, ...(before === undefined ? {} : { before }) })
      cursor.current = entries.at(-1)?.id ?? before
      dispatch({ kind: 'loaded', entries })
      setState({ isLoading: false, isLoadingOlder: false, hasOlder: entries.length === PAGE, error: null })
    } catch (error) {
      setState((state) => ({ ...state, isLoading: false, isLoadingOlder: false, error }))
    } finally {
      isBusy.current = false
    }
  }, [feedId])
  useEffect(() => void load(), [load])
  useWhenLive(() => {
    // what cannot be read now is read with the next page, or by the client after the next gap
    client.requests.list(feedId, { limit: PAGE }).then(
      (entries) => dispatch({ kind: 'arrived', entries }),
      () => undefined,
    )
  })
  useLiveEvent('incomplete', () => {
    cursor.current = undefined
    void load()
  })

  return {
    ...log,
    ...state,
    load,
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
