import type { AccessMethod, FeedDocument } from '@sluice/model'
import { ACCESS_METHODS, LIMITS } from '@sluice/model'
import { useState } from 'react'
import type { ReactNode } from 'react'
import { Button } from '../../ui/Button.tsx'
import { ErrorText } from '../../ui/ErrorNotice.tsx'
import { Choice, SelectField, TextField } from '../../ui/Field.tsx'
import { Modal, ModalActions } from '../../ui/Modal.tsx'
import { useNow } from '../../ui/useNow.ts'
import { keyErrors, keyWrite } from './key-form.ts'
import type { KeyForm } from './key-form.ts'
import { METHOD_WORDS } from './permission-words.ts'
import { useAddKey } from './useKeys.ts'

type Props = { feed: FeedDocument; onAdded(key: string): void; onClose(): void }

export function AddKeyDialog({ feed, onAdded, onClose }: Props): ReactNode {
  const [form, setForm] = useState<KeyForm>({
    label: '',
    methods: ['get'],
    seesPrivate: feed.private === 'true',
    reach: 'feed',
    expires: '',
  })
  const now = useNow(10_000)
  const [isTried, setTried] = useState(false)
  const { mutate, isPending, error } = useAddKey()
  const errors = isTried ? keyErrors(form, now) : {}
  const add = (): void => {
    setTried(true)
    if (Object.keys(keyErrors(form, Date.now())).length > 0) return
    mutate(keyWrite(form, feed.id), { onSuccess: ({ api_key }) => onAdded(api_key) })
  }
  return (
    <Modal title="Add key" width="l" onClose={onClose}>
      <form
        noValidate
        className="grid gap-5"
        onSubmit={(event) => {
          event.preventDefault()
          add()
        }}
      >
        <TextField
          label="Label"
          autoFocus
          placeholder="Dashboard in the kitchen"
          maxLength={LIMITS.labelCharsMax}
          value={form.label}
          onChange={(event) => setForm({ ...form, label: event.currentTarget.value })}
          error={errors.label}
        />
        <MethodChoice
          methods={form.methods}
          error={errors.methods}
          onChange={(methods) => setForm({ ...form, methods })}
        />
        <div className="grid gap-4 sm:grid-cols-2">
          <ReachField feed={feed} reach={form.reach} onChange={(reach) => setForm({ ...form, reach })} />
          <TextField
            label="Expires"
            type="datetime-local"
            isOptional
            value={form.expires}
            onChange={(event) => setForm({ ...form, expires: event.currentTarget.value })}
            error={errors.expires}
          />
        </div>
        <Choice
          kind="checkbox"
          name="private"
          label="Private access"
          note={
            feed.private === 'true'
              ? 'May see private feeds. This feed is private: without it the key finds nothing here.'
              : 'May see private feeds. This feed is public: not needed for it.'
          }
          isChecked={form.seesPrivate}
          onChange={(seesPrivate) => setForm({ ...form, seesPrivate })}
        />
        <ErrorText error={error} />
        <ModalActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" type="submit" isBusy={isPending}>
            Add
          </Button>
        </ModalActions>
      </form>
    </Modal>
  )
}

type MethodProps = {
  methods: readonly AccessMethod[]
  error: string | undefined
  onChange(methods: AccessMethod[]): void
}

function MethodChoice({ methods, error, onChange }: MethodProps): ReactNode {
  return (
    <fieldset>
      <legend className="mb-1.5 font-medium">May</legend>
      <div className="grid gap-2 sm:grid-cols-2">
        {ACCESS_METHODS.map((method) => (
          <Choice
            key={method}
            kind="checkbox"
            name="methods"
            value={method}
            label={METHOD_WORDS[method].label}
            note={METHOD_WORDS[method].note}
            isChecked={methods.includes(method)}
            onChange={(isChecked) =>
              onChange(ACCESS_METHODS.filter((other) => (other === method ? isChecked : methods.includes(other))))
            }
          />
        ))}
      </div>
      {error !== undefined && <p className="mt-1.5 text-[0.8125rem] text-bad">{error}</p>}
    </fieldset>
  )
}

type ReachProps = { feed: FeedDocument; reach: KeyForm['reach']; onChange(reach: KeyForm['reach']): void }

function ReachField({ feed, reach, onChange }: ReachProps): ReactNode {
  const streams = feed.datastreams ?? []
  const value = typeof reach === 'string' ? reach : `channel ${reach.datastream}`
  return (
    <SelectField
      label="Restricted to"
      value={value}
      onChange={(event) => {
        const next = event.currentTarget.value
        if (next === 'account' || next === 'feed') onChange(next)
        else onChange({ datastream: next.slice('channel '.length) })
      }}
    >
      <option value="feed">This feed</option>
      {streams.map(({ id }) => (
        <option key={id} value={`channel ${id}`}>
          Only {id} of this feed
        </option>
      ))}
      <option value="account">Nothing: all feeds of the account</option>
    </SelectField>
  )
}
