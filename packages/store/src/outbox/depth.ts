import type { Queryable } from '../database.ts'
import { isPaced } from './endpoint-health.ts'
import { PENDING_ENDPOINTS } from './pending-endpoints.ts'

export type OutboxDepth = {
  /** deliveries that have neither arrived nor been given up */
  pending: number
  /** for how long the oldest one that nothing holds back is due; 0 when none is */
  oldestDueS: number
  disabledEndpoints: number
}

/** How much waits in the outbox. Counts the pending deliveries, so it takes 10 ms for each 100,000 of them. */
export async function outboxDepth(db: Queryable): Promise<OutboxDepth> {
  const { rows } = await db.query<OutboxDepth>({ name: 'outbox-depth', text: DEPTH })
  return rows[0] ?? { pending: 0, oldestDueS: 0, disabledEndpoints: 0 }
}

const oldestOf = (which: string): string => `
  (select min(d.due_at) from delivery d where d.endpoint_id = e.id and d.status = 'pending' and d.${which})`

const DEPTH = `
  with recursive ${PENDING_ENDPOINTS}
  select
    (select count(*) from delivery where status = 'pending' and failures = 0)
      + (select count(*) from delivery where status = 'pending' and failures > 0) as pending,
    (select count(*) from endpoint where disabled_at is not null) as "disabledEndpoints",
    coalesce((
      select greatest(0, extract(epoch from platform_now() - min(due_at))) from (
        select case when e.held_until > platform_now() or ${isPaced} then null else ${oldestOf('failures = 0')} end as due_at
        from endpoint e where e.id in (select endpoint_id from fresh) and not e.is_paused and e.disabled_at is null
        union all
        select ${oldestOf('failures > 0')}
        from endpoint e where e.id in (select endpoint_id from retry) and not e.is_paused and e.disabled_at is null
      ) as oldest
    ), 0)::float8 as "oldestDueS"`
