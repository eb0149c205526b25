import { ERROR, WampError } from '../errors.ts'
import type { Dict } from '../payload.ts'
import type { MatchPolicy } from '../uri.ts'
import { PARTS_UNINTERRUPTED } from './features.ts'
import type { RealmOptions } from './options.ts'
import type { RpcPeer } from './rpc-peer.ts'

/** Which of several callees gets a call (Advanced Profile, "Shared Registration"). */
export type InvokePolicy = 'single' | 'roundrobin' | 'random' | 'first' | 'last'

/** The dealer's record of one procedure or pattern; shared by all its callees, as its id is. */
export interface Registration {
  readonly id: number
  readonly match: MatchPolicy
  readonly uri: string
  readonly invoke: InvokePolicy
  /** ms since 1970. */
  readonly created: number
  /** In the order in which they registered. */
  readonly endpoints: Endpoint[]
  /** Whose turn it is, for `roundrobin`: up to the number of endpoints, when the next one to come is meant. */
  next: number
}

/** One callee's share in a registration, and what that callee can do. */
export interface Endpoint {
  readonly registration: Registration
  readonly callee: RpcPeer
  readonly disclosesCaller: boolean
  readonly takesTimeout: boolean
  readonly takesProgress: boolean
  /** Progressive call invocations. */
  readonly takesParts: boolean
  readonly takesPassthru: boolean
  readonly takesInterrupt: boolean
  /** Its `wamp.error.unavailable` sends a call on to the next callee. */
  readonly isRerouted: boolean
  /** Calls it works on at a time; Infinity: as many as come. */
  readonly concurrencyMax: number
  inFlight: number
}

export interface RegisterTerms {
  readonly invoke: InvokePolicy
  readonly isForced: boolean
  readonly concurrencyMax: number
}

const POLICIES: ReadonlySet<unknown> = new Set<InvokePolicy>(['single', 'roundrobin', 'random', 'first', 'last'])
/** A call given up by its caller keeps its place until the callee answers, so this bounds what one callee can hold. */
const CONCURRENCY_MAX = 10_000

/** @throws {WampError} an option says what it cannot say */
export function readRegisterTerms(options: Dict): RegisterTerms {
  const { invoke = 'single', concurrency, force_reregister: force } = options
  if (!POLICIES.has(invoke)) throw new WampError(ERROR.optionNotAllowed, [`no invocation policy ${String(invoke)}`])
  return {
    invoke: invoke as InvokePolicy,
    isForced: force === true,
    concurrencyMax: concurrency === undefined || concurrency === null ? Infinity : concurrencyOf(concurrency),
  }
}

function concurrencyOf(value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= CONCURRENCY_MAX) return value
  throw new WampError(ERROR.invalidArgument, [`concurrency is 1 to ${CONCURRENCY_MAX}`])
}

/** Features are looked up once, here, and not with every call. */
export function newEndpoint(
  registration: Registration,
  callee: RpcPeer,
  request: { options: Dict; concurrencyMax: number },
  realm: RealmOptions,
): Endpoint {
  const { options, concurrencyMax } = request
  const can = (feature: string): boolean => callee.session.announces('callee', feature)
  const takesInterrupt = can('call_canceling')
  return {
    registration,
    callee,
    disclosesCaller: options['disclose_caller'] === true,
    // Advanced Profile, "Call Timeouts": the callee has to ask for it, too
    takesTimeout: options['forward_timeout'] === true && can('call_timeout'),
    // "Progressive Call Results": without call canceling the feature is not there; Autobahn|JS has it nevertheless
    takesProgress: can('progressive_call_results') && (takesInterrupt || realm.progress === 'lenient'),
    takesParts: can('progressive_call_invocations') && (takesInterrupt || can(PARTS_UNINTERRUPTED)),
    takesPassthru: can('payload_passthru_mode'),
    takesInterrupt,
    isRerouted: can('call_reroute'),
    concurrencyMax,
    inFlight: 0,
  }
}
