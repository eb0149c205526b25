import type { Duplex } from 'node:stream'
import { type Message, jsonSerializer } from '@sluice/wamp'
import { textFrame } from './frame.ts'

const serializer = jsonSerializer()

/**
 * Writes frames to many sockets. A message sent to several receivers in a row, as events are, is encoded once; writes
 * to one socket within one turn leave as one system call.
 */
export class Writer {
  #last: { readonly message: Message; readonly frame: Buffer } | null = null
  #corked: Duplex[] = []

  /** @throws {WampError} the message cannot be encoded; nothing was written */
  write(socket: Duplex, message: Message): void {
    if (this.#last?.message !== message) this.#last = { message, frame: textFrame(String(serializer.encode(message))) }
    if (socket.writableCorked === 0) {
      socket.cork()
      if (this.#corked.length === 0) process.nextTick(() => this.#uncork())
      this.#corked.push(socket)
    }
    socket.write(this.#last.frame)
  }

  #uncork(): void {
    const corked = this.#corked
    this.#corked = []
    this.#last = null
    for (const socket of corked) socket.uncork()
  }
}
