import { TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button } from './Button.tsx'
import { errorWords } from './error-words.ts'

/** In place of what could not be loaded. */
export function ErrorNotice({ error, what, onRetry }: { error: unknown; what: string; onRetry(): void }): ReactNode {
  return (
    <div role="alert" className="panel flex flex-wrap items-center gap-3 p-4">
      <TriangleAlert size={18} className="text-bad" aria-hidden />
      <div className="min-w-0 flex-1">
        <p className="font-medium">{what}</p>
        <p className="text-muted">{errorWords(error).join(' ')}</p>
      </div>
      <Button onClick={onRetry}>Try again</Button>
    </div>
  )
}

/** Under a form that was refused; nothing while there is no error. */
export function ErrorText({ error }: { error: unknown }): ReactNode {
  if (error === null || error === undefined) return null
  return (
    <div role="alert" className="mt-4 rounded-lg bg-bad-soft px-3 py-2 text-bad">
      {errorWords(error).map((words) => (
        <p key={words}>{words}</p>
      ))}
    </div>
  )
}
