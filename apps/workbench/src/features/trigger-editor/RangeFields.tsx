import type { ReactNode } from 'react'
import { fromLocalInput, localInput } from '../../ui/local-input.ts'
import { Segments } from '../../ui/Segments.tsx'
import { DEFAULT_RANGE, PREVIEW_RANGES } from './preview-search.ts'
import type { EditorSearch, PreviewRange, SearchChange } from './preview-search.ts'

type Props = {
  search: EditorSearch
  window: { startMs: number; endMs: number }
  onSearch(change: SearchChange): void
}

const OPTIONS: { id: PreviewRange | 'custom'; label: string }[] = [
  ...PREVIEW_RANGES.map(({ id, label }) => ({ id, label })),
  { id: 'custom', label: 'Custom' },
]

/** Which stored values a rule is tried on. */
export function RangeFields({ search, window, onSearch }: Props): ReactNode {
  const isCustom = search.from !== undefined
  const iso = (ms: number): string => new Date(ms).toISOString()
  const bound = (field: 'from' | 'to', label: string, ms: number): ReactNode => (
    <input
      type="datetime-local"
      aria-label={label}
      defaultValue={localInput(ms)}
      onChange={(event) => {
        const next = fromLocalInput(event.currentTarget.value)
        if (next !== null) onSearch({ from: search.from, to: search.to, [field]: iso(next), at: undefined })
      }}
      className="input h-8 w-auto min-w-0 py-0 text-[0.8125rem]"
    />
  )
  return (
    <div className="grid justify-items-end gap-2 max-sm:w-full max-sm:justify-items-start">
      <Segments
        label="Window"
        options={OPTIONS}
        value={isCustom ? 'custom' : (search.range ?? DEFAULT_RANGE)}
        onChange={(id) =>
          onSearch(
            id === 'custom'
              ? { range: undefined, from: iso(window.startMs), to: iso(window.endMs), at: undefined }
              : { range: id, from: undefined, to: undefined, at: undefined },
          )
        }
      />
      {isCustom && (
        <span className="flex flex-wrap items-center gap-2">
          {bound('from', 'From', window.startMs)} <span className="text-muted">to</span>{' '}
          {bound('to', 'To', window.endMs)}
        </span>
      )}
    </div>
  )
}
