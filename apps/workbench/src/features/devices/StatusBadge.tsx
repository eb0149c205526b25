import type { ReactNode } from 'react'
import { STATUS_WORDS } from './device-status.ts'
import type { DeviceStatus } from './device-status.ts'

const DOTS: Record<DeviceStatus, string> = {
  live: 'bg-ok',
  silent: 'bg-warn',
  never: 'border-[1.5px] border-line-strong',
  inactive: 'bg-line-strong',
}
const TEXTS: Record<DeviceStatus, string> = {
  live: 'text-ok',
  silent: 'text-warn',
  never: 'text-muted',
  inactive: 'text-muted',
}

/** Dot and word, never colour alone. */
export function StatusBadge({ status }: { status: DeviceStatus }): ReactNode {
  return (
    <span
      data-status={status}
      className={`inline-flex items-center gap-2 font-medium whitespace-nowrap ${TEXTS[status]}`}
    >
      <span aria-hidden className={`size-2 shrink-0 rounded-full ${DOTS[status]}`} />
      {STATUS_WORDS[status]}
    </span>
  )
}
