import { ERROR, ProtocolError, WampError } from '../errors.ts'
import { nextId } from '../ids.ts'
import { type Call, type ErrorMessage, TYPE, type Yield } from '../messages.ts'
import { type Dict, NO_ENTRIES, Payload } from '../payload.ts'
import type { Grant } from './authenticator.ts'
import { answerDetails, invocationDetails, partDetails } from './call-details.ts'
import { CallEnds, errorMessage } from './call-ends.ts'
import { readCallTerms } from './call-terms.ts'
import { chooseCallee } from './choose-callee.ts'
import { usesPassthru } from './passthru.ts'
import { PendingCall } from './pending-call.ts'
import type { RealmParts } from './realm.ts'
import type { Endpoint, Registration } from './registration.ts'
import type { RpcPeer } from './rpc-peer.ts'

const UNTRIED: readonly Endpoint[] = []
const NO_PASSTHRU = 'the caller has no payload passthru'

/** Calls in flight, as long as their peers say something: whatever comes, each is answered once. */
export class Calls {
  readonly metrics = { calls: 0, answersDiscarded: 0, rerouted: 0 }
  readonly ends: CallEnds
  readonly #parts: RealmParts

  constructor(parts: RealmParts) {
    this.#parts = parts
    this.ends = new CallEnds(parts.timers)
  }

  /**
   * @throws {WampError} no callee takes it, or too many calls are in flight
   * @throws {ProtocolError} the caller uses a feature it did not announce
   */
  start(caller: RpcPeer, message: Call, registration: Registration, grant: Grant): void {
    const { options, random } = this.#parts
    const terms = readCallTerms(caller.session, message[2], grant, options)
    const endpoint = chooseCallee(registration, terms, UNTRIED, random)
    caller.session.usage.take('calls')
    const call = new PendingCall(caller, message[1], terms, endpoint)
    // Advanced Profile, "Call Re-Routing": not of progressive invocations; and a key has one callee alone
    if (endpoint.isRerouted && registration.endpoints.length > 1 && !terms.isInParts && terms.partition === null)
      call.retry = { message, grant, tried: [] }
    caller.calls ??= new Map()
    caller.calls.set(call.request, call)
    try {
      this.#invoke(call, message, grant)
    } catch (error) {
      this.ends.endForCaller(call)
      throw error
    }
    this.metrics.calls += 1
    if (terms.timeoutMs > 0 && call.caller !== null) this.ends.limitTime(call)
  }

  /** A further CALL under the id of one in flight. @throws {ProtocolError} that one was complete */
  addPart(call: PendingCall, message: Call): void {
    const [, request, options, procedure, payload] = message
    if (!call.isOpen) throw new ProtocolError(`CALL ${request} is in flight already`)
    const isLast = options['progress'] !== true
    if (isLast) call.isOpen = false
    if (call.isKilled) return
    const { callee, registration } = call.endpoint
    if (callee.session.isCongested)
      return this.ends.fail(call, new WampError(ERROR.unavailable, ['the callee does not keep up']))
    const details = partDetails(call, procedure, isLast)
    try {
      callee.session.send([TYPE.INVOCATION, call.invocation, registration.id, details, payload])
    } catch (error) {
      this.ends.fail(call, asWampError(error))
    }
  }

  /** @throws {ProtocolError} the callee uses a feature it did not announce */
  yielded(call: PendingCall, message: Yield): void {
    const options = message[2]
    const isLast = options['progress'] !== true
    if (!isLast) return this.#progressed(call, message)
    const { caller, endpoint, request } = call
    const isReadable = this.#isReadable(call, message[2])
    this.ends.end(call)
    if (caller === null) return this.#discard()
    try {
      if (!isReadable) throw refusedPassthru(endpoint, message)
      caller.session.send([TYPE.RESULT, request, answerDetails(options, false), message[3]])
    } catch (error) {
      // the caller cannot read the result, or its format cannot say it
      caller.session.send(errorMessage(TYPE.CALL, request, asWampError(error)))
    }
  }

