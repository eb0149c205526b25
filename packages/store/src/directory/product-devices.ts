import { type FeedDefaults, LIMITS, type ProductDevice, SluiceError } from '@sluice/model'
import type { Database, Queryable, Transaction } from '../database.ts'
import { sqlStateOf } from '../failure.ts'
import { microsOf } from '../timestamp-sql.ts'
import { trimDatapointsOfFeeds } from './datapoint-removal.ts'
import { removeFeeds } from './feed-changes.ts'

export type ProductDeviceQuery = {
  /** from 1 */
  page: number
  perPage: number
  /** part of a serial, in any case */
  serial?: string
  isActivated?: boolean
}

/** devices that go in one transaction */
const REMOVAL_BATCH = 100

/**
 * Registers devices of a product by their serials, each with its activation code and a feed made from the product's
 * feed defaults. All of them, or none. A hidden product stands among the others from then on.
 * @param batch.serials 1 … 1000 that match `SERIAL`, each once
 * @param batch.codeOf the activation code of a serial under the product's secret
 * @param batch.devicesMax of the product; 100,000 unless a test says otherwise
 * @returns false when the account has no such product
 * @throws {SluiceError} `unprocessable`: serials that the product has already, more than 100,000 devices, more than
 *   50,000 datastreams
 */
export async function addProductDevices(
  tx: Transaction,
  accountId: number,
  productId: string,
  batch: { serials: readonly string[]; codeOf(secret: string, serial: string): string; devicesMax?: number },
): Promise<boolean> {
  const { rows } = await tx.query<{ name: string; secret: string; feedDefaults: FeedDefaults }>(
    // one batch at a time, so that what is refused for a duplicate is refused by name
    `select name, secret, feed_defaults as "feedDefaults" from product where account_id = $1 and id = $2
     for no key update`,
    [accountId, productId],
  )
  const [product] = rows
  if (!product) return false
  const { serials, codeOf, devicesMax = LIMITS.devicesPerProductMax } = batch
  await refuseKnownSerials(tx, productId, serials)
  refuseTooManyDatastreams(serials.length * (product.feedDefaults.datastreams?.length ?? 0))
  await refuseTooManyDevices(tx, productId, { count: serials.length, devicesMax })
  const { title, description, website, tags, isPrivate, datastreams } = product.feedDefaults
  await tx.query(ADD_DEVICES, [
    accountId,
    productId,
    serials,
    serials.map((serial) => codeOf(product.secret, serial)),
    title ?? product.name,
    description ?? null,
    website ?? null,
    tags ?? [],
    isPrivate,
    JSON.stringify(datastreams ?? []),
  ])
  await tx.query('update product set is_hidden = false where id = $1 and is_hidden', [productId])
  return true
}

/** Feeds get their ids first, because devices and datastreams have to name them. */
const ADD_DEVICES = `
  with wanted as materialized (
    select serial, code, place, nextval(pg_get_serial_sequence('feed', 'id')) as feed_id
    from (
      select * from unnest($3::text[], $4::text[]) with ordinality as w (serial, code, place) order by place
    ) ordered
  ), made_feed as (
    insert into feed (id, account_id, title, description, website, tags, is_private) overriding system value
    select feed_id, $1, $5, $6, $7, $8, $9 from wanted order by place
  ), made_datastream as (
    insert into datastream (feed_id, id, tags, unit_type, unit_symbol, unit_label)
    select w.feed_id, d.member ->> 'id',
      array(select jsonb_array_elements_text(coalesce(d.member -> 'tags', '[]'))),
      d.member -> 'unit' ->> 'type', d.member -> 'unit' ->> 'symbol', d.member -> 'unit' ->> 'label'
    from wanted w cross join jsonb_array_elements($10::jsonb) with ordinality as d (member, place)
    order by w.place, d.place
  )
  insert into device (account_id, product_id, feed_id, serial, activation_code, is_preregistered)
  select $1, $2, feed_id, serial, code, true from wanted order by place`

async function refuseKnownSerials(tx: Transaction, productId: string, serials: readonly string[]): Promise<void> {
  const { rows } = await tx.query<{ serial: string }>(
    'select serial from device where product_id = $1 and serial = any($2::text[]) order by id',
    [productId, serials],
  )
  if (rows.length > 0) throw takenSerials(rows.map(({ serial }) => serial))
}

function takenSerials(serials: readonly string[]): SluiceError {
  return new SluiceError('unprocessable', `serial has already been taken: ${serials.join(' ')}`)
}

