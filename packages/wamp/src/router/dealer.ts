import { ERROR, ProtocolError, WampError } from '../errors.ts'
import { nextId } from '../ids.ts'
import { type Call, type ErrorMessage, type Register, TYPE, type Unregister, type Yield } from '../messages.ts'
import { type Dict, Payload } from '../payload.ts'
import type { Disclose } from './authenticator.ts'
import type { RouterSession } from './session.ts'

interface Registration {
  readonly id: number
  readonly procedure: string
  readonly callee: RouterSession
}

/** A call whose answer is awaited. `caller` becomes null when the caller is gone: the answer is then discarded. */
interface PendingCall {
  caller: RouterSession | null
  readonly request: number
}

/** The dealer's side of one session, in both of its roles. */
interface Peer {
  readonly registrations: Set<Registration>
  /** As callee, by INVOCATION id. */
  readonly invocations: Map<number, PendingCall>
  /** Invocation ids are sequential per callee: an id above this was never issued, one below and unknown has ended. */
  lastInvocation: number
  /** As caller, by CALL id. */
  readonly calls: Map<number, PendingCall>
}

/** Remote procedure calls within one realm (wamp-proto Basic Profile, "Remote Procedure Calls"). */
export class Dealer {
  readonly metrics = { calls: 0, answersDiscarded: 0 }
  readonly #byProcedure = new Map<string, Registration>()
  readonly #byId = new Map<number, Registration>()
  readonly #peers = new Map<RouterSession, Peer>()
  readonly #limits: { readonly registrationsMax: number; readonly callsMax: number }
  readonly #disclose: Disclose
  #lastId = 0

  constructor(limits: { readonly registrationsMax: number; readonly callsMax: number }, disclose: Disclose) {
    this.#limits = limits
    this.#disclose = disclose
  }

  get registrations(): number {
    return this.#byId.size
  }

