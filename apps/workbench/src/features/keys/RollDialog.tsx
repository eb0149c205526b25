import type { KeyDocument } from '@sluice/model'
import { LIMITS } from '@sluice/model'
import { useState } from 'react'
import type { ReactNode } from 'react'
import { Button } from '../../ui/Button.tsx'
import { ErrorText } from '../../ui/ErrorNotice.tsx'
import { TextField } from '../../ui/Field.tsx'
import { Modal, ModalActions } from '../../ui/Modal.tsx'
import { Segments } from '../../ui/Segments.tsx'
import { replaceText } from './known-keys.ts'
import { useRollKey } from './useKeys.ts'

type Props = {
  apiKey: KeyDocument & { id: number }
  onRolled(text: string, previousUntil: string | null): void
  onClose(): void
}

const OVERLAPS: { id: string; label: string }[] = [
  { id: '0', label: 'Not at all' },
  { id: '1', label: '1 hour' },
  { id: '24', label: '24 hours' },
  { id: '72', label: '3 days' },
  { id: '168', label: '7 days' },
]

/** Asks how long the old text of a key works, too, before it gets a new one. */
export function RollDialog({ apiKey, onRolled, onClose }: Props): ReactNode {
  const [hours, setHours] = useState(String(LIMITS.overlapHoursDefault))
  const { mutate, isPending, error } = useRollKey(apiKey.id)
  const overlapHours = /^\d{1,3}$/.test(hours) && Number(hours) <= LIMITS.overlapHoursMax ? Number(hours) : null
  const roll = (): void => {
    if (overlapHours === null) return
    mutate(overlapHours, {
      onSuccess: ({ api_key: text, previous_until: until }) => {
        replaceText(apiKey.api_key, text)
        onRolled(text, until ?? null)
      },
    })
  }
  return (
    <Modal
      title={`Roll ${apiKey.label}`}
      description="The key gets a new text. What it may do, its label and its number stay."
      onClose={onClose}
    >
      <form
        noValidate
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          roll()
        }}
      >
        <div className="grid gap-2">
          <p className="font-medium">The old text goes on working</p>
          <div>
            <Segments
              label="The old text goes on working"
              options={OVERLAPS}
              value={hours}
              onChange={(next: string) => setHours(next)}
            />
          </div>
          <div className="grid max-w-40 grid-cols-1">
            <TextField
              label="Hours"
              inputMode="numeric"
              value={hours}
              onChange={(event) => setHours(event.currentTarget.value)}
              error={overlapHours === null ? `From 0 to ${LIMITS.overlapHoursMax}.` : undefined}
            />
          </div>
          <p className="text-[0.8125rem] text-muted">
            {overlapHours === 0
              ? 'Every device and program with the old text is refused at once: the choice when somebody else may know it.'
              : 'Meanwhile both work, and this page shows who still uses the old one. No request is refused.'}
          </p>
        </div>
        {apiKey.previous_until !== undefined && (
          <p className="rounded-lg bg-warn-soft px-3 py-2 text-warn">
            This key is being rolled already. The text from before that, {apiKey.previous_api_key}, stops working now.
          </p>
        )}
        <ErrorText error={error} />
        <ModalActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" type="submit" disabled={overlapHours === null} isBusy={isPending}>
            Roll key
          </Button>
        </ModalActions>
      </form>
    </Modal>
  )
}
