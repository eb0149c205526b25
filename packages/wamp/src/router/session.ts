import { WampError } from '../errors.ts'
import type { Message } from '../messages.ts'
import type { Transport } from '../transport.ts'
import type { Identity, SessionInfo } from './authenticator.ts'
import type { RouterLimits } from './limits.ts'

/** What happened to a session's outgoing messages. */
export interface SessionCounts {
  /** EVENTs not sent because the peer reads too slowly. */
  eventsDropped: number
  /** EVENTs not sent because a value of the publisher has no form in this session's format. */
  eventsUnencodable: number
}

/**
 * A joined peer as broker and dealer see it. EVENTs are at-most-once: they are dropped and counted above the high-water
 * mark. Everything else is queued; a peer that lets that grow to the hard limit is cut off.
 */
export class RouterSession implements SessionInfo {
  readonly id: number
  readonly realm: string
  readonly identity: Identity
  readonly counts: SessionCounts = { eventsDropped: 0, eventsUnencodable: 0 }
  /** False from GOODBYE, ABORT or the transport's close on. */
  isAlive = true
  /** Last request id seen, for strict sequence checks. */
  lastRequest = 0
  readonly #transport: Transport
  readonly #limits: RouterLimits
  readonly #onOverflow: () => void

  constructor(
    info: SessionInfo,
    parts: { readonly transport: Transport; readonly limits: RouterLimits; readonly onOverflow: () => void },
  ) {
    this.id = info.id
    this.realm = info.realm
    this.identity = info.identity
    this.#transport = parts.transport
    this.#limits = parts.limits
    this.#onOverflow = parts.onOverflow
  }

  /** Whether the peer reads more slowly than it is sent to. */
  get isCongested(): boolean {
    return this.#transport.bufferedBytes > this.#limits.highWaterBytes
  }

  /**
   * Sends an answer or request, which is never dropped.
   * @throws {WampError} its payload has no form in this session's format; nothing was sent
   */
  send(message: Message): void {
    if (!this.isAlive) return
    this.#transport.send(message)
    const buffered = this.#transport.bufferedBytes
    if (buffered > this.#limits.hardLimitBytes) this.#onOverflow()
    else if (buffered > this.#limits.highWaterBytes) this.#transport.pause?.()
  }

  /** Sends an EVENT unless the peer is congested. @returns whether it was sent */
  sendEvent(message: Message): boolean {
    if (!this.isAlive) return false
    if (this.isCongested) {
      this.counts.eventsDropped += 1
      return false
    }
    try {
      this.#transport.send(message)
      return true
    } catch (error) {
      if (!(error instanceof WampError)) throw error
      this.counts.eventsUnencodable += 1
      return false
    }
  }
}
