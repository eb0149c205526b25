import { ChevronRight } from 'lucide-react'
import type { ReactNode } from 'react'
import type { MemberRow } from './member-rows.ts'
import { Prose } from './Prose.tsx'

/** Members of a document; those of what it holds are folded away. Of a body it says what must be there, of an answer what may not. */
export function MemberTree({ rows, isAnswer }: { rows: readonly MemberRow[]; isAnswer: boolean }): ReactNode {
  return (
    <ul className="divide-y divide-line">
      {rows.map((row) => (
        <li key={row.name} className="py-2">
          <Member row={row} isAnswer={isAnswer} />
        </li>
      ))}
    </ul>
  )
}

function Member({ row, isAnswer }: { row: MemberRow; isAnswer: boolean }): ReactNode {
  const { name, type, isRequired, description, notes, members } = row
  return (
    <>
      <p className="flex flex-wrap items-baseline gap-x-2">
        <code className="font-mono text-[0.8125rem] font-semibold break-all">{name}</code>
        <span className="text-[0.8125rem] text-muted">{[type, ...notes].join(' · ')}</span>
        {isRequired && !isAnswer && <span className="text-xs font-medium text-warn">required</span>}
        {!isRequired && isAnswer && <span className="text-xs text-muted italic">may be missing</span>}
      </p>
      {description !== null && (
        <p className="text-[0.8125rem] text-muted">
          <Prose text={description} />
        </p>
      )}
      {members.length > 0 && (
        <details className="group/members mt-1.5">
          <summary className="inline-flex list-none items-center gap-1 rounded text-[0.8125rem] font-medium text-accent hover:underline [&::-webkit-details-marker]:hidden">
            <ChevronRight size={14} aria-hidden className="transition-transform group-open/members:rotate-90" />
            Members of {name}
          </summary>
          <div className="mt-1.5 border-l-2 border-line pl-3.5">
            <MemberTree rows={members} isAnswer={isAnswer} />
          </div>
        </details>
      )}
    </>
  )
}
