import { LIMITS } from '@sluice/model'
import { retryAfterMs, sign } from '@sluice/triggers'
import type { Act, AttemptResult } from '../action.ts'
import type { Answer } from '../egress/exchange.ts'
import type { Egress } from '../egress/request.ts'
import { excerpt, failed, refused } from './result.ts'

/** Of an answer's head, what the delivery log keeps. */
const HEADERS_MAX = 32
const HEADER_CHARS_MAX = 256
/** Of one character. */
const UTF8_BYTES_MAX = 4
/** Cookies are somebody's session. */
const UNTOLD: ReadonlySet<string> = new Set(['set-cookie', 'set-cookie2'])

/**
 * POSTs the delivery to its URL, signed as Standard Webhooks v1 says: `webhook-id` is the delivery's, the timestamp and
 * with it the signature are the attempt's. 2xx is delivered; 410 asks for no more; redirects are failures.
 * @param parts.version of Sluice, for User-Agent
 * @param parts.nowMs the clock
 */
export function makeHttpAction(parts: { egress: Egress; version: string; nowMs(): number }): Act {
  return async (shipment, signal) => {
    const { action, id, body, secrets } = shipment
    if (action.kind !== 'http') return refused('This delivery is not an HTTP request')
    const timestampS = Math.floor(parts.nowMs() / 1000)
    const signature = await sign({ id, timestampS, body, secrets }).catch(() => '')
    if (signature === '') return refused('The endpoint has no secret to sign with')
    const headers = {
      'content-type': shipment.contentType,
      'user-agent': `Sluice/${parts.version}`,
      'webhook-id': id,
      'webhook-timestamp': String(timestampS),
    }
    const { verifiesTls } = shipment
    const signed = { ...headers, 'webhook-signature': signature }
    const answer = await parts.egress.post({ url: action.url, headers: signed, body, verifiesTls }, signal)
    return { ...resultOf(answer, parts.nowMs()), requestHeaders: headers }
  }
}

function resultOf(answer: Answer, nowMs: number): AttemptResult {
  if (answer.kind === 'refused') return refused(answer.reason)
  if (answer.kind === 'failed') return failed(answer.reason)
  const { status, headers } = answer
  const error = answer.problem ?? errorOf(status)
  const asksToWait = status === 429 || status === 503
  return {
    outcome: error === null ? 'delivered' : 'failed',
    status,
    error,
    requestHeaders: {},
    responseHeaders: toldHeaders(headers),
    responseBody: excerpt(
      answer.body.toString('utf8', 0, LIMITS.attemptBodyCharsMax * UTF8_BYTES_MAX),
      LIMITS.attemptBodyCharsMax,
    ),
    retryAfterMs: asksToWait ? retryAfterMs(headers['retry-after'], nowMs) : null,
    isGone: status === 410,
  }
}

function errorOf(status: number): string | null {
  if (status >= 200 && status < 300) return null
  if (status >= 300 && status < 400) return `The target answered ${status}, and redirects are not followed`
  if (status === 410) return 'The target answered 410: it wants no more deliveries'
  return `The target answered ${status}`
}

function toldHeaders(headers: Extract<Answer, { kind: 'answer' }>['headers']): Record<string, string> {
  const told = Object.entries(headers).filter(([name]) => !UNTOLD.has(name))
  return Object.fromEntries(
    told
      .slice(0, HEADERS_MAX)
      .map(([name, value]) => [excerpt(name, HEADER_CHARS_MAX), excerpt(String(value), HEADER_CHARS_MAX)]),
  )
}
