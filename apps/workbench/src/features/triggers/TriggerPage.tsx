import { Tabs } from '@base-ui/react/tabs'
import type { DeliveryStatus, TriggerDocument } from '@sluice/model'
import { ApiError } from '@sluice/sdk'
import { getRouteApi } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Skeleton, SkeletonRows } from '../../ui/Skeleton.tsx'
import { useDocumentTitle } from '../../ui/useDocumentTitle.ts'
import { DeliveryList } from '../deliveries/DeliveryList.tsx'
import { useRenewOnFiring } from '../deliveries/useRenewOnFiring.ts'
import { NotFoundPage } from '../shell/Nowhere.tsx'
import { ReceiverSnippets } from './ReceiverSnippets.tsx'
import { TraceTab } from './TraceTab.tsx'
import { TriggerHeader } from './TriggerHeader.tsx'
import { triggerTitle } from './rule-words.ts'
import { TRIGGER_TABS, parseTriggerSearch } from './triggers-search.ts'
import type { TriggerSearch, TriggerTab } from './triggers-search.ts'
import { PageTabs } from '../../ui/PageTabs.tsx'
import { useTrigger } from './useTriggers.ts'

const route = getRouteApi('/shell/signed-in/triggers/$triggerId')

export function TriggerPage(): ReactNode {
  const id = Number(route.useParams().triggerId)
  const { data: trigger, error, refetch } = useTrigger(id)
  useDocumentTitle(trigger === undefined ? 'Trigger' : triggerTitle(trigger))
  if (!Number.isSafeInteger(id) || (error instanceof ApiError && error.status === 404)) {
    return <NotFoundPage what="This trigger" />
  }
  if (trigger) return <Loaded trigger={trigger} />
  if (error) return <ErrorNotice error={error} what="The trigger could not be loaded." onRetry={() => void refetch()} />
  return (
    <div className="grid gap-6">
      <Skeleton className="h-20 max-w-xl" />
      <SkeletonRows rows={4} className="h-11" />
    </div>
  )
}

function Loaded({ trigger }: { trigger: TriggerDocument }): ReactNode {
  const { tab = 'deliveries', delivery, status } = route.useSearch()
  const navigate = route.useNavigate()
  const change = (next: { [Name in keyof TriggerSearch]?: TriggerSearch[Name] | undefined }, replace = false): void =>
    void navigate({ search: (before) => parseTriggerSearch({ ...before, ...next }), replace, resetScroll: false })
  useRenewOnFiring(
    [['trigger', trigger.id], ['trace', trigger.id], ['endpoints']],
    ({ trigger_id: id }) => id === trigger.id,
  )
  return (
    <>
      <TriggerHeader
        trigger={trigger}
        onTested={(delivery) => void navigate({ search: { delivery }, resetScroll: false })}
      />
      <Tabs.Root
        value={tab}
        onValueChange={(next: TriggerTab) =>
          void navigate({ search: next === 'deliveries' ? {} : { tab: next }, resetScroll: false })
        }
        className="min-w-0"
      >
        <PageTabs label="Trigger" tabs={TRIGGER_TABS} />
        <Tabs.Panel value="deliveries">
          <DeliveryList
            filter={{ status, triggerId: trigger.id }}
            isOfOneTrigger
            openId={delivery}
            onOpen={(delivery) => change({ delivery })}
            onStatus={(status: DeliveryStatus | undefined) => change({ status }, true)}
            empty={
              <p className="panel p-10 text-center text-muted">
                Nothing was delivered yet. The next firing shows up here the moment it happens; “Send test” sends one
                now.
              </p>
            }
          />
        </Tabs.Panel>
        <Tabs.Panel value="trace">
          <TraceTab trigger={trigger} />
        </Tabs.Panel>
        <Tabs.Panel value="snippets">
          <SnippetsTab trigger={trigger} />
        </Tabs.Panel>
      </Tabs.Root>
    </>
  )
}

function SnippetsTab({ trigger: { action } }: { trigger: TriggerDocument }): ReactNode {
  if (action.kind === 'http') return <ReceiverSnippets format={action.format} />
  return (
    <p className="panel p-10 text-center text-muted">
      Receivers of HTTP requests find here how to check a signature. This trigger sends none.
    </p>
  )
}
