import type { ReactNode } from 'react'
import { absoluteTime, timeWords } from './time-words.ts'
import { useNow } from './useNow.ts'

/** A relative time that ticks; hovering shows local time and UTC. */
export function TimeAgo({ at, prefix = '' }: { at: string; prefix?: string }): ReactNode {
  const now = useNow(5000)
  const words = timeWords(Date.parse(at), now)
  return (
    <time dateTime={at} title={absoluteTime(at)}>
      {prefix}
      {words}
    </time>
  )
}
