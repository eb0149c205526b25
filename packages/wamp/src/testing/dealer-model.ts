import { expect } from 'vitest'
import { ERROR } from '../errors.ts'
import { type Call, type Message, type ResultMessage, TYPE } from '../messages.ts'
import { Payload } from '../payload.ts'
import { Dealer } from '../router/dealer.ts'
import { REALM_OPTIONS } from '../router/options.ts'
import { ROUTER_LIMITS } from '../router/limits.ts'
import type { InvokePolicy } from '../router/registration.ts'
import { Usage } from '../router/usage.ts'
import type { MatchPolicy } from '../uri.ts'
import {
  type ModelCall,
  type ModelInvocation,
  type Registration,
  type Share,
  allowedFor,
  attempt,
  freeFor,
  refusal,
  takesParts,
} from './dealer-model-rules.ts'
import { ManualTimers } from './manual-timers.ts'
import { type RecordedPeer, recordedPeer } from './recorded-peer.ts'

export type Says = 'result' | 'error' | 'unavailable' | 'progress'

/** What can be registered, and which of it a call prefers. */
const NAMES: readonly (readonly [match: MatchPolicy, uri: string])[] = [
  ['exact', 'a.b'],
  ['prefix', 'a.'],
  ['wildcard', '.b'],
]
const PREFERRED: Readonly<Record<string, readonly number[]>> = { 'a.b': [0, 1, 2], 'a.c': [1], 'x.b': [2], 'x.y': [] }

/** Callees: with everything, without call canceling, without re-routing, with nothing. */
const LACKS: readonly (readonly string[])[] = [
  [],
  ['call_canceling'],
  ['call_reroute'],
  ['call_canceling', 'call_reroute', 'progressive_call_results', 'progressive_call_invocations'],
]

/** A dealer beside a small model of it. Every message the dealer sends is checked when it is sent. */
export class DealerModel {
  ended = 0
  #now = 0
  #requests = 0
  readonly #timers = new ManualTimers()
  readonly #realm = new Usage('realm', {}, null)
  readonly #dealer: Dealer
  readonly #peers: RecordedPeer[] = []
  readonly #registrations: (Registration | null)[] = [null, null, null]
  readonly #calls: ModelCall[] = []
  /** Issued and not answered; kept when the call ended before, if the callee counts them. */
  #invocations: ModelInvocation[] = []
  readonly #issued = new Map<RecordedPeer, number>()
  readonly #owners = new Map<string, RecordedPeer>()

