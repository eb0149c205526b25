import { X } from 'lucide-react'
import { useId, useState } from 'react'
import type { ReactNode } from 'react'
import { splitTags } from '../channels/channel-form.ts'

type Props = { tags: readonly string[]; error: string | undefined; onChange(tags: string[]): void }

/** Tags as chips: Enter or a comma adds, Backspace in the empty box takes the last one off. */
export function TagsField({ tags, error, onChange }: Props): ReactNode {
  const id = useId()
  const [text, setText] = useState('')
  const add = (): void => {
    const next = splitTags([...tags, text].join(','))
    if (text.trim() !== '') onChange(next)
    setText('')
  }
  return (
    <div className="grid gap-1.5">
      <label htmlFor={id} className="font-medium">
        Tags
      </label>
      <div className="input flex flex-wrap items-center gap-1.5 focus-within:border-accent">
        {tags.map((tag) => (
          <span key={tag} className="inline-flex max-w-full items-center gap-1 rounded-md bg-sunken py-px pr-1 pl-2">
            <span className="truncate">{tag}</span>
            <button
              type="button"
              aria-label={`Remove tag ${tag}`}
              onClick={() => onChange(tags.filter((other) => other !== tag))}
              className="grid size-5 place-items-center rounded text-muted hover:text-text"
            >
              <X size={12} aria-hidden />
            </button>
          </span>
        ))}
        <input
          id={id}
          value={text}
          autoComplete="off"
          placeholder={tags.length === 0 ? 'greenhouse, north' : ''}
          aria-invalid={error !== undefined}
          aria-describedby={`${id}-note`}
          onChange={(event) => setText(event.currentTarget.value)}
          onBlur={add}
          onKeyDown={(event) => {
            if (event.key === 'Backspace' && text === '') onChange(tags.slice(0, -1))
            if ((event.key !== 'Enter' || text === '') && event.key !== ',') return
            event.preventDefault()
            add()
          }}
          className="min-w-24 flex-1 bg-transparent outline-none"
        />
      </div>
      <p id={`${id}-note`} className={`text-[0.8125rem] ${error === undefined ? 'text-muted' : 'text-bad'}`}>
        {error ?? 'Enter or a comma adds one.'}
      </p>
    </div>
  )
}
