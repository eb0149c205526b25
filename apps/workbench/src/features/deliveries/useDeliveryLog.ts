import type { DeliveryDetailDocument } from '@sluice/model'
import type { LiveStatus } from '@sluice/sdk'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { UseMutationResult, UseQueryResult } from '@tanstack/react-query'
import { useCallback, useReducer } from 'react'
import { client } from '../../client.ts'
import { type OlderPages, useOlderPages } from '../live/useOlderPages.ts'
import { EMPTY_DELIVERY_LOG, reduceDeliveryLog } from './delivery-log.ts'
import type { DeliveryFilter, DeliveryLog } from './delivery-log.ts'
import { useTriggerEvents } from './useTriggerEvents.ts'

const PAGE = 50

type LoggedDeliveries = DeliveryLog &
  Omit<OlderPages, 'restart'> & { status: LiveStatus; pause(): void; resume(): void }

/** Deliveries page by page, then what happens, held back while paused. Mount it anew for another filter. */
export function useDeliveryLog({ status, triggerId, endpointId }: DeliveryFilter): LoggedDeliveries {
  const queries = useQueryClient()
  const [log, dispatch] = useReducer(reduceDeliveryLog, EMPTY_DELIVERY_LOG)
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
  const { restart: _restart, ...pages } = useOlderPages({
    pageSize: PAGE,
    read,
    cursorOf: ({ number }) => number,
    onLoaded: (deliveries) => dispatch({ kind: 'loaded', deliveries }),
  })
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
    ...pages,
    status: liveStatus,
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
