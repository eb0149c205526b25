import type { DeviceDocument, FeedDocument, KeyDocument } from '@sluice/model'
import { KeyRound, Plus } from 'lucide-react'
import { useState } from 'react'
import type { ReactNode } from 'react'
import { Button } from '../../ui/Button.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { SkeletonRows } from '../../ui/Skeleton.tsx'
import { useTriggers } from '../triggers/useTriggers.ts'
import { KeyActions } from './KeyActions.tsx'
import { KeyDialogs } from './KeyDialogs.tsx'
import type { OpenDialog } from './KeyDialogs.tsx'
import { KeyRow } from './KeyRow.tsx'
import { sortKeys } from './sort-keys.ts'
import { useAllKeys } from './useKeys.ts'

export function KeysTab({ device, feed }: { device: DeviceDocument; feed: FeedDocument }): ReactNode {
  const { data: keys, error, refetch } = useAllKeys()
  const { data: triggers } = useTriggers()
  const [dialog, setDialog] = useState<OpenDialog>(null)
  const { reaching, others } = sortKeys(keys ?? [], feed.id, triggers)
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
      {keys !== undefined && reaching.length === 0 && (
        <div className="panel grid justify-items-center gap-2 p-10 text-center">
          <KeyRound size={24} aria-hidden className="text-muted" />
          <p className="font-medium">No key reaches this feed</p>
          <p className="text-muted">A device needs one to send values. Add a key to go on.</p>
        </div>
      )}
      <KeyList keys={reaching} onOpen={setDialog} />
      {others.length > 0 && (
        <details className="group">
          <summary className="rounded text-muted">
            {others.length === 1 ? 'One more key of the account does' : `${others.length} more keys of the account do`}{' '}
            not reach this feed
          </summary>
          <div className="pt-3">
            <KeyList keys={others} onOpen={setDialog} />
          </div>
        </details>
      )}
      <KeyDialogs feed={feed} dialog={dialog} onOpen={setDialog} />
    </div>
  )
}

type ListProps = { keys: readonly KeyDocument[]; onOpen(dialog: OpenDialog): void }

function KeyList({ keys, onOpen }: ListProps): ReactNode {
  if (keys.length === 0) return null
  return (
    <ul className="panel divide-y divide-line">
      {keys.map((key) => {
        const { id } = key
        return (
          <KeyRow key={id ?? key.api_key} apiKey={key}>
            {id !== undefined && (
              <KeyActions apiKey={key} onOpen={(kind) => onOpen({ kind, apiKey: { ...key, id } })} />
            )}
          </KeyRow>
        )
      })}
    </ul>
  )
}
