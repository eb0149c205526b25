import { getRouteApi } from '@tanstack/react-router'
import { Pause, Play } from 'lucide-react'
import { useState } from 'react'
import type { ReactNode } from 'react'
import { Button } from '../../ui/Button.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { OlderLoader } from '../../ui/OlderLoader.tsx'
import { Segments } from '../../ui/Segments.tsx'
import { SkeletonRows } from '../../ui/Skeleton.tsx'
import { useHotkeys } from '../../ui/useHotkeys.ts'
import { changedSearch } from '../device/device-search.ts'
import { useLiveFeed } from '../live/live-feed.ts'
import { RequestPanel } from './RequestPanel.tsx'
import { RequestRow } from './RequestRow.tsx'
import { isOwnReading, isShown } from './request-log.ts'
import type { LogFilter } from './request-log.ts'
import { useRequestLog } from './useRequestLog.ts'

const route = getRouteApi('/shell/signed-in/devices/$deviceId')

/** Every request that reached this feed, refused ones too, as they come. */
export function RequestLogTab(): ReactNode {
  const { feedId } = useLiveFeed()
  const log = useRequestLog(feedId)
  const { request: openId, show } = route.useSearch()
  const navigate = route.useNavigate()
  const [cursorId, setCursorId] = useState<string>()
  const rows = log.shown.filter((entry) => isShown(entry, show) && !isOwnReading(entry))
  const heldCount = log.held.filter((entry) => isShown(entry, show) && !isOwnReading(entry)).length
  const open = (request: string | undefined): void => {
    if (request !== undefined) setCursorId(request)
    void navigate({
      search: (search) => changedSearch(search, { request }),
      resetScroll: false,
    })
  }
  const step = (by: number): void => {
    const at = rows.findIndex(({ id }) => id === (cursorId ?? openId))
    const next = rows[at === -1 ? 0 : Math.min(rows.length - 1, Math.max(0, at + by))]
    if (!next) return
    setCursorId(next.id)
    if (openId !== undefined) open(next.id)
    document.querySelector(`[data-request-id="${next.id}"]`)?.scrollIntoView({ block: 'nearest' })
  }
  const toggle = log.isPaused ? log.resume : log.pause
  useHotkeys({
    j: () => step(1),
    k: () => step(-1),
    Enter: () => cursorId !== undefined && open(cursorId),
    Escape: () => open(undefined),
    ' ': toggle,
  })
  const openEntry = log.shown.find(({ id }) => id === openId)
  return (
    <div className="grid grid-cols-1 gap-3">
      <div className="flex flex-wrap items-center gap-3">
        <h2 className="mr-auto text-base font-semibold">Request log</h2>
        <FilterChoice show={show} />
        <Button size="s" aria-pressed={log.isPaused} onClick={toggle}>
          {log.isPaused ? <Play size={14} aria-hidden /> : <Pause size={14} aria-hidden />}
          {log.isPaused ? 'Resume' : 'Pause'}
        </Button>
      </div>
      {log.isPaused && (
        <button
          type="button"
          onClick={log.resume}
          className="rounded-lg bg-accent-soft px-3 py-1.5 font-medium text-accent hover:underline"
        >
          {heldCount === 0 ? 'Paused: new requests are kept for you' : `${heldCount} new`}
        </button>
      )}
      {log.error !== null && rows.length === 0 && (
        <ErrorNotice error={log.error} what="The request log could not be loaded." onRetry={() => void log.load()} />
      )}
      {log.isLoading && <SkeletonRows rows={6} className="h-9" />}
      {!log.isLoading && log.error === null && rows.length === 0 && (
        <p className="panel p-10 text-center text-muted">
          {log.shown.every(isOwnReading)
            ? 'No request yet. The first one shows up here the moment it arrives, whether it is accepted or refused.'
            : 'No request of this kind among those loaded.'}
        </p>
      )}
      {rows.length > 0 && (
        <ol aria-label="Requests" className="panel divide-y divide-line overflow-hidden">
          {rows.map((entry) => (
            <RequestRow key={entry.id} entry={entry} isOpen={entry.id === openId} isAtCursor={entry.id === cursorId} />
          ))}
        </ol>
      )}
      {log.hasOlder && <OlderLoader isBusy={log.isLoadingOlder} onVisible={log.load} />}
      <p className="text-[0.8125rem] text-muted max-sm:hidden">
        <kbd className="font-mono">j</kbd> <kbd className="font-mono">k</kbd> move ·{' '}
        <kbd className="font-mono">Enter</kbd> opens · <kbd className="font-mono">Space</kbd> pauses
      </p>
      {openId !== undefined && (
        <RequestPanel
          feedId={feedId}
          id={openId}
          loaded={openEntry}
          isLogLoading={log.isLoading}
          onClose={() => open(undefined)}
        />
      )}
    </div>
  )
}

const FILTERS: { id: LogFilter; label: string }[] = [
  { id: undefined, label: 'All' },
  { id: 'ok', label: 'OK' },
  { id: 'failed', label: 'Failed' },
]

function FilterChoice({ show }: { show: LogFilter }): ReactNode {
  const navigate = route.useNavigate()
  return (
    <Segments
      label="Show"
      options={FILTERS}
      value={show}
      onChange={(show) =>
        void navigate({ search: (search) => changedSearch(search, { show }), replace: true, resetScroll: false })
      }
    />
  )
}
