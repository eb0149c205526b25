import type { DeliveryDocument } from '@sluice/model'
import { Link } from '@tanstack/react-router'
import { memo } from 'react'
import type { ReactNode } from 'react'
import { absoluteTime, clockTime } from '../../ui/time-words.ts'
import { DeliveryStatusBadge } from './DeliveryStatusBadge.tsx'
import { causeWords } from './delivery-words.ts'

type Props = {
  delivery: DeliveryDocument
  isOpen: boolean
  isAtCursor: boolean
  /** on the page of its own trigger the name goes without saying */
  isOfOneTrigger: boolean
}

export const DeliveryRow = memo(function DeliveryRow({
  delivery,
  isOpen,
  isAtCursor,
  isOfOneTrigger,
}: Props): ReactNode {
  const { id, trigger_name: name, stream_id: stream, address, test, fired_at: firedAt, error, attempts } = delivery
  return (
    <li
      data-delivery-id={id}
      className={`relative [contain-intrinsic-size:auto_2.75rem] [content-visibility:auto] ${isOpen ? 'bg-accent-soft' : 'hover:bg-sunken'} ${
        isAtCursor ? 'shadow-[inset_3px_0_var(--accent)]' : ''
      }`}
    >
      <Link
        to="."
        search={(search) => ({ ...search, delivery: id })}
        resetScroll={false}
        preload={false}
        aria-current={isOpen ? 'true' : undefined}
        className={`grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-0.5 px-4 py-2.5 focus-visible:-outline-offset-2 ${
          isOfOneTrigger
            ? 'md:grid-cols-[7rem_minmax(0,2fr)_minmax(0,3fr)_7rem]'
            : 'md:grid-cols-[7rem_minmax(0,3fr)_minmax(0,2fr)_minmax(0,3fr)_7rem]'
        }`}
      >
        <DeliveryStatusBadge delivery={delivery} />
        {!isOfOneTrigger && (
          <span className="truncate font-medium max-md:order-2 max-md:col-span-2">
            {name === '' ? `Trigger ${delivery.trigger_id}` : name}
          </span>
        )}
        <span className="truncate text-[0.8125rem] text-muted max-md:order-3 max-md:col-span-2">
          {stream} <span className="font-mono text-text">{causeWords(delivery)}</span>
          {test && <span className="ml-2 rounded bg-sunken px-1.5 py-px text-xs font-medium">Test</span>}
        </span>
        <span
          className="truncate text-[0.8125rem] text-muted max-md:order-4 max-md:col-span-2"
          title={error ?? address}
        >
          {error === null ? (
            address.replace(/^https?:\/\//, '')
          ) : (
            <>
              {attempts} {attempts === 1 ? 'attempt' : 'attempts'}: {error}
            </>
          )}
        </span>
        <time
          dateTime={firedAt}
          title={absoluteTime(firedAt)}
          className="text-right text-[0.8125rem] whitespace-nowrap text-muted tabular-nums max-md:order-1"
        >
          {timeOrDay(firedAt)}
        </time>
      </Link>
    </li>
  )
})

/** The time of day; of another day than today the date. */
function timeOrDay(at: string): string {
  const date = new Date(at)
  if (date.toDateString() === new Date().toDateString()) return clockTime(at)
  return date.toLocaleString(undefined, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' })
}
