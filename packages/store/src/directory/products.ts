import {
  LIMITS,
  type NewProduct,
  type ProductDetails,
  type ProductPatch,
  type ProductState,
  SluiceError,
} from '@sluice/model'
import type { Queryable, Transaction } from '../database.ts'
import { microsOf } from '../timestamp-sql.ts'

export type ProductQuery = { page: number; perPage: number; state?: ProductState }

/**
 * Makes a product without devices.
 * @throws {SluiceError} `unprocessable`: the account has 1000, hidden ones not counted
 */
export async function createProduct(
  tx: Transaction,
  accountId: number,
  product: NewProduct & { id: string; secret: string },
): Promise<void> {
  // one maker at a time, so that the count holds
  await tx.query('select from account where id = $1 for no key update', [accountId])
  const { rows } = await tx.query<{ count: number }>(
    'select count(*) as count from product where account_id = $1 and not is_hidden',
    [accountId],
  )
  if ((rows[0]?.count ?? 0) >= LIMITS.productsPerAccountMax) {
    throw new SluiceError('unprocessable', `An account has at most ${LIMITS.productsPerAccountMax} products`)
  }
  const { id, secret, name, description, state, feedDefaults } = product
  await tx.query(
    `insert into product (id, account_id, name, description, secret, state, feed_defaults)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [id, accountId, name, description, secret, state, JSON.stringify(feedDefaults)],
  )
}

/** Oldest first, without those that *add device* made and nobody has deployed. @param query.page from 1 */
export async function listProducts(
  db: Queryable,
  accountId: number,
  { page, perPage, state }: ProductQuery,
): Promise<{ total: number; products: ProductDetails[] }> {
  const where = 'account_id = $1 and not is_hidden and ($2::text is null or state = $2)'
  const values = [accountId, state ?? null]
  const { rows: counted } = await db.query<{ total: number }>(
    `select count(*) as total from product where ${where}`,
    values,
  )
  const { rows } = await db.query<ProductDetails>(
    `${SELECT_PRODUCTS} where p.id in (
       select id from product where ${where} order by created_at, id limit $3 offset $4
     ) order by p.created_at, p.id`,
    [...values, perPage, (page - 1) * perPage],
  )
  return { total: counted[0]?.total ?? 0, products: rows }
}

/** Hidden ones too. */
export async function findProduct(db: Queryable, accountId: number, id: string): Promise<ProductDetails | null> {
  const { rows } = await db.query<ProductDetails>(`${SELECT_PRODUCTS} where p.account_id = $1 and p.id = $2`, [
    accountId,
    id,
  ])
  return rows[0] ?? null
}

/**
 * Writes what the patch says. One that is deployed stands among the products from then on.
 * @returns whether the account has such a product
 */
export async function updateProduct(
  tx: Transaction,
  accountId: number,
  id: string,
  patch: ProductPatch,
): Promise<boolean> {
  const { name, description, state, feedDefaults } = patch
  const { rowCount } = await tx.query(
    `update product set name = coalesce($3, name),
       description = case when $4 then $5 else description end,
       state = coalesce($6, state), is_hidden = is_hidden and coalesce($6, state) = 'develop',
       feed_defaults = coalesce($7, feed_defaults)
     where account_id = $1 and id = $2`,
    [
      accountId,
      id,
      name ?? null,
      description !== undefined,
      description ?? null,
      state ?? null,
      feedDefaults === undefined ? null : JSON.stringify(feedDefaults),
    ],
  )
  return rowCount === 1
}

/**
 * Removes a product that has no devices.
 * @returns how many devices are in the way, null when the account has no such product
 */
export async function removeProduct(tx: Transaction, accountId: number, id: string): Promise<number | null> {
  // waits for serials that are being added, and stops any later ones
  const { rowCount } = await tx.query('select from product where account_id = $1 and id = $2 for update', [
    accountId,
    id,
  ])
  if (rowCount === 0) return null
  const { rows } = await tx.query<{ count: number }>('select count(*) as count from device where product_id = $1', [id])
  const devices = rows[0]?.count ?? 0
  if (devices === 0) await tx.query('delete from product where id = $1', [id])
  return devices
}

const SELECT_PRODUCTS = `
  select p.id, p.account_id as "accountId", a.login as user, p.name, p.description, p.secret, p.state,
    p.feed_defaults as "feedDefaults", ${microsOf('p.created_at')} as "createdAt",
    n.devices as "devicesCount", n.activated as "activatedDevicesCount"
  from product p join account a on a.id = p.account_id cross join lateral (
    select count(*) as devices, count(v.activated_at) as activated from device v where v.product_id = p.id
  ) n`
