import type { RequestEntry } from '@sluice/model'
import { Link } from '@tanstack/react-router'
import { CircleX } from 'lucide-react'
import type { ReactNode } from 'react'
import { TimeAgo } from '../../ui/TimeAgo.tsx'
import { refusalAdvice, refusalWords } from './refusal-advice.ts'

/** A first try that was refused: what came, and what to change. */
export function Refusal({ entry }: { entry: RequestEntry }): ReactNode {
  const words = refusalWords(entry.response_body)
  return (
    <div role="alert" className="flex gap-3 rounded-lg bg-bad-soft p-3.5">
      <CircleX size={18} aria-hidden className="mt-0.5 shrink-0 text-bad" />
      <div className="min-w-0 flex-1">
        <p className="font-medium break-words">
          A request arrived and was refused with <span className="font-mono text-bad">{entry.status}</span>{' '}
          <span className="font-normal text-muted">
            <TimeAgo at={entry.at} />
          </span>
        </p>
        <p className="mt-0.5 font-mono text-[0.8125rem] break-all text-muted">
          {entry.method} {entry.path}
        </p>
        <p className="mt-1.5">{refusalAdvice(entry)}</p>
        {words !== null && <p className="mt-1 text-muted">The answer says: {words}</p>}
        <Link
          from="/devices/$deviceId"
          to="."
          search={{ tab: 'log', request: entry.id }}
          className="mt-1.5 inline-block font-medium text-accent hover:underline"
        >
          Show the whole request
        </Link>
      </div>
    </div>
  )
}
