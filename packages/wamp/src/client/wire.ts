import { CLOSE, WampError } from '../errors.ts'
import { ID_MAX } from '../ids.ts'
import { type ErrorMessage, type Message, type MessageType, TYPE } from '../messages.ts'
import type { Dict } from '../payload.ts'
import type { Timers } from '../timers.ts'
import type { Transport } from '../transport.ts'
import { type Pending, Requests, isOrdered } from './requests.ts'

/** Publications are dropped, not queued, and parts of calls wait, while more than this waits for the network. */
const BUFFERED_BYTES_MAX = 4 * 2 ** 20
/** How often it is looked whether there is room again. */
const ROOM_MS = 50

/** What the client's roles share: the transport, which may be lost and replaced, and the requests that wait. */
export class Wire {
  readonly timers: Timers
  /** Takes exceptions of the program's handlers. */
  readonly onError: (error: unknown) => void
  readonly #requests = new Requests()
  /** Null while the transport is lost and the session may be resumed. */
  #transport: Transport | null
  /** Why there are no more requests. */
  #refusal: WampError | null = null
  #roles: unknown

  constructor(transport: Transport, parts: { timers: Timers; onError: (error: unknown) => void; welcome: Dict }) {
    this.#transport = transport
    this.timers = parts.timers
    this.onError = parts.onError
    this.#roles = parts.welcome['roles']
  }

  offers(role: 'broker' | 'dealer', feature: string): boolean {
    const { features } = dictOf(dictOf(this.#roles)[role]) as { features?: unknown }
    return dictOf(features)[feature] === true
  }

  /** Whether what is sent now would be taken by the network before long. */
  get hasRoom(): boolean {
    return this.#refusal === null && this.#transport !== null && this.#transport.bufferedBytes <= BUFFERED_BYTES_MAX
  }

  /** Resolves when there is room, or nothing will be sent any more. */
  async room(): Promise<void> {
    while (this.#refusal === null && this.#transport !== null && !this.hasRoom)
      await new Promise<void>((resolve) => this.timers.setTimeout(resolve, ROOM_MS))
  }

  /** The id for the next request. @throws {WampError} the session is closed, or without a transport */
  nextId(): number {
    if (this.#refusal) throw this.#refusal
    if (!this.#transport) throw new WampError(CLOSE.transportLost, ['the transport is lost'])
    return this.#requests.nextId
  }

  /** Sends a request that was made with `nextId`. @throws {WampError} it cannot be encoded */
  ask(message: Message, id: number, pending: Pending | null): void {
    this.#transport?.send(message)
    this.#requests.used(id, pending)
  }

  /** Sends a request and hands its answer to `take` in the turn it arrives. Rejects with WampError. */
  request<T>(type: MessageType, make: (id: number) => Message, take: (answer: Message) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const id = this.nextId()
      this.ask(make(id), id, { type, resolve: (answer) => resolve(take(answer)), reject })
    })
  }

  drop(request: number): void {
    this.#requests.drop(request)
  }

  /** Sends what is no request; nothing without a transport. @throws {WampError} it cannot be encoded */
  send(message: Message): void {
    if (this.#refusal === null) this.#transport?.send(message)
  }

  answered(id: number, message: Message): void {
    this.#requests.resolve(id, message)
  }

  failed(message: ErrorMessage): void {
    this.#requests.reject(message)
  }

  /**
   * The transport is lost and the session may be resumed. Calls and publications under way reject, because nobody knows
   * what became of them; of subscriptions and registrations the resumed session will tell.
   */
  park(): void {
    this.#transport = null
    const error = new WampError(CLOSE.transportLost, ['the transport was lost; the outcome is unknown'])
    this.#requests.rejectAll(error, (type) => !isOrdered(type))
  }

  /** The session goes on over another transport. Call it in the turn of WELCOME. */
  resume(transport: Transport, welcome: Dict): void {
    this.#transport = transport
    this.#roles = welcome['roles']
    if (this.#requests.hasOrdered) this.#settle()
  }

  /** No more requests; those that wait reject. */
  refuse(error: WampError): void {
    this.#refusal ??= error
  }

  close(error: WampError): void {
    this.refuse(error)
    this.#requests.rejectAll(error)
  }

  /**
   * What the router got before the transport was lost it answers before the first request of the resumed session: what
   * has no answer then never arrived. That first request is one which changes nothing.
   */
  #settle(): void {
    const id = this.nextId()
    const lost = (): void =>
      this.#requests.rejectAll(new WampError(CLOSE.transportLost), (type, other) => isOrdered(type) && other < id)
    this.ask([TYPE.UNSUBSCRIBE, id, ID_MAX], id, { type: TYPE.UNSUBSCRIBE, resolve: lost, reject: lost })
  }
}

function dictOf(value: unknown): Dict {
  return typeof value === 'object' && value !== null ? (value as Dict) : {}
}
