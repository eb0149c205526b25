import { CircleAlert, CircleCheck, X } from 'lucide-react'
import { useSyncExternalStore } from 'react'
import type { ReactNode } from 'react'
import { closeToast, onToasts, shownToasts } from './toasts.ts'

/** Where toasts appear. Own, because sonner injects a style element, which the content security policy refuses. */
export function Toasts(): ReactNode {
  const toasts = useSyncExternalStore(onToasts, shownToasts)
  return (
    <div
      role="status"
      className="pointer-events-none fixed inset-x-3 bottom-20 z-60 grid justify-items-center gap-2 sm:inset-x-auto sm:right-5 sm:bottom-5 sm:justify-items-end"
    >
      {toasts.map((toast) => {
        const Icon = toast.kind === 'ok' ? CircleCheck : CircleAlert
        return (
          <div
            key={toast.id}
            className="pointer-events-auto flex max-w-md items-start gap-2.5 rounded-xl border border-line bg-raised py-2.5 pr-2 pl-3 shadow-[0_8px_28px_var(--shadow)]"
          >
            <Icon size={18} className={`mt-px shrink-0 ${toast.kind === 'ok' ? 'text-ok' : 'text-bad'}`} aria-hidden />
            <p className="min-w-0 break-words">{toast.text}</p>
            <button
              type="button"
              aria-label="Dismiss"
              onClick={() => closeToast(toast.id)}
              className="grid size-6 shrink-0 place-items-center rounded-md text-muted hover:bg-sunken"
            >
              <X size={14} aria-hidden />
            </button>
          </div>
        )
      })}
    </div>
  )
}
