import { Dialog } from '@base-ui/react/dialog'
import { X } from 'lucide-react'
import type { ReactNode } from 'react'

type Props = {
  title: string
  description?: ReactNode
  onClose(): void
  children: ReactNode
  width?: 'm' | 'l'
}

/** A modal dialog: centred where there is room, a sheet from below on a phone. Mounted means open. */
export function Modal({ title, description, onClose, children, width = 'm' }: Props): ReactNode {
  return (
    <Dialog.Root open onOpenChange={(open) => open || onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="dialog-backdrop fixed inset-0 z-40 bg-[rgb(6_14_15/0.45)] transition-opacity duration-150" />
        <Dialog.Viewport className="fixed inset-0 z-50 flex items-end justify-center overflow-y-auto sm:items-center sm:p-6">
          <Dialog.Popup
            className={`dialog-popup relative max-h-[92dvh] w-full overflow-y-auto rounded-t-2xl border border-line bg-raised p-5 pb-[max(1.25rem,env(safe-area-inset-bottom))] shadow-[0_16px_48px_var(--shadow)] transition-[opacity,transform] duration-150 outline-none sm:rounded-2xl sm:p-6 ${
              width === 'l' ? 'sm:max-w-2xl' : 'sm:max-w-lg'
            }`}
          >
            <div className="mb-4 pr-9">
              <Dialog.Title className="text-lg font-semibold">{title}</Dialog.Title>
              {description !== undefined && (
                <Dialog.Description className="mt-1 text-muted">{description}</Dialog.Description>
              )}
            </div>
            {children}
            <Dialog.Close
              aria-label="Close"
              className="absolute top-4 right-4 grid size-8 place-items-center rounded-lg text-muted hover:bg-sunken hover:text-text"
            >
              <X size={18} aria-hidden />
            </Dialog.Close>
          </Dialog.Popup>
        </Dialog.Viewport>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

/** The row of buttons a dialog ends with: the way out on the left of the way on. */
export function ModalActions({ children }: { children: ReactNode }): ReactNode {
  return <div className="mt-5 flex flex-wrap justify-end gap-2">{children}</div>
}
