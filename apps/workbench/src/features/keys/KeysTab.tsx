import type { DeviceDocument, FeedDocument, KeyDocument } from '@sluice/model'
import { Eye, KeyRound, Plus, Trash2 } from 'lucide-react'
import { useState } from 'react'
import type { ReactNode } from 'react'
import { Button } from '../../ui/Button.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { SkeletonRows } from '../../ui/Skeleton.tsx'
import { AddKeyDialog } from './AddKeyDialog.tsx'
import { DeleteKey } from './DeleteKey.tsx'
import { KeyRow } from './KeyRow.tsx'
import { RevealDialog } from './RevealDialog.tsx'
import { ShownKeyDialog } from './ShownKeyDialog.tsx'
import { useKeys } from './useKeys.ts'

type OpenDialog =
  | { kind: 'add' }
  | { kind: 'reveal' | 'delete'; id: number; label: string; words: string }
  | { kind: 'shown'; key: string; isNew: boolean }
  | null

export function KeysTab({ device, feed }: { device: DeviceDocument; feed: FeedDocument }): ReactNode {
  const { data: keys, error, refetch } = useKeys(feed.id)
  const [dialog, setDialog] = useState<OpenDialog>(null)
  const close = (): void => setDialog(null)
  return (
    <div className="grid gap-4">
      <div className="flex flex-wrap items-center gap-3">
        <div className="mr-auto">
          <h2 className="text-base font-semibold">API keys</h2>
          <p className="text-[0.8125rem] text-muted">
            Keys that reach this feed. Give each program its own, with the least it needs.
          </p>
        </div>
        <Button size="s" onClick={() => setDialog({ kind: 'add' })}>
          <Plus size={15} aria-hidden /> Add key
        </Button>
      </div>
      {device.activated_at === null && (
        <p className="rounded-lg bg-warn-soft px-3 py-2 text-warn">
          The device is deactivated: all of these keys are refused until you activate it.
        </p>
      )}
      {error !== null && keys === undefined && (
        <ErrorNotice error={error} what="The keys could not be loaded." onRetry={() => void refetch()} />
      )}
      {keys === undefined && error === null && <SkeletonRows rows={2} className="h-20" />}
      {keys?.length === 0 && (
        <div className="panel grid justify-items-center gap-2 p-10 text-center">
          <KeyRound size={24} aria-hidden className="text-muted" />
          <p className="font-medium">No key reaches this feed</p>
          <p className="text-muted">A device needs one to send values. Add a key to go on.</p>
        </div>
      )}
      {keys !== undefined && keys.length > 0 && (
        <ul className="panel divide-y divide-line">
          {keys.map((key) => (
            <KeyRow key={key.id ?? key.api_key} apiKey={key}>
              <KeyActions apiKey={key} onOpen={setDialog} />
            </KeyRow>
          ))}
        </ul>
      )}
      {dialog?.kind === 'add' && (
        <AddKeyDialog feed={feed} onAdded={(key) => setDialog({ kind: 'shown', key, isNew: true })} onClose={close} />
      )}
      {dialog?.kind === 'reveal' && (
        <RevealDialog
          keyId={dialog.id}
          label={dialog.label}
          onRevealed={(key) => setDialog({ kind: 'shown', key, isNew: false })}
          onClose={close}
        />
      )}
      {dialog?.kind === 'shown' && <ShownKeyDialog apiKey={dialog.key} isNew={dialog.isNew} onClose={close} />}
      {dialog?.kind === 'delete' && (
        <DeleteKey id={dialog.id} label={dialog.label} words={dialog.words} onClose={close} />
      )}
    </div>
  )
}

function KeyActions({ apiKey, onOpen }: { apiKey: KeyDocument; onOpen(dialog: OpenDialog): void }): ReactNode {
  const { id, label, last_used_at } = apiKey
  if (id === undefined) return null
  const words = last_used_at === undefined ? 'It was never used.' : 'It has been used.'
  return (
    <div className="flex gap-2">
      <Button size="s" aria-label={`Reveal ${label}`} onClick={() => onOpen({ kind: 'reveal', id, label, words })}>
        <Eye size={14} aria-hidden /> Reveal
      </Button>
      <Button
        size="s"
        look="danger"
        aria-label={`Delete ${label}`}
        onClick={() => onOpen({ kind: 'delete', id, label, words })}
      >
        <Trash2 size={14} aria-hidden /> Delete
      </Button>
    </div>
  )
}
