import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { DeliveryDetailDocument } from '@sluice/model'
import { sign } from '@sluice/triggers'
import manifest from '../package.json' with { type: 'json' }

/** What became of one request to the local address. */
export type Outcome = {
  /** HTTP status, null without an answer */
  status: number | null
  /** in words, null for 2xx */
  error: string | null
  durationMs: number
}

export type ForwardParts = {
  /** whsec_… */
  secret: string
  signal: AbortSignal
  timeoutMs?: number
}

/** As long as the platform waits for a target. */
const TIMEOUT_MS = 15_000
/** more of an answer is not read */
const ANSWER_BYTES_MAX = 65_536
const USER_AGENT = `Sluice/${manifest.version} (sluice listen)`

/**
 * POSTs one delivery as the platform does it: its content type and body byte for byte, `webhook-id`, and timestamp and
 * signature of now (Standard Webhooks). Redirects are failures. Never rejects for what the target does.
 */
export async function forward(
  target: URL,
  { id, content_type: contentType, body }: Pick<DeliveryDetailDocument, 'id' | 'content_type' | 'body'>,
  { secret, signal, timeoutMs = TIMEOUT_MS }: ForwardParts,
): Promise<Outcome> {
  const timestampS = Math.floor(Date.now() / 1000)
  const headers = {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    'user-agent': USER_AGENT,
    'webhook-id': id,
    'webhook-timestamp': String(timestampS),
    'webhook-signature': await sign({ id, timestampS, body, secrets: [secret] }),
  }
  const deadline = AbortSignal.timeout(timeoutMs)
  const startedAt = performance.now()
  const durationMs = (): number => Math.round((performance.now() - startedAt) * 10) / 10
  try {
    const { status, isWhole } = await post(target, { headers, body, signal: AbortSignal.any([signal, deadline]) })
    const error = errorOf(status) ?? (isWhole ? null : 'but the answer broke off')
    return { status, error, durationMs: durationMs() }
  } catch (error) {
    const words = deadline.aborted ? `no answer within ${timeoutMs / 1000} s` : wordsOf(error, target)
    return { status: null, error: words, durationMs: durationMs() }
  }
}

type Post = { headers: Record<string, string | number>; body: string; signal: AbortSignal }

/** Resolves when the answer is there to its end, or to as much of it as is read, or breaks off after its head. */
function post(target: URL, { headers, body, signal }: Post): Promise<{ status: number; isWhole: boolean }> {
  const send = target.protocol === 'https:' ? requestHttps : requestHttp
  return new Promise((resolve, reject) => {
    // a connection of its own, as a kept one may be gone when the program was just restarted
    const sent = send(target, { method: 'POST', headers, signal, agent: false })
    let hasHead = false
    sent.on('error', (error) => {
      if (!hasHead) reject(error)
    })
    sent.once('response', (answer) => {
      hasHead = true
      let bytes = 0
      let isWhole = false
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes <= ANSWER_BYTES_MAX) return
        isWhole = true
        answer.destroy()
      })
      answer.once('end', () => (isWhole = true))
      answer.on('error', () => {})
      // to Node an answer without a length has ended when we hang up
      answer.once('close', () => resolve({ status: answer.statusCode ?? 0, isWhole: isWhole && !signal.aborted }))
    })
    sent.end(body)
  })
}

function errorOf(status: number): string | null {
  if (status >= 200 && status < 300) return null
  return status >= 300 && status < 400 ? 'redirects are not followed' : 'not a 2xx'
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was closed without an answer',
  EPIPE: 'the connection was closed without an answer',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the name of the host cannot be looked up now',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ETIMEDOUT: 'no connection in time',
  EPROTO: 'this port does not speak TLS: use http',
}

function wordsOf(error: unknown, { protocol, host }: URL): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const words = WORDS[code]
  if (words !== undefined) return code === 'ECONNREFUSED' ? `${words}: nothing listens on ${host}` : words
  if (code.startsWith('HPE_')) return 'what answers there does not speak HTTP'
  if (protocol === 'https:' && /CERT|SIGNATURE|ISSUER/.test(code)) return `the certificate is not accepted (${code})`
  return code === '' ? 'the request failed' : `the request failed (${code})`
}
