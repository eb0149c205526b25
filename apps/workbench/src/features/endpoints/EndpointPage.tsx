import type { EndpointDocument } from '@sluice/model'
import { ApiError } from '@sluice/sdk'
import { Link, getRouteApi } from '@tanstack/react-router'
import { ChevronLeft, Eye, Pause, Play, Power, RefreshCw, RotateCw } from 'lucide-react'
import { useState } from 'react'
import type { ReactNode } from 'react'
import { Button } from '../../ui/Button.tsx'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Skeleton, SkeletonRows } from '../../ui/Skeleton.tsx'
import { TimeAgo, TimeUntil } from '../../ui/TimeAgo.tsx'
import { errorWords } from '../../ui/error-words.ts'
import { showToast } from '../../ui/toasts.ts'
import { useDocumentTitle } from '../../ui/useDocumentTitle.ts'
import { useNow } from '../../ui/useNow.ts'
import { useRenewOnFiring } from '../deliveries/useRenewOnFiring.ts'
import { NotFoundPage } from '../shell/Nowhere.tsx'
import { ReceiverSnippets } from '../triggers/ReceiverSnippets.tsx'
import { triggerTitle } from '../triggers/rule-words.ts'
import { useTriggers } from '../triggers/useTriggers.ts'
import { EndpointBadge } from './EndpointBadge.tsx'
import { ResendFailedDialog } from './ResendFailedDialog.tsx'
import { SecretDialog } from './SecretDialog.tsx'
import { ENDPOINT_STATES } from './endpoint-words.ts'
import { useChangeEndpoint, useEndpoint } from './useEndpoint.ts'

const route = getRouteApi('/shell/signed-in/endpoints/$endpointId')

export function EndpointPage(): ReactNode {
  const id = Number(route.useParams().endpointId)
  const { data: endpoint, error, refetch } = useEndpoint(id)
  useDocumentTitle(endpoint?.address ?? 'Endpoint')
  if (!Number.isSafeInteger(id) || (error instanceof ApiError && error.status === 404)) {
    return <NotFoundPage what="This endpoint" />
  }
  if (endpoint) return <Loaded endpoint={endpoint} />
  if (error)
    return <ErrorNotice error={error} what="The endpoint could not be loaded." onRetry={() => void refetch()} />
  return (
    <div className="grid gap-6">
      <Skeleton className="h-16 max-w-md" />
      <SkeletonRows rows={2} className="h-28" />
    </div>
  )
}

type OpenDialog = 'reveal' | 'rotate' | 'resend' | null

function Loaded({ endpoint }: { endpoint: EndpointDocument }): ReactNode {
  const [dialog, setDialog] = useState<OpenDialog>(null)
  const { data: triggers = [] } = useTriggers()
  const own = triggers.filter(({ endpoint_id: id }) => id === endpoint.id)
  const close = (): void => setDialog(null)
  useRenewOnFiring([['endpoint', endpoint.id]], ({ endpoint_id: id }) => id === endpoint.id)
  const format = own.find(({ action }) => action.kind === 'http' && action.format === 'form') ? 'form' : 'json'
  return (
    <div className="mx-auto grid max-w-4xl grid-cols-1 gap-6">
      <Header endpoint={endpoint} onResend={() => setDialog('resend')} />
      <Facts endpoint={endpoint} />
      <section aria-label="Triggers" className="panel">
        <h2 className="border-b border-line px-5 py-3 font-semibold">Triggers that deliver here</h2>
        {own.length === 0 ? (
          <p className="px-5 py-4 text-muted">None any more. What they sent is kept in the deliveries.</p>
        ) : (
          <ul className="divide-y divide-line">
            {own.map((trigger) => (
              <li key={trigger.id} className="px-5 py-2.5">
                <Link
                  to="/triggers/$triggerId"
                  params={{ triggerId: String(trigger.id) }}
                  search={{}}
                  className="font-medium hover:text-accent"
                >
                  {triggerTitle(trigger)}
                </Link>
              </li>
            ))}
          </ul>
        )}
      </section>
      {endpoint.kind === 'http' && (
        <section aria-label="Signature" className="panel grid grid-cols-1 gap-4 p-5">
          <div className="flex flex-wrap items-start gap-3">
            <div className="mr-auto min-w-0 flex-1 basis-72">
              <h2 className="font-semibold">Signature</h2>
              <p className="text-[0.8125rem] text-muted">
                Every request carries a Standard Webhooks signature, so that the receiver knows who sent it.{' '}
                {endpoint.previous_secret_until !== null &&
                  `The secret before this one signs too, until ${new Date(endpoint.previous_secret_until).toLocaleString()}.`}
              </p>
            </div>
            <Button size="s" onClick={() => setDialog('reveal')}>
              <Eye size={14} aria-hidden /> Reveal secret
            </Button>
            <Button size="s" onClick={() => setDialog('rotate')}>
              <RefreshCw size={14} aria-hidden /> Rotate…
            </Button>
          </div>
          <ReceiverSnippets format={format} />
        </section>
      )}
      {(dialog === 'reveal' || dialog === 'rotate') && (
        <SecretDialog endpointId={endpoint.id} action={dialog} onClose={close} />
      )}
      {dialog === 'resend' && <ResendFailedDialog endpoints={[endpoint]} endpointId={endpoint.id} onClose={close} />}
    </div>
  )
}

