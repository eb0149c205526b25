import type { Micros } from '@sluice/model'
import type { Queryable, Transaction } from '../database.ts'
import { microsOf } from '../timestamp-sql.ts'

/** A device that somebody wants to activate by its code. */
export type ActivatedDevice = {
  id: number
  accountId: number
  feedId: number
  productId: string
  name: string
  activatedAt: Micros | null
  /** the key that an earlier activation gave out */
  keyId: number | null
}

/**
 * The device of an activation code, of whichever account: who knows the code has the device in hand. It stays locked
 * until the end of the transaction, so that of several that activate it at once one is the first.
 * @param code 40 lower-case hex digits
 */
export async function lockDeviceByActivationCode(tx: Transaction, code: string): Promise<ActivatedDevice | null> {
  // the feed before the device, as its removal locks them
  await tx.query('select from feed where id = (select feed_id from device where activation_code = $1) for key share', [
    code,
  ])
  const { rows } = await tx.query<ActivatedDevice>(
    `select v.id, v.account_id as "accountId", v.feed_id as "feedId", v.product_id as "productId", f.title as name,
       ${microsOf('v.activated_at')} as "activatedAt", v.key_id as "keyId"
     from device v join feed f on f.id = v.feed_id where v.activation_code = $1 for no key update of v`,
    [code],
  )
  return rows[0] ?? null
}

/** Notes which key is the device's own. */
export async function setDeviceKey(tx: Transaction, deviceId: number, keyId: number): Promise<void> {
  await tx.query('update device set key_id = $2 where id = $1', [deviceId, keyId])
}

/**
 * The encrypted text of the device's own key, as long as that opens the device's feed and nothing else: one that its
 * owner has widened is not for whoever holds the device.
 */
export async function findSealedDeviceKey(db: Queryable, deviceId: number): Promise<Buffer | null> {
  const { rows } = await db.query<{ sealed: Buffer }>(
    `select k.sealed from device v join api_key k on k.id = v.key_id
     where v.id = $1 and k.bound_feed_id = v.feed_id and (k.expires_at is null or k.expires_at > now())`,
    [deviceId],
  )
  return rows[0]?.sealed ?? null
}
