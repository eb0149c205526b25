import type { Call } from '../messages.ts'
import type { Grant } from './authenticator.ts'
import type { CallTerms } from './call-terms.ts'
import type { Endpoint } from './registration.ts'
import type { RpcPeer } from './rpc-peer.ts'

/** What it takes to send a call on to another callee. */
export interface Retry {
  readonly message: Call
  readonly grant: Grant
  readonly tried: Endpoint[]
}

/** A call from its CALL until its caller is answered, or until the callee is done with it if that comes later. */
export class PendingCall {
  /** Null once the caller is answered or gone: whatever the callee says then is discarded. */
  caller: RpcPeer | null
  readonly request: number
  readonly terms: CallTerms
  endpoint: Endpoint
  invocation = 0
  /** More CALLs of this id may come (Advanced Profile, "Progressive Call Invocations"). */
  isOpen: boolean
  /** Canceled with mode `kill`: the callee has the last word. */
  isKilled = false
  /** The endpoint was asked for progressive results. */
  isProgressive = false
  hasProgressed = false
  timer: unknown = undefined
  /** Null if the call stays with its callee. */
  retry: Retry | null = null

  constructor(caller: RpcPeer, request: number, terms: CallTerms, endpoint: Endpoint) {
    this.caller = caller
    this.request = request
    this.terms = terms
    this.endpoint = endpoint
    this.isOpen = terms.isInParts
  }
}
