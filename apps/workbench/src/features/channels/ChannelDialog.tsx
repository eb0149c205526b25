import type { DatastreamDocument } from '@sluice/model'
import { UNIT_TYPES } from '@sluice/model'
import { useState } from 'react'
import type { ChangeEvent, ReactNode } from 'react'
import { Button } from '../../ui/Button.tsx'
import { ErrorText } from '../../ui/ErrorNotice.tsx'
import { SelectField, TextField } from '../../ui/Field.tsx'
import { Modal, ModalActions } from '../../ui/Modal.tsx'
import { channelErrors, channelWrite, formOf } from './channel-form.ts'
import type { ChannelForm } from './channel-form.ts'
import { useChangeChannel } from './useChannels.ts'

type Props = { feedId: number; taken: readonly string[]; stream?: DatastreamDocument; onClose(): void }

const TYPE_WORDS: Record<(typeof UNIT_TYPES)[number], string> = {
  basicSI: 'Basic SI (metre, second …)',
  derivedSI: 'Derived SI (celsius, watt …)',
  conversionBasedUnits: 'Conversion based (inch, hour …)',
  derivedUnits: 'Derived (km/h …)',
  contextDependentUnits: 'Context dependent (parts …)',
}

/** Adds a channel, or edits the one that is given. */
export function ChannelDialog({ feedId, taken, stream, onClose }: Props): ReactNode {
  const [form, setForm] = useState(() => formOf(stream))
  const [isTried, setTried] = useState(false)
  const { mutate, isPending, error } = useChangeChannel(feedId)
  const errors = channelErrors(form, taken)
  const save = (): void => {
    setTried(true)
    if (Object.keys(errors).length > 0) return
    mutate({ kind: stream ? 'edit' : 'add', stream: channelWrite(form) }, { onSuccess: onClose })
  }
  const wire = (
    field: keyof ChannelForm,
  ): {
    value: string
    onChange(event: ChangeEvent<HTMLInputElement | HTMLSelectElement>): void
    error?: string | undefined
  } => ({
    value: form[field],
    onChange: (event) => setForm({ ...form, [field]: event.currentTarget.value }),
    error: isTried ? errors[field] : undefined,
  })
  return (
    <Modal title={stream ? `Edit ${stream.id}` : 'Add channel'} onClose={onClose}>
      <form
        noValidate
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          save()
        }}
      >
        <TextField
          label="ID"
          placeholder="temperature"
          autoFocus={stream === undefined}
          readOnly={stream !== undefined}
          spellCheck={false}
          hint={stream ? undefined : 'What devices call it. It cannot be changed later.'}
          {...wire('id')}
        />
        <div className="grid gap-4 sm:grid-cols-2">
          <TextField label="Unit" placeholder="Celsius" isOptional {...wire('label')} />
          <TextField label="Symbol" placeholder="°C" isOptional {...wire('symbol')} />
        </div>
        <SelectField label="Unit type" isOptional {...wire('type')}>
          <option value="">Not stated</option>
          {UNIT_TYPES.map((type) => (
            <option key={type} value={type}>
              {TYPE_WORDS[type]}
            </option>
          ))}
        </SelectField>
        <TextField label="Tags" placeholder="indoor, north" isOptional hint="Separated by commas." {...wire('tags')} />
        <TextField
          label={stream ? 'New value' : 'Current value'}
          isOptional
          hint={stream ? 'Stored as of now. Left empty, the current value stays.' : undefined}
          {...wire('value')}
        />
        <ErrorText error={error} />
        <ModalActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" type="submit" isBusy={isPending}>
            {stream ? 'Save' : 'Add'}
          </Button>
        </ModalActions>
      </form>
    </Modal>
  )
}
