import type { ReactNode } from 'react'
import { useLiveFeed } from './live-feed.ts'

const WORDS = { connecting: 'Connecting…', live: 'Listening', reconnecting: 'Reconnecting…' }

/** Whether what is shown is what arrives: honest about a connection that is down. */
export function LiveStatusNote(): ReactNode {
  const { status } = useLiveFeed()
  const isLive = status === 'live'
  return (
    <span
      role="status"
      data-live={status}
      title={
        isLive ? 'New values and requests appear by themselves' : 'What is missed is fetched once the connection stands'
      }
      className={`inline-flex items-center gap-2 text-[0.8125rem] ${isLive ? 'text-muted' : 'text-warn'}`}
    >
      <span aria-hidden className={`size-1.5 rounded-full ${isLive ? 'bg-ok' : 'bg-warn'}`} />
      {WORDS[status]}
    </span>
  )
}
