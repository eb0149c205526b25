import type { Feed } from '@sluice/model'
import type { Queryable } from '../database.ts'
import { microsOf } from '../timestamp-sql.ts'

/** A feed as the hot path needs it. `streams` maps the id of each datastream to its row. */
export type ResolvedFeed = { feedId: number; accountId: number; isPrivate: boolean; streams: Map<string, number> }

/** Who may see it is decided by the caller. */
export async function findFeed(db: Queryable, feedId: number): Promise<Feed | null> {
  return (await loadFeeds(db, [feedId]))[0] ?? null
}

/** Owner, privacy and datastreams of a feed: one indexed read. */
export async function resolveFeed(db: Queryable, feedId: number): Promise<ResolvedFeed | null> {
  const { rows } = await db.query<Omit<ResolvedFeed, 'streams'> & { streams: [string, number][] | null }>({
    name: 'resolve-feed',
    text: RESOLVE_FEED,
    values: [feedId],
  })
  const row = rows[0]
  return row ? { ...row, streams: new Map(row.streams) } : null
}

const RESOLVE_FEED = `
  select f.id as "feedId", f.account_id as "accountId", f.is_private as "isPrivate",
    (select json_agg(json_build_array(d.id, d.key) order by d.key) from datastream d where d.feed_id = f.id) as streams
  from feed f where f.id = $1`

/** Feeds that exist, in the order of `ids`. */
export async function loadFeeds(db: Queryable, ids: readonly number[]): Promise<Feed[]> {
  if (ids.length === 0) return []
  const { rows } = await db.query<Feed>({ name: 'load-feeds', text: LOAD_FEEDS, values: [ids] })
  return rows
}

/** One statement, so that a feed and its datastreams are of one moment. */
const LOAD_FEEDS = `
  select f.id, f.account_id as "accountId", a.login as creator, f.title, f.is_private as "isPrivate", f.description,
    f.website, f.email, f.icon, f.auto_feed_url as "autoFeedUrl", f.tags,
    json_strip_nulls(json_build_object('name', f.location_name, 'domain', coalesce(f.domain, 'physical'),
      'disposition', f.disposition, 'exposure', f.exposure, 'lat', f.lat, 'lon', f.lon, 'ele', f.ele,
      'waypoints', case when f.disposition = 'mobile' then w.waypoints end)) as location,
    ${microsOf('f.created_at')} as "createdAt",
    ${microsOf('greatest(f.updated_at, s.last_arrival_at)')} as "updatedAt",
    ${microsOf('s.last_arrival_at')} as "lastDataAt",
    v.product_id as "productId", v.serial as "deviceSerial",
    coalesce(s.datastreams, '[]') as datastreams
  from feed f
  join account a on a.id = f.account_id
  left join device v on v.feed_id = f.id
  cross join lateral (
    select max(d.last_arrival_at) as last_arrival_at,
      json_agg(json_build_object('id', d.id, 'currentValue', d.current_value, 'at', ${microsOf('d.current_at')},
        'maxValue', d.max_value, 'minValue', d.min_value, 'tags', d.tags, 'unit', json_strip_nulls(json_build_object(
        'type', d.unit_type, 'symbol', d.unit_symbol, 'label', d.unit_label))) order by d.key) as datastreams
    from datastream d where d.feed_id = f.id
  ) s
  cross join lateral (
    select json_agg(json_build_object('at', ${microsOf('p.at')}, 'lat', p.lat, 'lon', p.lon) order by p.at) as waypoints
    from waypoint p where p.feed_id = f.id
  ) w
  where f.id = any($1::bigint[])
  order by array_position($1::bigint[], f.id)`
