import { once } from 'node:events'
import type { Frame, Serializer } from '@sluice/wamp'
import { Inbox, type RawPeer } from '@sluice/wamp/testing'
import { WebSocket } from 'ws'
import { batchOf, messagesOf } from './batch.ts'

/** Opens a WebSocket. Of a batched subprotocol each message sent is a batch of its own. */
export async function openWebSocketPeer(url: string, serializer: Serializer, isBatched = false): Promise<RawPeer> {
  const ws = new WebSocket(url, [`${serializer.subprotocol}${isBatched ? '.batched' : ''}`])
  const inbox = new Inbox()
  ws.on('message', (data: Buffer, isBinary) => {
    const frame: Frame = isBinary ? data : data.toString()
    for (const message of isBatched ? messagesOf(frame) : [frame]) inbox.push(message)
  })
  const closed = new Promise<{ code: number }>((resolve) => ws.on('close', (code) => resolve({ code })))
  await once(ws, 'open')
  return {
    serializer,
    send: (frame) => ws.send(isBatched ? batchOf(frame) : frame),
    nextFrame: () => inbox.next(),
    closed,
    close: () => ws.terminate(),
  }
}
