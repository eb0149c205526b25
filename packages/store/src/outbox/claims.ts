import type { Action, ActionKind, DeliveryStatus, Micros } from '@sluice/model'
import type { Queryable } from '../database.ts'
import { microsOf } from '../timestamp-sql.ts'
import { PENDING_ENDPOINTS } from './pending-endpoints.ts'
import { freshQuota, heldAfter, isPaced } from './endpoint-health.ts'

/** Attempts under way to one endpoint, for each worker. */
export const CLAIMS_PER_ENDPOINT_MAX = 10
/** A worker that has not said within this time what became of an attempt has lost the delivery. */
export const LEASE_S = 20
/** So many leases that nobody told the outcome of: whoever takes this delivery does not survive it. */
const LOST_LEASES_MAX = 20

/** The right to make one attempt, until the lease ends or somebody else takes it. */
export type Lease = { id: string; fence: number }

export type ClaimedDelivery = Lease & {
  number: number
  accountId: number
  /** of the account */
  login: string
  endpointId: number
  triggerId: number
  feedId: number
  status: DeliveryStatus
  /** failed attempts so far */
  failures: number
  /** why it ended without an attempt; else what the last attempt failed with */
  error: string | null
  kind: ActionKind
  action: Action
  contentType: string
  body: string
  hops: number
  at: Micros
  value: string | null
  isTest: boolean
  /** the endpoint's secrets as they are stored; the one before only while it still signs */
  secret: Buffer | null
  previousSecret: Buffer | null
  verifiesTls: boolean
  /** another worker had it, or this one, and did not say what became of it */
  isTakeover: boolean
  /** since it was due */
  waitedMs: number
}

/** What a worker asks for: how many at most, and what it is attempting already, by endpoint. */
export type Claim = { busy: ReadonlyMap<number, number>; free: number }

/**
 * Takes deliveries that are due, at most 10 of an endpoint, in turn over the endpoints and oldest first. Each gets a
 * lease of 20 s: a lease is a due time, so what a dead worker held comes back by itself. Times are those of
 * `platform_now()`. Never waits for a lock.
 * @param only look at these endpoints. Otherwise at all that have pending deliveries: some 10 µs for each endpoint,
 *   however many deliveries wait for it
 * @returns status `pending`: to be attempted. `cancelled`, `dead`: ended here, because the trigger was deleted or every
 *   worker that had it broke off
 */
export async function claimDeliveries(
  db: Queryable,
  { busy, free }: Claim,
  only?: readonly number[],
): Promise<ClaimedDelivery[]> {
  const values = [[...busy.keys()], [...busy.values()], free]
  const { rows } = await db.query<ClaimedDelivery>(
    only
      ? { name: 'claim-deliveries-of', text: CLAIM_OF, values: [...values, only] }
      : { name: 'claim-deliveries', text: CLAIM_ANY, values },
  )
  return rows.toSorted((a, b) => b.waitedMs - a.waitedMs || a.number - b.number)
}

/** Gives leases back: what they are for is due at once, and no failure is counted. Those that were lost are left alone. */
export async function releaseDeliveries(db: Queryable, leases: readonly Lease[]): Promise<void> {
  if (leases.length === 0) return
  await db.query(
    `update delivery d set is_leased = false, due_at = platform_now()
     from unnest($1::uuid[], $2::int[]) as lease (id, fence)
     where d.id = lease.id and d.fence = lease.fence and d.is_leased and d.status = 'pending'`,
    [leases.map(({ id }) => id), leases.map(({ fence }) => fence)],
  )
}

const oldest = (which: string, room: string): string => `
  select d.id, d.due_at, d.number from delivery d
  where d.endpoint_id = o.id and d.status = 'pending' and d.${which} and d.due_at <= platform_now()
  order by d.due_at, d.number limit ${room} for no key update skip locked`

/** What becomes of a delivery `d` that is due. */
const FATE = `
  case
    when not d.is_test and not exists (select from trigger t where t.id = d.trigger_id) then 'cancelled'
    when d.fence < ${LOST_LEASES_MAX} then 'pending'
    when d.fence - (select count(*) from attempt a where a.delivery_id = d.id) < ${LOST_LEASES_MAX} then 'pending'
    else 'dead'
  end`

