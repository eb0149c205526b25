import { type Feed, LIMITS, LIVE_WINDOW_US } from '@sluice/model'
import type { Queryable } from '../database.ts'
import { storable } from '../storable-text.ts'
import { loadFeeds } from './feeds.ts'
import { type Circle, circleSql } from './circle.ts'

/**
 * What a search asks for. Visible are public feeds and, of the viewer's own, the private ones if `seesPrivate`. Case and
 * accents make no difference but in ids.
 */
export type FeedQuery = {
  viewerAccountId: number
  seesPrivate: boolean
  /** from 1 */
  page: number
  /** 1 … 1000 */
  perPage: number
  /** each of its words (20 at most) begins a word of the feed's text or of its datastreams'; without any it finds nothing */
  q?: string
  /** of the feed or of one of its datastreams, the whole tag */
  tag?: string
  /** label or symbol of a datastream's unit, whole */
  units?: string
  /** login of the owner */
  user?: string
  /** live: data arrived in the last 15 minutes */
  status?: 'live' | 'frozen' | 'all'
  /** newest first; relevance: those first whose title has all words of `q`, then the last change first, as retrieved_at */
  order?: 'created_at' | 'retrieved_at' | 'relevance'
  near?: Circle
  /** only feeds with a position */
  isMapped?: boolean
  feedIds?: readonly number[]
  /** only feeds that have one of them */
  datastreamIds?: readonly string[]
  /** the datastreams that alone count in feeds of the viewer's, by feed id: what a narrowed key may not see finds nothing */
  narrowed?: ReadonlyMap<number, ReadonlySet<string>>
}

/**
 * How far a listing's time of arrival may lie behind the datastreams': fifteen seconds (see `Touches`), and some more where
 * somebody held the row just then.
 */
const ARRIVAL_LAG = "interval '40 seconds'"
/** How many feeds may change places when their listed times of arrival are replaced by the exact ones. */
const MISPLACED_MAX = 100

/**
 * One page of the visible feeds. `total` counts those of all pages, exactly.
 *
 * Times of arrival are exact for `status`. In the order of the last change they are while no more than 100 feeds got data
 * within fifteen seconds; among more than that, which is first may be wrong by so much.
 */
export async function listFeeds(db: Queryable, query: FeedQuery): Promise<{ total: number; feeds: Feed[] }> {
  const { rows } = await db.query<{ total: number; ids: number[] }>(searchStatement(query))
  const { total, ids } = rows[0] ?? { total: 0, ids: [] }
  return { total, feeds: await loadFeeds(db, ids) }
}

type Param = (value: unknown, type: string) => string

/**
 * Only what is asked for is in the statement, so that Postgres plans it for that. Terms are looked for by a value that it
 * does not know when it plans: it then takes the index always, and never reads the terms of all rows.
 */
function searchStatement(query: FeedQuery): { text: string; values: unknown[] } {
  const values: unknown[] = []
  const param: Param = (value, type) => `$${values.push(value)}::${type}`
  const terms = termsSql(query, param)
  const conditions = [
    visibleSql(query, param),
    ...filtersSql(query, param),
    ...(terms ? findSql(query, terms, param) : []),
  ]
  // what took an index or arithmetic to find is kept; the rest costs less when it is read twice
  const kept = terms || query.near ? 'materialized' : 'not materialized'
  const text = `
    -- its function also tells Postgres to leave parallel workers out of it: they take longer to start than this takes
    with clock as materialized (
      select platform_now() - interval '1 microsecond' * ${LIVE_WINDOW_US} as live_since
    ), matching as ${kept} (
      select l.feed_id as id, greatest(l.updated_at, l.data_at) as changed_at
      from feed_listing l
      where ${conditions.join(' and ')}
    )
    select (select count(*) from matching) as total, to_json(array(${pageSql(query, param)})) as ids`
  return { text, values }
}

