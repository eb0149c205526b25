import type { LiveStatus } from '@sluice/sdk'
import type { ReactNode } from 'react'

const WORDS = { connecting: 'Connecting…', live: 'Listening', reconnecting: 'Reconnecting…' }

/** Whether what is shown is what happens: honest about a connection that is down. */
export function LiveDot({ status, title }: { status: LiveStatus; title?: string }): ReactNode {
  const isLive = status === 'live'
  return (
    <span
      role="status"
      data-live={status}
      title={isLive ? title : 'What is missed is fetched once the connection stands'}
      className={`inline-flex items-center gap-2 text-[0.8125rem] ${isLive ? 'text-muted' : 'text-warn'}`}
    >
      <span aria-hidden className={`size-1.5 rounded-full ${isLive ? 'bg-ok' : 'bg-warn'}`} />
      {WORDS[status]}
    </span>
  )
}
