import type { FeedDocument } from '@sluice/model'
import { Link } from '@tanstack/react-router'
import { Plus, Zap } from 'lucide-react'
import type { ReactNode } from 'react'
import { buttonClass } from '../../ui/Button.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { SkeletonRows } from '../../ui/Skeleton.tsx'
import { useRenewOnFiring } from '../deliveries/useRenewOnFiring.ts'
import { TriggerTable } from './TriggerTable.tsx'
import { useFeedNames } from './useFeedNames.ts'
import { useEndpoints, useTriggers } from './useTriggers.ts'

const SHOWN = [['triggers'], ['endpoints']]

/** The triggers that watch one device. */
export function TriggersTab({ feed }: { feed: FeedDocument }): ReactNode {
  const { data: all, error, refetch } = useTriggers()
  const { endpointOf } = useEndpoints()
  const { feedName } = useFeedNames()
  useRenewOnFiring(SHOWN, ({ environment_id: id }) => id === feed.id)
  const triggers = all?.filter(({ environment_id: id }) => id === feed.id)
  return (
    <div className="grid grid-cols-1 gap-4">
      <div className="flex flex-wrap items-center gap-3">
        <div className="mr-auto">
          <h2 className="text-base font-semibold">Triggers</h2>
          <p className="text-[0.8125rem] text-muted">What happens when the values of this device say so.</p>
        </div>
        <Link to="/triggers/new" search={{ feed: String(feed.id) }} className={buttonClass('plain', 's')}>
          <Plus size={15} aria-hidden /> Add trigger
        </Link>
      </div>
      {error !== null && triggers === undefined && (
        <ErrorNotice error={error} what="The triggers could not be loaded." onRetry={() => void refetch()} />
      )}
      {triggers === undefined && error === null && <SkeletonRows rows={2} className="h-16" />}
      {triggers?.length === 0 && (
        <div className="panel grid justify-items-center gap-2 p-10 text-center">
          <Zap size={24} aria-hidden className="text-muted" />
          <p className="font-medium">No trigger watches this device</p>
          <p className="max-w-md text-muted">
            Add one to be told when a channel crosses a number, changes, or falls silent. You see when it would have
            fired before you save it.
          </p>
        </div>
      )}
      {triggers !== undefined && triggers.length > 0 && (
        <TriggerTable triggers={triggers} feedName={feedName} endpointOf={endpointOf} isOfOneDevice />
      )}
    </div>
  )
}
