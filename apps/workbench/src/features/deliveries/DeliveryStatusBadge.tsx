import type { DeliveryDocument } from '@sluice/model'
import { Ban, CircleCheck, CircleX, Clock, RotateCw } from 'lucide-react'
import type { ReactNode } from 'react'
import { deliveryStatusWord } from './delivery-words.ts'

const LOOKS = {
  Pending: { Icon: Clock, text: 'text-muted' },
  Retrying: { Icon: RotateCw, text: 'text-warn' },
  Delivered: { Icon: CircleCheck, text: 'text-ok' },
  Failed: { Icon: CircleX, text: 'text-bad' },
  Cancelled: { Icon: Ban, text: 'text-muted' },
} as const

/** Sign and word, never colour alone. */
export function DeliveryStatusBadge({
  delivery,
}: {
  delivery: Pick<DeliveryDocument, 'status' | 'failures'>
}): ReactNode {
  const word = deliveryStatusWord(delivery)
  const { Icon, text } = LOOKS[word as keyof typeof LOOKS]
  return (
    <span
      data-delivery-status={delivery.status}
      className={`inline-flex items-center gap-1.5 font-medium whitespace-nowrap ${text}`}
    >
      <Icon size={15} aria-hidden className="shrink-0" />
      {word}
    </span>
  )
}
