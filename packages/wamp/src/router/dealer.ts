import { ERROR, ProtocolError, WampError } from '../errors.ts'
import {
  type Call,
  type Cancel,
  type ErrorMessage,
  type Register,
  TYPE,
  type Unregister,
  type Yield,
} from '../messages.ts'
import type { Dict } from '../payload.ts'
import type { MatchPolicy } from '../uri.ts'
import type { Grant } from './authenticator.ts'
import type { CancelMode } from './call-ends.ts'
import { Calls } from './calls.ts'
import type { MetaView } from './meta.ts'
import type { PendingCall } from './pending-call.ts'
import type { RealmParts } from './realm.ts'
import { Registrations } from './registrations.ts'
import { RpcPeer } from './rpc-peer.ts'
import type { RouterSession } from './session.ts'

const CANCEL_MODES: ReadonlySet<unknown> = new Set<CancelMode>(['skip', 'kill', 'killnowait'])

/** Remote procedure calls within one realm (wamp-proto, "Remote Procedure Calls" and "Advanced RPC"). */
export class Dealer implements MetaView {
  readonly #registrations: Registrations
  readonly #calls: Calls
  readonly #peers = new Map<RouterSession, RpcPeer>()
  readonly #isStrict: boolean

  constructor(parts: RealmParts) {
    this.#registrations = new Registrations(parts)
    this.#calls = new Calls(parts)
    this.#isStrict = parts.options.requestIds === 'strict'
  }

  get registrations(): number {
    return this.#registrations.size
  }

  /** Counters since the realm was opened. */
  get metrics(): { calls: number; answersDiscarded: number; rerouted: number; timedOut: number } {
    return { ...this.#calls.metrics, timedOut: this.#calls.ends.timedOut }
  }

  /** @throws {WampError} the procedure is taken, an option cannot be, or a quota is used up */
  register(session: RouterSession, message: Register, { match }: { match: MatchPolicy; grant: Grant }): void {
    const [, request, options, uri] = message
    this.#registrations.add(this.#peer(session), { uri, match, options }, (id) =>
      session.send([TYPE.REGISTERED, request, id]),
    )
  }

  /** @throws {WampError} the session has no such registration */
  unregister(session: RouterSession, message: Unregister): void {
    const [, request, id] = message
    this.#registrations.remove(this.#peers.get(session), id, () => session.send([TYPE.UNREGISTERED, request]))
  }

  /**
   * Hands a new call to a callee; whether it is new, continuesCall() has told.
   * @throws {WampError} nobody registered it, no callee takes it, or too many calls are in flight
   * @throws {ProtocolError} the caller uses a feature it did not announce
   */
  call(session: RouterSession, message: Call, grant: Grant): void {
    const registration = this.#registrations.best(message[3])
    if (registration === undefined) throw new WampError(ERROR.noSuchProcedure, [`no callee for ${message[3]}`])
    this.#calls.start(this.#peer(session), message, registration, grant)
  }

  /**
   * Acts on a CALL that is a further part of one made before (Advanced Profile, "Progressive Call Invocations"): that
   * one was authorized. What comes for a call that has ended is discarded.
   * @returns false if the call is a new one
   * @throws {ProtocolError} the id is that of a call in flight that was complete
   */
  continuesCall(session: RouterSession, message: Call): boolean {
    const request = message[1]
    const peer = this.#peer(session)
    const call = peer.calls?.get(request)
    if (call !== undefined) {
      this.#calls.addPart(call, message)
      return true
    }
    if (peer.isPartOfEnded(request, message[2]['progress'] !== true)) return true
    if (!this.#isStrict) return false
    // every new request has the highest id yet
    if (request < session.lastRequest || request === peer.lastCall) return true
    peer.lastCall = request
    return false
  }

  /** A CALL was answered with an ERROR: no callee has heard of it. */
  refused(session: RouterSession, message: Call): void {
    if (message[2]['progress'] === true) this.#peer(session).remember(message[1])
  }

  /** A call that is unknown has ended. @throws {ProtocolError} there is no such mode */
  cancel(session: RouterSession, message: Cancel): void {
    const { mode = 'killnowait' } = message[2]
    if (!CANCEL_MODES.has(mode)) throw new ProtocolError(`CANCEL has no mode ${String(mode)}`)
    const call = this.#peers.get(session)?.calls?.get(message[1])
    if (call !== undefined) this.#calls.ends.cancel(call, mode as CancelMode)
  }

  /** @throws {ProtocolError} the invocation was never issued to this session */
  yield(session: RouterSession, message: Yield): void {
    const call = this.#invocation(session, message[1])
    if (call !== undefined) this.#calls.yielded(call, message)
  }

  /** An ERROR from a callee. @throws {ProtocolError} it answers no INVOCATION ever issued to this session */
  error(session: RouterSession, message: ErrorMessage): void {
    if (message[1] !== TYPE.INVOCATION) throw new ProtocolError(`ERROR for message type ${message[1]}`)
    const call = this.#invocation(session, message[2])
    if (call !== undefined) this.#calls.failed(call, message)
  }

  /** Forgets a session that is gone: its callers get wamp.error.canceled, its callees are told to stop. */
  remove(session: RouterSession): void {
    const peer = this.#peers.get(session)
    if (!peer) return
    this.#peers.delete(session)
    this.#registrations.leave(peer)
    for (const call of peer.calls?.values() ?? []) this.#calls.ends.callerGone(call)
    for (const call of peer.invocations?.values() ?? []) this.#calls.ends.calleeGone(call)
  }

  /**
   * A session has lost its transport and may come back. It keeps its registrations, but what it was called for has
   * perhaps never reached it: its callers hear so at once, not when it is back.
   */
  park(session: RouterSession): void {
    for (const call of this.#peers.get(session)?.invocations?.values() ?? []) this.#calls.ends.calleeGone(call)
  }

  held(session: RouterSession): { id: number; uri: string; match: MatchPolicy }[] {
    const endpoints = this.#peers.get(session)?.endpoints?.values() ?? []
    return Array.from(endpoints, ({ registration: { id, uri, match } }) => ({ id, uri, match }))
  }

  list(): Record<MatchPolicy, number[]> {
    return this.#registrations.list()
  }

  lookup(uri: string, match: MatchPolicy): number | null {
    return this.#registrations.lookup(uri, match)
  }

  matching(uri: string): number[] {
    return this.#registrations.matching(uri)
  }

  detailsOf(id: number): Dict | null {
    return this.#registrations.detailsOf(id)
  }

  sessionsOf(id: number): RouterSession[] | null {
    return this.#registrations.sessionsOf(id)
  }

  revoke(id: number, session: RouterSession, reason?: string): boolean {
    return this.#registrations.revoke(id, session, reason)
  }

  /** The call behind an INVOCATION, or undefined if it has ended. @throws {ProtocolError} it was never issued */
  #invocation(session: RouterSession, id: number): PendingCall | undefined {
    const peer = this.#peers.get(session)
    const call = peer?.invocations?.get(id)
    if (call !== undefined) return call
    if (peer === undefined || id > peer.lastInvocation) throw new ProtocolError(`INVOCATION ${id} was never issued`)
    this.#calls.metrics.answersDiscarded += 1
    return undefined
  }

  #peer(session: RouterSession): RpcPeer {
    let peer = this.#peers.get(session)
    if (peer === undefined) this.#peers.set(session, (peer = new RpcPeer(session)))
    return peer
  }
}