/** @param candidates SQL of the CTEs `fresh` and `retry`: endpoints that may have such deliveries */
const claimFrom = (candidates: string): string => `
  with recursive ${candidates},
  open as materialized (
    select e.id, coalesce(b.count, 0) as busy, ${CLAIMS_PER_ENDPOINT_MAX} - coalesce(b.count, 0) as room,
      coalesce(e.held_until > platform_now(), false) as is_held, ${isPaced} as is_paced,
      ${freshQuota(`(${CLAIMS_PER_ENDPOINT_MAX} - coalesce(b.count, 0))`)} as quota
    from (select endpoint_id as id from fresh union select endpoint_id from retry) c
      join endpoint e using (id)
      left join unnest($1::bigint[], $2::int[]) as b (id, count) using (id)
    where not e.is_paused and e.disabled_at is null and coalesce(b.count, 0) < ${CLAIMS_PER_ENDPOINT_MAX}
  ),
  -- of one that is paced only one worker takes at a time, and whoever has its row is not waited for
  paced as materialized (
    select e.id from endpoint e
    where e.id = any(array(select id from open where is_paced and not is_held and quota > 0))
      and e.held_until <= platform_now()
    for no key update skip locked
  ),
  picked_fresh as materialized (
    select o.id as endpoint_id, o.busy, d.id, d.due_at, d.number
    from open o cross join lateral (${oldest('failures = 0', 'o.quota')}) as d
    where o.quota > 0 and not o.is_held and (not o.is_paced or o.id in (select id from paced))
  ),
  picked_retry as materialized (
    select o.id as endpoint_id, o.busy, d.id, d.due_at, d.number
    from open o join (select endpoint_id as id from retry) r using (id)
      cross join lateral (${oldest('failures > 0', 'o.room')}) as d
  ),
  ranked as (
    select *, busy + row_number() over (partition by endpoint_id order by due_at, number) as place
    from (select *, true as is_fresh from picked_fresh union all select *, false from picked_retry) as p
  ),
  chosen as materialized (
    select * from ranked where place <= ${CLAIMS_PER_ENDPOINT_MAX} order by place, due_at, number limit $3
  ),
  taken as (
    select endpoint_id as id, count(*) as count from chosen where is_fresh group by endpoint_id
  ),
  moved as (
    update endpoint e set held_until = ${heldAfter('taken.count')}
    from taken where e.id = taken.id and e.id in (select id from paced)
  ),
  judged as materialized (
    select d.id, d.is_leased, d.due_at, c.endpoint_id,
      ${FATE} as fate
    from chosen c join delivery d on d.id = c.id
  )
  update delivery d set
    status = j.fate,
    is_leased = j.fate = 'pending',
    fence = d.fence + 1,
    due_at = case when j.fate = 'pending' then platform_now() + interval '${LEASE_S} seconds' else d.due_at end,
    finished_at = case when j.fate = 'pending' then null else platform_now() end,
    error = case j.fate
      when 'cancelled' then 'The trigger was deleted'
      when 'dead' then 'Given up: ${LOST_LEASES_MAX} times a worker took it and did not come back'
      else d.error
    end
  from judged j join endpoint e on e.id = j.endpoint_id join account a on a.id = e.account_id
  where d.id = j.id
  returning d.id, d.fence, d.number, d.account_id as "accountId", a.login, d.endpoint_id as "endpointId",
    d.trigger_id as "triggerId", d.feed_id as "feedId", d.status, d.failures, d.error, e.kind, d.action,
    d.content_type as "contentType", d.body, d.hops, ${microsOf('d.at')} as at, d.value, d.is_test as "isTest",
    e.secret, case when e.previous_until > platform_now() then e.previous_secret end as "previousSecret",
    e.verifies_tls as "verifiesTls", j.is_leased as "isTakeover",
    extract(epoch from platform_now() - j.due_at)::float8 * 1000 as "waitedMs"`

const CLAIM_ANY = claimFrom(PENDING_ENDPOINTS)
const CLAIM_OF = claimFrom(`
  fresh as (select unnest($4::bigint[]) as endpoint_id),
  retry as (select endpoint_id from fresh)`)
