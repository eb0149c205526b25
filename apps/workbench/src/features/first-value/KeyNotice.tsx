import type { KeyDocument } from '@sluice/model'
import { KeyRound } from 'lucide-react'
import { useState } from 'react'
import type { ReactNode } from 'react'
import { Button } from '../../ui/Button.tsx'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { RevealDialog } from '../keys/RevealDialog.tsx'
import { rememberKey } from '../keys/known-keys.ts'

type Props = { feedId: number; keyInClear: string | undefined; apiKey: KeyDocument | undefined }

/** The key of the snippets: shown while it is known, else a way to put it in. */
export function KeyNotice({ feedId, keyInClear, apiKey }: Props): ReactNode {
  const [isRevealing, setRevealing] = useState(false)
  if (keyInClear !== undefined) {
    return (
      <div className="rounded-lg border border-line p-3.5">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <KeyRound size={16} aria-hidden className="shrink-0 text-accent" />
          <span className="font-medium">API key</span>
          <code data-api-key className="min-w-0 flex-1 basis-60 font-mono text-[0.8125rem] break-all">
            {keyInClear}
          </code>
          <CopyButton text={keyInClear} what="API key" />
        </div>
        <p className="mt-1.5 text-[0.8125rem] text-muted">
          It is in the snippets below. After a reload it is masked, and showing it again asks for your password.
        </p>
      </div>
    )
  }
  return (
    <div className="flex flex-wrap items-center gap-3 rounded-lg border border-line p-3.5">
      <KeyRound size={16} aria-hidden className="shrink-0 text-muted" />
      <p className="min-w-0 flex-1 basis-60 text-[0.8125rem] text-muted">
        The snippets need the API key of this device in place of YOUR_API_KEY.
      </p>
      {apiKey?.id !== undefined && (
        <Button size="s" onClick={() => setRevealing(true)}>
          Insert the key
        </Button>
      )}
      {isRevealing && apiKey?.id !== undefined && (
        <RevealDialog
          keyId={apiKey.id}
          label={apiKey.label}
          onRevealed={(key) => {
            rememberKey(feedId, key)
            setRevealing(false)
          }}
          onClose={() => setRevealing(false)}
        />
      )}
    </div>
  )
}
