import { refusalText, syntaxError } from './answers.ts'
import { SyntaxProblem } from './messages.ts'
import type { SocketMethod, SocketRequest } from './messages.ts'
import type { Subscriber, Subscription } from './subscriptions.ts'

/** Messages of one connection without an answer: with so many it is not read. */
export const UNANSWERED_MAX = 64
/** Bytes that the network has not taken: above the first pushes wait and nothing is read, above the second it ends. */
export const HIGH_WATER_BYTES = 1024 * 1024
export const BUFFERED_BYTES_MAX = 4 * 1024 * 1024

/** `going`: the server is; `overrun`: the client does not read what it is sent. */
export type CloseReason = 'done' | 'going' | 'overrun'

/** What carries the messages of a connection. */
export type Wire = {
  readonly address: string
  /** that the network has not taken yet */
  readonly bufferedBytes: number
  /** sends one message */
  send(text: string): void
  pause(): void
  resume(): void
  /** ends after what was sent, or soon without */
  close(reason: CloseReason): void
}

/** What is answered to a request, and what is pushed from then on. */
export type Served = { text: string; opens?: Subscription }

export type ConnectionParts = {
  /** never throws */
  serve(connection: Connection, request: SocketRequest): Promise<Served>
  /** there is room for what waits to be pushed */
  catchUp(connection: Connection): void
  leave(connection: Connection): void
  /** one was ended because it did not read */
  onOverrun(): void
}

/** The answer to a message, in its place. */
type Slot = { served: Served | null }

/**
 * One client, whatever it came over. Requests of one method run side by side, so that writes share commits; another
 * method waits for those before it, so that a client reads what it wrote. All are answered in the order in which they
 * came. Everything that waits is bounded: requests by not reading more, answers and pushes by their bytes.
 */
export class Connection implements Subscriber {
  readonly subscriptions = new Map<string, Subscription>()
  readonly behind = new Set<Subscription>()
  isClosed = false
  readonly #wire: Wire
  readonly #parts: ConnectionParts
  readonly #slots: Slot[] = []
  readonly #waiting: { request: SocketRequest; slot: Slot }[] = []
  #underWay = 0
  /** of those under way */
  #method: SocketMethod | null = null
  #isPaused = false
  /** no request is begun any more; it ends with the last answer */
  #ending: CloseReason | null = null

  constructor(wire: Wire, parts: ConnectionParts) {
    this.#wire = wire
    this.#parts = parts
  }

  get address(): string {
    return this.#wire.address
  }

  get isCongested(): boolean {
    return this.#wire.bufferedBytes > HIGH_WATER_BYTES
  }

  /** Whether it is not read, so that hearing nothing means nothing. */
  get isPaused(): boolean {
    return this.#isPaused
  }

  /** Takes a message. @param parse reads it; what it throws is the answer */
  receive(text: string, parse: (text: string) => SocketRequest): void {
    if (this.isClosed || this.#ending !== null) return
    try {
      const slot: Slot = { served: null }
      this.#waiting.push({ request: parse(text), slot })
      this.#slots.push(slot)
    } catch (problem) {
      if (!(problem instanceof SyntaxProblem)) throw problem
      this.#slots.push({ served: { text: refusalText(problem.echo, syntaxError(problem.message)) } })
      this.#sendAnswers()
    }
    this.#begin()
    this.regulate()
  }

  /** Answers what is no message, in its place. */
  refuse(why: string): void {
    this.receive('', () => {
      throw new SyntaxProblem(why)
    })
  }

  send(text: string): void {
    if (this.isClosed) return
    if (this.#wire.bufferedBytes > BUFFERED_BYTES_MAX) this.overrun()
    else this.#wire.send(text)
  }

  /** The client takes nothing: what waits for it is given up. */
  overrun(): void {
    if (this.isClosed) return
    this.#parts.onOverrun()
    this.closed()
    this.#wire.close('overrun')
  }

  /** All that was sent has been taken by the network. */
  drained(): void {
    if (this.isClosed) return
    this.#parts.catchUp(this)
    this.#begin()
    this.regulate()
  }

  /** Begins no more requests, and ends when those under way are answered. */
  end(reason: CloseReason): void {
    if (this.isClosed || this.#ending !== null) return
    this.#ending = reason
    if (reason === 'going') this.#waiting.length = 0
    this.#endIfAnswered()
  }

  /** It is gone: nobody waits for answers any more. */
  closed(): void {
    if (this.isClosed) return
    this.isClosed = true
    this.#waiting.length = 0
    this.#slots.length = 0
    this.#parts.leave(this)
  }

  #begin(): void {
    for (;;) {
      const first = this.#waiting[0]
      if (!first || this.#underWay >= UNANSWERED_MAX || this.isCongested) return
      if (this.#underWay > 0 && !(first.request.method === this.#method && runsBeside(this.#method))) return
      this.#waiting.shift()
      this.#underWay++
      this.#method = first.request.method
      void this.#parts.serve(this, first.request).then((served) => this.#answered(first.slot, served))
    }
  }

  #answered(slot: Slot, served: Served): void {
    this.#underWay--
    slot.served = served
    this.#sendAnswers()
    this.#begin()
    this.regulate()
    this.#endIfAnswered()
  }

  #sendAnswers(): void {
    for (let served = this.#slots[0]?.served; served; served = this.#slots[0]?.served) {
      this.#slots.shift()
      this.send(served.text)
      if (!served.opens) continue
      served.opens.isOpen = true
      this.#parts.catchUp(this)
    }
  }

  #endIfAnswered(): void {
    if (this.#ending === null || this.#underWay > 0 || this.#waiting.length > 0 || this.isClosed) return
    this.closed()
    this.#wire.close(this.#ending)
  }

  /** Reads on, or not, by what waits. */
  regulate(): void {
    if (this.isClosed) return
    const isTooMuch = this.#slots.length >= UNANSWERED_MAX || this.isCongested
    if (isTooMuch === this.#isPaused) return
    this.#isPaused = isTooMuch
    if (isTooMuch) this.#wire.pause()
    else this.#wire.resume()
  }
}

/** Others change what can be reached or what is followed. */
const runsBeside = (method: SocketMethod): boolean => method === 'GET' || method === 'PUT' || method === 'POST'
