/** The JSON documents of triggers and deliveries under `/v2`, as they travel. */
import type { ActionKind, ConditionType, FiringCause } from './trigger.ts'

export type ConditionDocument = {
  stream_id: string
  trigger_type: ConditionType
  /** gt gte lt lte eq; of rise and fall the slope per `per` seconds */
  threshold_value?: string
  /** between, outside */
  low?: string
  high?: string
  /** rise, fall: seconds */
  per?: number
  /** frozen, live: seconds of silence */
  after?: number
}

export type ActionDocument =
  | { kind: 'http'; url: string; format: 'form' | 'json' }
  | { kind: 'publish'; topic: string }
  | { kind: 'call'; procedure: string }
  /** `value` null or missing writes the value that fired the trigger */
  | { kind: 'datapoint'; feed_id: number; datastream_id: string; value?: string | null }
  | { kind: 'email'; to: string }

/** API v2's trigger, member for member: what a program with a key gets (xively-python refuses unknown members). */
export type TriggerV2Document = {
  id: number
  /** missing for change, frozen, live */
  threshold_value?: string
  /** `""` for one that never fired */
  notified_at: string
  /** `""` for an action that is not an HTTP request */
  url: string
  trigger_type: ConditionType
  stream_id: string
  environment_id: number
  user: string
}

/** What a signed-in owner gets, and a key with `?full=true`; the same members are accepted in POST and PUT. */
export type TriggerDocument = TriggerV2Document & {
  name: string
  /** the first one is also told by trigger_type, threshold_value and stream_id */
  conditions: ConditionDocument[]
  match: 'all' | 'any'
  mode: 'edge' | 'level'
  /** seconds */
  for: number
  hysteresis: string
  /** seconds */
  min_interval: number
  rearm: 'auto' | 'manual'
  late: 'ignore' | 'evaluate'
  action: ActionDocument
  enabled: boolean
  armed: boolean
  /** how often it fired */
  firings: number
  endpoint_id: number
  created_at: string
  updated_at: string
}

/** Body of POST and PUT; API v2's five members are enough. `action` or `url`, `conditions` or API v2's members. */
export type NewTriggerDocument = Partial<
  Omit<TriggerDocument, 'id' | 'notified_at' | 'armed' | 'firings' | 'endpoint_id' | 'created_at' | 'updated_at'>
>

export type EndpointDocument = {
  id: number
  kind: ActionKind
  address: string
  /** `failing`: the last attempts failed, and what has had none waits; `disabled`: by 410 or days of failure */
  state: 'ok' | 'failing' | 'paused' | 'disabled'
  disabled_reason?: string
  failing_since: string | null
  /** while failing: when the next waiting delivery is tried */
  held_until: string | null
  last_delivered_at: string | null
  verifies_tls: boolean
  pending: number
  dead: number
  /** until when the secret before this one signs too, null where there is none */
  previous_secret_until: string | null
}

export type DeliveryStatus = 'pending' | 'delivered' | 'dead' | 'cancelled'
export type DeliveryDocument = {
  /** webhook-id of every attempt, a UUID */
  id: string
  /** grows with time: what lists are paged by */
  number: number
  trigger_id: number
  trigger_name: string
  endpoint_id: number
  kind: ActionKind
  address: string
  environment_id: number
  stream_id: string
  cause: FiringCause
  at: string
  value: string | null
  test: boolean
  status: DeliveryStatus
  attempts: number
  /** failed attempts of at most ten */
  failures: number
  fired_at: string
  finished_at: string | null
  /** of a pending one */
  next_attempt_at: string | null
  error: string | null
}
export type AttemptDocument = {
  number: number
  at: string
  duration_ms: number
  outcome: 'delivered' | 'failed' | 'refused' | 'late'
  status: number | null
  error: string | null
  request_headers: Record<string, string>
  response_headers: Record<string, string>
  /** first 1,024 characters */
  response_body: string
  next_at: string | null
}
/** One delivery with all there is to see of it. `body` is the same, byte for byte, in every attempt. */
export type DeliveryDetailDocument = DeliveryDocument & {
  content_type: string
  body: string
  attempts_made: AttemptDocument[]
}

/** Why a value did or did not fire a rule. */
export const VERDICTS = [
  'fired',
  'false',
  'still-true',
  'not-armed',
  'waiting',
  'too-soon',
  'late',
  'not-numeric',
  'incomplete',
] as const
export type Verdict = (typeof VERDICTS)[number]
/** One evaluation: what the rule saw and what it made of it. */
export type TraceDocument = {
  at: string
  arrived_at: string
  stream_id: string
  value: string | null
  verdict: Verdict
  /** for each condition of the rule, in order: whether it held, null where it could not be told */
  held: (boolean | null)[]
}

/** Body of POST /v2/triggers/backtest: a trigger as in POST /v2/triggers (url and action may be missing), and a window. */
export type BacktestRequest = NewTriggerDocument & { start: string; end: string }
/** The answer is one such line after another (application/x-ndjson); `summary` or `error` is the last. */
export type BacktestLine =
  | { firing: { at: string; cause: FiringCause; stream_id: string; value: string | null } }
  | { progress: { points: number; at: string } }
  | { summary: { points: number; firings: number; start: string; end: string } }
  | { error: string }

/** Event on `sluice.feed.<id>.trigger`, in the realm of the trigger's account: a firing, and each change of its delivery. */
export type TriggerEvent = { event: 'fired' | 'attempted'; delivery: DeliveryDocument }
