import type { DeliveryStatus } from '@sluice/model'
import { Link, getRouteApi } from '@tanstack/react-router'
import { RotateCw, Send } from 'lucide-react'
import { useState } from 'react'
import type { ReactNode } from 'react'
import { Button, buttonClass } from '../../ui/Button.tsx'
import { useDocumentTitle } from '../../ui/useDocumentTitle.ts'
import { ResendFailedDialog } from '../endpoints/ResendFailedDialog.tsx'
import { EndpointAttention } from '../endpoints/EndpointAttention.tsx'
import { triggerTitle } from '../triggers/rule-words.ts'
import { useEndpoints, useTriggers } from '../triggers/useTriggers.ts'
import { DeliveryList } from './DeliveryList.tsx'
import { useRenewOnFiring } from './useRenewOnFiring.ts'
import { parseDeliveriesSearch } from './deliveries-search.ts'
import type { DeliveriesSearch } from './deliveries-search.ts'

const route = getRouteApi('/shell/signed-in/deliveries')
const SHOWN = [['endpoints']]

/** Every delivery of the account as it happens. */
export function DeliveriesPage(): ReactNode {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const { endpoints } = useEndpoints()
  const { data: triggers } = useTriggers()
  const [isResending, setResending] = useState(false)
  useDocumentTitle('Deliveries')
  useRenewOnFiring(SHOWN)
  const change = (
    next: { [Name in keyof DeliveriesSearch]?: DeliveriesSearch[Name] | undefined },
    replace = false,
  ): void =>
    void navigate({ search: (before) => parseDeliveriesSearch({ ...before, ...next }), replace, resetScroll: false })
  const hasTrigger = triggers === undefined || triggers.length > 0
  return (
    <>
      <div className="mb-5 flex flex-wrap items-center gap-3">
        <div className="mr-auto">
          <h1 className="text-2xl font-semibold tracking-tight">Deliveries</h1>
          <p className="text-muted">What your triggers sent, to whom, and how it went.</p>
        </div>
        {endpoints.some(({ dead }) => dead > 0) && (
          <Button onClick={() => setResending(true)}>
            <RotateCw size={15} aria-hidden /> Resend failed…
          </Button>
        )}
      </div>
      <EndpointAttention endpoints={endpoints} />
      <DeliveryList
        filter={{ status: search.status, triggerId: idOf(search.trigger), endpointId: idOf(search.endpoint) }}
        openId={search.delivery}
        onOpen={(delivery) => change({ delivery })}
        onStatus={(status: DeliveryStatus | undefined) => change({ status }, true)}
        filters={
          <span className="contents max-sm:flex max-sm:w-full max-sm:gap-2">
            <Picker
              label="Trigger"
              all="All triggers"
              value={search.trigger}
              options={(triggers ?? []).map((trigger) => ({ id: String(trigger.id), label: triggerTitle(trigger) }))}
              onChange={(trigger) => change({ trigger }, true)}
            />
            <Picker
              label="Endpoint"
              all="All endpoints"
              value={search.endpoint}
              options={endpoints.map(({ id, address }) => ({ id: String(id), label: address }))}
              onChange={(endpoint) => change({ endpoint }, true)}
            />
          </span>
        }
        empty={<NoDeliveries hasTrigger={hasTrigger} />}
      />
      {isResending && (
        <ResendFailedDialog
          endpoints={endpoints}
          endpointId={idOf(search.endpoint)}
          onClose={() => setResending(false)}
        />
      )}
    </>
  )
}

const idOf = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text))

type PickerProps = {
  label: string
  all: string
  value: string | undefined
  options: readonly { id: string; label: string }[]
  onChange(id: string | undefined): void
}

function Picker({ label, all, value = '', options, onChange }: PickerProps): ReactNode {
  const isKnown = value === '' || options.some(({ id }) => id === value)
  return (
    <select
      aria-label={label}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value === '' ? undefined : event.currentTarget.value)}
      className="input h-8 w-auto max-w-48 min-w-0 basis-32 truncate py-0 text-[0.8125rem] max-sm:max-w-none max-sm:flex-1 sm:basis-auto"
    >
      <option value="">{all}</option>
      {!isKnown && (
        <option value={value}>
          {label} {value}
        </option>
      )}
      {options.map((option) => (
        <option key={option.id} value={option.id}>
          {option.label}
        </option>
      ))}
    </select>
  )
}

function NoDeliveries({ hasTrigger }: { hasTrigger: boolean }): ReactNode {
  return (
    <div className="panel grid justify-items-center gap-3 px-6 py-14 text-center">
      <span className="grid size-14 place-items-center rounded-2xl bg-accent-soft text-accent">
        <Send size={26} aria-hidden />
      </span>
      <h2 className="mt-1 text-lg font-semibold">Nothing was delivered yet</h2>
      <p className="max-w-md text-muted">
        {hasTrigger
          ? 'The next firing of a trigger shows up here the moment it happens, with every attempt to deliver it. Send a test from a trigger’s page to see one now.'
          : 'A trigger sends a request, an e-mail or a message when a rule about your values comes true. Each one shows up here the moment it happens, with every attempt to deliver it.'}
      </p>
      {hasTrigger ? (
        <Link to="/triggers" search={{}} className={buttonClass('plain')}>
          All triggers
        </Link>
      ) : (
        <Link to="/triggers/new" search={{}} className={buttonClass('primary')}>
          Add trigger
        </Link>
      )}
    </div>
  )
}
