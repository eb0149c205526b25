import type { Message } from '../messages.ts'
import type { RouterLimits } from './limits.ts'

/** Messages of one session that wait for the one before them, with what is known of their size, in order of arrival. */
export class WaitingMessages {
  /** Of all that wait. */
  bytes = 0
  /** The timer that keeps the peer unread. */
  hold: unknown = null
  #messages: (Message | undefined)[] = []
  #sizes: number[] = []
  #head = 0

  get size(): number {
    return this.#messages.length - this.#head
  }

  push(message: Message, bytes: number): void {
    this.#messages.push(message)
    this.#sizes.push(bytes)
    this.bytes += bytes
  }

  /** Size of the message that shift() would take. */
  get nextBytes(): number {
    return this.#sizes[this.#head] ?? 0
  }

  shift(): Message | undefined {
    const message = this.#messages[this.#head]
    if (message === undefined) return undefined
    this.bytes -= this.nextBytes
    this.#messages[this.#head] = undefined
    this.#head += 1
    // what was taken is cut off half by half, so that each message is moved about once
    if (this.#head * 2 >= this.#messages.length) {
      this.#messages = this.#messages.slice(this.#head)
      this.#sizes = this.#sizes.slice(this.#head)
      this.#head = 0
    }
    return message
  }

  /** Whether the peer should not be read for now. */
  isLong({ waitingMax, highWaterBytes }: RouterLimits): boolean {
    return this.size * 4 > waitingMax || this.bytes > highWaterBytes
  }

  /** Whether there is more than may ever wait. */
  isTooLong({ waitingMax, hardLimitBytes }: RouterLimits): boolean {
    return this.size > waitingMax || this.bytes > hardLimitBytes
  }
}