function refuseTooManyDatastreams(count: number): void {
  if (count <= LIMITS.datastreamsPerBatchMax) return
  throw new SluiceError(
    'unprocessable',
    `devices would get more than ${LIMITS.datastreamsPerBatchMax} datastreams together: send fewer at once`,
  )
}

async function refuseTooManyDevices(
  tx: Transaction,
  productId: string,
  { count, devicesMax }: { count: number; devicesMax: number },
): Promise<void> {
  const { rows } = await tx.query<{ count: number }>('select count(*) as count from device where product_id = $1', [
    productId,
  ])
  if ((rows[0]?.count ?? 0) + count <= devicesMax) return
  throw new SluiceError('unprocessable', `A product has at most ${devicesMax} devices`)
}

/** In the order in which they were added. The caller knows that the product is the account's. */
export async function listProductDevices(
  db: Queryable,
  productId: string,
  { page, perPage, serial, isActivated }: ProductDeviceQuery,
): Promise<{ total: number; devices: ProductDevice[] }> {
  const where = `product_id = $1 and ($2::text is null or position(lower($2) in lower(serial)) > 0)
    and ($3::boolean is null or (activated_at is not null) = $3)`
  const values = [productId, serial ?? null, isActivated ?? null]
  const { rows: counted } = await db.query<{ total: number }>(
    `select count(*) as total from device where ${where}`,
    values,
  )
  const { rows } = await db.query<ProductDevice>(
    `${SELECT_DEVICES} where v.id in (select id from device where ${where} order by id limit $4 offset $5) order by v.id`,
    [...values, perPage, (page - 1) * perPage],
  )
  return { total: counted[0]?.total ?? 0, devices: rows }
}

/** @returns null when the account has no such product, or the product no such serial */
export async function findProductDevice(
  db: Queryable,
  accountId: number,
  { productId, serial }: { productId: string; serial: string },
): Promise<ProductDevice | null> {
  const { rows } = await db.query<ProductDevice>(
    `${SELECT_DEVICES} where v.account_id = $1 and v.product_id = $2 and v.serial = $3`,
    [accountId, productId, serial],
  )
  return rows[0] ?? null
}

/**
 * Gives a device that was never activated another serial, and the activation code that goes with it.
 * @returns false when it is activated, or gone
 * @throws {SluiceError} `unprocessable`: the product has that serial already
 */
export async function changeSerial(
  tx: Transaction,
  deviceId: number,
  { serial, codeOf }: { serial: string; codeOf(secret: string, serial: string): string },
): Promise<boolean> {
  const { rows } = await tx.query<{ secret: string }>(
    `select p.secret from device v join product p on p.id = v.product_id
     where v.id = $1 and v.activated_at is null for no key update of v`,
    [deviceId],
  )
  if (!rows[0]) return false
  const values = [deviceId, serial, codeOf(rows[0].secret, serial)]
  try {
    await tx.query('update device set serial = $2, activation_code = $3 where id = $1', values)
  } catch (cause) {
    if (sqlStateOf(cause) === '23505') throw takenSerials([serial])
    throw cause
  }
  return true
}

/**
 * Removes some of a product's devices with their feeds and everything in them; to be repeated until none is left. What
 * their datastreams hold goes first, piece by piece, so that no statement takes long.
 * @returns those that went
 */
export async function removeSomeDevices(
  db: Database,
  accountId: number,
  productId: string,
): Promise<{ id: number; feedId: number }[]> {
  const { rows } = await db.pool.query<{ id: number; feedId: number }>(
    'select id, feed_id as "feedId" from device where account_id = $1 and product_id = $2 order by id limit $3',
    [accountId, productId, REMOVAL_BATCH],
  )
  const feedIds = rows.map(({ feedId }) => feedId)
  await trimDatapointsOfFeeds(db.pool, feedIds)
  await db.inTransaction((tx) => removeFeeds(tx, feedIds))
  return rows
}

const SELECT_DEVICES = `
  select v.id, v.serial, v.activation_code as "activationCode", ${microsOf('v.created_at')} as "createdAt",
    ${microsOf('v.activated_at')} as "activatedAt", v.feed_id as "feedId", k.masked as "maskedKey",
    (select ${microsOf('max(d.last_arrival_at)')} from datastream d where d.feed_id = v.feed_id) as "lastDataAt"
  from device v left join api_key k on k.id = v.key_id`
