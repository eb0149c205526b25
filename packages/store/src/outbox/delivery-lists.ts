import type { AttemptDocument, DeliveryDetailDocument, DeliveryDocument, DeliveryStatus } from '@sluice/model'
import type { Queryable, Transaction } from '../database.ts'
import { isoOf } from '../timestamp-sql.ts'

/** Which deliveries of an account; `before` is the number of one, which is not in the answer. */
export type DeliveryQuery = {
  triggerId?: number
  endpointId?: number
  feedId?: number
  status?: DeliveryStatus
  before?: number
  /** 1 … 500 */
  limit: number
}
export const DELIVERIES_LIMIT_MAX = 500
/** A delivery that was sent again and again may have had more. */
const ATTEMPTS_SHOWN_MAX = 100

const DELIVERY_COLUMNS = `
  d.id, d.number, d.trigger_id, d.trigger_name, d.endpoint_id, e.kind, e.address, d.feed_id as environment_id,
  d.datastream_id as stream_id, d.cause, ${isoOf('d.at')} as at, d.value, d.is_test as test, d.status,
  (select count(*) from attempt a where a.delivery_id = d.id) as attempts, d.failures::int,
  ${isoOf('d.fired_at')} as fired_at, ${isoOf('d.finished_at')} as finished_at,
  case when d.status = 'pending' then ${isoOf('d.due_at')} end as next_attempt_at, d.error`

/**
 * Deliveries of an account, newest first. Which of them may be shown is decided by the caller.
 * @param feedIds only of these feeds, null for all
 */
export async function listDeliveries(
  db: Queryable,
  accountId: number,
  query: DeliveryQuery,
  feedIds: readonly number[] | null,
): Promise<DeliveryDocument[]> {
  const values: unknown[] = [accountId, Math.min(Math.max(query.limit, 1), DELIVERIES_LIMIT_MAX)]
  // only what is asked for stands in the statement, so that each finds its index
  const asked = [
    ['d.trigger_id =', query.triggerId],
    ['d.endpoint_id =', query.endpointId],
    ['d.feed_id =', query.feedId],
    ['d.status =', query.status],
    ['d.number <', query.before],
  ] as const
  const conditions = asked.flatMap(([condition, value]) =>
    value === undefined ? [] : [`and ${condition} $${values.push(value)}`],
  )
  if (feedIds !== null) conditions.push(`and d.feed_id = any($${values.push(feedIds)}::bigint[])`)
  const { rows } = await db.query<DeliveryDocument>(
    `select ${DELIVERY_COLUMNS} from delivery d join endpoint e on e.id = d.endpoint_id
     where d.account_id = $1 ${conditions.join(' ')} order by d.number desc limit $2`,
    values,
  )
  return rows
}

/** These deliveries of whichever account, as far as they are there, with the account of each. */
export async function findDeliveries(
  db: Queryable,
  ids: readonly string[],
): Promise<{ accountId: number; delivery: DeliveryDocument }[]> {
  const { rows } = await db.query<DeliveryDocument & { accountId: number }>({
    name: 'find-deliveries',
    text: `select ${DELIVERY_COLUMNS}, d.account_id as "accountId" from delivery d join endpoint e on e.id = d.endpoint_id
      where d.id = any($1::uuid[]) order by d.number`,
    values: [ids],
  })
  return rows.map(({ accountId, ...delivery }) => ({ accountId, delivery }))
}

/**
 * One delivery of an account with its newest hundred attempts, in order.
 * @param id a UUID
 */
export async function findDelivery(
  db: Queryable,
  accountId: number,
  id: string,
): Promise<DeliveryDetailDocument | null> {
  const { rows } = await db.query<DeliveryDetailDocument>(
    `select ${DELIVERY_COLUMNS}, d.content_type, d.body from delivery d join endpoint e on e.id = d.endpoint_id
     where d.account_id = $1 and d.id = $2`,
    [accountId, id],
  )
  const [delivery] = rows
  if (!delivery) return null
  const { rows: attempts } = await db.query<AttemptDocument>(
    `select * from (
       select (row_number() over (order by fence))::int as number, ${isoOf('at')} as at, duration_ms, outcome,
         status::int, error, request_headers, response_headers, response_body, ${isoOf('next_at')} as next_at
       from attempt where delivery_id = $1 order by fence desc limit ${ATTEMPTS_SHOWN_MAX}
     ) newest order by number`,
    [id],
  )
  return { ...delivery, attempts_made: attempts }
}

/**
 * Puts a delivery back into the queue, due now: the same id and body again, with the whole schedule of attempts before
 * it. One that is waiting keeps its place in the schedule; one that is under way is left alone.
 * @returns `gone`: its trigger was deleted, so nobody would send it; null: the account has no such delivery
 */
export async function redeliver(tx: Transaction, accountId: number, id: string): Promise<'queued' | 'gone' | null> {
  const { rows } = await tx.query<{ isSendable: boolean }>(
    `select d.is_test or exists (select from trigger t where t.id = d.trigger_id) as "isSendable"
     from delivery d where d.account_id = $1 and d.id = $2 for no key update of d`,
    [accountId, id],
  )
  const [delivery] = rows
  if (!delivery) return null
  if (!delivery.isSendable) return 'gone'
  await tx.query(`${REQUEUE} where d.id = $1 and not (d.status = 'pending' and d.is_leased)`, [id])
  return 'queued'
}

/**
 * The same for all deliveries of an endpoint that were given up and fired since then.
 * @param since ISO 8601
 * @returns how many
 */
export async function redeliverDead(tx: Transaction, endpointId: number, since: string): Promise<number> {
  const { rowCount } = await tx.query(
    `${REQUEUE} where d.endpoint_id = $1 and d.status = 'dead' and d.fired_at >= $2::timestamptz
       and (d.is_test or exists (select from trigger t where t.id = d.trigger_id))`,
    [endpointId, since],
  )
  return rowCount ?? 0
}

const REQUEUE = `
  update delivery d set failures = case when d.status = 'pending' then d.failures else 0 end, status = 'pending',
    is_leased = false, due_at = platform_now(), finished_at = null,
    error = case when d.status = 'pending' then d.error end`

/** What somebody wants to see arrive. */
export type TestDelivery = {
  /** UUID, in the body too */
  id: string
  accountId: number
  endpointId: number
  triggerId: number
  triggerName: string
  feedId: number
  datastreamId: string
  /** ISO 8601 */
  at: string
  value: string | null
  action: object
  contentType: string
  body: string
}

/** Puts a test into the queue; it counts for no firing of its trigger. */
export async function insertTestDelivery(tx: Transaction, test: TestDelivery): Promise<void> {
  await tx.query(
    `insert into delivery (id, account_id, endpoint_id, trigger_id, trigger_name, feed_id, datastream_id, cause, at, value,
       is_test, action, content_type, body)
     values ($1, $2, $3, $4, $5, $6, $7, 'value', $8, $9, true, $10, $11, $12)`,
    [
      test.id,
      test.accountId,
      test.endpointId,
      test.triggerId,
      test.triggerName,
      test.feedId,
      test.datastreamId,
      test.at,
      test.value,
      JSON.stringify(test.action),
      test.contentType,
      test.body,
    ],
  )
}