function visibleSql({ seesPrivate, viewerAccountId }: FeedQuery, param: Param): string {
  return seesPrivate ? `(not l.is_private or l.account_id = ${param(viewerAccountId, 'bigint')})` : 'not l.is_private'
}

/** The terms that a feed must have, null where none are asked for. */
function termsSql({ q, tag, units, datastreamIds }: FeedQuery, param: Param): string | null {
  const one = (text: string) => `array[search_fold(${param(storable(text), 'text')})]`
  const parts = [
    q !== undefined && `search_prefixes(${param(storable(q), 'text')}, '')`,
    tag !== undefined && `search_values(':tag:', ${one(tag)})`,
    units !== undefined && `search_values(':unit:', ${one(units)})`,
    datastreamIds && `search_values(':id:', ${param(datastreamIds.map(storable), 'text[]')})`,
  ].filter((part) => part !== undefined && part !== false)
  return parts.length > 0 ? `(select ${parts.join(' && ')})` : null
}

function findSql({ narrowed, viewerAccountId }: FeedQuery, terms: string, param: Param): string[] {
  const found = `l.terms @@ ${terms}`
  if (!narrowed || narrowed.size === 0) return [found]
  const reach = JSON.stringify(Object.fromEntries([...narrowed].map(([feedId, ids]) => [feedId, [...ids]])))
  const json = param(reach, 'jsonb')
  return [
    found,
    `case when l.account_id = ${param(viewerAccountId, 'bigint')} and l.feed_id = any(${param([...narrowed.keys()], 'bigint[]')})
      then (select terms from feed_terms(array[l.feed_id], array(select jsonb_array_elements_text(${json} -> l.feed_id::text))))
        @@ ${terms}
      else true end`,
  ]
}

function filtersSql({ user, feedIds, isMapped, near, status = 'all' }: FeedQuery, param: Param): string[] {
  const sql: string[] = []
  if (user !== undefined)
    sql.push(`l.account_id = (select id from account where login = ${param(storable(user), 'text')})`)
  if (feedIds) sql.push(`l.feed_id = any(${param(feedIds, 'bigint[]')})`)
  if (isMapped) sql.push('l.lat is not null and l.lon is not null')
  if (near) sql.push(circleSql(near, (value) => param(value, 'float8')))
  if (status !== 'all') sql.push(`${status === 'live' ? '' : 'not '}${IS_LIVE}`)
  return sql
}

/** The listing's time of arrival is never after the true one, and at most so much before. Only in between is it looked up. */
const IS_LIVE = `
  case
    when l.data_at > (select live_since from clock) then true
    when l.data_at > (select live_since - ${ARRIVAL_LAG} from clock) then coalesce(
      (select max(d.last_arrival_at) from datastream d where d.feed_id = l.feed_id) > (select live_since from clock), false)
    else false
  end`

function pageSql({ order = 'created_at', q, page, perPage }: FeedQuery, param: Param): string {
  const limit = Math.min(Math.max(perPage, 1), LIMITS.perPageMax)
  const offset = (Math.max(page, 1) - 1) * limit
  if (order === 'created_at') {
    return `select id from matching order by id desc limit ${param(limit, 'bigint')} offset ${param(offset, 'bigint')}`
  }
  const before = Math.min(offset, MISPLACED_MAX)
  const isTitled =
    order === 'relevance' && q !== undefined
      ? `id in (select feed_id from feed_listing
          where terms @@ (select search_prefixes(${param(storable(q), 'text')}, ':title:')))`
      : 'false'
  return `
    select id
    from (
      select id, changed_at, ${isTitled} as is_titled from matching order by is_titled desc, changed_at desc, id desc
      limit ${param(before + limit + MISPLACED_MAX, 'bigint')} offset ${param(offset - before, 'bigint')}
    ) near
    cross join lateral (select max(last_arrival_at) as at from datastream where feed_id = near.id) arrival
    order by is_titled desc, greatest(changed_at, arrival.at) desc, id desc
    limit ${param(limit, 'bigint')} offset ${param(before, 'bigint')}`
}