  /** @throws {WampError} the procedure is taken, or the session has as many registrations as it may have */
  register(session: RouterSession, message: Register): void {
    const [, request, , procedure] = message
    if (this.#byProcedure.has(procedure)) throw new WampError(ERROR.procedureAlreadyExists, [procedure])
    const peer = this.#peer(session)
    if (peer.registrations.size >= this.#limits.registrationsMax)
      throw new WampError(ERROR.unavailable, [`a session has at most ${this.#limits.registrationsMax} registrations`])
    this.#lastId += 1
    const registration: Registration = { id: this.#lastId, procedure, callee: session }
    this.#byProcedure.set(procedure, registration)
    this.#byId.set(registration.id, registration)
    peer.registrations.add(registration)
    session.send([TYPE.REGISTERED, request, registration.id])
  }

  /** @throws {WampError} the session has no such registration */
  unregister(session: RouterSession, message: Unregister): void {
    const [, request, id] = message
    const registration = this.#byId.get(id)
    if (registration?.callee !== session) throw new WampError(ERROR.noSuchRegistration)
    this.#peer(session).registrations.delete(registration)
    this.#drop(registration)
    session.send([TYPE.UNREGISTERED, request])
  }

  /**
   * Hands a call to its callee.
   * @throws {WampError} nobody registered it, the callee reads too slowly, or too many calls are in flight
   * @throws {ProtocolError} the request id belongs to a call in flight
   */
  call(session: RouterSession, message: Call): void {
    const [, request, , procedure, payload] = message
    const caller = this.#peer(session)
    if (caller.calls.has(request)) throw new ProtocolError(`CALL ${request} is in flight already`)
    const registration = this.#byProcedure.get(procedure)
    if (!registration) throw new WampError(ERROR.noSuchProcedure, [`no callee for ${procedure}`])
    if (caller.calls.size >= this.#limits.callsMax)
      throw new WampError(ERROR.unavailable, [`at most ${this.#limits.callsMax} calls in flight`])
    if (registration.callee.isCongested) throw new WampError(ERROR.unavailable, ['the callee does not keep up'])
    const callee = this.#peer(registration.callee)
    const invocation = nextId(callee.lastInvocation)
    const call: PendingCall = { caller: session, request }
    caller.calls.set(request, call)
    callee.invocations.set(invocation, call)
    const details = this.#disclose(session, registration.callee) ? callerDetails(session) : {}
    try {
      registration.callee.send([TYPE.INVOCATION, invocation, registration.id, details, payload])
    } catch (error) {
      // the callee's format cannot say the payload: nothing was sent, so the id is still free
      caller.calls.delete(request)
      callee.invocations.delete(invocation)
      throw error
    }
    callee.lastInvocation = invocation
    this.metrics.calls += 1
  }

  /** @throws {ProtocolError} the invocation was never issued to this session */
  yield(session: RouterSession, message: Yield): void {
    const [, invocation, options, payload] = message
    // progressive results are not offered, so a part is not an answer and the call goes on
    if (options['progress'] === true) return
    const call = this.#end(session, invocation)
    if (!call?.caller) return
    try {
      call.caller.send([TYPE.RESULT, call.request, {}, payload])
    } catch (error) {
      if (!(error instanceof WampError)) throw error
      call.caller.send([TYPE.ERROR, TYPE.CALL, call.request, {}, error.uri, Payload.of(error.args, error.kwargs)])
    }
  }

  /** An ERROR from a callee. @throws {ProtocolError} it answers no INVOCATION ever issued to this session */
  error(session: RouterSession, message: ErrorMessage): void {
    const [, type, invocation, , uri, payload] = message
    if (type !== TYPE.INVOCATION) throw new ProtocolError(`ERROR for message type ${type}`)
    const call = this.#end(session, invocation)
    if (!call?.caller) return
    try {
      call.caller.send([TYPE.ERROR, TYPE.CALL, call.request, {}, uri, payload])
    } catch (error) {
      if (!(error instanceof WampError)) throw error
      call.caller.send([TYPE.ERROR, TYPE.CALL, call.request, {}, uri, Payload.empty])
    }
  }

  /** Forgets a session that is gone: its callers get wamp.error.canceled, answers to it will be discarded. */
  remove(session: RouterSession): void {
    const peer = this.#peers.get(session)
    if (!peer) return
    this.#peers.delete(session)
    for (const registration of peer.registrations) this.#drop(registration)
    for (const call of peer.calls.values()) call.caller = null
    for (const { caller, request } of peer.invocations.values()) {
      if (!caller) continue
      this.#peers.get(caller)?.calls.delete(request)
      caller.send([TYPE.ERROR, TYPE.CALL, request, {}, ERROR.canceled, Payload.of(['the callee is gone'])])
    }
  }

  #end(session: RouterSession, invocation: number): PendingCall | null {
    const peer = this.#peer(session)
    const call = peer.invocations.get(invocation)
    if (call) {
      peer.invocations.delete(invocation)
      if (call.caller) this.#peers.get(call.caller)?.calls.delete(call.request)
      else this.metrics.answersDiscarded += 1
      return call
    }
    if (invocation > peer.lastInvocation) throw new ProtocolError(`INVOCATION ${invocation} was never issued`)
    this.metrics.answersDiscarded += 1
    return null
  }

  #drop(registration: Registration): void {
    this.#byProcedure.delete(registration.procedure)
    this.#byId.delete(registration.id)
  }

  #peer(session: RouterSession): Peer {
    let peer = this.#peers.get(session)
    if (!peer) {
      peer = { registrations: new Set(), invocations: new Map(), lastInvocation: 0, calls: new Map() }
      this.#peers.set(session, peer)
    }
    return peer
  }
}

/** Advanced Profile, "Caller Identification". */
function callerDetails({ id, identity }: RouterSession): Dict {
  return { caller: id, caller_authid: identity.authid, caller_authrole: identity.authrole }
}
