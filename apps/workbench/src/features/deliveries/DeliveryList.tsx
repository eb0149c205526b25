import type { DeliveryDocument, DeliveryStatus } from '@sluice/model'
import { Pause, Play } from 'lucide-react'
import { useState } from 'react'
import type { ReactNode } from 'react'
import { Button } from '../../ui/Button.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { LiveDot } from '../../ui/LiveDot.tsx'
import { OlderLoader } from '../../ui/OlderLoader.tsx'
import { Segments } from '../../ui/Segments.tsx'
import { SkeletonRows } from '../../ui/Skeleton.tsx'
import { useHotkeys } from '../../ui/useHotkeys.ts'
import { DeliveryPanel } from './DeliveryPanel.tsx'
import { DeliveryRow } from './DeliveryRow.tsx'
import { heldText, isInFilter } from './delivery-log.ts'
import type { DeliveryFilter } from './delivery-log.ts'
import { useDeliveryLog } from './useDeliveryLog.ts'

type Props = {
  filter: DeliveryFilter
  openId: string | undefined
  onOpen(id: string | undefined): void
  onStatus(status: DeliveryStatus | undefined): void
  /** shown where there is no delivery at all */
  empty: ReactNode
  /** further filters, behind the one by status */
  filters?: ReactNode
  isOfOneTrigger?: boolean
}

/** Deliveries as they happen, one of them open beside the list. */
export function DeliveryList(props: Props): ReactNode {
  const { status, triggerId, endpointId } = props.filter
  // another filter is another list
  return <Filtered key={`${status} ${triggerId} ${endpointId}`} {...props} />
}

const STATUSES: { id: DeliveryStatus | undefined; label: string }[] = [
  { id: undefined, label: 'All' },
  { id: 'pending', label: 'Pending' },
  { id: 'delivered', label: 'Delivered' },
  { id: 'dead', label: 'Failed' },
]

function Filtered({ filter, openId, onOpen, onStatus, empty, filters, isOfOneTrigger = false }: Props): ReactNode {
  const log = useDeliveryLog(filter)
  const [cursorId, setCursorId] = useState<string>()
  const isShown = isInFilter(filter)
  const rows = log.shown.filter(isShown)
  const toggle = log.isPaused ? log.resume : log.pause
  useRowKeys({ rows, openId, cursorId, onCursor: setCursorId, onOpen, onToggle: toggle })
  const isEmpty = !log.isLoading && log.error === null && rows.length === 0
  return (
    <div className="grid grid-cols-1 gap-3">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <Segments label="Status" options={STATUSES} value={filter.status} onChange={onStatus} />
        {filters}
        <span className="ml-auto flex items-center gap-3">
          <LiveDot status={log.status} />
          <Button size="s" aria-pressed={log.isPaused} onClick={toggle}>
            {log.isPaused ? <Play size={14} aria-hidden /> : <Pause size={14} aria-hidden />}
            {log.isPaused ? 'Resume' : 'Pause'}
          </Button>
        </span>
      </div>
      {log.isPaused && (
        <button
          type="button"
          onClick={log.resume}
          className="rounded-lg bg-accent-soft px-3 py-1.5 font-medium text-accent hover:underline"
        >
          {heldText(log, isShown) ?? 'Paused: what happens is kept for you'}
        </button>
      )}
      {log.error !== null && rows.length === 0 && (
        <ErrorNotice error={log.error} what="The deliveries could not be loaded." onRetry={() => void log.load()} />
      )}
      {log.isLoading && <SkeletonRows rows={6} className="h-11" />}
      {isEmpty && (filter.status === undefined ? empty : <p className={EMPTY}>No delivery of this status.</p>)}
      {rows.length > 0 && (
        <ol aria-label="Deliveries" className="panel divide-y divide-line overflow-hidden">
          {rows.map((delivery) => (
            <DeliveryRow
              key={delivery.id}
              delivery={delivery}
              isOpen={delivery.id === openId}
              isAtCursor={delivery.id === cursorId}
              isOfOneTrigger={isOfOneTrigger}
            />
          ))}
        </ol>
      )}
      {log.hasOlder && <OlderLoader isBusy={log.isLoadingOlder} onVisible={log.load} />}
      {rows.length > 0 && (
        <p className="text-[0.8125rem] text-muted max-sm:hidden">
          <kbd className="font-mono">j</kbd> <kbd className="font-mono">k</kbd> move ·{' '}
          <kbd className="font-mono">Enter</kbd> opens · <kbd className="font-mono">Space</kbd> pauses
        </p>
      )}
      {openId !== undefined && <DeliveryPanel id={openId} onClose={() => onOpen(undefined)} />}
    </div>
  )
}

const EMPTY = 'panel p-10 text-center text-muted'

type RowKeys = {
  rows: readonly DeliveryDocument[]
  openId: string | undefined
  cursorId: string | undefined
  onCursor(id: string): void
  onOpen(id: string | undefined): void
  onToggle(): void
}

/** `j` and `k` walk over the rows, and over what is open; Enter opens, Escape closes, Space pauses. */
function useRowKeys({ rows, openId, cursorId, onCursor, onOpen, onToggle }: RowKeys): void {
  const step = (by: number): void => {
    const at = rows.findIndex(({ id }) => id === (cursorId ?? openId))
    const next = rows[at === -1 ? 0 : Math.min(rows.length - 1, Math.max(0, at + by))]
    if (!next) return
    onCursor(next.id)
    if (openId !== undefined) onOpen(next.id)
    document.querySelector(`[data-delivery-id="${next.id}"]`)?.scrollIntoView({ block: 'nearest' })
  }
  useHotkeys({
    j: () => step(1),
    k: () => step(-1),
    Enter: () => cursorId !== undefined && onOpen(cursorId),
    Escape: () => onOpen(undefined),
    ' ': onToggle,
  })
}
