import type { DeliveryDetailDocument } from '@sluice/model'
import type { LiveStatus } from '@sluice/sdk'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { UseMutationResult, UseQueryResult } from '@tanstack/react-query'
import { useCallback, useEffect, useReducer, useRef, useState } from 'react'
import { client } from '../../client.ts'
import { EMPTY_DELIVERY_LOG, reduceDeliveryLog } from './delivery-log.ts'
import type { DeliveryFilter, DeliveryLog } from './delivery-log.ts'
import { useTriggerEvents } from './useTriggerEvents.ts'

const PAGE = 50

type LoggedDeliveries = DeliveryLog & {
  status: LiveStatus
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

/** Deliveries page by page, then what happens, held back while paused. Mount it anew for another filter. */
export function useDeliveryLog({ status, triggerId, endpointId }: DeliveryFilter): LoggedDeliveries {
  const queries = useQueryClient()
  const [log, dispatch] = useReducer(reduceDeliveryLog, EMPTY_DELIVERY_LOG)
  const [state, setState] = useState({
    isLoading: true,
    isLoadingOlder: false,
    hasOlder: false,
    error: null as unknown,
  })
  const cursor = useRef<number>(undefined)
  const isBusy = useRef(false)
  const read = useCallback(
    (before?: number) =>
      client.deliveries.list({
        limit: PAGE,
        ...(before === undefined ? {} : { before }),
        ...(status === undefined ? {} : { status }),
        ...(triggerId === undefined ? {} : { triggerId }),
        ...(endpointId === undefined ? {} : { endpointId }),
      }),
    [status, triggerId, endpointId],
  )
  const load = useCallback(async () => {
    if (isBusy.current) return
    isBusy.current = true
    const before = cursor.current
    setState((state) => ({ ...state, error: null, isLoadingOlder: before !== undefined }))
    try {
      const deliveries = await read(before)
      cursor.current = deliveries.at(-1)?.number ?? before
      dispatch({ kind: 'loaded', deliveries })
      setState({ isLoading: false, isLoadingOlder: false, hasOlder: deliveries.length === PAGE, error: null })
    } catch (error) {
      setState((state) => ({ ...state, isLoading: false, isLoadingOlder: false, error }))
    } finally {
      isBusy.current = false
    }
  }, [read])
  useEffect(() => void load(), [load])
  const liveStatus = useTriggerEvents({
    onEvent({ delivery }) {
      dispatch({ kind: 'arrived', deliveries: [delivery] })
      void queries.invalidateQueries({ queryKey: ['delivery', delivery.id] })
    },
    onLive() {
      // what cannot be read now is read with the next page
      read().then(
        (deliveries) => dispatch({ kind: 'arrived', deliveries }),
        () => undefined,
      )
    },
  })
  return {
    ...log,
    ...state,
    status: liveStatus,
    load,
    pause: useCallback(() => dispatch({ kind: 'paused' }), []),
    resume: useCallback(() => dispatch({ kind: 'resumed' }), []),
  }
}

/** One delivery with its body and all attempts. */
export function useDelivery(id: string): UseQueryResult<DeliveryDetailDocument> {
  return useQuery({ queryKey: ['delivery', id], queryFn: () => client.deliveries.get(id), staleTime: 1000 })
}

/** Sends one again: the same id and the same bytes. */
export function useRedeliver(): UseMutationResult<unknown, Error, string> {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (id: string) => client.deliveries.redeliver(id),
    onSuccess: (_, id) => queries.invalidateQueries({ queryKey: ['delivery', id] }),
  })
}