function Header({ endpoint, onResend }: { endpoint: EndpointDocument; onResend(): void }): ReactNode {
  const { mutate, isPending } = useChangeEndpoint(endpoint.id)
  const change = (next: { paused: boolean } | { enabled: true }, done: string): void =>
    mutate(next, {
      onSuccess: () => showToast({ kind: 'ok', text: done }),
      onError: (error) => showToast({ kind: 'bad', text: errorWords(error).join(' ') }),
    })
  return (
    <header>
      <Link
        to="/deliveries"
        search={{}}
        className="-ml-1 inline-flex items-center gap-0.5 rounded text-[0.8125rem] text-muted hover:text-text"
      >
        <ChevronLeft size={14} aria-hidden /> Deliveries
      </Link>
      <div className="mt-1 flex flex-wrap items-start gap-3">
        <div className="min-w-0 flex-1 basis-80">
          <h1 className="flex items-start gap-1.5 text-xl font-semibold tracking-tight">
            <span className="min-w-0 wrap-anywhere">{endpoint.address}</span>
            <CopyButton text={endpoint.address} what="address" />
          </h1>
          <p className="mt-1 flex flex-wrap items-center gap-x-3 gap-y-1">
            <EndpointBadge state={endpoint.state} />
            <span className="text-muted">
              {endpoint.state === 'disabled' && endpoint.disabled_reason !== undefined
                ? endpoint.disabled_reason
                : ENDPOINT_STATES[endpoint.state].meaning}
            </span>
          </p>
        </div>
        <div className="flex flex-wrap gap-2">
          {endpoint.state === 'disabled' && (
            <Button
              look="primary"
              isBusy={isPending}
              onClick={() => change({ enabled: true }, 'Enabled. What waited is sent now.')}
            >
              <Power size={15} aria-hidden /> Enable again
            </Button>
          )}
          {endpoint.state === 'paused' && (
            <Button
              look="primary"
              isBusy={isPending}
              onClick={() => change({ paused: false }, 'Resumed. What waited is sent now.')}
            >
              <Play size={15} aria-hidden /> Resume
            </Button>
          )}
          {(endpoint.state === 'ok' || endpoint.state === 'failing') && (
            <Button isBusy={isPending} onClick={() => change({ paused: true }, 'Paused. Deliveries wait.')}>
              <Pause size={15} aria-hidden /> Pause
            </Button>
          )}
          <Button onClick={onResend} disabled={endpoint.dead === 0}>
            <RotateCw size={15} aria-hidden /> Resend failed…
          </Button>
        </div>
      </div>
    </header>
  )
}

function Facts({ endpoint }: { endpoint: EndpointDocument }): ReactNode {
  const { pending, dead, last_delivered_at: last, failing_since: failing, held_until: held } = endpoint
  const now = useNow(5000)
  return (
    <dl className="grid grid-cols-2 gap-3 sm:grid-cols-4">
      <Fact name="Waiting">
        <Count endpointId={endpoint.id} status="pending" count={pending} />
      </Fact>
      <Fact name="Failed for good">
        <Count endpointId={endpoint.id} status="dead" count={dead} />
      </Fact>
      <Fact name="Last delivered">{last === null ? 'Never' : <TimeAgo at={last} />}</Fact>
      {failing === null ? (
        <Fact name="Failing since">–</Fact>
      ) : (
        <Fact name="Failing since">
          <TimeAgo at={failing} />
          {endpoint.state === 'failing' && held !== null && Date.parse(held) > now && (
            <span className="block text-[0.8125rem] font-normal text-muted">
              <TimeUntil at={held} prefix="next try " />
            </span>
          )}
        </Fact>
      )}
    </dl>
  )
}

type CountProps = { endpointId: number; status: 'pending' | 'dead'; count: number }

function Count({ endpointId, status, count }: CountProps): ReactNode {
  return (
    <Link
      to="/deliveries"
      search={{ endpoint: String(endpointId), status }}
      className="font-semibold tabular-nums underline decoration-line-strong underline-offset-4 hover:text-accent"
    >
      {count.toLocaleString()}
    </Link>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }): ReactNode {
  return (
    <div className="panel px-4 py-3">
      <dt className="text-[0.8125rem] text-muted">{name}</dt>
      <dd className="mt-0.5 min-h-7 font-medium">{children}</dd>
    </div>
  )
}
