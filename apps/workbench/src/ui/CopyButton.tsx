import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { ReactNode } from 'react'
import { copyText } from './copy-text.ts'
import { showToast } from './toasts.ts'

type Props = { text: string; what: string; label?: string; className?: string }

/** Copies, and says so by a tick for two seconds. `what` completes "Copy …". */
export function CopyButton({ text, what, label, className = '' }: Props): ReactNode {
  const [copiedAt, setCopiedAt] = useState(0)
  useEffect(() => {
    if (copiedAt === 0) return undefined
    const timer = setTimeout(() => setCopiedAt(0), 2000)
    return () => clearTimeout(timer)
  }, [copiedAt])
  const copy = async (): Promise<void> => {
    if (await copyText(text)) setCopiedAt(Date.now())
    else showToast({ kind: 'bad', text: 'The browser refused to copy. Select the text instead.' })
  }
  const Icon = copiedAt === 0 ? Copy : Check
  return (
    <button
      type="button"
      aria-label={label === undefined ? `Copy ${what}` : undefined}
      title={`Copy ${what}`}
      onClick={() => void copy()}
      className={`inline-flex h-7 min-w-7 shrink-0 items-center justify-center gap-1.5 rounded-md text-[0.8125rem] font-medium text-muted hover:bg-sunken hover:text-text ${
        label === undefined ? '' : 'px-2'
      } ${className}`}
    >
      <Icon size={14} className={copiedAt === 0 ? '' : 'text-ok'} aria-hidden />
      {label !== undefined && (copiedAt === 0 ? label : 'Copied')}
    </button>
  )
}
