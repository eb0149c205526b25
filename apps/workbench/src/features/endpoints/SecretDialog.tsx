import { useState } from 'react'
import type { ReactNode } from 'react'
import { Button } from '../../ui/Button.tsx'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { ErrorText } from '../../ui/ErrorNotice.tsx'
import { TextField } from '../../ui/Field.tsx'
import { Modal, ModalActions } from '../../ui/Modal.tsx'
import { useSecret } from './useEndpoint.ts'

type Props = { endpointId: number; action: 'reveal' | 'rotate'; onClose(): void }

const WORDS = {
  reveal: {
    title: 'Reveal secret',
    description: 'Enter your password to show the secret that signs deliveries to this endpoint. This is recorded.',
    button: 'Reveal',
  },
  rotate: {
    title: 'Rotate secret',
    description:
      'A new secret signs from now on. For 24 hours the old one signs too, so that receivers can be changed one by one. This is recorded.',
    button: 'Rotate',
  },
}

/** Asks for the password, then shows the secret. */
export function SecretDialog({ endpointId, action, onClose }: Props): ReactNode {
  const [password, setPassword] = useState('')
  const { mutate, isPending, error, data } = useSecret(endpointId)
  if (data !== undefined) return <ShownSecret {...data} onClose={onClose} />
  const { title, description, button } = WORDS[action]
  return (
    <Modal title={title} description={description} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          mutate({ action, password })
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
            {button}
          </Button>
        </ModalActions>
      </form>
    </Modal>
  )
}

type ShownProps = { secret: string; previousUntil: string | null; onClose(): void }

function ShownSecret({ secret, previousUntil, onClose }: ShownProps): ReactNode {
  return (
    <Modal
      title={previousUntil === null ? 'Signing secret' : 'New signing secret'}
      description={
        previousUntil === null
          ? 'Receivers check with it that a delivery is from this server.'
          : `Until ${new Date(previousUntil).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })} the old one signs too.`
      }
      onClose={onClose}
    >
      <div className="flex items-center gap-2 rounded-lg border border-line bg-sunken p-3">
        <code data-secret className="min-w-0 flex-1 font-mono text-[0.8125rem] break-all">
          {secret}
        </code>
        <CopyButton text={secret} what="secret" label="Copy" />
      </div>
      <ModalActions>
        <Button look="primary" onClick={onClose}>
          Done
        </Button>
      </ModalActions>
    </Modal>
  )
}
