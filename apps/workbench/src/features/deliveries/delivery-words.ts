import type { AttemptDocument, DeliveryDocument, DeliveryStatus } from '@sluice/model'

/** The words of a delivery's status, the same on every page. */
export const STATUS_WORDS: Record<DeliveryStatus, string> = {
  pending: 'Pending',
  delivered: 'Delivered',
  dead: 'Failed',
  cancelled: 'Cancelled',
}

/** A pending one that failed before is being retried, which is worth another word. */
export function deliveryStatusWord({ status, failures }: Pick<DeliveryDocument, 'status' | 'failures'>): string {
  return status === 'pending' && failures > 0 ? 'Retrying' : STATUS_WORDS[status]
}

/** What made it fire: `31.5`, `31.5, after it held`, `silence after 31.5`. */
export function causeWords({ cause, value }: Pick<DeliveryDocument, 'cause' | 'value'>): string {
  if (cause === 'silence') return value === null ? 'silence' : `silence after ${value}`
  if (cause === 'duration') return value === null ? 'held long enough' : `${value}, held long enough`
  return value ?? '–'
}

const OUTCOMES: Record<AttemptDocument['outcome'], string> = {
  delivered: 'Delivered',
  failed: 'Failed',
  refused: 'Refused for good',
  late: 'Answered too late to count',
}

/** `200 Delivered`, `503 Failed`, `No answer`. */
export function attemptWords({ outcome, status }: Pick<AttemptDocument, 'outcome' | 'status'>): string {
  if (status !== null) return `${status} · ${OUTCOMES[outcome]}`
  return outcome === 'failed' ? 'No answer' : OUTCOMES[outcome]
}
