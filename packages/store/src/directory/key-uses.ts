import type { Micros } from '@sluice/model'
import type { Queryable } from '../database.ts'
import { timestampParam } from '../timestamp-sql.ts'

/** One use of a key. */
export type KeyUse = {
  keyId: number
  /** of the text that was used: how often the key had been rolled when it was made */
  generation: number
  at: Micros
  /** of the client; null where it is not known */
  address: string | null
  /** what the client calls itself */
  client: string | null
}

/**
 * Notes last uses, many at once: each for the text that was used, the one of now or the one before the last roll. Of
 * several for one text the newest counts; time never goes back.
 */
export async function touchKeys(db: Queryable, uses: readonly KeyUse[]): Promise<void> {
  if (uses.length === 0) return
  const newest = new Map<string, KeyUse>()
  for (const use of uses) {
    const text = `${use.keyId} ${use.generation}`
    if (use.at >= (newest.get(text)?.at ?? use.at)) newest.set(text, use)
  }
  const rows = [...newest.values()]
  const values = [
    rows.map((use) => use.keyId),
    rows.map((use) => use.generation),
    rows.map((use) => timestampParam(use.at)),
    rows.map((use) => use.address),
    rows.map((use) => use.client),
  ]
  await db.query(touch('last_used', 'k.generation'), values)
  await db.query(touch('previous_used', 'k.generation - 1'), values)
}

const touch = (column: 'last_used' | 'previous_used', generation: string): string =>
  `update api_key k set ${column}_at = u.at, ${column}_address = coalesce(u.address, k.${column}_address),
     ${column}_client = coalesce(u.client, k.${column}_client)
   from unnest($1::bigint[], $2::int[], $3::timestamptz[], $4::text[], $5::text[]) as u (id, generation, at, address, client)
   where k.id = u.id and ${generation} = u.generation and (k.${column}_at is null or k.${column}_at < u.at)`
