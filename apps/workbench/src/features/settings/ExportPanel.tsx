import { CircleCheck, Download, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { client } from '../../client.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorText } from '../../ui/ErrorNotice.tsx'
import { sizeWords } from '../../ui/size-words.ts'
import { useExport } from './useExport.ts'
import type { Export } from './useExport.ts'

/** Takes everything away as a file: how much came so far, whether it is whole, and why not. */
export function ExportPanel(): ReactNode {
  const { state, start, cancel } = useExport()
  const isRunning = state.phase === 'running'
  return (
    <div className="grid gap-3">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <Button onClick={start} isBusy={isRunning}>
          <Download size={15} aria-hidden /> Export everything
        </Button>
        <p role="status" data-export={state.phase} className="min-w-0 text-muted empty:hidden">
          <Progress state={state} />
        </p>
        {isRunning && (
          <Button size="s" look="quiet" onClick={cancel}>
            Cancel
          </Button>
        )}
      </div>
      {state.phase === 'failed' && <ErrorText error={state.error} />}
      <p className="text-[0.8125rem] text-muted">
        Years of values? Then{' '}
        <a href={client.account.exportUrl()} download className="font-medium text-accent hover:underline">
          let the browser download it
        </a>
        : it goes straight to the disk, without passing through this page.
      </p>
    </div>
  )
}

function Progress({ state }: { state: Export }): ReactNode {
  if (state.phase === 'running') return `${sizeWords(state.bytes)} so far…`
  if (state.phase !== 'done') return null
  const { name, bytes, isComplete } = state
  const Icon = isComplete ? CircleCheck : TriangleAlert
  return (
    <span className="flex items-start gap-1.5">
      <Icon size={16} aria-hidden className={`mt-0.5 shrink-0 ${isComplete ? 'text-ok' : 'text-bad'}`} />
      <span className="min-w-0 break-words">
        {isComplete ? (
          <>
            Saved as <span className="font-mono text-[0.8125rem]">{name}</span>, {sizeWords(bytes)}
          </>
        ) : (
          `Not whole: it ends after ${sizeWords(bytes)}. Export again.`
        )}
      </span>
    </span>
  )
}
