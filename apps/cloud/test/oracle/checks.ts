import { setTimeout as pause } from 'node:timers/promises'
import type { Database } from '@sluice/store'
import { ATTEMPT_SCHEDULE_S } from '@sluice/triggers'
import { expect } from 'vitest'
import type { MovedClock } from './clock.ts'
import type { Received } from './receiver.ts'
import type { StoredPoint } from './reference.ts'

const JITTER = 0.2
const DRAIN_ROUNDS_MAX = 400

/** Everything that was stored, in the order in which it was judged. */
export async function storedPoints(db: Database): Promise<StoredPoint[]> {
  const { rows } = await db.pool.query<StoredPoint>(
    `select d.id as datastream, p.value, p.is_late as "isLate",
       to_char(p.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at
     from datapoint p join datastream d on d.key = p.stream_key order by p.arrived_at, p.at, d.id`,
  )
  return rows
}

/** `<trigger> <time>` of requests, read from the bodies as receivers read them: API v2's form, or JSON. */
export function keysOf(received: readonly Received[]): string[] {
  return received.map(({ body, headers }) => {
    if (headers['content-type'] === 'application/json') {
      const { data } = JSON.parse(body) as { data: { trigger: { id: number }; datastream: { at: string } } }
      return `${data.trigger.id} ${data.datastream.at}`
    }
    const message = JSON.parse(new URLSearchParams(body).get('body') ?? '') as {
      id: number
      triggering_datastream: { at: string }
    }
    return `${message.id} ${message.triggering_datastream.at}`
  })
}

export async function pendingOf(db: Database): Promise<number> {
  const { rows } = await db.pool.query<{ count: number }>(
    "select count(*)::int as count from delivery where status = 'pending'",
  )
  return rows[0]?.count ?? 0
}

/** Waits until nothing is pending; where nothing is due for now, the clock goes ahead to when something is. */
export async function drain(db: Database, clock: MovedClock): Promise<void> {
  for (let round = 0, before = -1; round < DRAIN_ROUNDS_MAX; round++) {
    await pause(250)
    const pending = await pendingOf(db)
    if (pending === 0) return
    const { rows } = await db.pool.query<{ busy: number }>(
      `select count(*)::int as busy from delivery d join endpoint e on e.id = d.endpoint_id
       where status = 'pending' and (is_leased or (due_at <= platform_now() and coalesce(held_until <= platform_now(), true)))`,
    )
    if (pending === before && rows[0]?.busy === 0) await clock.ahead(60)
    before = pending
  }
  throw new Error('deliveries are still pending')
}

/** The attempts kept to the schedule: what was planned lies within the jitter, and nothing came before its time. */
export async function checkSchedule(db: Database): Promise<void> {
  const { rows } = await db.pool.query<{ failure: number; planned: number; early: number }>(
    `select failure::int, extract(epoch from next_at - at)::float8 - duration_ms / 1000 as planned,
       extract(epoch from next_at - following)::float8 as early
     from (select *, row_number() over (partition by delivery_id order by fence) as failure,
             lead(at) over (partition by delivery_id order by fence) as following
           from attempt where outcome in ('failed', 'delivered')) a
     where outcome = 'failed' and next_at is not null`,
  )
  expect(rows.length).toBeGreaterThan(100)
  for (const { failure, planned, early } of rows) {
    const wanted = ATTEMPT_SCHEDULE_S[failure] ?? 0
    // the recording of the attempt comes a moment after its end
    expect(planned).toBeGreaterThan(wanted * (1 - JITTER) - 0.1)
    expect(planned).toBeLessThan(wanted * (1 + JITTER) + 1)
    if (early !== null) expect(early).toBeLessThan(0.1)
  }
}

/** The delivery log and the receivers tell the same story. */
export async function checkLog(db: Database, received: readonly Received[]): Promise<void> {
  const { rows } = await db.pool.query<{ id: string; status: string; answered: number }>(
    `select d.id::text, d.status, count(*) filter (where a.status = 200 and a.outcome = 'delivered')::int as answered
     from delivery d left join attempt a on a.delivery_id = d.id group by d.id`,
  )
  expect(rows.filter(({ status }) => status !== 'delivered')).toEqual([])
  const seen = new Map<string, number>()
  for (const { id, answered } of received) if (answered === 200) seen.set(id, (seen.get(id) ?? 0) + 1)
  // one that the log does not know was answered to a worker that died before it could write it down
  const unknown = rows.filter(({ id, answered }) => (seen.get(id) ?? 0) < answered || answered === 0)
  expect(unknown).toEqual([])
  expect(rows.length).toBe(seen.size)
}
