import { SluiceError, type Datapoint, type HistoryFunction, type Micros } from '@sluice/model'
import type { Queryable, Transaction } from '../database.ts'
import { sqlStateOf } from '../failure.ts'
import { microsOf, timestampParam } from '../timestamp-sql.ts'
import { querySampled } from './sampled-history.ts'
import type { Steps } from './steps.ts'

/** points that one answer carries, over all datastreams: with more than a hundred the limit of each is cut */
const HISTORY_POINTS_MAX = 100_000
/** The same where each is looked for by itself: half a second of the database's time. */
const HISTORY_STEPS_MAX = 20_000

export type HistoryQuery = {
  /** inclusive, null for open */
  start: Micros | null
  end: Micros | null
  /** of each datastream */
  limit: number
  /** of more points than the limit keep the newest, not (as API v2 does) the oldest */
  newest: boolean
  /** points left out at the end where `limit` begins to count: pages before this one. 0 unless given */
  skip?: number
  /** the first page begins with the last point before the window, beyond the limit */
  findPrevious?: boolean
  /** every point unless given */
  sampling?: Sampling | null
}

/** One point for each step of the window at most. Every point in `(step before, step]` belongs to the step. */
export type Sampling = {
  /** of the window and one step more behind `until`; also of what lies before the window for `findPrevious` */
  steps: Steps
  /** no step after it is answered */
  until: Micros
  /**
   * - `points`: the newest point of the window at each step, with its own time; none twice
   * - `values`: the value at each step, at the time of the step, however old it is
   * - a function of the numbers from each step to the next, at the time of the step; a step without numbers is left out
   */
  as: 'points' | 'values' | HistoryFunction
}

/**
 * Datapoints of some datastreams, each list ascending by time. A datastream without any in the window has an empty one.
 * The work is bounded by the limit, not by the window: sampling looks for the next point instead of reading all, so a
 * few points in many years cost a few look-ups. A function reads the points of the steps that it answers.
 * @param streamKeys rows of datastreams; who may read them is decided by the caller
 * @throws {SluiceError} `unprocessable` where the result of a function is too large for a number, `unavailable` where
 *   the database's time limit ends it
 */
export async function queryHistory(
  db: Queryable,
  streamKeys: readonly number[],
  query: HistoryQuery,
): Promise<Map<number, Datapoint[]>> {
  const keys = [...new Set(streamKeys)]
  if (keys.length === 0) return new Map()
  const { start, sampling } = query
  const max = sampling ? HISTORY_STEPS_MAX : HISTORY_POINTS_MAX
  const limit = Math.min(query.limit, Math.floor(max / keys.length))
  const history = await queryWindow(db, keys, { ...query, limit })
  if (query.findPrevious && start !== null && !query.skip) {
    const before = { start: null, end: start - 1, limit: 1, newest: true, sampling: previousOf(sampling, start) }
    const previous = await queryWindow(db, keys, before)
    for (const [key, points] of history) points.unshift(...(previous.get(key) ?? []))
  }
  return history
}

function previousOf(sampling: Sampling | null | undefined, start: Micros): Sampling | null {
  if (!sampling || sampling.as === 'points') return null
  return { ...sampling, until: Math.min(sampling.until, start - 1) }
}

async function queryWindow(
  db: Queryable,
  keys: readonly number[],
  query: HistoryQuery,
): Promise<Map<number, Datapoint[]>> {
  const { sampling } = query
  try {
    return await (sampling ? querySampled(db, keys, { ...query, sampling }) : queryRaw(db, keys, query))
  } catch (error) {
    throw sqlStateOf(error) === QUERY_CANCELED ? tookTooLong(error) : error
  }
}

const QUERY_CANCELED = '57014'

const tookTooLong = (cause: unknown): SluiceError =>
  new SluiceError('unavailable', 'This history took too long: ask for a shorter window, or with a smaller limit', {
    retryAfterS: 10,
    cause,
  })

async function queryRaw(
  db: Queryable,
  keys: readonly number[],
  query: HistoryQuery,
): Promise<Map<number, Datapoint[]>> {
  const history = new Map<number, Datapoint[]>(keys.map((key) => [key, []]))
  const { window, values } = windowOf(query, [keys, query.limit, query.skip ?? 0])
  const { rows } = await db.query<{ key: number; at: Micros; value: string }>(
    `select s.key, ${microsOf('p.at')} as at, p.value
     from unnest($1::bigint[]) as s (key)
     cross join lateral (
       select at, value from datapoint where stream_key = s.key ${window}
       order by at ${query.newest ? 'desc' : 'asc'} limit $2 offset $3
     ) p order by s.key, p.at`,
    values,
  )
  for (const { key, at, value } of rows) history.get(key)?.push({ at, value })
  return history
}

export async function findDatapoint(db: Queryable, streamKey: number, at: Micros): Promise<Datapoint | null> {
  const { rows } = await db.query<{ value: string }>(
    'select value from datapoint where stream_key = $1 and at = $2::timestamptz',
    [streamKey, timestampParam(at)],
  )
  return rows[0] ? { at, value: rows[0].value } : null
}

/**
 * Replaces the value of one datapoint; the current value and the extremes follow.
 * @param number the value as a number, null where it is text
 * @returns whether there was a datapoint at that time
 */
export async function updateDatapoint(
  tx: Transaction,
  streamKey: number,
  at: Micros,
  { value, number }: { value: string; number: number | null },
): Promise<boolean> {
  await lockDatastream(tx, streamKey)
  const { rowCount } = await tx.query(
    'update datapoint set value = $3, number = $4 where stream_key = $1 and at = $2::timestamptz',
    [streamKey, timestampParam(at), value, number],
  )
  if (rowCount === 0) return false
  await tx.query(
    'update datastream set max_value = greatest(max_value, $2), min_value = least(min_value, $2) where key = $1',
    [streamKey, number],
  )
  await recomputeCurrent(tx, streamKey)
  return true
}

/**
 * Removes the datapoints of a window; the current value becomes that of the newest left. The extremes stay: they are of
 * all values ever seen.
 * @param window inclusive bounds, null for open; both null removes all
 * @returns how many went
 */
export async function removeDatapoints(
  tx: Transaction,
  streamKey: number,
  window: { start: Micros | null; end: Micros | null },
): Promise<number> {
  await lockDatastream(tx, streamKey)
  const { window: condition, values } = windowOf(window, [streamKey])
  const { rowCount } = await tx.query(`delete from datapoint where stream_key = $1 ${condition}`, values)
  if (rowCount) await recomputeCurrent(tx, streamKey)
  return rowCount ?? 0
}

/** Bounds that are open are left out, so that Postgres skips the partitions outside of the others. */
function windowOf(
  { start, end }: { start: Micros | null; end: Micros | null },
  first: readonly unknown[],
): { window: string; values: unknown[] } {
  const values = [...first]
  let window = ''
  if (start !== null) window += ` and at >= $${values.push(timestampParam(start))}::timestamptz`
  if (end !== null) window += ` and at <= $${values.push(timestampParam(end))}::timestamptz`
  return { window, values }
}

/** As appends do, so that an edit and an append of one datastream come one after the other. */
async function lockDatastream(tx: Transaction, streamKey: number): Promise<void> {
  await tx.query('select from datastream where key = $1 for no key update', [streamKey])
}

async function recomputeCurrent(tx: Transaction, streamKey: number): Promise<void> {
  await tx.query(
    `update datastream d set trigger_revision = trigger_revision + 1, (current_value, current_at) =
       (select value, at from datapoint where stream_key = d.key order by at desc limit 1)
     where d.key = $1`,
    [streamKey],
  )
}
