import type { EndpointDocument, TriggerDocument } from '@sluice/model'
import { Link } from '@tanstack/react-router'
import { TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { TimeAgo } from '../../ui/TimeAgo.tsx'
import { TriggerStateBadge } from './TriggerStateBadge.tsx'
import { actionWords, givenName, ruleWords, triggerTitle } from './rule-words.ts'
import { triggerState } from './trigger-state.ts'

const COLUMNS = 'md:grid md:grid-cols-[12.5rem_minmax(0,3fr)_minmax(0,2fr)_9rem_4.5rem] md:items-center md:gap-4'

type Props = {
  triggers: readonly TriggerDocument[]
  feedName(feedId: number): string
  endpointOf(id: number): EndpointDocument | undefined
  /** on a device's own page its name goes without saying */
  isOfOneDevice?: boolean
}

/** A table where there is room, cards on a phone. */
export function TriggerTable({ triggers, feedName, endpointOf, isOfOneDevice = false }: Props): ReactNode {
  return (
    <div role="table" aria-label="Triggers" className="md:panel md:overflow-hidden">
      <div role="rowgroup" className="hidden md:block">
        <div
          role="row"
          className={`${COLUMNS} border-b border-line bg-sunken px-4 py-2 text-[0.8125rem] font-medium text-muted`}
        >
          {['State', 'When', 'Then', 'Last fired', 'Firings'].map((title) => (
            <span key={title} role="columnheader" className="last:text-right">
              {title}
            </span>
          ))}
        </div>
      </div>
      <div role="rowgroup" className="grid grid-cols-1 gap-3 md:block">
        {triggers.map((trigger) => (
          <TriggerRow
            key={trigger.id}
            trigger={trigger}
            endpoint={endpointOf(trigger.endpoint_id)}
            device={isOfOneDevice ? null : feedName(trigger.environment_id)}
            feedName={feedName}
          />
        ))}
      </div>
    </div>
  )
}

type RowProps = Pick<Props, 'feedName'> & {
  trigger: TriggerDocument
  endpoint: EndpointDocument | undefined
  device: string | null
}

function TriggerRow({ trigger, endpoint, device, feedName }: RowProps): ReactNode {
  const state = triggerState(trigger, endpoint)
  const isNamed = givenName(trigger) !== ''
  const below = [...(device === null ? [] : [device]), ...(isNamed ? [ruleWords(trigger)] : [])]
  return (
    <div
      role="row"
      data-trigger-id={trigger.id}
      className={`relative flex min-w-0 flex-wrap gap-x-4 gap-y-1 border-line p-4 hover:bg-sunken max-md:panel md:border-b md:bg-surface md:py-3 md:last:border-b-0 ${COLUMNS}`}
    >
      <span role="cell" className="relative z-1 max-md:order-2 max-md:w-full">
        <TriggerStateBadge state={state} />
      </span>
      <span role="cell" className="block min-w-0 max-md:order-1 max-md:w-full">
        <Link
          to="/triggers/$triggerId"
          params={{ triggerId: String(trigger.id) }}
          search={{}}
          className="block truncate font-semibold after:absolute after:inset-0 after:rounded-xl hover:text-accent md:after:rounded-none"
        >
          {triggerTitle(trigger)}
        </Link>
        {below.length > 0 && <span className="block truncate text-[0.8125rem] text-muted">{below.join(' · ')}</span>}
      </span>
      <span role="cell" className="flex min-w-0 items-center gap-2 text-muted max-md:order-3 max-md:w-full">
        {endpoint !== undefined && endpoint.state !== 'ok' && (
          <TriangleAlert size={15} aria-label="Its endpoint needs attention" className="shrink-0 text-bad" />
        )}
        <span className="truncate">{actionWords(trigger.action, feedName)}</span>
      </span>
      <span role="cell" className="text-muted max-md:order-4">
        {trigger.notified_at === '' ? (
          'Never fired'
        ) : (
          <span className="relative z-1">
            <TimeAgo at={trigger.notified_at} />
          </span>
        )}
      </span>
      <span
        role="cell"
        className={`text-right text-muted tabular-nums max-md:order-5 ${trigger.firings === 0 ? 'max-md:hidden' : ''}`}
      >
        {trigger.firings.toLocaleString()}
        <span className="md:hidden"> {trigger.firings === 1 ? 'firing' : 'firings'}</span>
      </span>
    </div>
  )
}
