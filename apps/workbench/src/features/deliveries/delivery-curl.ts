import type { DeliveryDetailDocument } from '@sluice/model'
import { shellQuoted } from '../requests/curl.ts'

/**
 * The request of a delivery as a curl command for a POSIX shell, under the id of its last attempt where it had one.
 * Signatures are not kept, so a receiver that checks them refuses it: resend it instead.
 */
export function deliveryCurl(
  delivery: Pick<DeliveryDetailDocument, 'address' | 'body' | 'content_type' | 'attempts_made'>,
): string {
  const headers = Object.entries(delivery.attempts_made.at(-1)?.request_headers ?? {})
  const kept = headers.filter(([name]) => /^(webhook-|user-agent$)/i.test(name))
  return [
    'curl --request POST',
    `--header ${shellQuoted(`Content-Type: ${delivery.content_type}`)}`,
    ...kept.map(([name, value]) => `--header ${shellQuoted(`${name}: ${value}`)}`),
    `--data-binary ${shellQuoted(delivery.body)}`,
    shellQuoted(delivery.address),
  ].join(' \\\n  ')
}

/** The JSON that a body carries: API v2's form field `body` unpacked, anything else as it is. */
export function payloadOf({ body, content_type: type }: Pick<DeliveryDetailDocument, 'body' | 'content_type'>): string {
  if (!type.startsWith('application/x-www-form-urlencoded')) return body
  return new URLSearchParams(body).get('body') ?? body
}
