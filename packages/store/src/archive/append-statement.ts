/** What the append statement answers: counts, and details only where the counts say that something is missing. */
export type AppendRow = {
  streams: number
  stored: number
  found: string[] | null
  stored_keys: string[] | null
  stored_ats: string[] | null
  /** of a guarded append: the earliest and the latest time of arrival it gave, in seconds */
  first_arrival?: number
  last_arrival?: number
} & Partial<WatchedColumns>
/**
 * The datastreams with triggers, as they were before the statement, a list for each column: an object for each took a
 * third of the statement's time. Times are seconds as a double, exact to the microsecond until the year 2242.
 */
export type WatchedColumns = {
  watched_keys: string[] | null
  watched_feeds: string[] | null
  watched_ids: string[] | null
  watched_revisions: string[] | null
  watched_values: (string | null)[] | null
  watched_ats: (number | null)[] | null
  /** the arrival before this one, and this one */
  watched_lasts: (number | null)[] | null
  watched_nows: number[] | null
}
export type Statement = { name: string; text: string }

const STREAMS = `
    select key, timestamptz 'epoch' + at * interval '1 microsecond' as at, value, min, max
    from unnest($1::bigint[], $2::bigint[], $3::text[], $4::float8[], $5::float8[]) as s (key, at, value, min, max)`
/** The same with what each has to be like, see `Guard`. */
const GUARDED_STREAMS = `
    select key, timestamptz 'epoch' + at * interval '1 microsecond' as at, value, min, max, revision,
      timestamptz 'epoch' + arrived * interval '1 microsecond' as arrived_at
    from unnest($1::bigint[], $2::bigint[], $3::text[], $4::float8[], $5::float8[], $12::bigint[], $13::bigint[])
      as s (key, at, value, min, max, revision, arrived)`

/**
 * Notes in the listing of feeds that data came, for searches: for the datastreams that `due` lists, and nothing where that
 * was noted in the last five seconds. A row that somebody holds is left out instead of waited for: who changes a feed holds
 * it, and may want a datastream next.
 */
const TOUCHED = (due: string): string => `, touched as (
  update feed_listing l set data_at = due.at
  from (
    select f.feed_id, m.at
    from (select feed_id, max(last_arrival_at) as at from moved where key = any(${due}::bigint[]) group by feed_id) m
    join feed_listing f on f.feed_id = m.feed_id
    where f.data_at is null or f.data_at < m.at - interval '5 seconds'
    for no key update of f skip locked
  ) due
  where l.feed_id = due.feed_id
)`

/**
 * One statement: move each datastream's current value, and store the points of those that exist.
 * - The update comes first because it locks the datastream's row: points of one datastream get the order of their
 *   commits, and a datastream that was deleted meanwhile takes no more points.
 * - The time of arrival grows with every commit of a datastream, whatever the clock does: it is the order in which the
 *   triggers saw the values, so that a stored history can be judged again.
 * - `due` is the parameter of the datastreams whose arrival is noted, null in most statements (see `Touches`).
 * - Arrays come in text form and times as microseconds, which spares the driver and Postgres a conversion of each.
 */
const MOVED = (which: string, due: string | null, streams = STREAMS): string => `
with moved as (
  update datastream d set
    previous_at = d.current_at,
    previous_value = d.current_value,
    current_value = case when d.current_at is null or s.at >= d.current_at then s.value else d.current_value end,
    current_at = greatest(s.at, d.current_at),
    min_value = least(d.min_value, s.min),
    max_value = greatest(d.max_value, s.max),
    previous_arrival_at = d.last_arrival_at,
    last_arrival_at = greatest(platform_now(), d.last_arrival_at + interval '1 microsecond')
  from (${streams}) s
  where d.key = s.key ${which}
  returning d.key, d.feed_id, d.id, d.previous_at, d.previous_value, d.previous_arrival_at, d.last_arrival_at,
    d.has_trigger, d.trigger_revision
)${due ? TOUCHED(due) : ''}, stored as (
  insert into datapoint (stream_key, at, value, number, arrived_at, is_late)
  select p.stream_key, p.at, p.value, p.number, m.last_arrival_at, coalesce(p.at < m.previous_at, false)
  from (
    select stream_key, timestamptz 'epoch' + at * interval '1 microsecond' as at, value, number
    from unnest($6::bigint[], $7::bigint[], $8::text[], $9::float8[]) as p (stream_key, at, value, number)
  ) p join moved m on m.key = p.stream_key`

