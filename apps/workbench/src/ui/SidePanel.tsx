import { X } from 'lucide-react'
import { useEffect, useRef } from 'react'
import type { ReactNode } from 'react'

type Props = { title: string; label: string; actions?: ReactNode; onClose(): void; children: ReactNode }

/** One thing beside its list, whole. The list stays usable: it is no modal dialog. Closing gives the focus back. */
export function SidePanel({ title, label, actions, onClose, children }: Props): ReactNode {
  const panel = useRef<HTMLElement>(null)
  const opener = useRef<Element>(null)
  useEffect(() => {
    opener.current = document.activeElement
    panel.current?.focus({ preventScroll: true })
    return () => {
      if (opener.current instanceof HTMLElement) opener.current.focus({ preventScroll: true })
    }
  }, [])
  return (
    <aside
      ref={panel}
      role="dialog"
      data-panel
      aria-label={label}
      tabIndex={-1}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onClose()
      }}
      className="fixed inset-y-0 right-0 z-40 flex w-full flex-col border-l border-line bg-raised shadow-[0_0_48px_var(--shadow)] outline-none sm:max-w-xl"
    >
      <div className="flex h-14 shrink-0 items-center gap-2 border-b border-line px-4 sm:px-5">
        <h2 className="mr-auto font-semibold">{title}</h2>
        {actions}
        <button
          type="button"
          aria-label="Close"
          onClick={onClose}
          className="grid size-8 place-items-center rounded-lg text-muted hover:bg-sunken hover:text-text"
        >
          <X size={18} aria-hidden />
        </button>
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto p-4 sm:p-5">{children}</div>
    </aside>
  )
}
