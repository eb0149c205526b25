import type { Change, NewDatapoint } from '@sluice/model'
import type { Queryable } from '../database.ts'
import { settle } from './settle.ts'

/** `missing`: the datastream does not exist (any more), or is watched and was left out; nothing of the point was kept. */
export type Fate = 'stored' | 'duplicate' | 'missing'

export type Appended = {
  /** one for each point, in order */
  fates: Fate[]
  /** datastreams with triggers that this batch moved, for the evaluation in the same transaction */
  watched: Change[]
}

type Row = {
  streams: number
  stored: number
  found: string[] | null
  stored_keys: string[] | null
  stored_ats: string[] | null
  watched: { key: number; feed_id: number; id: string; at: string | null; value: string | null }[] | null
}

/**
 * One statement: move each datastream's current value, and store the points of those that exist.
 * - The update comes first because it locks the datastream's row: points of one datastream get the order of their
 *   commits, and a datastream that was deleted meanwhile takes no more points.
 * - Arrays in text form instead of driver arrays, and times as microseconds: 1.4 times the points per second.
 * - The lists of what was (not) stored are made only where the counts say that something is missing.
 */
const appendText = (which: string): string => `
with moved as (
  update datastream d set
    previous_at = d.current_at,
    previous_value = d.current_value,
    current_value = case when d.current_at is null or s.at >= d.current_at then s.value else d.current_value end,
    current_at = greatest(s.at, d.current_at),
    min_value = least(d.min_value, s.min),
    max_value = greatest(d.max_value, s.max),
    last_arrival_at = now()
  from (
    select key, timestamptz 'epoch' + at * interval '1 microsecond' as at, value, min, max
    from unnest($1::bigint[], $2::bigint[], $3::text[], $4::float8[], $5::float8[]) as s (key, at, value, min, max)
  ) s
  where d.key = s.key ${which}
  returning d.key, d.feed_id, d.id, d.previous_at, d.previous_value, d.has_trigger
), stored as (
  insert into datapoint (stream_key, at, value, number, arrived_at, is_late)
  select p.stream_key, p.at, p.value, p.number, now(), coalesce(p.at < m.previous_at, false)
  from (
    select stream_key, timestamptz 'epoch' + at * interval '1 microsecond' as at, value, number
    from unnest($6::bigint[], $7::bigint[], $8::text[], $9::float8[]) as p (stream_key, at, value, number)
  ) p join moved m on m.key = p.stream_key
  on conflict (stream_key, at) do update
    set value = excluded.value, number = excluded.number, arrived_at = excluded.arrived_at
    where datapoint.value is distinct from excluded.value
  returning stream_key, at
), counts as (
  select (select count(*) from moved)::int as streams, (select count(*) from stored)::int as stored
)
select streams, stored,
  case when streams < $10::int then (select array_agg(key::text) from moved) end as found,
  case when stored < $11::int then (select array_agg(stream_key::text order by stream_key, at) from stored) end as stored_keys,
  case when stored < $11::int then (select array_agg((extract(epoch from at) * 1000000)::bigint::text order by stream_key, at) from stored) end as stored_ats,
  (select json_agg(json_build_object('key', key, 'feed_id', feed_id, 'id', id, 'value', previous_value,
    'at', (extract(epoch from previous_at) * 1000000)::bigint::text)) from moved where has_trigger) as watched
from counts`

const UNWATCHED = { name: 'append-unwatched', text: appendText('and not d.has_trigger') }
const ALL = { name: 'append', text: appendText('') }

/**
 * Appends datapoints to the datastreams without triggers, of one or many feeds: one statement that is a transaction of
 * its own, because two more round trips for BEGIN and COMMIT cost more than the statement when the server is busy. A
 * trigger that is made at the same moment is seen: its datastream's row is locked, and looked at again.
 * @param points as for `appendWatched`
 * @returns the fates of all points; those of watched datastreams are `missing` and have to be appended with
 *   `appendWatched`
 */
export async function appendUnwatched(db: Queryable, points: readonly NewDatapoint[]): Promise<Fate[]> {
  return (await append(db, UNWATCHED, points)).fates
}

/**
 * Appends datapoints and moves their datastreams forward: `current_value` is the newest by `at`. Identity of a point is
 * (datastream, at): the same value again is a duplicate, another value replaces.
 * @param tx an open transaction, committed by the caller; nothing is stored before that
 * @param points any number in order of arrival; of two with equal (datastream, at) the later one wins. The partitions of
 *   their times must exist (`ensurePartitions`)
 */
export async function appendWatched(tx: Queryable, points: readonly NewDatapoint[]): Promise<Appended> {
  return append(tx, ALL, points)
}

async function append(
  db: Queryable,
  statement: { name: string; text: string },
  points: readonly NewDatapoint[],
): Promise<Appended> {
  const { written, standsFor, streams } = settle(points)
  const rows = written.map((index) => points[index] as NewDatapoint)
  const { rows: answer } = await db.query<Row>({
    ...statement,
    values: [
      integers(streams.map((s) => s.key)),
      integers(streams.map((s) => s.newest.at)),
      texts(streams.map((s) => s.newest.value)),
      numbers(streams.map((s) => s.min)),
      numbers(streams.map((s) => s.max)),
      integers(rows.map((p) => p.streamKey)),
      integers(rows.map((p) => p.at)),
      texts(rows.map((p) => p.value)),
      numbers(rows.map((p) => p.number)),
      streams.length,
      rows.length,
    ],
  })
  const row = answer[0]
  if (!row) throw new Error('the append statement answered nothing')
  const fateOf = readFates(row)
  const settled = new Map(written.map((index, order) => [index, fateOf(rows[order] as NewDatapoint)]))
  return {
    fates: standsFor.map((winner, index) => fateBehind(points, { winner, index }, settled.get(winner) ?? 'stored')),
    watched: (row.watched ?? []).map((stream) => ({
      streamKey: stream.key,
      feedId: stream.feed_id,
      datastreamId: stream.id,
      previous: stream.at === null || stream.value === null ? null : { at: Number(stream.at), value: stream.value },
      points: points.filter((point) => point.streamKey === stream.key).map(({ at, value }) => ({ at, value })),
    })),
  }
}

/** A point that a later one of the same batch replaced was stored for a moment, or repeated what that one says. */
function fateBehind(
  points: readonly NewDatapoint[],
  { winner, index }: { winner: number; index: number },
  fate: Fate,
): Fate {
  if (winner === index || fate === 'missing') return fate
  return points[winner]?.value === points[index]?.value ? 'duplicate' : 'stored'
}

function readFates(row: Row): (point: NewDatapoint) => Fate {
  const found = row.found === null && row.streams > 0 ? null : new Set(row.found ?? [])
  const keys = row.stored_keys
  const allStored = keys === null && row.stored > 0
  const stored = new Set((keys ?? []).map((key, index) => `${key} ${row.stored_ats?.[index]}`))
  return (point) => {
    if (found && !found.has(String(point.streamKey))) return 'missing'
    return allStored || stored.has(`${point.streamKey} ${point.at}`) ? 'stored' : 'duplicate'
  }
}

const integers = (list: readonly number[]): string => `{${list.join(',')}}`
const numbers = (list: readonly (number | null)[]): string => `{${list.map((n) => n ?? 'NULL').join(',')}}`
/** Quoted always, so that neither a comma nor the word NULL is taken for syntax. */
const texts = (list: readonly string[]): string =>
  `{${list.map((text) => `"${/["\\]/.test(text) ? text.replaceAll(/["\\]/g, '\\$&') : text}"`).join(',')}}`
