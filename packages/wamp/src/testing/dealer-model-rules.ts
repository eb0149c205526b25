import { ERROR, WampError } from '../errors.ts'
import type { InvokePolicy } from '../router/registration.ts'
import type { RecordedPeer } from './recorded-peer.ts'

export interface Share {
  readonly peer: RecordedPeer
  readonly concurrency: number
  /** Invocations that take a place. */
  busy: number
}
export interface Registration {
  readonly id: number
  readonly invoke: InvokePolicy
  shares: Share[]
  /** The last one chosen of several. */
  last: Share | null
}
export interface ModelCall {
  readonly token: number
  readonly caller: RecordedPeer
  readonly request: number
  readonly registration: Registration | null
  readonly inParts: boolean
  readonly wantsProgress: boolean
  readonly rkey: string | undefined
  readonly timeout: number
  since: number
  isOpen: boolean
  hasEnded: boolean
  hasProgressed: boolean
  /** Its first callee had no stand-in then. */
  wasAlone: boolean
  isKilled: boolean
  isCanceled: boolean
  readonly tried: Share[]
  /** Null before it is with a callee, and after the callee refused it. */
  at: ModelInvocation | null
}
export interface ModelInvocation {
  readonly id: number
  readonly share: Share
  readonly call: ModelCall
  isInterrupted: boolean
}

/** Whoever may have the call, by policy. */
export function allowedFor(call: ModelCall): Share[] {
  const free = freeFor(call)
  const { invoke, last } = call.registration ?? {}
  if (call.rkey !== undefined) return free
  if (invoke === 'single' || invoke === 'first') return free.slice(0, 1)
  if (invoke === 'last') return free.slice(-1)
  return invoke === 'roundrobin' && free.length > 1 ? free.filter((share) => share !== last) : free
}

/** Whoever could take the call. */
export function freeFor({ registration, inParts, tried }: ModelCall): Share[] {
  return (registration?.shares ?? []).filter(
    (share) =>
      share.busy < share.concurrency &&
      !share.peer.session.isCongested &&
      !tried.includes(share) &&
      (!inParts || takesParts(share.peer)),
  )
}

export function takesParts({ session }: RecordedPeer): boolean {
  return session.announces('callee', 'progressive_call_invocations') && session.announces('callee', 'call_canceling')
}

/** @returns the URI of the WampError, null if none was thrown */
export function attempt(run: () => void): string | null {
  try {
    run()
    return null
  } catch (error) {
    if (error instanceof WampError) return error.uri
    throw error
  }
}

export function refusal(first: InvokePolicy, second: InvokePolicy): string | null {
  if (first === 'single') return ERROR.procedureAlreadyExists
  return first === second ? null : ERROR.differentInvocationPolicy
}
