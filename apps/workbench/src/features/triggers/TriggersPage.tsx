import { Link, getRouteApi } from '@tanstack/react-router'
import { Plus, Zap } from 'lucide-react'
import { useRef } from 'react'
import type { ReactNode } from 'react'
import { buttonClass } from '../../ui/Button.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { FilterBox } from '../../ui/FilterBox.tsx'
import { SkeletonRows } from '../../ui/Skeleton.tsx'
import { useDocumentTitle } from '../../ui/useDocumentTitle.ts'
import { useHotkeys } from '../../ui/useHotkeys.ts'
import { useRenewOnFiring } from '../deliveries/useRenewOnFiring.ts'
import { TriggerTable } from './TriggerTable.tsx'
import { filterTriggers } from './filter-triggers.ts'
import { parseTriggersSearch } from './triggers-search.ts'
import { useFeedNames } from './useFeedNames.ts'
import { useEndpoints, useTriggers } from './useTriggers.ts'

const route = getRouteApi('/shell/signed-in/triggers/')
const SHOWN = [['triggers'], ['endpoints']]

export function TriggersPage(): ReactNode {
  const { data: triggers, error, refetch } = useTriggers()
  const { endpointOf } = useEndpoints()
  const { feedName } = useFeedNames()
  const { filter = '' } = route.useSearch()
  const navigate = route.useNavigate()
  const filterBox = useRef<HTMLInputElement>(null)
  useHotkeys({ '/': () => filterBox.current?.focus() })
  useDocumentTitle('Triggers')
  useRenewOnFiring(SHOWN)
  const setFilter = (next: string): void =>
    void navigate({ search: parseTriggersSearch({ filter: next }), replace: true, resetScroll: false })
  const shown = triggers && filterTriggers(triggers, filter, { feedName, endpointOf })
  const isEmpty = triggers?.length === 0
  return (
    <>
      <div className="mb-5 flex flex-wrap items-center gap-3">
        <h1 className="mr-auto text-2xl font-semibold tracking-tight">Triggers</h1>
        {!isEmpty && (
          <>
            <FilterBox
              ref={filterBox}
              label="Filter triggers"
              placeholder="Name, channel, device"
              value={filter}
              onChange={setFilter}
            />
            <AddTriggerLink />
          </>
        )}
      </div>
      {error !== null && triggers === undefined && (
        <ErrorNotice error={error} what="The triggers could not be loaded." onRetry={() => void refetch()} />
      )}
      {triggers === undefined && error === null && <SkeletonRows rows={4} />}
      {isEmpty && <NoTriggers />}
      {shown && shown.length > 0 && <TriggerTable triggers={shown} feedName={feedName} endpointOf={endpointOf} />}
      {shown?.length === 0 && !isEmpty && (
        <p className="panel p-8 text-center text-muted">
          No trigger matches “{filter}”.{' '}
          <button type="button" className="font-medium text-accent hover:underline" onClick={() => setFilter('')}>
            Show all {triggers?.length}
          </button>
        </p>
      )}
    </>
  )
}

function AddTriggerLink(): ReactNode {
  return (
    <Link to="/triggers/new" search={{}} className={buttonClass('primary')}>
      <Plus size={16} aria-hidden /> Add trigger
    </Link>
  )
}

function NoTriggers(): ReactNode {
  return (
    <div className="panel grid justify-items-center gap-3 px-6 py-16 text-center">
      <span className="grid size-14 place-items-center rounded-2xl bg-accent-soft text-accent">
        <Zap size={28} aria-hidden />
      </span>
      <h2 className="mt-1 text-lg font-semibold">Act when a value says so</h2>
      <p className="max-w-md text-muted">
        A trigger watches the channels of a device and sends a request, an e-mail or a message the moment its rule comes
        true. Before you save it, it shows you when it would have fired.
      </p>
      <p className="max-w-md rounded-lg bg-sunken px-4 py-2.5">
        When <b className="font-semibold">temperature</b> of <b className="font-semibold">Greenhouse</b> is above{' '}
        <b className="font-semibold">30 °C</b> for 10 min, then send an HTTP POST to{' '}
        <b className="font-semibold">https://example.com/hot</b>
      </p>
      <div className="mt-2">
        <AddTriggerLink />
      </div>
    </div>
  )
}
