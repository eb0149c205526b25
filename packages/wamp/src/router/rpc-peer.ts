import type { PendingCall } from './pending-call.ts'
import type { Endpoint } from './registration.ts'
import type { RouterSession } from './session.ts'

/** Ended calls of one caller of which more parts may be on the way; older ones are forgotten. */
const ENDED_MAX = 1000

/** The dealer's side of one session, in both of its roles. What a session never does costs it no memory. */
export class RpcPeer {
  readonly session: RouterSession
  /** INVOCATION ids are sequential per callee: one above this was never issued, one below and unknown has ended. */
  lastInvocation = 0
  /** Latest new CALL, where request ids are held to their sequence. */
  lastCall = 0
  /** As callee, by registration. */
  endpoints: Map<number, Endpoint> | null = null
  /** As callee, by INVOCATION id. */
  invocations: Map<number, PendingCall> | null = null
  /** As caller, by CALL id. */
  calls: Map<number, PendingCall> | null = null
  #ended: Set<number> | null = null

  constructor(session: RouterSession) {
    this.session = session
  }

  /** A progressive call has ended before its last part was sent: what comes of it is discarded. */
  remember(request: number): void {
    this.#ended ??= new Set()
    const [oldest] = this.#ended
    if (oldest !== undefined && this.#ended.size >= ENDED_MAX) this.#ended.delete(oldest)
    this.#ended.add(request)
  }

  /** Whether this is a part of a call that has ended. @param isLast no more parts follow */
  isPartOfEnded(request: number, isLast: boolean): boolean {
    if (this.#ended === null) return false
    return isLast ? this.#ended.delete(request) : this.#ended.has(request)
  }
}
