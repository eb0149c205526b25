import type { DeliveryDetailDocument } from '@sluice/model'
import { ApiError } from '@sluice/sdk'
import { Link } from '@tanstack/react-router'
import { ChartLine, RotateCw, Zap } from 'lucide-react'
import { useState } from 'react'
import type { ReactNode } from 'react'
import { Button, buttonClass } from '../../ui/Button.tsx'
import { CodeBlock } from '../../ui/CodeBlock.tsx'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Segments } from '../../ui/Segments.tsx'
import { SidePanel } from '../../ui/SidePanel.tsx'
import { SkeletonRows } from '../../ui/Skeleton.tsx'
import { TimeUntil } from '../../ui/TimeAgo.tsx'
import { errorWords } from '../../ui/error-words.ts'
import { absoluteTime } from '../../ui/time-words.ts'
import { showToast } from '../../ui/toasts.ts'
import { useNow } from '../../ui/useNow.ts'
import { rangeReaching } from '../device/device-search.ts'
import { prettyBody } from '../requests/pretty-body.ts'
import { AttemptTimeline } from './AttemptTimeline.tsx'
import { DeliveryStatusBadge } from './DeliveryStatusBadge.tsx'
import { deliveryCurl, payloadOf } from './delivery-curl.ts'
import { causeWords } from './delivery-words.ts'
import { useDelivery, useRedeliver } from './useDeliveryLog.ts'

/** One delivery beside the list: what was sent, where to, and how each attempt went. */
export function DeliveryPanel({ id, onClose }: { id: string; onClose(): void }): ReactNode {
  const { data: delivery, error, refetch } = useDelivery(id)
  const isMissing = error instanceof ApiError && error.status === 404
  return (
    <SidePanel
      title="Delivery"
      label={`Delivery ${id}`}
      actions={delivery && <Actions delivery={delivery} />}
      onClose={onClose}
    >
      {delivery && <Details delivery={delivery} />}
      {!delivery && error !== null && !isMissing && (
        <ErrorNotice error={error} what="The delivery could not be loaded." onRetry={() => void refetch()} />
      )}
      {!delivery && error === null && <SkeletonRows rows={4} className="h-16" />}
      {!delivery && isMissing && <p className="py-12 text-center text-muted">This delivery is no longer kept.</p>}
    </SidePanel>
  )
}

function Actions({ delivery }: { delivery: DeliveryDetailDocument }): ReactNode {
  const { mutate, isPending } = useRedeliver()
  const isWaiting = delivery.status === 'pending'
  return (
    <>
      {delivery.kind === 'http' && (
        <CopyButton text={deliveryCurl(delivery)} what="delivery as curl" label="Copy as curl" />
      )}
      <Button
        size="s"
        isBusy={isPending}
        title={isWaiting ? 'Attempt it now instead of later' : 'Send the same id and the same bytes again'}
        onClick={() =>
          mutate(delivery.id, {
            onSuccess: () => showToast({ kind: 'ok', text: 'Sending it again, under the same id.' }),
            onError: (error) => showToast({ kind: 'bad', text: errorWords(error).join(' ') }),
          })
        }
      >
        <RotateCw size={14} aria-hidden /> {isWaiting ? 'Send now' : 'Resend'}
      </Button>
    </>
  )
}

