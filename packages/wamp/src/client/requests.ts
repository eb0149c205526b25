import { WampError } from '../errors.ts'
import { nextId } from '../ids.ts'
import { type ErrorMessage, type Message, type MessageType, type ResultMessage, TYPE } from '../messages.ts'

/** A request that waits for its answer. */
export interface Pending {
  /** Takes the answer in the turn it arrives, so that what follows it on the wire finds it taken. */
  resolve(message: Message): void
  reject(error: WampError): void
  /** Takes a progressive result; more follow. */
  progress?(message: ResultMessage): void
  /** The type of the request. */
  readonly type: MessageType
}

/** Requests that a router answers in the order in which they came. */
const ORDERED: ReadonlySet<MessageType> = new Set([TYPE.SUBSCRIBE, TYPE.UNSUBSCRIBE, TYPE.REGISTER, TYPE.UNREGISTER])

/** Requests that wait for an answer, by their id; ids count up from 1 per session. */
export class Requests {
  readonly #pending = new Map<number, Pending>()
  #lastId = 0

  /** The id of the next request; `used` uses it up, so that one that could not be sent leaves no hole. */
  get nextId(): number {
    return nextId(this.#lastId)
  }

  used(id: number, pending: Pending | null): void {
    this.#lastId = id
    if (pending) this.#pending.set(id, pending)
  }

  /** Forgets a request whose answer nobody wants any more. */
  drop(id: number): void {
    this.#pending.delete(id)
  }

  /** An answer to a request that was dropped is ignored. */
  resolve(id: number, message: Message): void {
    const pending = this.#pending.get(id)
    if (!pending) return
    if (message[0] === TYPE.RESULT && message[2]['progress'] === true) return pending.progress?.(message)
    this.#pending.delete(id)
    pending.resolve(message)
  }

  reject([, , id, , uri, payload]: ErrorMessage): void {
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    pending?.reject(new WampError(uri, payload.args, payload.kwargs))
  }

  /** Whether any request waits whose outcome the first answer to a later one will tell. */
  get hasOrdered(): boolean {
    for (const { type } of this.#pending.values()) if (ORDERED.has(type)) return true
    return false
  }

  /** @param which default all of them */
  rejectAll(error: WampError, which?: (type: MessageType, id: number) => boolean): void {
    for (const [id, pending] of this.#pending) {
      if (which && !which(pending.type, id)) continue
      this.#pending.delete(id)
      pending.reject(error)
    }
  }
}

export function isOrdered(type: MessageType): boolean {
  return ORDERED.has(type)
}
