import type { TriggerEvent } from '@sluice/model'
import type { LiveStatus } from '@sluice/sdk'
import { useEffect, useRef, useState } from 'react'
import { client } from '../../client.ts'

/**
 * Calls back for each firing of the account's triggers and each change of a delivery, while the component is there.
 * `onLive` comes whenever the connection stands (again): what happened before can be read now.
 */
export function useTriggerEvents({
  onEvent,
  onLive,
}: {
  onEvent(event: TriggerEvent): void
  onLive?(): void
}): LiveStatus {
  const [status, setStatus] = useState<LiveStatus>('connecting')
  const latest = useRef({ onEvent, onLive })
  useEffect(() => {
    latest.current = { onEvent, onLive }
  })
  useEffect(() => {
    const live = client.liveTriggers({
      onTrigger: (event) => latest.current.onEvent(event),
      onStatus(next) {
        setStatus(next)
        if (next === 'live') latest.current.onLive?.()
      },
    })
    return () => live.close()
  }, [])
  return status
}