  constructor(peers: number, random: () => number) {
    this.#dealer = new Dealer({
      limits: ROUTER_LIMITS,
      options: REALM_OPTIONS,
      timers: this.#timers,
      now: () => this.#now,
      random,
      announce: () => {},
    })
    for (let index = 0; index < peers; index += 1) this.join(index, 0)
  }

  join(index: number, features: number): void {
    this.#peers[index] = recordedPeer(this.#realm, LACKS[features] ?? [], (peer, message) => this.#sent(peer, message))
  }

  register(
    index: number,
    name: number,
    asked: { invoke: InvokePolicy; concurrency: number | undefined; isForced: boolean },
  ): void {
    const peer = this.#peer(index)
    const [match, uri] = NAMES[name] ?? ['exact', '']
    const { invoke, concurrency, isForced } = asked
    const options = { invoke, ...(concurrency && { concurrency }), force_reregister: isForced }
    const known = isForced ? null : (this.#registrations[name] ?? null)
    const again = known?.shares.some((share) => share.peer === peer) === true
    const expected = known === null ? null : refusal(known.invoke, invoke)
    this.#registered = 0
    const uriOfError = attempt(() =>
      this.#dealer.register(peer.session, [TYPE.REGISTER, 1, options, uri], { match, grant: { allow: true } }),
    )
    expect(uriOfError).toBe(expected)
    if (expected !== null || again) return
    const registration = known ?? { id: this.#registered, invoke, shares: [], last: null }
    expect(this.#registered).toBe(registration.id)
    registration.shares.push({ peer, concurrency: concurrency ?? Infinity, busy: 0 })
    this.#registrations[name] = registration
  }

  unregister(index: number, name: number): void {
    const peer = this.#peer(index)
    const registration = this.#registrations[name]
    const holds = registration?.shares.some((share) => share.peer === peer) === true
    const id = registration?.id ?? 999
    const uri = attempt(() => this.#dealer.unregister(peer.session, [TYPE.UNREGISTER, 1, id]))
    expect(uri).toBe(holds ? null : ERROR.noSuchRegistration)
    if (registration && holds) this.#withdraw(name, registration, peer)
  }

  call(
    index: number,
    uri: string,
    asked: { progress: boolean; receive_progress: boolean; timeout: number; rkey: string | undefined },
  ): void {
    const caller = this.#peer(index)
    const { progress, receive_progress, timeout, rkey } = asked
    this.#requests += 1
    const request = this.#requests
    const [preferred] = (PREFERRED[uri] ?? []).filter((name) => this.#registrations[name])
    const call: ModelCall = {
      token: this.#calls.length,
      caller,
      request,
      registration: preferred === undefined ? null : (this.#registrations[preferred] ?? null),
      inParts: progress,
      wantsProgress: receive_progress,
      rkey,
      timeout,
      since: this.#now,
      isOpen: progress,
      hasEnded: false,
      hasProgressed: false,
      wasAlone: false,
      isKilled: false,
      isCanceled: false,
      tried: [],
      at: null,
    }
    // announcing nothing as caller, one may not ask for parts
    if (progress && !caller.session.announces('caller', 'progressive_call_invocations')) return
    this.#calls.push(call)
    const options = { progress, receive_progress, timeout, ...(rkey && { runmode: 'partition', rkey }) }
    const message: Call = [TYPE.CALL, request, options, uri, Payload.of([call.token])]
    expect(this.#dealer.continuesCall(caller.session, message)).toBe(false)
    const error = attempt(() => this.#dealer.call(caller.session, message, { allow: true }))
    if (error === null) return expect(call.at).not.toBe(null)
    this.#dealer.refused(caller.session, message)
    this.#failed(call, error)
  }

  part(which: number, isLast: boolean): void {
    const open = this.#calls.filter(({ isOpen, caller }) => isOpen && caller.session.isAlive)
    const call = open[which % open.length]
    if (!call) return
    if (isLast) call.isOpen = false
    const options = isLast ? {} : { progress: true }
    const message: Call = [TYPE.CALL, call.request, options, 'a.b', Payload.of([call.token])]
    expect(this.#dealer.continuesCall(call.caller.session, message)).toBe(true)
  }

  cancel(which: number, mode: string): void {
    const call = this.#calls[which % this.#calls.length]
    if (!call?.caller.session.isAlive) return
    const canInterrupt = call.at?.share.peer.session.announces('callee', 'call_canceling') === true
    const waits = mode === 'kill' && canInterrupt
    const hadEnded = call.hasEnded
    if (waits && !hadEnded) call.isKilled = true
    call.isCanceled = true
    this.#dealer.cancel(call.caller.session, [TYPE.CANCEL, call.request, { mode }])
    expect(call.hasEnded).toBe(hadEnded || !waits)
    if (!hadEnded && mode !== 'skip' && call.at) expectInterrupted(call.at)
  }

  answer(which: number, says: Says): void {
    const invocation = this.#invocations[which % this.#invocations.length]
    if (!invocation) return
    const { call, share, id } = invocation
    const { session } = share.peer
    const payload = Payload.of([call.token])
    if (says === 'progress') return this.#dealer.yield(session, [TYPE.YIELD, id, { progress: true }, payload])
    this.#invocations = this.#invocations.filter((one) => one !== invocation)
    share.busy -= 1
    const refuses = says === 'unavailable' && session.announces('callee', 'call_reroute')
    if (refuses && !call.hasEnded && !call.hasProgressed && !call.isKilled && !call.inParts) {
      call.tried.push(share)
      call.at = null
    }
    const uri = says === 'error' ? 'app.error' : ERROR.unavailable
    if (says === 'result') this.#dealer.yield(session, [TYPE.YIELD, id, {}, payload])
    else this.#dealer.error(session, [TYPE.ERROR, TYPE.INVOCATION, id, {}, uri, payload])
    // either it is with another callee now, or it has ended
    expect(call.hasEnded).toBe(call.at === invocation || call.at === null)
  }

  congest(index: number, isCongested: boolean): void {
    this.#peer(index).bufferedBytes = isCongested ? ROUTER_LIMITS.highWaterBytes + 1 : 0
  }

  leave(index: number): void {
    const peer = this.#peer(index)
    for (const [name, registration] of this.#registrations.entries())
      if (registration) this.#withdraw(name, registration, peer)
    const left = this.#calls.filter(({ caller, hasEnded }) => caller === peer && !hasEnded)
    for (const call of left) call.hasEnded = true
    const theirs = this.#invocations.filter(({ share }) => share.peer === peer)
    this.#invocations = this.#invocations.filter(({ share }) => share.peer !== peer)
    for (const { call } of theirs) call.isCanceled = true
    peer.session.isAlive = false
    this.#dealer.remove(peer.session)
    for (const { call } of theirs) expect(call.hasEnded).toBe(true)
    for (const { at } of left) if (at?.share.peer.session.isAlive) expectInterrupted(at)
    expect(peer.session.usage).toMatchObject({ calls: 0, registrations: 0 })
    this.#dropAbandoned()
  }

  pass(ms: number): void {
    this.#now += ms
    this.#timers.advance(ms)
    for (const { timeout, since, hasEnded } of this.#calls)
      expect(hasEnded || timeout === 0 || since + timeout > this.#now).toBe(true)
  }

  expectNothingLeft(): void {
    expect(this.#calls.filter(({ hasEnded }) => !hasEnded)).toEqual([])
    expect(this.#timers.size).toBe(0)
    expect(this.#dealer.registrations).toBe(0)
    expect(this.#realm).toMatchObject({ calls: 0, registrations: 0 })
  }

  #registered = 0

  /** A message of the dealer's. */
  #sent(peer: RecordedPeer, message: Message): void {
    if (message[0] === TYPE.REGISTERED) this.#registered = message[2]
    else if (message[0] === TYPE.UNREGISTERED) this.#unregistered(peer, message[2]?.['registration'])
    else if (message[0] === TYPE.INVOCATION) this.#invoked(peer, message[1], Number(message[4].args[0]))
    else if (message[0] === TYPE.INTERRUPT) this.#interrupted(peer, message[1])
    else if (message[0] === TYPE.RESULT) this.#resulted(peer, message)
    else if (message[0] === TYPE.ERROR && message[1] === TYPE.CALL) {
      const call = this.#callOf(peer, message[2])
      if (message[4] === 'app.error') expect(message[5].args).toEqual([call.token])
      this.#failed(call, message[4])
    } else throw new Error(`the dealer sent message type ${message[0]}`)
  }

  #interrupted(peer: RecordedPeer, id: number): void {
    const invocation = this.#invocations.find((one) => one.share.peer === peer && one.id === id)
    expect(peer.session.announces('callee', 'call_canceling')).toBe(true)
    expect(invocation?.isInterrupted).toBe(false)
    if (invocation) invocation.isInterrupted = true
    this.#dropAbandoned()
  }

  #invoked(peer: RecordedPeer, id: number, token: number): void {
    const call = this.#calls[token]
    const last = this.#issued.get(peer) ?? 0
    if (!call || id <= last) {
      expect([call?.at?.id, call?.at?.share.peer, call?.inParts]).toEqual([id, peer, true])
      expect([call?.hasEnded, call?.isKilled]).toEqual([false, false])
      return
    }
    expect([id, call.hasEnded, call.at]).toEqual([last + 1, false, null])
    this.#issued.set(peer, id)
    const allowed = allowedFor(call)
    const share = allowed.find((one) => one.peer === peer)
    if (!share || !call.registration) throw new Error('the callee may not have the call')
    if (call.tried.length === 0) call.wasAlone = call.registration.shares.length === 1
    if (call.rkey !== undefined) this.#owned(call.registration, call.rkey, share)
    else call.registration.last = call.registration.shares.length > 1 ? share : null
    share.busy += 1
    call.at = { id, share, call, isInterrupted: false }
    this.#invocations.push(call.at)
  }

  #resulted(peer: RecordedPeer, [, request, details, payload]: ResultMessage): void {
    const call = this.#callOf(peer, request)
    expect([call.hasEnded, payload.args]).toEqual([false, [call.token]])
    if (details['progress'] !== true) return this.#end(call)
    expect(call.wantsProgress).toBe(true)
    call.hasProgressed = true
    call.since = this.#now
  }

  #failed(call: ModelCall, uri: string): void {
    expect(call.hasEnded).toBe(false)
    const { registration, at } = call
    const free = registration ? freeFor(call) : []
    switch (uri) {
      case ERROR.noSuchProcedure:
        expect(registration).toBe(null)
        break
      case ERROR.noAvailableCallee:
        // the owner of a key, and a callee that was alone when it got the call, have no stand-in
        expect(call.rkey !== undefined || free.length === 0 || (call.tried.length === 1 && call.wasAlone)).toBe(true)
        break
      case ERROR.featureNotSupported:
        expect([call.inParts, registration?.shares.some(({ peer }) => takesParts(peer))]).toEqual([true, false])
        break
      case ERROR.canceled:
        expect(call.isCanceled).toBe(true)
        break
      case ERROR.timeout:
        expect(call.timeout > 0 && this.#now >= call.since + call.timeout).toBe(true)
        break
      case ERROR.unavailable:
      case 'app.error':
        expect(at).not.toBe(null)
        break
      default:
        throw new Error(`a call failed with ${uri}`)
    }
    this.#end(call)
  }

  #end(call: ModelCall): void {
    call.hasEnded = true
    this.ended += 1
    this.#dropAbandoned()
  }

  /** The same callees share keys out in the same way. */
  #owned(registration: Registration, rkey: string, { peer }: Share): void {
    const members = registration.shares.map((share) => share.peer.session.id).sort((one, other) => one - other)
    const key = `${registration.id} ${members.join(' ')} ${rkey}`
    expect(this.#owners.get(key) ?? peer).toBe(peer)
    this.#owners.set(key, peer)
  }

  /** What a callee need not count is forgotten with the call: it may be answered, and is discarded. */
  #dropAbandoned(): void {
    this.#invocations = this.#invocations.filter(
      ({ call, share, isInterrupted }) => !call.hasEnded || share.concurrency < Infinity || !isInterrupted,
    )
  }

  #unregistered(peer: RecordedPeer, id: unknown): void {
    for (const [name, registration] of this.#registrations.entries())
      if (registration?.id === id && registration) this.#withdraw(name, registration, peer)
  }

  #withdraw(name: number, registration: Registration, peer: RecordedPeer): void {
    registration.shares = registration.shares.filter((share) => share.peer !== peer)
    if (registration.shares.length === 0) this.#registrations[name] = null
  }

  #callOf(peer: RecordedPeer, request: number): ModelCall {
    const call = this.#calls.find((one) => one.caller === peer && one.request === request)
    if (!call) throw new Error(`an answer to CALL ${request}, which was not made`)
    return call
  }

  #peer(index: number): RecordedPeer {
    const peer = this.#peers[index]
    if (!peer) throw new Error(`no peer ${index}`)
    return peer
  }
}

/** Callees that can be interrupted are, once. */
function expectInterrupted({ share, isInterrupted }: ModelInvocation): void {
  expect(isInterrupted).toBe(share.peer.session.announces('callee', 'call_canceling'))
}
