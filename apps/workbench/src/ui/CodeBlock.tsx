import type { ReactNode } from 'react'
import { CopyButton } from './CopyButton.tsx'

/** Text to copy as it stands. Long lines scroll, also by keyboard. */
export function CodeBlock({ code, label, what }: { code: string; label: string; what: string }): ReactNode {
  return (
    <div className="relative min-w-0 rounded-lg border border-line bg-sunken">
      <pre
        tabIndex={0}
        role="region"
        aria-label={label}
        className="max-h-96 overflow-auto rounded-lg p-4 pr-14 font-mono text-[0.8125rem] leading-relaxed"
      >
        <code>{code}</code>
      </pre>
      <CopyButton text={code} what={what} className="absolute top-2 right-2 border border-line bg-surface" />
    </div>
  )
}
