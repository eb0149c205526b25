import { type Device, LIMITS, type Micros, type NewDevice } from '@sluice/model'
import type { Queryable, Transaction } from '../database.ts'
import { microsOf, timestampParam } from '../timestamp-sql.ts'
import { removeFeed, updateFeed } from './feed-changes.ts'

/** What *add device* makes up: API v2's identity of a device, activated from the start. */
export type DeviceIdentity = { productId: string; productSecret: string; serial: string; activationCode: string }

/** Makes a product of one device, its feed, and the device, activated now. The key is made by the caller. */
export async function addDevice(
  tx: Transaction,
  accountId: number,
  device: NewDevice & DeviceIdentity,
): Promise<Device> {
  const { rows } = await tx.query<{ id: number }>(ADD_DEVICE, [
    accountId,
    device.name,
    device.description,
    device.isPrivate,
    device.productId,
    device.productSecret,
    device.serial,
    device.activationCode,
  ])
  const added = await findDevice(tx, accountId, rows[0]?.id ?? 0)
  if (!added) throw new Error('the device that was added is not there')
  return added
}

const ADD_DEVICE = `
  with made_product as (
    insert into product (id, account_id, name, description, secret, is_hidden) values ($5, $1, $2, $3, $6, true)
    returning id
  ), made_feed as (
    insert into feed (account_id, title, description, is_private) values ($1, $2, $3, $4) returning id
  )
  insert into device (account_id, product_id, feed_id, serial, activation_code, activated_at)
  select $1, p.id, f.id, $7, $8, now() from made_product p, made_feed f
  returning id`

/**
 * Newest first, those that *add device* made; those of a batch are listed by their product.
 * @param query.feedId the device of this feed, whichever way it was made
 */
export async function listDevices(
  db: Queryable,
  accountId: number,
  query: { page: number; perPage: number; feedId?: number } = { page: 1, perPage: LIMITS.perPageMax },
): Promise<{ total: number; devices: Device[] }> {
  const { page, perPage, feedId } = query
  const where = 'account_id = $1 and case when $2::bigint is null then not is_preregistered else feed_id = $2 end'
  const values = [accountId, feedId ?? null]
  const { rows: counted } = await db.query<{ total: number }>(
    `select count(*) as total from device where ${where}`,
    values,
  )
  const { rows } = await db.query<Device>(
    `${SELECT_DEVICES} where v.id in (
       select id from device where ${where} order by id desc limit $3 offset $4
     ) order by v.id desc`,
    [...values, perPage, (page - 1) * perPage],
  )
  return { total: counted[0]?.total ?? 0, devices: rows }
}

export async function findDevice(db: Queryable, accountId: number, id: number): Promise<Device | null> {
  const { rows } = await db.query<Device>(`${SELECT_DEVICES} where v.account_id = $1 and v.id = $2`, [accountId, id])
  return rows[0] ?? null
}

/** Activates (now or earlier) or, with null, deactivates: then the keys bound to its feed stop working. */
export async function setDeviceActivation(tx: Transaction, id: number, at: Micros | null): Promise<void> {
  await tx.query('update device set activated_at = $2 where id = $1', [id, timestampParam(at)])
}

/**
 * Writes name, description and privacy, which are those of its feed.
 * @returns null when the account has no such device
 */
export async function updateDevice(
  tx: Transaction,
  accountId: number,
  id: number,
  patch: { name?: string; description?: string | null; isPrivate?: boolean },
): Promise<Device | null> {
  const device = await findDevice(tx, accountId, id)
  if (!device) return null
  const { name, description, isPrivate } = patch
  await updateFeed(tx, device.feedId, {
    ...(name === undefined ? {} : { title: name }),
    ...(description === undefined ? {} : { description }),
    ...(isPrivate === undefined ? {} : { isPrivate }),
  })
  return findDevice(tx, accountId, id)
}

/**
 * Removes a device with its feed and everything in it, the keys bound to that feed alone, and the product that *add
 * device* made for it, as long as that was not deployed.
 * @returns whether the account had such a device
 */
export async function removeDevice(tx: Transaction, accountId: number, id: number): Promise<boolean> {
  const { rows } = await tx.query<{ feedId: number }>(
    'select feed_id as "feedId" from device where account_id = $1 and id = $2 for update',
    [accountId, id],
  )
  if (!rows[0]) return false
  await removeFeed(tx, rows[0].feedId)
  return true
}

const SELECT_DEVICES = `
  select v.id, v.account_id as "accountId", f.title as name, f.description,
    json_build_object('id', p.id, 'name', p.name, 'description', p.description, 'secret', p.secret, 'state', p.state)
      as product,
    v.serial, v.activation_code as "activationCode", ${microsOf('v.activated_at')} as "activatedAt",
    ${microsOf('v.created_at')} as "createdAt", v.feed_id as "feedId", f.is_private as "isPrivate",
    (select ${microsOf('max(d.last_arrival_at)')} from datastream d where d.feed_id = v.feed_id) as "lastDataAt"
  from device v join product p on p.id = v.product_id join feed f on f.id = v.feed_id`
