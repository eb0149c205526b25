import { useId } from 'react'
import type { InputHTMLAttributes, ReactNode, SelectHTMLAttributes } from 'react'
import { DURATION_UNITS } from './duration-field.ts'
import type { DurationField, DurationUnit } from './duration-field.ts'

type Common = { label: string; error?: string | undefined }

const CONTROL = 'input field-sizing-content h-9 w-auto max-w-full py-0 font-medium'

/** A control in the middle of a sentence: its label is for those who hear it, its error is below it. */
function Inline({
  label,
  error,
  className = '',
  render,
}: Common & {
  className?: string
  render(wires: { id: string; 'aria-invalid': boolean; 'aria-describedby': string | undefined }): ReactNode
}): ReactNode {
  const id = useId()
  return (
    <span className={`inline-grid max-w-full min-w-0 align-middle ${className}`}>
      <label htmlFor={id} className="sr-only">
        {label}
      </label>
      {render({
        id,
        'aria-invalid': error !== undefined,
        'aria-describedby': error === undefined ? undefined : `${id}-note`,
      })}
      {error !== undefined && (
        <span id={`${id}-note`} className="mt-1 max-w-72 text-[0.8125rem] leading-4 text-bad">
          {error}
        </span>
      )}
    </span>
  )
}

export function InlineSelect({ label, error, ...select }: Common & SelectHTMLAttributes<HTMLSelectElement>): ReactNode {
  return <Inline {...{ label, error }} render={(wires) => <select {...select} {...wires} className={CONTROL} />} />
}

export function InlineInput({
  label,
  error,
  isWide = false,
  ...input
}: Common & { isWide?: boolean } & InputHTMLAttributes<HTMLInputElement>): ReactNode {
  return (
    <Inline
      {...{ label, error }}
      className={isWide ? 'w-full sm:w-auto sm:min-w-80 sm:flex-1' : ''}
      render={(wires) => (
        <input
          autoComplete="off"
          spellCheck={false}
          {...input}
          {...wires}
          className={isWide ? 'input h-9 py-0 font-medium' : `${CONTROL} min-w-16`}
        />
      )}
    />
  )
}

type DurationProps = Common & { value: DurationField; onChange(next: DurationField): void }

/** A number and its unit. */
export function InlineDuration({ label, error, value, onChange }: DurationProps): ReactNode {
  return (
    <Inline
      {...{ label, error }}
      render={(wires) => (
        <span className="flex">
          <input
            inputMode="decimal"
            autoComplete="off"
            value={value.amount}
            onChange={(event) => onChange({ ...value, amount: event.currentTarget.value })}
            {...wires}
            className={`${CONTROL} min-w-12 rounded-r-none`}
          />
          <select
            aria-label={`Unit of ${label.toLowerCase()}`}
            value={value.unit}
            onChange={(event) => onChange({ ...value, unit: event.currentTarget.value as DurationUnit })}
            className={`${CONTROL} -ml-px rounded-l-none px-1.5 text-muted`}
          >
            {DURATION_UNITS.map(({ id, label }) => (
              <option key={id} value={id}>
                {label}
              </option>
            ))}
          </select>
        </span>
      )}
    />
  )
}
