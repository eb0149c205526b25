import type { DeviceDocument, FeedDocument } from '@sluice/model'
import { Link } from '@tanstack/react-router'
import { Send } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button } from '../../ui/Button.tsx'
import { ErrorText } from '../../ui/ErrorNotice.tsx'
import { SnippetTabs } from '../../ui/SnippetTabs.tsx'
import { useKnownKey } from '../keys/known-keys.ts'
import { KeyNotice } from './KeyNotice.tsx'
import { Refusal } from './Refusal.tsx'
import { EXAMPLE, KEY_PLACEHOLDER, snippets } from './snippets.ts'
import { useConnection, useLastRefusal, useSendTestValue } from './useFirstValue.ts'

/** In place of the graph until a value is there: listens, tells how to send one, and why a try was refused. */
export function FirstValue({ device, feed }: { device: DeviceDocument; feed: FeedDocument }): ReactNode {
  const knownKey = useKnownKey(feed.id)
  const connection = useConnection(feed.id, knownKey)
  const refusal = useLastRefusal(feed.id)
  const { mutate: sendTest, isPending, error } = useSendTestValue(feed.id)
  const all = snippets({ ...connection.parts, key: knownKey ?? KEY_PLACEHOLDER })
  return (
    <section aria-label="First value" className="panel min-w-0 overflow-hidden">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-3 border-b border-line bg-accent-soft px-5 py-4">
        <span aria-hidden className="pulse ml-1 size-2.5 shrink-0 rounded-full bg-accent" />
        <div className="min-w-0 flex-1 basis-56" role="status">
          <p className="font-semibold">Waiting for the first value…</p>
          <p className="text-[0.8125rem] text-muted">It appears here the moment it is stored. No reload needed.</p>
        </div>
        <Button isBusy={isPending} onClick={() => sendTest()}>
          <Send size={15} aria-hidden /> Send a test value
        </Button>
      </div>
      <div className="grid grid-cols-1 gap-4 p-4 sm:p-5">
        <ErrorText error={error} />
        {refusal && <Refusal entry={refusal} />}
        {device.activated_at === null && (
          <p className="rounded-lg bg-warn-soft px-3 py-2 text-warn">
            The device is deactivated: its keys are refused until you activate it.
          </p>
        )}
        <KeyNotice feedId={feed.id} keyInClear={knownKey} apiKey={connection.key} />
        <SnippetTabs label="How to send" snippets={all} />
        <p className="text-[0.8125rem] text-muted">
          All of them write {EXAMPLE.value} to the channel {EXAMPLE.channel}; a channel that does not exist yet is made.
          More in the{' '}
          <Link to="/docs" search={{ feed: String(feed.id) }} className="font-medium text-accent hover:underline">
            API documentation
          </Link>
          , filled in for this device.
        </p>
      </div>
    </section>
  )
}
