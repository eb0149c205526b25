import type { RequestEntry } from '@sluice/model'
import { Link } from '@tanstack/react-router'
import { memo } from 'react'
import type { ReactNode } from 'react'
import { absoluteTime, clockTime, durationWords } from '../../ui/time-words.ts'
import { StatusPill } from './StatusPill.tsx'

type Props = { entry: RequestEntry; isOpen: boolean; isAtCursor: boolean }

export const RequestRow = memo(function RequestRow({ entry, isOpen, isAtCursor }: Props): ReactNode {
  return (
    <li
      data-request-id={entry.id}
      className={`relative [contain-intrinsic-size:auto_2.25rem] [content-visibility:auto] ${isOpen ? 'bg-accent-soft' : 'hover:bg-sunken'} ${
        isAtCursor ? 'shadow-[inset_3px_0_var(--accent)]' : ''
      }`}
    >
      <Link
        from="/devices/$deviceId"
        to="."
        search={(search) => ({ ...search, request: entry.id })}
        resetScroll={false}
        preload={false}
        aria-current={isOpen ? 'true' : undefined}
        className="grid grid-cols-[2.75rem_minmax(0,1fr)_auto] items-center gap-x-3 gap-y-0.5 px-4 py-2 focus-visible:-outline-offset-2 md:grid-cols-[2.75rem_4rem_minmax(0,3fr)_minmax(0,2fr)_4.5rem_5.5rem]"
      >
        <StatusPill status={entry.status} />
        <span className="hidden font-mono text-[0.8125rem] font-medium md:inline">{entry.method}</span>
        <span className="truncate font-mono text-[0.8125rem]" title={entry.path}>
          <span className="font-medium md:hidden">{entry.method} </span>
          {entry.path}
        </span>
        <span className="truncate text-[0.8125rem] text-muted max-md:order-last max-md:col-span-2 max-md:col-start-2 max-md:empty:hidden">
          {entry.datastream_ids.join(', ')}
        </span>
        <span className="hidden text-right text-[0.8125rem] text-muted tabular-nums md:inline">
          {durationWords(entry.duration_ms)}
        </span>
        <time
          dateTime={entry.at}
          title={absoluteTime(entry.at)}
          className="text-right text-[0.8125rem] whitespace-nowrap text-muted tabular-nums"
        >
          {clockTime(entry.at)}
        </time>
      </Link>
    </li>
  )
})
