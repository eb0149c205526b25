import type { Micros } from '@sluice/model'
import type { Queryable } from '../database.ts'
import { microsOf, timestampParam } from '../timestamp-sql.ts'

/** datapoints that one statement removes: about a second's work */
const PIECE = 50_000
/** what trimmed feeds may still hold together: what one transaction removes at the end */
const REST = 200_000

export type Trimming = {
  /** ends it after the statement under way */
  signal?: AbortSignal | undefined
  /** 50,000 and 200,000 unless a test says otherwise */
  piece?: number
  rest?: number
}

/**
 * Removes the bulk of what the datastreams of these feeds hold, piece by piece, so that removing the feeds is short
 * work: at most about 200,000 datapoints are left. Values may still arrive; whoever goes on to remove the feeds removes
 * those, too.
 */
export async function trimDatapointsOfFeeds(
  db: Queryable,
  feedIds: readonly number[],
  { signal, piece = PIECE, rest = REST }: Trimming = {},
): Promise<void> {
  if (feedIds.length === 0) return
  const { rows: streams } = await db.query<{ key: number }>('select key from datastream where feed_id = any($1)', [
    feedIds,
  ])
  if (streams.length === 0) return
  const share = Math.floor(rest / streams.length)
  const { rows: large } = await db.query<{ key: number }>(
    `select key from unnest($1::bigint[]) as s (key)
     where (select count(*) from (select from datapoint where stream_key = s.key limit $2 + 1) p) > $2`,
    [streams.map(({ key }) => key), share],
  )
  for (const { key } of large) await removePieces(db, key, { signal, piece })
}

async function removePieces(
  db: Queryable,
  streamKey: number,
  { signal, piece }: { signal: AbortSignal | undefined; piece: number },
): Promise<void> {
  let from: Micros | null = null
  for (;;) {
    if (signal?.aborted) return
    const upTo: Micros | null = await endOfPiece(db, { streamKey, from, piece })
    await db.query(
      // bounds as parameters: only the partitions in between are looked at
      `delete from datapoint where stream_key = $1 and ($2::timestamptz is null or at >= $2)
       and ($3::timestamptz is null or at < $3)`,
      [streamKey, timestampParam(from), timestampParam(upTo)],
    )
    if (upTo === null) return
    from = upTo
  }
}

async function endOfPiece(
  db: Queryable,
  { streamKey, from, piece }: { streamKey: number; from: Micros | null; piece: number },
): Promise<Micros | null> {
  const { rows } = await db.query<{ at: Micros }>(
    `select ${microsOf('at')} as at from datapoint
     where stream_key = $1 and at >= coalesce($2::timestamptz, '-infinity') order by at offset $3 limit 1`,
    [streamKey, timestampParam(from), piece],
  )
  return rows[0]?.at ?? null
}
