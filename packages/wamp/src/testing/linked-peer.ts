import { linkedPair } from '../linked-pair.ts'
import type { Frame } from '../payload.ts'
import type { Serializer } from '../serializer.ts'
import type { Transport } from '../transport.ts'
import { Inbox, type RawPeer } from './raw-peer.ts'

/**
 * A raw peer of the same process, and the router's transport to it: messages pass as objects, and are frames of
 * `serializer` only for the test. What is no message cannot be sent.
 */
export function linkedPeer(serializer: Serializer): { peer: RawPeer; transport: Transport } {
  const [near, far] = linkedPair()
  const inbox = new Inbox()
  near.onMessage((message) => inbox.push(serializer.encode(message)))
  const closed = new Promise<{ code: number }>((resolve) => near.onClose(({ code }) => resolve({ code })))
  const peer: RawPeer = {
    serializer,
    send: (frame: Frame) => near.send(serializer.decode(frame)),
    nextFrame: () => inbox.next(),
    closed,
    close: () => near.close(1001),
  }
  return { peer, transport: far }
}
