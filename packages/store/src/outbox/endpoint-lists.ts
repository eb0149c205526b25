import { addressOf } from '@sluice/model'
import type { Action, EndpointDocument } from '@sluice/model'
import type { Queryable, Transaction } from '../database.ts'
import { isoOf } from '../timestamp-sql.ts'
import { isFailing } from './endpoint-health.ts'

/**
 * The account's endpoint for the target of an action, made where it is missing.
 * @param sealedSecret what a new http endpoint signs with
 * @returns its id
 */
export async function ensureEndpoint(
  tx: Transaction,
  accountId: number,
  action: Action,
  sealedSecret: Buffer | null,
): Promise<number> {
  const { rows } = await tx.query<{ id: number }>(
    `insert into endpoint (account_id, kind, address, secret) values ($1, $2, $3, $4)
     on conflict (account_id, kind, address) do update set address = excluded.address returning id`,
    [accountId, action.kind, addressOf(action), action.kind === 'http' ? sealedSecret : null],
  )
  return rows[0]?.id ?? 0
}

/** Enough to see that it is many; counting on would cost more than it tells. */
const COUNTED_MAX = 100_000

const SELECT_ENDPOINTS = `
  select e.id, e.kind, e.address,
    case when e.disabled_at is not null then 'disabled' when e.is_paused then 'paused' when ${isFailing} then 'failing'
      else 'ok' end as state,
    e.disabled_reason, ${isoOf('e.failing_since')} as failing_since,
    case when ${isFailing} then ${isoOf('e.held_until')} end as held_until,
    ${isoOf('e.delivered_at')} as last_delivered_at, e.verifies_tls,
    (select count(*) from (select from delivery d where d.endpoint_id = e.id and d.status = 'pending'
      limit ${COUNTED_MAX}) p) as pending,
    (select count(*) from (select from delivery d where d.endpoint_id = e.id and d.status = 'dead'
      limit ${COUNTED_MAX}) p) as dead,
    ${isoOf('case when e.previous_until > platform_now() then e.previous_until end')} as previous_secret_until
  from endpoint e`

type EndpointRow = Omit<EndpointDocument, 'disabled_reason'> & { disabled_reason: string | null }

/** Targets of an account in order of creation; counts of deliveries end at 100,000. */
export async function listEndpoints(db: Queryable, accountId: number): Promise<EndpointDocument[]> {
  const { rows } = await db.query<EndpointRow>(`${SELECT_ENDPOINTS} where e.account_id = $1 order by e.id`, [accountId])
  return rows.map(documentOf)
}

export async function findEndpoint(db: Queryable, accountId: number, id: number): Promise<EndpointDocument | null> {
  const { rows } = await db.query<EndpointRow>(`${SELECT_ENDPOINTS} where e.account_id = $1 and e.id = $2`, [
    accountId,
    id,
  ])
  return rows[0] ? documentOf(rows[0]) : null
}

function documentOf({ disabled_reason: reason, ...endpoint }: EndpointRow): EndpointDocument {
  return reason === null ? endpoint : { ...endpoint, disabled_reason: reason }
}

export type EndpointPatch = {
  isPaused?: boolean
  verifiesTls?: boolean
  /** forgets what failures or 410 Gone did, so that what waits goes out */
  isEnabled?: true
}

/** @returns whether the account has such an endpoint */
export async function updateEndpoint(
  tx: Transaction,
  accountId: number,
  id: number,
  { isPaused, verifiesTls, isEnabled }: EndpointPatch,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update endpoint set is_paused = coalesce($3, is_paused), verifies_tls = coalesce($4, verifies_tls),
       disabled_at = case when $5 then null else disabled_at end,
       disabled_reason = case when $5 then null else disabled_reason end,
       failures = case when $5 then 0 else failures end,
       failing_since = case when $5 then null else failing_since end,
       held_until = case when $5 then null else held_until end
     where account_id = $1 and id = $2`,
    [accountId, id, isPaused ?? null, verifiesTls ?? null, isEnabled ?? false],
  )
  return rowCount === 1
}

/** The sealed secret of an http endpoint; null where there is none. */
export async function findEndpointSecret(db: Queryable, accountId: number, id: number): Promise<Buffer | null> {
  const { rows } = await db.query<{ secret: Buffer | null }>(
    'select secret from endpoint where account_id = $1 and id = $2',
    [accountId, id],
  )
  return rows[0]?.secret ?? null
}

/** How long the secret before the newest one signs, too. */
const PREVIOUS_FOR = `interval '24 hours'`

/**
 * Gives an http endpoint a new secret; the old one signs, too, for a day.
 * @returns until when (ISO 8601), null where there is no such endpoint or it has no secret
 */
export async function rotateEndpointSecret(
  tx: Transaction,
  accountId: number,
  id: number,
  sealed: Buffer,
): Promise<string | null> {
  const { rows } = await tx.query<{ until: string }>(
    `update endpoint set previous_secret = secret, previous_until = platform_now() + ${PREVIOUS_FOR}, secret = $3
     where account_id = $1 and id = $2 and secret is not null returning ${isoOf('previous_until')} as until`,
    [accountId, id, sealed],
  )
  return rows[0]?.until ?? null
}
