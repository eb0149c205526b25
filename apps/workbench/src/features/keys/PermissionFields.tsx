import type { FeedDocument } from '@sluice/model'
import { ACCESS_METHODS } from '@sluice/model'
import { ChevronRight, X } from 'lucide-react'
import { useState } from 'react'
import type { ReactNode } from 'react'
import { TextField } from '../../ui/Field.tsx'
import type { PermissionErrors, PermissionForm } from './key-form.ts'
import { constraintWords, METHOD_WORDS } from './permission-words.ts'
import { ResourceFields } from './ResourceFields.tsx'

type Props = {
  /** among several, null for the only one */
  number: number | null
  feed: FeedDocument
  permission: PermissionForm
  errors: PermissionErrors
  onChange(permission: PermissionForm): void
  onRemove(): void
}

/** One permission: what, where, and what else must hold. */
export function PermissionFields({ number, feed, permission, errors, onChange, onRemove }: Props): ReactNode {
  const name = number === null ? 'Permission' : `Permission ${number}`
  return (
    <fieldset className="grid min-w-0 gap-3.5 rounded-xl border border-line p-4">
      <legend className={number === null ? 'sr-only' : '-ml-1 flex items-center gap-1 px-1 font-medium'}>
        {name}
        {number !== null && (
          <button
            type="button"
            aria-label={`Remove ${name.toLowerCase()}`}
            onClick={onRemove}
            className="grid size-6 place-items-center rounded-md text-muted hover:bg-sunken hover:text-text"
          >
            <X size={14} aria-hidden />
          </button>
        )}
      </legend>
      <Methods permission={permission} error={errors.methods} onChange={onChange} />
      <ResourceFields
        feed={feed}
        resources={permission.resources}
        error={errors.resources}
        onChange={(resources) => onChange({ ...permission, resources })}
      />
      <Conditions permission={permission} errors={errors} onChange={onChange} />
    </fieldset>
  )
}

type MethodsProps = {
  permission: PermissionForm
  error: string | undefined
  onChange(permission: PermissionForm): void
}

function Methods({ permission, error, onChange }: MethodsProps): ReactNode {
  const { methods } = permission
  return (
    <div role="group" aria-label="May" data-invalid={error !== undefined} tabIndex={-1} className="outline-none">
      <div className="grid grid-cols-2 gap-2 sm:flex sm:flex-wrap">
        {ACCESS_METHODS.map((method) => {
          const isChecked = methods.includes(method)
          return (
            <label
              key={method}
              title={METHOD_WORDS[method].note}
              className={`flex cursor-pointer items-center gap-2 rounded-lg border px-3 py-1.5 font-medium transition-colors ${
                isChecked ? 'border-accent bg-accent-soft' : 'border-line hover:bg-sunken'
              }`}
            >
              <input
                type="checkbox"
                className="tick"
                checked={isChecked}
                onChange={() =>
                  onChange({
                    ...permission,
                    methods: ACCESS_METHODS.filter((other) => methods.includes(other) !== (other === method)),
                  })
                }
              />
              {METHOD_WORDS[method].label}
            </label>
          )
        })}
      </div>
      {error !== undefined && <p className="mt-1.5 text-[0.8125rem] text-bad">{error}</p>}
    </div>
  )
}

type ConditionsProps = {
  permission: PermissionForm
  errors: PermissionErrors
  onChange(permission: PermissionForm): void
}

function Conditions({ permission, errors, onChange }: ConditionsProps): ReactNode {
  const { referer, sourceIp, minimumInterval, label } = permission
  const hasError = [errors.referer, errors.sourceIp, errors.minimumInterval].some((error) => error !== undefined)
  // open where there is something to see; whoever closes it has seen it
  const [isOpen, setOpen] = useState([referer, sourceIp, minimumInterval, label].some((text) => text !== ''))
  const words = constraintWords({
    access_methods: [],
    ...(sourceIp !== '' && { source_ip: sourceIp }),
    ...(referer !== '' && { referer }),
    ...(Number(minimumInterval) > 0 && { minimum_interval: Number(minimumInterval) }),
  })
  return (
    <details open={isOpen || hasError} onToggle={(event) => setOpen(event.currentTarget.open)} className="group/more">
      <summary className="inline-flex list-none items-center gap-1 rounded text-[0.8125rem] font-medium text-accent [&::-webkit-details-marker]:hidden">
        <ChevronRight size={14} aria-hidden className="shrink-0 transition-transform group-open/more:rotate-90" />
        Conditions
        <span className="font-normal text-muted group-open/more:hidden">
          {words.length === 0 ? 'none' : words.join(', ')}
        </span>
      </summary>
      <div className="mt-3 grid gap-4 sm:grid-cols-2">
        <TextField
          label="Only from address"
          isOptional
          spellCheck={false}
          placeholder="10.0.0.0/8"
          hint="An address or a range that the connection comes from."
          value={sourceIp}
          error={errors.sourceIp}
          onChange={(event) => onChange({ ...permission, sourceIp: event.currentTarget.value })}
        />
        <TextField
          label="Once in so many seconds"
          isOptional
          inputMode="decimal"
          placeholder="60"
          hint="What comes sooner is refused, and told when to come back."
          value={minimumInterval}
          error={errors.minimumInterval}
          onChange={(event) => onChange({ ...permission, minimumInterval: event.currentTarget.value })}
        />
        <TextField
          label="Only for pages of"
          isOptional
          spellCheck={false}
          placeholder="example.org"
          hint="A hint, no protection: programs send what Referer they like."
          value={referer}
          error={errors.referer}
          onChange={(event) => onChange({ ...permission, referer: event.currentTarget.value })}
        />
        <TextField
          label="Name of this permission"
          isOptional
          maxLength={255}
          value={label}
          onChange={(event) => onChange({ ...permission, label: event.currentTarget.value })}
        />
      </div>
    </details>
  )
}
