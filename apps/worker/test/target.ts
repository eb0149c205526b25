import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Act, ActionTable, AttemptResult } from '../src/action.ts'

export type Received = { path: string; id: string; body: string; at: number }
export type Target = AsyncDisposable & {
  url: string
  received: Received[]
  /** what to answer; `hang` never does */
  answer: (request: Received) => { status: number; retryAfterS?: number } | 'hang'
}

/** An HTTP server that remembers each request before it answers. */
export async function startTarget(): Promise<Target> {
  const server = createServer((request, response) => void respond(request, response))
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const id = String(request.headers['webhook-id'])
    const received = { path: request.url ?? '', id, body: await text(request), at: performance.now() }
    target.received.push(received)
    const answer = target.answer(received)
    if (answer === 'hang') return
    if (answer.retryAfterS !== undefined) response.setHeader('retry-after', String(answer.retryAfterS))
    response.writeHead(answer.status).end('answered')
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const target: Target = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received: [],
    answer: () => ({ status: 200 }),
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
  return target
}

const NOTHING = { status: null, requestHeaders: {}, responseHeaders: {}, responseBody: '', retryAfterMs: null }

/** A plain POST, for tests of what surrounds it. */
export const post: Act = async ({ id, action, body }, signal) => {
  if (action.kind !== 'http') throw new Error(`not made for ${action.kind}`)
  try {
    const response = await fetch(action.url, { method: 'POST', body, headers: { 'webhook-id': id }, signal })
    const retryAfter = response.headers.get('retry-after')
    return {
      ...NOTHING,
      outcome: response.ok ? 'delivered' : 'failed',
      status: response.status,
      error: response.ok ? null : `The target answered ${response.status}`,
      responseBody: await response.text(),
      retryAfterMs: retryAfter === null ? null : Number(retryAfter) * 1000,
      isGone: response.status === 410,
    }
  } catch (error) {
    return failed(error instanceof Error ? error.message : 'failed')
  }
}

export function failed(error: string): AttemptResult {
  return { ...NOTHING, outcome: 'failed', error, isGone: false }
}

/** Every kind of action is done the same way. */
export const all = (act: Act): ActionTable => ({ http: act, publish: act, call: act, datapoint: act, email: act })