const WATCHED = `
), watched as (
  select array_agg(key) as watched_keys, array_agg(feed_id) as watched_feeds, array_agg(id) as watched_ids,
    array_agg(trigger_revision) as watched_revisions, array_agg(previous_value) as watched_values,
    array_agg(date_part('epoch', previous_at)) as watched_ats,
    array_agg(date_part('epoch', previous_arrival_at)) as watched_lasts,
    array_agg(date_part('epoch', last_arrival_at)) as watched_nows
  from moved where has_trigger`
const WITH_WATCHED: Watching = { more: WATCHED, columns: ', watched.*', from: ', watched' }
const NONE_WATCHED: Watching = { more: '', columns: '', from: '' }
type Watching = { more: string; columns: string; from: string }

/** Refused whole (23505) when a time of a datastream is there already. */
const inserted = ({ more, columns, from }: Watching): string => `${more}
), counts as (
  select (select count(*) from moved)::int as streams, $11::int as stored
)
select streams, stored,
  case when streams < $10::int then (select array_agg(key::text) from moved) end as found,
  null::text[] as stored_keys, null::text[] as stored_ats${columns}
from counts${from}`

/** A time that is there already takes the new value; the same value again changes nothing and is not counted. */
const upserted = ({ more, columns, from }: Watching): string => `
  on conflict (stream_key, at) do update
    set value = excluded.value, number = excluded.number, arrived_at = excluded.arrived_at, is_late = excluded.is_late
    where datapoint.value is distinct from excluded.value
  returning stream_key, at${more}
), counts as (
  select (select count(*) from moved)::int as streams, (select count(*) from stored)::int as stored
)
select streams, stored,
  case when streams < $10::int then (select array_agg(key::text) from moved) end as found,
  case when stored < $11::int then (select array_agg(stream_key::text order by stream_key, at) from stored)
    end as stored_keys,
  case when stored < $11::int then
    (select array_agg((extract(epoch from at) * 1000000)::bigint::text order by stream_key, at) from stored)
    end as stored_ats${columns}
from counts${from}`

/** Refused whole (22012, a division by zero) when a datastream is not as it has to be. */
const AS_EXPECTED = `
), counts as (
  select count(*)::int as streams, date_part('epoch', min(last_arrival_at)) as first_arrival,
    date_part('epoch', max(last_arrival_at)) as last_arrival
  from moved
)
select $10::int / (streams = $10::int)::int as streams, $11::int as stored, null::text[] as found,
  null::text[] as stored_keys, null::text[] as stored_ats, first_arrival, last_arrival
from counts`
const IS_AS_EXPECTED = `and case when s.revision is null then not d.has_trigger
    else d.trigger_revision = s.revision and d.last_arrival_at = s.arrived_at end`

const NOT_WATCHED = 'and not d.has_trigger'

/** A statement that leaves the listing of feeds alone; and the same with `TOUCHED`, whose last parameter lists what is due. */
export type Statements = { plain: Statement; touching: Statement }
const both = (name: string, due: string, text: (due: string | null) => string): Statements => ({
  plain: { name, text: text(null) },
  touching: { name: `touching-${name}`, text: text(due) },
})

export const UNWATCHED_NEW = both('append-new', '$12', (due) => MOVED(NOT_WATCHED, due) + inserted(NONE_WATCHED))
export const UNWATCHED = both('append-unwatched', '$12', (due) => MOVED(NOT_WATCHED, due) + upserted(NONE_WATCHED))
export const GUARDED_NEW = both(
  'append-guarded',
  '$14',
  (due) => MOVED(IS_AS_EXPECTED, due, GUARDED_STREAMS) + AS_EXPECTED,
)
/** Inside of a transaction, every one notes. */
export const ALL_NEW: Statement = { name: 'append-all-new', text: MOVED('', '$1') + inserted(WITH_WATCHED) }
export const ALL: Statement = { name: 'append-all', text: MOVED('', '$1') + upserted(WITH_WATCHED) }
