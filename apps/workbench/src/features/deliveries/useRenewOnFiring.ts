import type { TriggerEvent } from '@sluice/model'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { useTriggerEvents } from './useTriggerEvents.ts'

/** what is shown is read again at most this often, however much fires */
const EVERY_MS = 1000

/**
 * Reads queries again after something fired or was attempted, and whenever the connection stands again.
 * @param isAbout which events matter; all without it
 */
export function useRenewOnFiring(
  queryKeys: readonly (readonly unknown[])[],
  isAbout: (delivery: TriggerEvent['delivery']) => boolean = () => true,
): void {
  const queries = useQueryClient()
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const latest = useRef(queryKeys)
  useEffect(() => {
    latest.current = queryKeys
  })
  useEffect(
    () => () => {
      clearTimeout(timer.current)
      timer.current = undefined
    },
    [],
  )
  const renew = (): void => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined
      for (const queryKey of latest.current) void queries.invalidateQueries({ queryKey })
    }, EVERY_MS)
  }
  useTriggerEvents({
    onEvent({ delivery }) {
      if (isAbout(delivery)) renew()
    },
    onLive: renew,
  })
}
