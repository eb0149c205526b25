import type { Micros } from './timestamp.ts'

/** API v2's first, then ours: an interval from either side, and the slope between a value and the one before it. */
export const CONDITION_TYPES = [
  'gt',
  'gte',
  'lt',
  'lte',
  'eq',
  'change',
  'frozen',
  'live',
  'between',
  'outside',
  'rise',
  'fall',
] as const
export type ConditionType = (typeof CONDITION_TYPES)[number]

/** What is asked of one datastream. Numbers are decimal text, compared exactly. */
export type Condition = { datastreamId: string } & (
  | { type: 'gt' | 'gte' | 'lt' | 'lte'; threshold: string }
  /** numbers are compared as numbers (`"20"` equals `"20.0"`), anything else as text */
  | { type: 'eq'; threshold: string }
  /** both bounds belong to the interval: `between` includes them, `outside` does not */
  | { type: 'between' | 'outside'; low: string; high: string }
  /** the value rose or fell by more than `threshold` (≥ 0) per `perS` seconds of measurement time since the one before */
  | { type: 'rise' | 'fall'; threshold: string; perS: number }
  /** the value differs from the one before, as text */
  | { type: 'change' }
  /** `frozen`: nothing arrived for `afterS` seconds; `live`: something arrived after that long a silence (API v2: 900) */
  | { type: 'frozen' | 'live'; afterS: number }
)

/** When a trigger fires. Pure data; `@sluice/triggers` evaluates it. */
export type Rule = {
  /** one to eight, all on datastreams of one feed; several only of gt, gte, lt, lte, eq, between, outside */
  conditions: Condition[]
  match: 'all' | 'any'
  /** `edge`: once when the rule comes true (API v2); `level`: with every value while it is true */
  mode: 'edge' | 'level'
  /** the rule must hold this long without a break, 0 for at once */
  forS: number
  /** how far back over its threshold a value must go before the rule can come true again; decimal text ≥ 0 */
  hysteresis: string
  /** firings closer than this are left out, 0 for none */
  minIntervalS: number
  /** `manual`: after it fired it waits until a person arms it again */
  rearm: 'auto' | 'manual'
  /** a value older than the newest one: `ignore` it, or `evaluate` it when it arrives */
  late: 'ignore' | 'evaluate'
}

/** What a rule asks when nothing else is said: API v2's trigger. */
export const RULE_DEFAULTS = {
  match: 'all',
  mode: 'edge',
  forS: 0,
  hysteresis: '0',
  minIntervalS: 0,
  rearm: 'auto',
  late: 'ignore',
} as const satisfies Omit<Rule, 'conditions'>

export const ACTION_KINDS = ['http', 'publish', 'call', 'datapoint', 'email'] as const
export type ActionKind = (typeof ACTION_KINDS)[number]

/** What a firing does. */
export type Action =
  /** `form`: one field `body=<JSON>`, as API v2 sent it; `json`: a JSON body */
  | { kind: 'http'; url: string; format: 'form' | 'json' }
  | { kind: 'publish'; topic: string }
  | { kind: 'call'; procedure: string }
  /** `value` null writes the value that fired the trigger */
  | { kind: 'datapoint'; feedId: number; datastreamId: string; value: string | null }
  | { kind: 'email'; to: string }

/** What an action is aimed at: deliveries with the same target share its health, secret and concurrency. */
export function addressOf(action: Action): string {
  if (action.kind === 'http') return action.url
  if (action.kind === 'publish') return action.topic
  if (action.kind === 'call') return action.procedure
  if (action.kind === 'datapoint') return `${action.feedId}/${action.datastreamId}`
  return action.to
}

export type NewTrigger = { feedId: number; name: string; rule: Rule; action: Action; isEnabled: boolean }

export type Trigger = NewTrigger & {
  id: number
  accountId: number
  /** login of the account */
  user: string
  endpointId: number
  /** last firing */
  notifiedAt: Micros | null
  /** how often it fired */
  firings: number
  /** false after it fired, until it may fire again */
  isArmed: boolean
  createdAt: Micros
  updatedAt: Micros
}

/** What a rule remembers between two values. Stored as JSON beside the trigger; small, and unchanged by most values. */
export type RuleState = {
  /** it may fire: since the last firing the rule was false again (or a person armed it) */
  armed: boolean
  /** true since `since` (measurement time), known since `setAt` (arrival), and waiting for `forS` */
  pending: { since: Micros; setAt: Micros; hops: number } | null
  /** arrival time of the last firing, for `minIntervalS` */
  firedAt: Micros | null
  /** `frozen` and `live`: the datastream is silent */
  isFrozen: boolean
}

/** A value as rules see it. `arrivedAt` is the database's clock in the commit that stored it. */
export type Sample = { at: Micros; value: string; arrivedAt: Micros }

/** Why a rule fired: a value made it true, it held long enough, or nothing arrived. */
export type FiringCause = 'value' | 'duration' | 'silence'

/** A rule that came true. */
export type Fired = {
  /** measurement time of the value, or the moment at which the duration or the silence was complete */
  at: Micros
  cause: FiringCause
  datastreamId: string
  /** the value that it is about, null only where the datastream never had one */
  value: string | null
  /** how many triggers led to this one through actions that write datapoints */
  hops: number
}
