import { nextId } from '../ids.ts'
import type { ErrorMessage, Message } from '../messages.ts'
import { WampError } from '../errors.ts'

interface Pending {
  /** Takes the answer in the turn it arrives, so that what follows it on the wire finds it taken. */
  resolve(message: Message): void
  reject(error: WampError): void
}

/** Requests that wait for an answer, by their id; ids count up from 1 per session. */
export class Requests {
  readonly #pending = new Map<number, Pending>()
  #lastId = 0

  newId(): number {
    this.#lastId = nextId(this.#lastId)
    return this.#lastId
  }

  add(id: number, pending: Pending): void {
    this.#pending.set(id, pending)
  }

  /** Forgets a request whose answer nobody wants any more. */
  drop(id: number): void {
    this.#pending.delete(id)
  }

  /** An answer to a request that was dropped is ignored. */
  resolve(id: number, message: Message): void {
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    pending?.resolve(message)
  }

  reject([, , id, , uri, payload]: ErrorMessage): void {
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    pending?.reject(new WampError(uri, payload.args, payload.kwargs))
  }

  rejectAll(error: WampError): void {
    const all = [...this.#pending.values()]
    this.#pending.clear()
    for (const pending of all) pending.reject(error)
  }
}
