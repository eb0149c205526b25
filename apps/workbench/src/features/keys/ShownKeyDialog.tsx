import type { ReactNode } from 'react'
import { Button } from '../../ui/Button.tsx'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { Modal, ModalActions } from '../../ui/Modal.tsx'

type Props = { title: string; apiKey: string; note?: string | undefined; onClose(): void }

/** A key in clear, to be copied now. */
export function ShownKeyDialog({ title, apiKey, note, onClose }: Props): ReactNode {
  return (
    <Modal
      title={title}
      description="Copy it to where it is used. Showing it again asks for your password."
      onClose={onClose}
    >
      <div className="flex items-center gap-2 rounded-lg border border-line bg-sunken p-3">
        <code data-api-key className="min-w-0 flex-1 font-mono text-[0.8125rem] break-all">
          {apiKey}
        </code>
        <CopyButton text={apiKey} what="API key" label="Copy" />
      </div>
      {note !== undefined && <p className="mt-3 text-muted">{note}</p>}
      <ModalActions>
        <Button look="primary" onClick={onClose}>
          Done
        </Button>
      </ModalActions>
    </Modal>
  )
}
