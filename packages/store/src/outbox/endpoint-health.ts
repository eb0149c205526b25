/**
 * The health of endpoints, as SQL that claims and attempts share. An endpoint is *failing* after so many failed attempts
 * in a row. Then deliveries that had no attempt yet wait, and one of them is let through each minute; scheduled retries
 * go on as scheduled. The first success ends it, and what waited follows at a growing rate.
 */
const FAILING_AFTER = 5
const PROBE_EVERY = `interval '60 seconds'`
/** How much the rate after a recovery grows each second, in deliveries per second; it begins with that, too. */
const RAMP_PER_S = 10
/** By then the rate (600/s) is beyond what the concurrency of one endpoint allows. */
const RAMP_TIME = `interval '60 seconds'`
/** An endpoint that did nothing but fail for so long is not tried any more (Svix: 5 days). */
const DISABLED_AFTER = `interval '120 hours'`

/** Whether an endpoint is failing, for a row `e`. */
export const isFailing = `(e.failures >= ${FAILING_AFTER})`
/** Whether deliveries without any attempt go out one by one, or at a rate. */
export const isPaced = `(e.failures >= ${FAILING_AFTER} or coalesce(e.recovered_at > platform_now() - ${RAMP_TIME}, false))`

/** Deliveries per second, t seconds after the recovery. */
const RAMP_RATE = `(${RAMP_PER_S} * (1 + floor(extract(epoch from platform_now() - e.recovered_at))))`
/** The ramp's own clock may lag one second at most: what was not used is not saved up. */
const RAMP_CLOCK = `greatest(e.held_until, platform_now() - interval '1 second')`

/**
 * How many deliveries without any attempt the endpoint `e`, whose `held_until` has passed, takes now.
 * @param room SQL for what its concurrency leaves
 */
export const freshQuota = (room: string): string => `
  case
    when ${isFailing} then 1
    when ${isPaced} then least(${room}, floor(extract(epoch from platform_now() - ${RAMP_CLOCK}) * ${RAMP_RATE}))::int
    else ${room}
  end`

/** `held_until` of a paced endpoint `e` after it took so many deliveries without any attempt. */
export const heldAfter = (taken: string): string => `
  case
    when ${isFailing} then platform_now() + ${PROBE_EVERY}
    else ${RAMP_CLOCK} + make_interval(secs => (${taken} / ${RAMP_RATE})::float8)
  end`

/**
 * CTEs that move the health of endpoints by the attempts of a relation `owned (seq, endpoint_id, outcome,
 * retry_after_ms, is_gone)`, in the order of `seq`. What was refused by our own rules says nothing about the endpoint.
 * The last one, `health (id, failures, failing_since, is_disabled)`, has the endpoints that were changed.
 */
export const HEALTH = `
  lately as (
    select endpoint_id, max(seq) filter (where outcome = 'delivered') as ok_seq, bool_or(is_gone) as is_gone
    from owned group by endpoint_id
  ),
  tally as (
    select l.endpoint_id as id, l.ok_seq is not null as has_ok, l.is_gone,
      count(*) filter (where is_failure) as failed,
      max(o.retry_after_ms) filter (where is_failure) as hold_ms
    from lately l join owned o using (endpoint_id)
      cross join lateral (select o.outcome = 'failed' and o.seq > coalesce(l.ok_seq, 0) as is_failure) as f
    group by l.endpoint_id, l.ok_seq, l.is_gone
  ),
  -- in one order, so that two workers wait for each other and never in a circle; a healthy one is written once a second
  held as materialized (
    select e.*, t.has_ok, t.is_gone, t.failed, t.hold_ms, (case when t.has_ok then 0 else e.failures end) + t.failed as now_failures
    from endpoint e join tally t using (id)
    where t.failed > 0 or t.is_gone
      or t.has_ok and (e.failures > 0 or coalesce(e.delivered_at < platform_now() - interval '1 second', true))
    order by e.id for no key update of e
  ),
  judged as (
    select e.*,
      case
        when now_failures = 0 then null
        when has_ok then platform_now()
        else coalesce(failing_since, platform_now())
      end as now_failing_since,
      now_failures >= ${FAILING_AFTER} as now_failing,
      has_ok and ${isFailing} as has_recovered
    from held e
  ),
  health as (
    update endpoint e set
      failures = j.now_failures,
      failing_since = j.now_failing_since,
      delivered_at = case when j.has_ok then platform_now() else e.delivered_at end,
      recovered_at = case when j.now_failing then null when j.has_recovered then platform_now() else e.recovered_at end,
      held_until = greatest(
        case when j.has_recovered then platform_now() else j.held_until end,
        case when j.now_failing and not ${isFailing} then platform_now() + ${PROBE_EVERY} end,
        platform_now() + make_interval(secs => j.hold_ms / 1000.0)
      ),
      disabled_at = case
        when j.is_gone or j.now_failing_since <= platform_now() - ${DISABLED_AFTER}
        then coalesce(e.disabled_at, platform_now()) else e.disabled_at
      end,
      disabled_reason = case
        when e.disabled_at is not null then e.disabled_reason
        when j.is_gone then 'The target answered 410 Gone'
        when j.now_failing_since <= platform_now() - ${DISABLED_AFTER} then 'Nothing but failures for 120 hours'
      end
    from judged j where e.id = j.id
    returning e.id, e.failures, e.failing_since, e.disabled_at is not null as is_disabled
  )`
