import type { ReactNode } from 'react'
import { TRIGGER_STATES } from './trigger-state.ts'
import type { TriggerState } from './trigger-state.ts'

const LOOKS: Record<TriggerState, { dot: string; text: string }> = {
  armed: { dot: 'bg-ok', text: 'text-ok' },
  fired: { dot: 'bg-warn', text: 'text-warn' },
  spent: { dot: 'bg-warn', text: 'text-warn' },
  'true-already': { dot: 'bg-warn', text: 'text-warn' },
  paused: { dot: 'border-[1.5px] border-line-strong', text: 'text-muted' },
  failing: { dot: 'bg-bad', text: 'text-bad' },
  held: { dot: 'border-[1.5px] border-line-strong', text: 'text-muted' },
  disabled: { dot: 'bg-line-strong', text: 'text-bad' },
}

/** Dot and word, never colour alone. */
export function TriggerStateBadge({ state }: { state: TriggerState }): ReactNode {
  const { dot, text } = LOOKS[state]
  const { word, meaning } = TRIGGER_STATES[state]
  return (
    <span data-trigger-state={state} title={meaning} className={`inline-flex items-baseline gap-2 font-medium ${text}`}>
      <span aria-hidden className={`size-2 shrink-0 -translate-y-px rounded-full ${dot}`} />
      {word}
    </span>
  )
}
