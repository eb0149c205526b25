import { type Feed, LIMITS, LIVE_WINDOW_US } from '@sluice/model'
import type { Queryable } from '../database.ts'
import { microsOf } from '../timestamp-sql.ts'

/** What a search asks for. Visible are public feeds and, of the viewer's own, the private ones if `seesPrivate`. */
export type FeedQuery = {
  viewerAccountId: number
  seesPrivate: boolean
  /** from 1 */
  page: number
  /** 1 … 1000 */
  perPage: number
  /** of the feed or of one of its datastreams, exact */
  tag?: string
  /** found anywhere in the text of the feed or its datastreams, whatever its case */
  q?: string
  /** login of the owner */
  user?: string
  /** live: data arrived in the last 15 minutes */
  status?: 'live' | 'frozen' | 'all'
  order?: 'created_at' | 'retrieved_at' | 'relevance'
  feedIds?: readonly number[]
}

/** A feed as the hot path needs it. `streams` maps the id of each datastream to its row. */
export type ResolvedFeed = { feedId: number; accountId: number; isPrivate: boolean; streams: Map<string, number> }

/** Who may see it is decided by the caller. */
export async function findFeed(db: Queryable, feedId: number): Promise<Feed | null> {
  return (await loadFeeds(db, [feedId]))[0] ?? null
}

/** One page of the visible feeds, newest first unless ordered otherwise; `total` counts those of all pages. */
export async function listFeeds(db: Queryable, query: FeedQuery): Promise<{ total: number; feeds: Feed[] }> {
  const perPage = Math.min(Math.max(query.perPage, 1), LIMITS.perPageMax)
  const { rows } = await db.query<{ total: number; ids: number[] }>(
    LIST_FEEDS.replace('/* order */', () => ORDERS[query.order ?? 'created_at']),
    [
      query.viewerAccountId,
      query.seesPrivate,
      query.feedIds ?? null,
      query.user ?? null,
      query.tag ?? null,
      query.q ? `%${query.q.replaceAll(/[\\%_]/g, String.raw`\$&`)}%` : null,
      query.status ?? 'all',
      perPage,
      (Math.max(query.page, 1) - 1) * perPage,
    ],
  )
  const { total, ids } = rows[0] ?? { total: 0, ids: [] }
  return { total, feeds: await loadFeeds(db, ids) }
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

const LIST_FEEDS = `
  with matching as materialized (
    select f.id, f.title, greatest(f.updated_at, s.last_arrival_at) as updated_at
    from feed f
    join account a on a.id = f.account_id
    cross join lateral (select max(last_arrival_at) as last_arrival_at from datastream where feed_id = f.id) s
    where (not f.is_private or ($2 and f.account_id = $1))
      and ($3::bigint[] is null or f.id = any($3))
      and ($4::text is null or a.login = $4)
      and ($5::text is null or f.tags @> array[$5]
        or exists (select from datastream d where d.feed_id = f.id and d.tags @> array[$5]))
      and ($6::text is null or concat_ws(' ', f.title, f.description, f.location_name, array_to_string(f.tags, ' ')) ilike $6
        or exists (select from datastream d where d.feed_id = f.id
          and concat_ws(' ', d.id, d.unit_label, array_to_string(d.tags, ' ')) ilike $6))
      and ($7 = 'all' or
        coalesce(s.last_arrival_at > now() - ${LIVE_WINDOW_US} * interval '1 microsecond', false) = ($7 = 'live'))
  )
  select (select count(*) from matching) as total,
    to_json(array(select id from matching order by /* order */ limit $8 offset $9)) as ids`

const ORDERS = {
  created_at: 'id desc',
  retrieved_at: 'updated_at desc, id desc',
  relevance: 'coalesce(title ilike $6, false) desc, updated_at desc, id desc',
} as const

/** Feeds that exist, in the order of `ids`. */
async function loadFeeds(db: Queryable, ids: readonly number[]): Promise<Feed[]> {
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
