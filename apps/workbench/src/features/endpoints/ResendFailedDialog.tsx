import type { EndpointDocument } from '@sluice/model'
import { useState } from 'react'
import type { ReactNode } from 'react'
import { Button } from '../../ui/Button.tsx'
import { ErrorText } from '../../ui/ErrorNotice.tsx'
import { SelectField, TextField } from '../../ui/Field.tsx'
import { fromLocalInput, localInput } from '../../ui/local-input.ts'
import { Modal, ModalActions } from '../../ui/Modal.tsx'
import { showToast } from '../../ui/toasts.ts'
import { useResendFailed } from './useEndpoint.ts'

type Props = { endpoints: readonly EndpointDocument[]; endpointId: number | undefined; onClose(): void }

const DAY_MS = 86_400_000

/** Sends everything again that an endpoint never took, from a time on. */
export function ResendFailedDialog({ endpoints, endpointId, onClose }: Props): ReactNode {
  const worst = endpoints.toSorted((a, b) => b.dead - a.dead)[0]
  const [chosenId, setChosenId] = useState(endpointId ?? worst?.id)
  const chosen = endpoints.find(({ id }) => id === chosenId)
  const [since, setSince] = useState(() =>
    localInput(chosen?.failing_since ? Date.parse(chosen.failing_since) : Date.now() - DAY_MS),
  )
  const sinceMs = fromLocalInput(since)
  const { mutate, isPending, error } = useResendFailed()
  const resend = (): void => {
    if (chosen === undefined || sinceMs === null) return
    mutate(
      { id: chosen.id, since: new Date(sinceMs).toISOString() },
      {
        onSuccess(count) {
          const words = count === 1 ? '1 delivery is' : `${count.toLocaleString()} deliveries are`
          showToast({ kind: 'ok', text: count === 0 ? 'Nothing failed since then.' : `${words} sent again.` })
          onClose()
        },
      },
    )
  }
  return (
    <Modal
      title="Resend all failed"
      description="Deliveries that were given up are sent again, under their ids and with the same bytes."
      onClose={onClose}
    >
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          resend()
        }}
      >
        <SelectField
          label="Endpoint"
          value={String(chosenId ?? '')}
          hint={chosen && `${chosen.dead.toLocaleString()} failed for good so far.`}
          onChange={(event) => setChosenId(Number(event.currentTarget.value))}
        >
          {endpoints.map(({ id, address }) => (
            <option key={id} value={id}>
              {address}
            </option>
          ))}
        </SelectField>
        <TextField
          label="Fired since"
          type="datetime-local"
          required
          value={since}
          error={sinceMs === null ? 'A date and a time.' : undefined}
          onChange={(event) => setSince(event.currentTarget.value)}
        />
        <ErrorText error={error} />
        <ModalActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" type="submit" isBusy={isPending} disabled={chosen === undefined || sinceMs === null}>
            Resend
          </Button>
        </ModalActions>
      </form>
    </Modal>
  )
}
