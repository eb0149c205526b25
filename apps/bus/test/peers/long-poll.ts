import type { Frame, Serializer } from '@sluice/wamp'
import { Inbox, type RawPeer } from '@sluice/wamp/testing'
import { batchOf, messagesOf } from './batch.ts'

/** There are no close codes: a transport that is gone counts as closed for a protocol error. */
const GONE = 1002
const LOST = 1006

/** Opens a long poll and keeps polling. Requests with messages are sent one after another. */
export async function openLongPollPeer(url: string, serializer: Serializer, isBatched = false): Promise<RawPeer> {
  const protocol = `${serializer.subprotocol}${isBatched ? '.batched' : ''}`
  const answer = await post(`${url}/open`, JSON.stringify({ protocols: [protocol] }))
  const opened = (await answer.json()) as { protocol: string; transport: string }
  if (opened.protocol !== protocol) throw new Error(`the router chose ${opened.protocol}`)
  const base = `${url}/${opened.transport}`
  const inbox = new Inbox()
  let sending: Promise<unknown> = Promise.resolve()
  const poll = async (): Promise<{ code: number }> => {
    for (;;) {
      const { status, frame } = await receive(base, serializer.isBinary)
      if (status === 404) return { code: GONE }
      if (status === 200) for (const message of isBatched ? messagesOf(frame) : [frame]) inbox.push(message)
    }
  }
  const closed = poll().catch(() => ({ code: LOST }))
  return {
    serializer,
    send(frame) {
      const body = isBatched ? batchOf(frame) : frame
      // what cannot be sent is missed by whoever waits for its answer
      sending = sending.then(() => post(`${base}/send`, body)).catch(() => {})
    },
    nextFrame: () => inbox.next(),
    closed,
    close: () => void post(`${base}/close`, '').catch(() => {}),
  }
}

async function receive(base: string, isBinary: boolean): Promise<{ status: number; frame: Frame }> {
  const response = await post(`${base}/receive`, '')
  const bytes = Buffer.from(await response.arrayBuffer())
  return { status: response.status, frame: isBinary ? bytes : bytes.toString() }
}

export function post(url: string, body: Frame, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, { method: 'POST', body: typeof body === 'string' ? body : Buffer.from(body), headers })
}
