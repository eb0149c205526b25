import type { ReactNode } from 'react'
import type { Method } from './api-document.ts'

const LOOKS: Record<Method, string> = {
  GET: 'text-accent',
  POST: 'text-ok',
  PUT: 'text-warn',
  DELETE: 'text-bad',
}
const SOFT: Record<Method, string> = {
  GET: 'bg-accent-soft',
  POST: 'bg-ok-soft',
  PUT: 'bg-warn-soft',
  DELETE: 'bg-bad-soft',
}

/** The method of an operation: the word says it, the colour helps to scan. */
export function MethodBadge({ method, isQuiet = false }: { method: Method; isQuiet?: boolean }): ReactNode {
  return (
    <span
      className={`font-mono font-semibold ${LOOKS[method]} ${
        isQuiet ? 'w-9 shrink-0 text-[0.6875rem]' : `rounded-md px-1.5 py-0.5 text-[0.8125rem] ${SOFT[method]}`
      }`}
    >
      {isQuiet && method === 'DELETE' ? (
        <abbr title="DELETE" className="no-underline">
          DEL
        </abbr>
      ) : (
        method
      )}
    </span>
  )
}
