import { useId } from 'react'
import type { InputHTMLAttributes, ReactNode, SelectHTMLAttributes, TextareaHTMLAttributes } from 'react'

type Frame = { label: string; hint?: ReactNode; error?: string | undefined; isOptional?: boolean }
type Wires = { id: string; 'aria-invalid': boolean; 'aria-describedby': string | undefined }

function FieldFrame({
  label,
  hint,
  error,
  isOptional,
  render,
}: Frame & { render(wires: Wires): ReactNode }): ReactNode {
  const id = useId()
  const note = error ?? hint
  return (
    <div className="grid content-start gap-1.5">
      <div className="flex items-baseline justify-between gap-2">
        <label htmlFor={id} className="font-medium">
          {label}
        </label>
        {isOptional === true && <span className="text-xs text-muted">optional</span>}
      </div>
      {render({
        id,
        'aria-invalid': error !== undefined,
        'aria-describedby': note === undefined ? undefined : `${id}-note`,
      })}
      {note !== undefined && (
        <p id={`${id}-note`} className={`text-[0.8125rem] ${error === undefined ? 'text-muted' : 'text-bad'}`}>
          {note}
        </p>
      )}
    </div>
  )
}

export function TextField({
  label,
  hint,
  error,
  isOptional = false,
  ...input
}: Frame & InputHTMLAttributes<HTMLInputElement>): ReactNode {
  return (
    <FieldFrame
      {...{ label, hint, error, isOptional }}
      render={(wires) => (
        <input autoComplete="off" {...input} {...wires} className={`input ${input.className ?? ''}`} />
      )}
    />
  )
}

export function TextArea({
  label,
  hint,
  error,
  isOptional = false,
  ...area
}: Frame & TextareaHTMLAttributes<HTMLTextAreaElement>): ReactNode {
  return (
    <FieldFrame
      {...{ label, hint, error, isOptional }}
      render={(wires) => <textarea rows={3} {...area} {...wires} className="input resize-y" />}
    />
  )
}

export function SelectField({
  label,
  hint,
  error,
  isOptional = false,
  ...select
}: Frame & SelectHTMLAttributes<HTMLSelectElement>): ReactNode {
  return (
    <FieldFrame
      {...{ label, hint, error, isOptional }}
      render={(wires) => <select {...select} {...wires} className="input h-[2.375rem]" />}
    />
  )
}

type ChoiceProps = {
  kind: 'radio' | 'checkbox'
  name: string
  value?: string
  label: string
  note?: ReactNode
  isChecked: boolean
  onChange(isChecked: boolean): void
}

/** A radio or tick box whose accessible name is the label alone; the note describes it. */
export function Choice({ kind, name, value, label, note, isChecked, onChange }: ChoiceProps): ReactNode {
  const id = useId()
  return (
    <label
      className={`flex cursor-pointer items-start gap-2.5 rounded-lg border p-3 transition-colors ${
        isChecked ? 'border-accent bg-accent-soft' : 'border-line hover:bg-sunken'
      }`}
    >
      <input
        type={kind}
        name={name}
        value={value}
        checked={isChecked}
        onChange={(event) => onChange(event.currentTarget.checked)}
        aria-labelledby={`${id}-label`}
        aria-describedby={note === undefined ? undefined : `${id}-note`}
        className="tick mt-0.5"
      />
      <span className="grid gap-0.5">
        <span id={`${id}-label`} className="font-medium">
          {label}
        </span>
        {note !== undefined && (
          <span id={`${id}-note`} className="text-[0.8125rem] text-muted">
            {note}
          </span>
        )}
      </span>
    </label>
  )
}
