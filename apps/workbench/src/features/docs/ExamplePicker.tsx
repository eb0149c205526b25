import { Link, useNavigate } from '@tanstack/react-router'
import { Check, Eye, LogIn } from 'lucide-react'
import { useState } from 'react'
import type { ReactNode } from 'react'
import { Button, buttonClass } from '../../ui/Button.tsx'
import { useMediaQuery } from '../../ui/useMediaQuery.ts'
import { rememberText } from '../keys/known-keys.ts'
import { RevealDialog } from '../keys/RevealDialog.tsx'
import { parseDocsSearch } from './docs-search.ts'
import type { DocsSearch } from './docs-search.ts'
import type { Examples } from './useExamples.ts'

/** Which device, channel and key the examples are filled with. */
export function ExamplePicker({ examples }: { examples: Examples }): ReactNode {
  const isNarrow = useMediaQuery('(max-width: 40rem)')
  const { isSignedIn, isLoading, hasFailed, devices, device, parts, key } = examples
  if (!isSignedIn || hasFailed || (devices.length === 0 && !isLoading)) {
    return <Unfilled isSignedIn={isSignedIn} hasFailed={hasFailed} />
  }
  if (!isNarrow) {
    return (
      <section aria-label="Examples" className="panel px-4 py-2.5">
        <Fields examples={examples} />
      </section>
    )
  }
  return (
    <details className="panel px-4 py-2.5">
      <summary>
        <span className="font-medium">Examples:</span>{' '}
        <span className="text-muted">
          {[device?.name, parts.datastreamId, key?.label].filter((words) => words !== undefined).join(' · ')}
        </span>
      </summary>
      <div className="pt-3">
        <Fields examples={examples} />
      </div>
    </details>
  )
}

function Unfilled({ isSignedIn, hasFailed }: { isSignedIn: boolean; hasFailed: boolean }): ReactNode {
  if (hasFailed) {
    return (
      <p role="alert" className="rounded-lg bg-warn-soft px-3 py-2 text-warn">
        Your devices could not be loaded, so the examples carry placeholders.
      </p>
    )
  }
  return (
    <section aria-label="Examples" className="panel flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
      <p className="min-w-0 flex-1 basis-56 text-muted">
        {isSignedIn
          ? 'Add a device, and the examples carry its feed and its key.'
          : 'Sign in, and the examples carry your device and your key, and can be tried here.'}
      </p>
      {isSignedIn ? (
        <Link to="/devices/new" className={buttonClass('plain', 's')}>
          Add device
        </Link>
      ) : (
        <SignInLink />
      )}
    </section>
  )
}

/** Leads to sign-in and back to what is open here. */
export function SignInLink(): ReactNode {
  const { pathname, search, hash } = location
  return (
    <Link to="/sign-in" search={{ from: `${pathname}${search}${hash}` }} className={buttonClass('plain', 's')}>
      <LogIn size={14} aria-hidden /> Sign in
    </Link>
  )
}

function Fields({ examples }: { examples: Examples }): ReactNode {
  const { devices, device, feed, keys, key, isKeyShown } = examples
  const [isRevealing, setRevealing] = useState(false)
  const navigate = useNavigate()
  const change = (next: { [Name in keyof DocsSearch]?: DocsSearch[Name] | undefined }): void =>
    void navigate({
      to: '/docs',
      search: (before) => parseDocsSearch({ ...before, ...next }),
      hash: true,
      replace: true,
      resetScroll: false,
      hashScrollIntoView: false,
    })
  const streams = feed?.datastreams ?? []
  return (
    <div className="grid items-center gap-2 sm:grid-cols-[auto_repeat(3,minmax(0,1fr))_auto]">
      <p className="pr-2 text-muted max-sm:hidden">Examples with</p>
      <Picker
        label="Device"
        value={String(device?.feed_id ?? '')}
        options={devices.map(({ feed_id, name }) => ({ id: String(feed_id), label: `${name} · feed ${feed_id}` }))}
        onChange={(feed) => change({ feed, stream: undefined, key: undefined })}
      />
      <Picker
        label="Channel"
        value={examples.parts.datastreamId}
        options={
          streams.length === 0
            ? [{ id: examples.parts.datastreamId, label: `Channel ${examples.parts.datastreamId}, not there yet` }]
            : streams.map(({ id }) => ({ id, label: `Channel ${id}` }))
        }
        onChange={(stream) => change({ stream })}
      />
      <Picker
        label="Key"
        value={String(key?.id ?? '')}
        options={
          keys.length === 0
            ? [{ id: '', label: 'No key reaches this feed' }]
            : keys.map(({ id, label, api_key }) => ({ id: String(id), label: `Key ${label} · ${api_key}` }))
        }
        onChange={(key) => change({ key })}
      />
      {key?.id !== undefined && !isKeyShown && (
        <Button onClick={() => setRevealing(true)} title="Asks for your password">
          <Eye size={15} aria-hidden /> Insert the key
        </Button>
      )}
      {isKeyShown && (
        <p className="flex items-center gap-1.5 px-1 text-muted" title="Until the page is reloaded">
          <Check size={15} aria-hidden className="text-ok" /> Key inserted
        </p>
      )}
      {isRevealing && key?.id !== undefined && (
        <RevealDialog
          keyId={key.id}
          label={key.label}
          onRevealed={(text) => {
            rememberText(text)
            setRevealing(false)
          }}
          onClose={() => setRevealing(false)}
        />
      )}
    </div>
  )
}

type PickerProps = {
  label: string
  value: string
  options: readonly { id: string; label: string }[]
  onChange(id: string): void
}

function Picker({ label, value, options, onChange }: PickerProps): ReactNode {
  return (
    <select
      aria-label={label}
      title={label}
      className="input h-9 min-w-0"
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    >
      {options.map((option) => (
        <option key={option.id} value={option.id}>
          {option.label}
        </option>
      ))}
    </select>
  )
}
