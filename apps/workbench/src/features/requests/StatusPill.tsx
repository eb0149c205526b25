import type { ReactNode } from 'react'

const LOOKS = {
  ok: 'bg-ok-soft text-ok',
  client: 'bg-warn-soft text-warn',
  server: 'bg-bad-soft text-bad',
}

/** The status as a number in a colour: the number says it all, the colour helps to scan. */
export function StatusPill({ status }: { status: number }): ReactNode {
  const look = status < 400 ? LOOKS.ok : status < 500 ? LOOKS.client : LOOKS.server
  return (
    <span
      className={`inline-block rounded-md px-1.5 py-px text-center font-mono text-[0.8125rem] font-medium tabular-nums ${look}`}
    >
      {status}
    </span>
  )
}
