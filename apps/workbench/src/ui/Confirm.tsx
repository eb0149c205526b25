import { useState } from 'react'
import type { ReactNode } from 'react'
import { Button } from './Button.tsx'
import { ErrorText } from './ErrorNotice.tsx'
import { TextField } from './Field.tsx'
import { Modal, ModalActions } from './Modal.tsx'

type Props = {
  title: string
  /** what is lost, in a sentence */
  children: ReactNode
  action: string
  /** text to type before the button works, for what cannot be brought back */
  typed?: string
  isBusy: boolean
  error: unknown
  onConfirm(): void
  onClose(): void
}

/** Asks before something is lost for good. */
export function Confirm({ title, children, action, typed, isBusy, error, onConfirm, onClose }: Props): ReactNode {
  const [text, setText] = useState('')
  const isReady = typed === undefined || text.trim() === typed
  return (
    <Modal title={title} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (isReady) onConfirm()
        }}
      >
        <div className="grid gap-3">{children}</div>
        {typed !== undefined && (
          <div className="mt-4">
            <TextField
              label={`Type “${typed}” to confirm`}
              value={text}
              onChange={(event) => setText(event.currentTarget.value)}
            />
          </div>
        )}
        <ErrorText error={error} />
        <ModalActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="danger" type="submit" disabled={!isReady} isBusy={isBusy}>
            {action}
          </Button>
        </ModalActions>
      </form>
    </Modal>
  )
}
