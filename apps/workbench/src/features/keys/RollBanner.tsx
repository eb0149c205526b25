import type { KeyDocument } from '@sluice/model'
import { useState } from 'react'
import type { ReactNode } from 'react'
import { Button } from '../../ui/Button.tsx'
import { Confirm } from '../../ui/Confirm.tsx'
import { TimeAgo } from '../../ui/TimeAgo.tsx'
import { absoluteTime } from '../../ui/time-words.ts'
import { showToast } from '../../ui/toasts.ts'
import { LastUse } from './LastUse.tsx'
import { useEndRoll } from './useKeys.ts'

/** While both texts of a key work: until when, who still uses the old one, and a way to end it. */
export function RollBanner({ apiKey }: { apiKey: KeyDocument & { id: number } }): ReactNode {
  const { id, label, previous_until: until, previous_api_key: old, previous_last_used_at: usedAt } = apiKey
  const [isEnding, setEnding] = useState(false)
  const { mutate, isPending, error } = useEndRoll(id)
  if (until === undefined) return null
  const end = (): void =>
    mutate(undefined, {
      onSuccess: () => {
        showToast({ kind: 'ok', text: `The old text of ${label} is refused from now on.` })
        setEnding(false)
      },
    })
  return (
    <div
      data-roll
      className="flex w-full flex-wrap items-center gap-x-4 gap-y-2 rounded-lg bg-warn-soft px-3 py-2 text-[0.8125rem]"
    >
      <p className="min-w-0 flex-1 basis-60">
        <span className="font-medium text-warn">Rolled.</span> The old text <code className="font-mono">{old}</code>{' '}
        works until{' '}
        <time dateTime={until} title={absoluteTime(until)} className="font-medium">
          {new Date(until).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })}
        </time>
        .{' '}
        <LastUse
          use={{ at: usedAt, address: apiKey.previous_last_used_address, client: apiKey.previous_last_used_client }}
          none="It is not known to have been used."
          prefix="Last used "
        />
      </p>
      <Button size="s" aria-label={`End the old text of ${label} now`} onClick={() => setEnding(true)}>
        End now
      </Button>
      {isEnding && (
        <Confirm
          title={`End the old text of ${label}?`}
          action="End now"
          isBusy={isPending}
          error={error}
          onConfirm={end}
          onClose={() => setEnding(false)}
        >
          <p>
            Whoever still sends <code className="font-mono">{old}</code> is refused with 401 from now on. The new text
            goes on working.
          </p>
          {usedAt !== undefined && (
            <p className="text-muted">
              <TimeAgo at={usedAt} prefix="It was last used " />.
            </p>
          )}
        </Confirm>
      )}
    </div>
  )
}
