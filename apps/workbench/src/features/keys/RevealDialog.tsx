import { useState } from 'react'
import type { ReactNode } from 'react'
import { Button } from '../../ui/Button.tsx'
import { ErrorText } from '../../ui/ErrorNotice.tsx'
import { TextField } from '../../ui/Field.tsx'
import { Modal, ModalActions } from '../../ui/Modal.tsx'
import { useRevealKey } from './useKeys.ts'

type Props = { keyId: number; label: string; onRevealed(key: string): void; onClose(): void }

/** Asks for the password before a key is shown again. */
export function RevealDialog({ keyId, label, onRevealed, onClose }: Props): ReactNode {
  const [password, setPassword] = useState('')
  const { mutate, isPending, error } = useRevealKey()
  return (
    <Modal
      title="Reveal key"
      description={`Enter your password to show the key “${label}”. This is recorded.`}
      onClose={onClose}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault()
          mutate({ id: keyId, password }, { onSuccess: onRevealed })
        }}
      >
        <TextField
          label="Password"
          type="password"
          autoComplete="current-password"
          autoFocus
          required
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <ErrorText error={error} />
        <ModalActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" type="submit" isBusy={isPending}>
            Reveal
          </Button>
        </ModalActions>
      </form>
    </Modal>
  )
}
