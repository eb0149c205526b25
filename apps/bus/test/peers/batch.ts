import type { Frame } from '@sluice/wamp'

/** Octal 30, as Autobahn|Python has it. */
const SEPARATOR = '\u0018'

/** One message as a batch of one (Advanced Profile, "Message Batching"). */
export function batchOf(frame: Frame): Frame {
  if (typeof frame === 'string') return `${frame}${SEPARATOR}`
  const length = Buffer.alloc(4)
  length.writeUInt32BE(frame.length)
  return Buffer.concat([length, frame])
}

/** The messages of a batch. */
export function messagesOf(batch: Frame): Frame[] {
  if (typeof batch === 'string') return batch.split(SEPARATOR).slice(0, -1)
  const bytes = Buffer.from(batch)
  const messages: Frame[] = []
  for (let at = 0; at < bytes.length;) {
    const end = at + 4 + bytes.readUInt32BE(at)
    messages.push(bytes.subarray(at + 4, end))
    at = end
  }
  return messages
}
