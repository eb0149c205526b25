import type { ReactNode } from 'react'

type Props<Id> = {
  label: string
  options: readonly { id: Id; label: string }[]
  value: Id
  onChange(id: Id): void
}

/** A few choices side by side, one of them pressed. Scrolls where there is no room. */
export function Segments<Id extends string | undefined>({ label, options, value, onChange }: Props<Id>): ReactNode {
  return (
    <div
      role="group"
      aria-label={label}
      className="scroll-quiet inline-flex max-w-full overflow-x-auto rounded-lg bg-sunken p-0.5"
    >
      {options.map((option) => (
        <button
          key={option.label}
          type="button"
          aria-pressed={option.id === value}
          onClick={() => onChange(option.id)}
          className="shrink-0 rounded-md px-2.5 py-1 text-[0.8125rem] leading-5 font-medium text-muted hover:text-text focus-visible:-outline-offset-2 aria-pressed:bg-surface aria-pressed:text-text aria-pressed:shadow-[0_1px_2px_var(--shadow)]"
        >
          {option.label}
        </button>
      ))}
    </div>
  )
}