  /** An ERROR from the callee. @throws {ProtocolError} the callee uses a feature it did not announce */
  failed(call: PendingCall, message: ErrorMessage): void {
    const [, , , options, uri, payload] = message
    const { caller, endpoint, request } = call
    const isReadable = this.#isReadable(call, options)
    const staysHere = uri !== ERROR.unavailable || !endpoint.isRerouted || call.hasProgressed || call.isKilled
    if (!staysHere && caller !== null && !call.terms.isInParts) return this.#reroute(call)
    this.ends.end(call)
    if (caller === null) return this.#discard()
    try {
      const details = isReadable ? answerDetails(options, false) : NO_ENTRIES
      caller.session.send([TYPE.ERROR, TYPE.CALL, request, details, uri, isReadable ? payload : Payload.empty])
    } catch (error) {
      if (!(error instanceof WampError)) throw error
      caller.session.send([TYPE.ERROR, TYPE.CALL, request, NO_ENTRIES, uri, Payload.empty])
    }
  }

  /** What nobody asked for is dropped (Advanced Profile, "Progressive Call Results"). */
  #progressed(call: PendingCall, message: Yield): void {
    const { caller, endpoint, request } = call
    if (caller === null || !call.isProgressive) return this.#discard()
    call.hasProgressed = true
    call.retry = null
    try {
      if (!this.#isReadable(call, message[2])) throw refusedPassthru(endpoint, message)
      caller.session.send([TYPE.RESULT, request, answerDetails(message[2], true), message[3]])
    } catch (error) {
      return this.ends.fail(call, asWampError(error))
    }
    if (call.timer !== undefined) this.ends.limitTime(call)
  }

  /** @throws {WampError} the payload has no form in the callee's format; nothing was sent */
  #invoke(call: PendingCall, message: Call, grant: Grant): void {
    const { endpoint } = call
    const { callee, registration } = endpoint
    const last = callee.lastInvocation
    const invocation = nextId(last)
    call.invocation = invocation
    call.isProgressive = call.terms.wantsProgress && endpoint.takesProgress
    callee.lastInvocation = invocation
    callee.invocations ??= new Map()
    callee.invocations.set(invocation, call)
    endpoint.inFlight += 1
    const details = invocationDetails(call, message[3], grant)
    try {
      callee.session.send([TYPE.INVOCATION, invocation, registration.id, details, message[4]])
    } catch (error) {
      callee.lastInvocation = last
      this.ends.endForCallee(call)
      throw error
    }
  }

  /** Advanced Profile, "Call Re-Routing": to the next callee by policy, of those that have not been asked. */
  #reroute(call: PendingCall): void {
    const { caller, endpoint, retry, terms } = call
    const { registration } = endpoint
    this.ends.endForCallee(call)
    try {
      if (retry === null) throw new WampError(ERROR.noAvailableCallee, [`no other callee of ${registration.uri}`])
      retry.tried.push(endpoint)
      call.endpoint = chooseCallee(registration, terms, retry.tried, this.#parts.random)
      this.#invoke(call, retry.message, retry.grant)
      this.metrics.rerouted += 1
    } catch (error) {
      this.ends.endForCaller(call)
      caller?.session.send(errorMessage(TYPE.CALL, call.request, asWampError(error)))
    }
  }

  /** Whether the caller can read the answer (Advanced Profile, "Payload Passthru Mode"). @throws {ProtocolError} */
  #isReadable({ caller, endpoint }: PendingCall, options: Dict): boolean {
    if (options === NO_ENTRIES || !usesPassthru(options)) return true
    if (!endpoint.takesPassthru) throw new ProtocolError('the callee uses payload passthru, which it did not announce')
    return caller === null || caller.session.announces('caller', 'payload_passthru_mode')
  }

  #discard(): void {
    this.metrics.answersDiscarded += 1
  }
}

/** Tells the callee that its YIELD could not be delivered. @returns what the caller is told */
function refusedPassthru({ callee }: Endpoint, [, invocation]: Yield): WampError {
  const error = new WampError(ERROR.featureNotSupported, [NO_PASSTHRU])
  callee.session.send(errorMessage(TYPE.YIELD, invocation, error))
  return error
}

/** Whatever else was thrown is a bug, and rises. */
function asWampError(error: unknown): WampError {
  if (error instanceof WampError) return error
  throw error
}
