import type { FeedDocument, KeyDocument } from '@sluice/model'
import { LIMITS } from '@sluice/model'
import { Plus } from 'lucide-react'
import { useRef, useState } from 'react'
import type { ReactNode } from 'react'
import { flushSync } from 'react-dom'
import { Button } from '../../ui/Button.tsx'
import { ErrorText } from '../../ui/ErrorNotice.tsx'
import { Choice, TextField } from '../../ui/Field.tsx'
import { Modal, ModalActions } from '../../ui/Modal.tsx'
import { Segments } from '../../ui/Segments.tsx'
import { useNow } from '../../ui/useNow.ts'
import { PermissionFields } from './PermissionFields.tsx'
import { PRESETS, formOfKey, keyErrors, keyWrite, newPermission, presetForm } from './key-form.ts'
import type { KeyForm, PermissionForm, Preset } from './key-form.ts'
import { useSaveKey } from './useKeys.ts'

type Props = {
  feed: FeedDocument
  /** the key that is edited; a new one is added where it is missing */
  apiKey?: KeyDocument
  preset?: Preset
  /** with the text of a new key, null for one that was edited */
  onSaved(text: string | null): void
  onClose(): void
}

/** What a key may do, where, and under which conditions: adds one, or changes one. */
export function KeyDialog({ feed, apiKey, preset: first = 'reader', onSaved, onClose }: Props): ReactNode {
  const about = { id: feed.id, isPrivate: feed.private === 'true' }
  const [preset, setPreset] = useState<Preset>(first)
  const [form, setForm] = useState<KeyForm>(() => (apiKey ? formOfKey(apiKey) : presetForm(first, about)))
  const now = useNow(10_000)
  const [isTried, setTried] = useState(false)
  const body = useRef<HTMLFormElement>(null)
  const { mutate, isPending, error } = useSaveKey(apiKey?.id ?? null)
  const errors = isTried ? keyErrors(form, now) : null
  const pick = (next: Preset): void => {
    setPreset(next)
    setForm({ ...presetForm(next, about), label: form.label, expires: form.expires })
  }
  const save = (): void => {
    flushSync(() => setTried(true))
    if (keyErrors(form, Date.now()) !== null) {
      // what is wrong may be out of sight
      body.current?.querySelector<HTMLElement>('[aria-invalid="true"], [data-invalid="true"]')?.focus()
      return
    }
    mutate(keyWrite(form), { onSuccess: (made) => onSaved(made?.api_key ?? null) })
  }
  return (
    <Modal title={apiKey ? `Edit ${apiKey.label}` : 'Add key'} width="l" onClose={onClose}>
      <form
        ref={body}
        noValidate
        className="grid gap-5"
        onSubmit={(event) => {
          event.preventDefault()
          save()
        }}
      >
        {!apiKey && (
          <div className="grid gap-1.5">
            <div>
              <Segments label="Made for" options={PRESETS} value={preset} onChange={pick} />
            </div>
            <p className="text-[0.8125rem] text-muted">{PRESETS.find(({ id }) => id === preset)?.note}</p>
          </div>
        )}
        <div className="grid gap-4 sm:grid-cols-2">
          <TextField
            label="Label"
            autoFocus
            placeholder="Dashboard in the kitchen"
            maxLength={LIMITS.labelCharsMax}
            value={form.label}
            onChange={(event) => setForm({ ...form, label: event.currentTarget.value })}
            error={errors?.label}
          />
          <TextField
            label="Expires"
            type="datetime-local"
            isOptional
            value={form.expires}
            onChange={(event) => setForm({ ...form, expires: event.currentTarget.value })}
            error={errors?.expires}
          />
        </div>
        <Permissions feed={feed} form={form} errors={errors} onChange={setForm} />
        <PrivateChoice
          feed={feed}
          isChecked={form.seesPrivate}
          onChange={(sees) => setForm({ ...form, seesPrivate: sees })}
        />
        <ErrorText error={error} />
        <ModalActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" type="submit" isBusy={isPending}>
            {apiKey ? 'Save' : 'Add'}
          </Button>
        </ModalActions>
      </form>
    </Modal>
  )
}

type PermissionsProps = {
  feed: FeedDocument
  form: KeyForm
  errors: ReturnType<typeof keyErrors>
  onChange(form: KeyForm): void
}

/** A request is allowed if any of them allows it. */
function Permissions({ feed, form, errors, onChange }: PermissionsProps): ReactNode {
  const { permissions } = form
  const change = (next: readonly PermissionForm[]): void => onChange({ ...form, permissions: next })
  return (
    <div className="grid gap-3">
      {permissions.map((permission, index) => (
        <PermissionFields
          key={permission.row}
          number={permissions.length > 1 ? index + 1 : null}
          feed={feed}
          permission={permission}
          errors={errors?.permissions[index] ?? {}}
          onChange={(next) => change(permissions.map((one) => (one.row === permission.row ? next : one)))}
          onRemove={() => change(permissions.filter(({ row }) => row !== permission.row))}
        />
      ))}
      {permissions.length < LIMITS.permissionsPerKeyMax && (
        <div>
          <Button
            size="s"
            look="quiet"
            onClick={() => {
              const row = Math.max(...permissions.map((one) => one.row)) + 1
              change([...permissions, { ...newPermission(row), resources: [{ feed_id: feed.id }] }])
            }}
          >
            <Plus size={14} aria-hidden /> Another permission
          </Button>
        </div>
      )}
    </div>
  )
}

type PrivateProps = { feed: FeedDocument; isChecked: boolean; onChange(isChecked: boolean): void }

function PrivateChoice({ feed, isChecked, onChange }: PrivateProps): ReactNode {
  return (
    <Choice
      kind="checkbox"
      name="private"
      label="Private access"
      note={
        feed.private === 'true'
          ? 'May see private feeds. This feed is private: without it the key finds nothing here.'
          : 'May see private feeds. This feed is public: not needed for it.'
      }
      isChecked={isChecked}
      onChange={onChange}
    />
  )
}
