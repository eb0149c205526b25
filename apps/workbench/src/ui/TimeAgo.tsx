import type { ReactNode } from 'react'
import { absoluteTime, timeWords, untilWords } from './time-words.ts'
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

/** The time until something that is due, ticking by seconds. */
export function TimeUntil({ at, prefix = '' }: { at: string; prefix?: string }): ReactNode {
  const now = useNow(1000)
  return (
    <time dateTime={at} title={absoluteTime(at)}>
      {prefix}
      {untilWords(Date.parse(at), now)}
    </time>
  )
}
