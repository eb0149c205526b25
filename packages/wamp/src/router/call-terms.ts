import { ERROR, ProtocolError, WampError } from '../errors.ts'
import { type Dict, NO_ENTRIES } from '../payload.ts'
import type { Grant } from './authenticator.ts'
import type { RealmOptions } from './options.ts'
import { passedOn, usesPassthru } from './passthru.ts'
import type { RouterSession } from './session.ts'

/** What a CALL asks for beside its procedure. Later CALLs of a progressive invocation do not change it. */
export interface CallTerms {
  readonly wantsProgress: boolean
  /** More CALLs of the same id follow. */
  readonly isInParts: boolean
  /** 0: none. */
  readonly timeoutMs: number
  /** Of a sharded registration, the callee that owns this key. */
  readonly partition: string | null
  readonly disclosesMe: boolean
  readonly isPassthru: boolean
  /** What goes with the payload. */
  readonly passed: Dict | null
}

/** Those of a CALL without options. */
const PLAIN: CallTerms = {
  wantsProgress: false,
  isInParts: false,
  timeoutMs: 0,
  partition: null,
  disclosesMe: false,
  isPassthru: false,
  passed: null,
}

/** What clocks can count: about 24 days. */
const TIMEOUT_MS_MAX = 2 ** 31 - 2000

/**
 * @throws {WampError} an option says what it cannot say, or disclosure is denied and the realm does not hide that
 * @throws {ProtocolError} the caller uses a feature it did not announce
 */
export function readCallTerms(session: RouterSession, options: Dict, grant: Grant, realm: RealmOptions): CallTerms {
  if (options === NO_ENTRIES) return PLAIN
  const isInParts = options['progress'] === true
  const isPassthru = usesPassthru(options)
  if (isInParts) demand(session, 'progressive_call_invocations')
  if (isPassthru) demand(session, 'payload_passthru_mode')
  const disclosesMe = options['disclose_me'] === true
  if (disclosesMe && realm.discloseDenied === 'error' && (grant.disclose ?? 'off') === 'off')
    throw new WampError(ERROR.discloseMeDenied)
  return {
    wantsProgress: options['receive_progress'] === true && session.announces('caller', 'progressive_call_results'),
    isInParts,
    timeoutMs: timeoutOf(options['timeout'], session, realm),
    partition: partitionOf(options),
    disclosesMe,
    isPassthru,
    passed: passedOn(options),
  }
}

function demand(session: RouterSession, feature: string): void {
  if (!session.announces('caller', feature)) throw new ProtocolError(`CALL uses ${feature}, which was not announced`)
}

/** Advanced Profile, "Call Timeouts": ms. Autobahn|Python documents and sends seconds; floats are taken as well. */
function timeoutOf(value: unknown, session: RouterSession, { callTimeoutUnit }: RealmOptions): number {
  if (value === undefined || value === null) return 0
  if (typeof value !== 'number' || !(value >= 0)) throw new WampError(ERROR.invalidArgument, ['timeout is ms'])
  const isSeconds = callTimeoutUnit === 's' || (callTimeoutUnit === 'auto' && isAutobahnPython(session))
  return Math.min(Math.ceil(isSeconds ? value * 1000 : value), TIMEOUT_MS_MAX)
}

/** A RawSocket says nothing of who opened it, but no other library knows of this encryption. */
function isAutobahnPython(session: RouterSession): boolean {
  const { userAgent } = session.transportDetails
  if (typeof userAgent === 'string') return userAgent.startsWith('AutobahnPython/')
  return session.announces('caller', 'payload_encryption_cryptobox')
}

/** Advanced Profile, "Sharded Registration": what a call to all partitions answers is left open, so there is none. */
function partitionOf({ runmode, rkey }: Dict): string | null {
  if (runmode === undefined || runmode === null) return null
  if (runmode !== 'partition') throw new WampError(ERROR.optionNotAllowed, ['the only runmode is partition'])
  if (typeof rkey === 'string' || typeof rkey === 'number') return String(rkey)
  throw new WampError(ERROR.invalidArgument, ['runmode partition needs an rkey'])
}
