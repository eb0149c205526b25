import type { DeviceDocument } from '@sluice/model'
import { Link } from '@tanstack/react-router'
import { BookOpen, Eye, EyeOff } from 'lucide-react'
import { useState } from 'react'
import type { ReactNode } from 'react'
import { Button } from '../../ui/Button.tsx'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { absoluteTime } from '../../ui/time-words.ts'
import { useMediaQuery } from '../../ui/useMediaQuery.ts'
import { useSession } from '../session/session.ts'
import { useActivation } from './useActivation.ts'

/** Everything that names the device, each with a copy button. Beside the tabs where there is room, folded away below. */
export function IdentityPanel({ device }: { device: DeviceDocument }): ReactNode {
  const isWide = useMediaQuery('(min-width: 75rem)')
  const publicUrl = useSession()?.public_url ?? location.origin
  const { isActive, isBusy, toggle } = useActivation(device)
  const facts = (
    <>
      <dl className="grid gap-3.5 sm:grid-cols-2 wide:grid-cols-1">
        <Fact name="Feed ID" value={String(device.feed_id)} />
        <Fact name="API endpoint" value={`${publicUrl}/v2/feeds/${device.feed_id}`} />
        <Fact name="Feed URL" value={`${publicUrl}/feeds/${device.feed_id}`} />
        <Fact name="Product ID" value={device.product.product_id} />
        {device.product.secret !== undefined && <Fact name="Product secret" value={device.product.secret} isSecret />}
        <Fact name="Serial number" value={device.serial} />
        <Fact name="Activation code" value={device.activation_code} />
        <div>
          <dt className="text-[0.8125rem] text-muted">Activated</dt>
          <dd className="mt-0.5 flex min-h-7 items-center justify-between gap-2">
            {device.activated_at === null ? (
              'Not active: its keys are refused'
            ) : (
              <time dateTime={device.activated_at} title={absoluteTime(device.activated_at)}>
                {new Date(device.activated_at).toLocaleDateString(undefined, { dateStyle: 'medium' })}
              </time>
            )}
            <Button size="s" isBusy={isBusy} onClick={toggle}>
              {isActive ? 'Deactivate' : 'Activate'}
            </Button>
          </dd>
        </div>
      </dl>
      <Link
        to="/docs"
        search={{ feed: String(device.feed_id) }}
        className="mt-4 inline-flex items-center gap-2 font-medium text-accent hover:underline"
      >
        <BookOpen size={15} aria-hidden /> API documentation for this device
      </Link>
    </>
  )
  if (isWide) {
    return (
      <aside aria-label="Identity" className="panel p-5">
        <h2 className="mb-3.5 font-semibold">Identity</h2>
        {facts}
      </aside>
    )
  }
  return (
    <details className="panel group px-4 py-3">
      <summary className="font-semibold">Identity</summary>
      <div className="pt-4 pb-2">{facts}</div>
    </details>
  )
}

function Fact({ name, value, isSecret = false }: { name: string; value: string; isSecret?: boolean }): ReactNode {
  const [isShown, setShown] = useState(!isSecret)
  return (
    <div className="min-w-0">
      <dt className="text-[0.8125rem] text-muted">{name}</dt>
      <dd className="flex items-start gap-1">
        <span className="min-w-0 flex-1 py-1 font-mono text-xs leading-5 break-all">
          {isShown ? value : '••••••••••••••••'}
        </span>
        {isSecret && (
          <button
            type="button"
            aria-label={isShown ? `Hide ${name.toLowerCase()}` : `Reveal ${name.toLowerCase()}`}
            onClick={() => setShown(!isShown)}
            className="grid size-7 shrink-0 place-items-center rounded-md text-muted hover:bg-sunken hover:text-text"
          >
            {isShown ? <EyeOff size={14} aria-hidden /> : <Eye size={14} aria-hidden />}
          </button>
        )}
        <CopyButton text={value} what={name.toLowerCase()} />
      </dd>
    </div>
  )
}