function Details({ delivery }: { delivery: DeliveryDetailDocument }): ReactNode {
  const { trigger_id, trigger_name, next_attempt_at: nextAt, kind, address, endpoint_id } = delivery
  const now = useNow(60_000)
  return (
    <div className="grid grid-cols-1 gap-6">
      <div className="grid gap-1.5">
        <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <DeliveryStatusBadge delivery={delivery} />
          {delivery.status === 'pending' && nextAt !== null && (
            <span className="text-muted">
              <TimeUntil at={nextAt} prefix="Next attempt " />
            </span>
          )}
          {delivery.test && <span className="rounded bg-sunken px-1.5 py-px text-xs font-medium text-muted">Test</span>}
        </p>
        {delivery.error !== null && (
          <p className={`rounded-lg px-3 py-2 ${delivery.status === 'dead' ? 'bg-bad-soft text-bad' : 'bg-warn-soft'}`}>
            {delivery.error}
          </p>
        )}
      </div>
      <dl className="grid grid-cols-[max-content_minmax(0,1fr)] gap-x-5 gap-y-1.5">
        <Fact name="Trigger">
          <Link
            to="/triggers/$triggerId"
            params={{ triggerId: String(trigger_id) }}
            search={{}}
            className="font-medium text-accent hover:underline"
          >
            {trigger_name === '' ? `Trigger ${trigger_id}` : trigger_name}
          </Link>
        </Fact>
        <Fact name="Target">
          <Link
            to="/endpoints/$endpointId"
            params={{ endpointId: String(endpoint_id) }}
            className="font-mono text-[0.8125rem] wrap-anywhere text-accent hover:underline"
          >
            {kind === 'http' ? `POST ${address}` : address}
          </Link>
        </Fact>
        <Fact name="Because">
          {delivery.stream_id} <span className="font-mono">{causeWords(delivery)}</span> at <Moment at={delivery.at} />
        </Fact>
        <Fact name="Fired">
          <Moment at={delivery.fired_at} />
        </Fact>
        <Fact name="Id">
          <span className="flex items-center gap-1">
            <code className="min-w-0 font-mono text-[0.8125rem] break-all">{delivery.id}</code>
            <CopyButton text={delivery.id} what="delivery id" />
          </span>
        </Fact>
      </dl>
      <p className="flex flex-wrap gap-2">
        <Link
          to="/triggers/$triggerId"
          params={{ triggerId: String(trigger_id) }}
          search={{ tab: 'trace' }}
          className={buttonClass('plain', 's')}
        >
          <Zap size={14} aria-hidden /> Trace of the trigger
        </Link>
        <Link
          to="/feeds/$feedId"
          params={{ feedId: String(delivery.environment_id) }}
          search={{
            channel: delivery.stream_id,
            range: rangeReaching(Date.parse(delivery.at), now),
            at: delivery.at,
          }}
          preload={false}
          className={buttonClass('plain', 's')}
        >
          <ChartLine size={14} aria-hidden /> Graph at that time
        </Link>
      </p>
      <section aria-label="Attempts">
        <h3 className="mb-3 font-semibold">Attempts</h3>
        <AttemptTimeline delivery={delivery} />
      </section>
      <Body delivery={delivery} />
    </div>
  )
}

function Moment({ at }: { at: string }): ReactNode {
  return (
    <time dateTime={at} title={absoluteTime(at)}>
      {new Date(at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' })}
    </time>
  )
}

const VIEWS = [
  { id: 'pretty', label: 'Pretty' },
  { id: 'raw', label: 'Raw' },
] as const

function Body({ delivery }: { delivery: DeliveryDetailDocument }): ReactNode {
  const [view, setView] = useState<'pretty' | 'raw'>('pretty')
  const code = view === 'raw' ? delivery.body : prettyBody(payloadOf(delivery))
  return (
    <section aria-label="Body">
      <div className="mb-2 flex flex-wrap items-center gap-3">
        <h3 className="font-semibold">Body</h3>
        <code className="mr-auto font-mono text-xs text-muted">{delivery.content_type}</code>
        <Segments label="Show the body" options={VIEWS} value={view} onChange={(next) => setView(next)} />
      </div>
      {delivery.body === '' ? (
        <p className="text-muted">Empty body</p>
      ) : (
        <CodeBlock code={code} label="Body of the delivery" what="the body" />
      )}
      <p className="mt-2 text-[0.8125rem] text-muted">Byte for byte the same in every attempt.</p>
    </section>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }): ReactNode {
  return (
    <>
      <dt className="text-muted">{name}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </>
  )
}
