import { Search } from 'lucide-react'
import type { ReactNode, RefObject } from 'react'

type Props = {
  ref: RefObject<HTMLInputElement | null>
  label: string
  placeholder: string
  value: string
  onChange(value: string): void
  /** after Enter */
  onChosen?(): void
  className?: string
}

/** Filters a list by text; `/` leads into it, Escape empties it. */
export function FilterBox({
  ref,
  label,
  placeholder,
  value,
  onChange,
  onChosen,
  className = 'order-last w-full sm:order-none sm:w-72',
}: Props): ReactNode {
  return (
    <div className={`relative ${className}`}>
      <Search size={16} aria-hidden className="absolute top-1/2 left-3 -translate-y-1/2 text-muted" />
      <input
        ref={ref}
        type="search"
        aria-label={label}
        placeholder={placeholder}
        autoComplete="off"
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') onChosen?.()
          if (event.key !== 'Escape') return
          onChange('')
          event.currentTarget.blur()
        }}
        className="input pr-9 pl-9"
      />
      {value === '' && (
        <kbd
          aria-hidden
          className="absolute top-1/2 right-2.5 hidden -translate-y-1/2 rounded border border-line bg-sunken px-1.5 font-mono text-xs text-muted sm:block"
        >
          /
        </kbd>
      )}
    </div>
  )
}
