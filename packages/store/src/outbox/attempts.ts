import { LIMITS } from '@sluice/model'
import type { DeliveryStatus, Micros } from '@sluice/model'
import type { Queryable } from '../database.ts'
import { storable } from '../storable-text.ts'
import { microsOf } from '../timestamp-sql.ts'
import type { Lease } from './claims.ts'
import { HEALTH } from './endpoint-health.ts'

/** What came of one attempt, to be recorded. */
export type NewAttempt = Lease & {
  outcome: 'delivered' | 'failed' | 'refused'
  /** of an HTTP answer */
  status: number | null
  error: string | null
  requestHeaders: Record<string, string>
  responseHeaders: Record<string, string>
  responseBody: string
  /** how long ago it began */
  agoMs: number
  durationMs: number
  /** when to try a failed one again; null when that was the last time */
  retryMs: number | null
  /** the target asked not to be called for so long */
  retryAfterMs: number | null
  /** the target wants nothing more: its endpoint is disabled */
  isGone: boolean
}

export type RecordedAttempt = Lease & {
  /** `late`: by a worker that had lost its lease */
  outcome: 'delivered' | 'failed' | 'refused' | 'late'
  /** of the delivery, now */
  status: DeliveryStatus
  /** of a pending one: the next attempt, or the end of somebody else's lease */
  nextAt: Micros | null
  /** of the endpoint, null where these attempts changed nothing about it */
  health: { failures: number; failingSeconds: number | null; isDisabled: boolean } | null
}

const ERROR_CHARS_MAX = 1000

/**
 * Records attempts, moves their deliveries on and the health of their endpoints, all in one statement. Only the holder
 * of the lease moves a delivery: an attempt of anybody else is kept as `late`, and of a delivery that was cancelled
 * meanwhile as what it was. Attempts of deliveries that are gone are left out. Recording the same again changes nothing.
 * Text that Postgres cannot hold is replaced by U+FFFD.
 * @param attempts at most a few hundred, in the order in which they ended
 */
export async function recordAttempts(db: Queryable, attempts: readonly NewAttempt[]): Promise<RecordedAttempt[]> {
  if (attempts.length === 0) return []
  const { rows } = await db.query<RecordedAttempt>({
    name: 'record-attempts',
    text: RECORD,
    values: [JSON.stringify(attempts.map(toRow)), attempts.map(({ id }) => id)],
  })
  return rows
}

function toRow(attempt: NewAttempt, seq: number) {
  const { error, responseBody, requestHeaders, responseHeaders } = attempt
  return {
    seq: seq + 1,
    id: attempt.id,
    fence: attempt.fence,
    outcome: attempt.outcome,
    status: attempt.status,
    error: error === null ? null : storable(error.slice(0, ERROR_CHARS_MAX)),
    request_headers: storableHeaders(requestHeaders),
    response_headers: storableHeaders(responseHeaders),
    response_body: storable(responseBody.slice(0, LIMITS.attemptBodyCharsMax)),
    ago_ms: attempt.agoMs,
    duration_ms: attempt.durationMs,
    retry_ms: attempt.retryMs,
    retry_after_ms: attempt.retryAfterMs,
    is_gone: attempt.isGone,
  }
}

const storableHeaders = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [storable(name), storable(value)]))

const RECORD = `
  with result as materialized (
    select * from json_to_recordset($1) as r (seq int, id uuid, fence int, outcome text, status smallint, error text,
      request_headers jsonb, response_headers jsonb, response_body text, ago_ms float8, duration_ms float8,
      retry_ms float8, retry_after_ms float8, is_gone boolean)
  ),
  owned as (
    update delivery d set
      status = case
        when r.outcome = 'delivered' then 'delivered'
        when r.outcome = 'failed' and r.retry_ms is not null and not r.is_gone then 'pending'
        else 'dead'
      end,
      is_leased = false,
      failures = d.failures + (r.outcome <> 'delivered')::int,
      error = r.error,
      due_at = case when r.outcome = 'failed' and r.retry_ms is not null and not r.is_gone
        then platform_now() + make_interval(secs => r.retry_ms / 1000) else d.due_at end,
      finished_at = case when r.outcome = 'failed' and r.retry_ms is not null and not r.is_gone
        then null else platform_now() end
    from result r
    where d.id = any($2::uuid[]) and d.id = r.id and d.fence = r.fence and d.is_leased and d.status = 'pending'
    returning r.seq, d.id, d.endpoint_id, d.status, d.due_at, r.outcome, r.retry_after_ms, r.is_gone
  ),
  ${HEALTH},
  -- deliveries as they were before this statement, so what is not owned is told from here
  settled as (
    select r.*, d.endpoint_id,
      coalesce(o.status, d.status) as now_status,
      case when o.id is null and d.fence <> r.fence then 'late' else r.outcome end as now_outcome,
      case when coalesce(o.status, d.status) = 'pending' then coalesce(o.due_at, d.due_at) end as next_at,
      o.id is not null as is_owned
    from result r join delivery d on d.id = r.id and d.id = any($2::uuid[]) left join owned o on o.seq = r.seq
  ),
  kept as (
    insert into attempt (delivery_id, fence, at, duration_ms, outcome, status, error, request_headers, response_headers,
      response_body, next_at)
    select id, fence, platform_now() - make_interval(secs => ago_ms / 1000), duration_ms, now_outcome, status, error,
      request_headers, response_headers, response_body, case when is_owned then next_at end
    from settled
    on conflict do nothing
  )
  select s.id, s.fence, s.now_outcome as outcome, s.now_status as status, ${microsOf('s.next_at')} as "nextAt",
    case when h.id is not null then json_build_object(
      'failures', h.failures,
      'failingSeconds', extract(epoch from platform_now() - h.failing_since),
      'isDisabled', h.is_disabled
    ) end as health
  from settled s left join health h on h.id = s.endpoint_id and s.is_owned
  order by s.seq`
