import { type DatastreamPatch, LIMITS, NotFoundError, SluiceError } from '@sluice/model'
import type { Queryable, Transaction } from '../database.ts'
import { theseOnly } from '../locking-sql.ts'
import { removeTriggersOf } from './trigger-changes.ts'

/** a datastream of years may hold tens of millions of points */
const REMOVAL_TIMEOUT_MS = 120_000

/**
 * Finds the rows of datastreams by id, and creates those that are missing in the order of `ids`.
 * @param ids valid datastream ids; one may occur twice
 * @throws {NotFoundError} no such feed
 * @throws {SluiceError} `unprocessable` when the feed would have more than 1000
 */
export async function ensureDatastreams(
  tx: Transaction,
  feedId: number,
  ids: readonly string[],
): Promise<Map<string, number>> {
  const wanted = [...new Set(ids)]
  const found = await findKeys(tx, feedId, wanted)
  const missing = wanted.filter((id) => !found.has(id))
  if (missing.length === 0) return found
  // one creator at a time, so that the count holds
  const { rowCount } = await tx.query('select from feed where id = $1 for no key update', [feedId])
  if (rowCount === 0) throw new NotFoundError(`feed ${feedId}`)
  await tx.query(
    `insert into datastream (feed_id, id)
     select $1, id from unnest($2::text[]) with ordinality as wanted (id, place) order by place
     on conflict (feed_id, id) do nothing`,
    [feedId, missing],
  )
  await refuseTooMany(tx, feedId)
  return findKeys(tx, feedId, wanted)
}

async function refuseTooMany(tx: Transaction, feedId: number): Promise<void> {
  const { rows } = await tx.query<{ count: number }>('select count(*) as count from datastream where feed_id = $1', [
    feedId,
  ])
  if ((rows[0]?.count ?? 0) > LIMITS.datastreamsPerFeedMax) {
    throw new SluiceError('unprocessable', `A feed has at most ${LIMITS.datastreamsPerFeedMax} datastreams`)
  }
}

async function findKeys(db: Queryable, feedId: number, ids: readonly string[]): Promise<Map<string, number>> {
  const { rows } = await db.query<{ id: string; key: number }>(
    'select id, key from datastream where feed_id = $1 and id = any($2::text[])',
    [feedId, ids],
  )
  return new Map(rows.map((row) => [row.id, row.key]))
}

/**
 * Writes tags, unit and extremes; a member that is missing stays, a unit replaces the whole unit. Values are appended
 * by the archive.
 * @returns whether anything changed
 */
export async function updateDatastream(
  tx: Transaction,
  streamKey: number,
  patch: Omit<DatastreamPatch, 'id'>,
): Promise<boolean> {
  const changed = await updateDatastreams(tx, [{ key: streamKey, patch }])
  if (changed === 0) return false
  await tx.query('update feed set updated_at = now() where id = (select feed_id from datastream where key = $1)', [
    streamKey,
  ])
  return true
}

/**
 * The same for many, in one statement. Of two patches for one datastream the later one wins.
 * @returns how many datastreams changed
 */
export async function updateDatastreams(
  tx: Transaction,
  entries: readonly { key: number; patch: Omit<DatastreamPatch, 'id'> }[],
): Promise<number> {
  const rows = new Map<number, object>()
  for (const { key, patch } of entries) {
    const { tags, unit, maxValue, minValue } = patch
    const says = [tags, unit, maxValue, minValue].some((member) => member !== undefined)
    if (says) rows.set(key, { key, tags, unit, max: maxValue, min: minValue })
  }
  if (rows.size === 0) return 0
  const keys = [...rows.keys()]
  // locked in the order in which appends lock them
  await tx.query('select from datastream where key = any($1::bigint[]) order by key for no key update', [keys])
  const { rowCount } = await tx.query(UPDATE_DATASTREAMS, [JSON.stringify([...rows.values()])])
  return rowCount ?? 0
}

const UPDATE_DATASTREAMS = `
  update datastream d set tags = n.tags, unit_type = n.type, unit_symbol = n.symbol, unit_label = n.label,
    max_value = n.max, min_value = n.min
  from (
    select o.key,
      case when p.tags is null then o.tags else array(select json_array_elements_text(p.tags)) end as tags,
      case when p.unit is null then o.unit_type else nullif(p.unit ->> 'type', '') end as type,
      case when p.unit is null then o.unit_symbol else nullif(p.unit ->> 'symbol', '') end as symbol,
      case when p.unit is null then o.unit_label else nullif(p.unit ->> 'label', '') end as label,
      coalesce(p.max, o.max_value) as max, coalesce(p.min, o.min_value) as min
    from json_to_recordset($1) as p (key bigint, tags json, unit json, max float8, min float8)
    join datastream o on o.key = p.key
  ) n
  where d.key = n.key
    and (d.tags, d.unit_type, d.unit_symbol, d.unit_label, d.max_value, d.min_value)
      is distinct from (n.tags, n.type, n.symbol, n.label, n.max, n.min)`

/** Removes a datastream, its datapoints, and the triggers that look at it. @returns whether it existed */
export async function removeDatastream(tx: Transaction, streamKey: number): Promise<boolean> {
  // waits for an append that is under way and stops any later one; in the order in which appends lock
  const { rows: locked } = await tx.query<{ key: number }>(
    `select key from datastream where key = ${theseOnly(`
       select $1::bigint union all select other.stream_key from trigger_input i
         join trigger_input other using (trigger_id) where i.stream_key = $1`)}
     order by key for update`,
    [streamKey],
  )
  if (!locked.some(({ key }) => key === streamKey)) return false
  await removeTriggersOf(tx, streamKey)
  await removeDatapointsOf(tx, [streamKey])
  const { rows } = await tx.query<{ feedId: number }>(
    'delete from datastream where key = $1 returning feed_id as "feedId"',
    [streamKey],
  )
  await tx.query('update feed set updated_at = now() where id = $1', [rows[0]?.feedId])
  return true
}

/** Removes all datapoints of datastreams that the transaction has locked. May take longer than other statements. */
export async function removeDatapointsOf(tx: Transaction, streamKeys: readonly number[]): Promise<void> {
  if (streamKeys.length === 0) return
  await tx.query(`set local statement_timeout = ${REMOVAL_TIMEOUT_MS}`)
  const removal = {
    text: 'delete from datapoint where stream_key = any($1::bigint[])',
    values: [streamKeys],
    // the driver's own limit, which its types do not know for one statement
    query_timeout: REMOVAL_TIMEOUT_MS,
  }
  await tx.query(removal)
}
