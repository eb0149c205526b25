import type { EndpointDocument } from '@sluice/model'
import type { ReactNode } from 'react'
import { ENDPOINT_STATES } from './endpoint-words.ts'

const LOOKS: Record<EndpointDocument['state'], { dot: string; text: string }> = {
  ok: { dot: 'bg-ok', text: 'text-ok' },
  failing: { dot: 'bg-bad', text: 'text-bad' },
  paused: { dot: 'border-[1.5px] border-line-strong', text: 'text-muted' },
  disabled: { dot: 'bg-line-strong', text: 'text-bad' },
}

/** Dot and word, never colour alone. */
export function EndpointBadge({ state }: { state: EndpointDocument['state'] }): ReactNode {
  const { dot, text } = LOOKS[state]
  return (
    <span
      data-endpoint-state={state}
      title={ENDPOINT_STATES[state].meaning}
      className={`inline-flex items-center gap-2 font-medium whitespace-nowrap ${text}`}
    >
      <span aria-hidden className={`size-2 shrink-0 rounded-full ${dot}`} />
      {ENDPOINT_STATES[state].word}
    </span>
  )
}
