import { type DatastreamPatch, type FeedPatch, type Location, NotFoundError } from '@sluice/model'
import type { Queryable, Transaction } from '../database.ts'
import { ensureDatastreams, removeDatapointsOf, updateDatastreams } from './datastreams.ts'
import { cancelDeliveriesOfFeeds } from './trigger-changes.ts'

/** older waypoints of a feed go when it moves on */
const WAYPOINTS_PER_FEED_MAX = 1000

const COLUMNS = [
  ['title', 'title'],
  ['isPrivate', 'is_private'],
  ['description', 'description'],
  ['website', 'website'],
  ['email', 'email'],
  ['icon', 'icon'],
  ['autoFeedUrl', 'auto_feed_url'],
  ['tags', 'tags'],
] as const satisfies readonly (readonly [keyof FeedPatch, string])[]

const LOCATION_COLUMNS = [
  ['name', 'location_name'],
  ['domain', 'domain'],
  ['disposition', 'disposition'],
  ['exposure', 'exposure'],
  ['lat', 'lat'],
  ['lon', 'lon'],
  ['ele', 'ele'],
] as const satisfies readonly (readonly [keyof Location, string])[]

/** Makes a feed with the datastreams that the patch lists; their values are appended by the archive. */
export async function createFeed(
  tx: Transaction,
  accountId: number,
  patch: FeedPatch & { title: string },
): Promise<number> {
  const { rows } = await tx.query<{ id: number }>('insert into feed (account_id, title) values ($1, $2) returning id', [
    accountId,
    patch.title,
  ])
  const feedId = rows[0]?.id ?? 0
  await updateFeed(tx, feedId, patch)
  return feedId
}

/**
 * Writes what the patch says of metadata, tags and location, and creates the datastreams it lists and updates their
 * metadata. Their values are appended by the archive. A location is merged member by member, an empty text clears one;
 * when a mobile feed gets a new position, the one it had becomes a waypoint (API v2).
 * A patch that repeats what is there writes nothing: xively-python sends the whole feed with every value.
 * @throws {NotFoundError} no such feed
 * @throws {SluiceError} `unprocessable` beyond 1000 datastreams; nothing of the transaction may be committed then
 */
export async function updateFeed(tx: Transaction, feedId: number, patch: FeedPatch): Promise<void> {
  const changes = changesOf(patch)
  if (changes.size > 0) {
    const position = await lockPosition(tx, feedId)
    if (moves(position, patch.location)) {
      if ((patch.location?.disposition ?? position.disposition) === 'mobile') await keepWaypoint(tx, feedId)
      await tx.query('update feed set located_at = now() where id = $1', [feedId])
    }
    await writeFeed(tx, feedId, changes)
  }
  if (patch.datastreams && patch.datastreams.length > 0) await writeDatastreams(tx, feedId, patch.datastreams)
}

/** Removes a feed with its datastreams, datapoints, triggers, keys bound to it alone, and its device. */
export function removeFeed(tx: Transaction, feedId: number): Promise<void> {
  return removeFeeds(tx, [feedId])
}

/**
 * The same for several. A product that *add device* made goes with its last device.
 * @param feedIds some dozens: their datapoints go in one statement
 */
export async function removeFeeds(tx: Transaction, feedIds: readonly number[]): Promise<void> {
  if (feedIds.length === 0) return
  const { rows: products } = await tx.query<{ id: string }>(
    'select distinct product_id as id from device where feed_id = any($1::bigint[])',
    [feedIds],
  )
  // new datastreams need this lock, and new values those of their datastreams: nothing can arrive behind the removal
  await tx.query('select from feed where id = any($1::bigint[]) order by id for update', [feedIds])
  const { rows: streams } = await tx.query<{ key: number }>(
    'select key from datastream where feed_id = any($1::bigint[]) order by key for update',
    [feedIds],
  )
  await removeDatapointsOf(
    tx,
    streams.map((stream) => stream.key),
  )
  await cancelDeliveriesOfFeeds(tx, feedIds)
  await tx.query('delete from feed where id = any($1::bigint[])', [feedIds])
  await tx.query(
    `delete from product p where id = any($1::text[]) and is_hidden
       and not exists (select from device where product_id = p.id)`,
    [products.map(({ id }) => id)],
  )
}

/** Columns and their new values; values never become SQL text. */
function changesOf(patch: FeedPatch): Map<string, unknown> {
  const changes = new Map<string, unknown>()
  for (const [member, column] of COLUMNS) if (patch[member] !== undefined) changes.set(column, patch[member])
  for (const [member, column] of LOCATION_COLUMNS) {
    const value = patch.location?.[member]
    if (value !== undefined) changes.set(column, value === '' ? null : value)
  }
  return changes
}

async function writeFeed(tx: Transaction, feedId: number, changes: ReadonlyMap<string, unknown>): Promise<void> {
  const columns = [...changes.keys()]
  const assigned = columns.map((column, index) => `${column} = $${index + 2}`)
  const differs = columns.map((column, index) => `${column} is distinct from $${index + 2}`)
  await tx.query(
    `update feed set ${assigned.join(', ')}, updated_at = now() where id = $1 and (${differs.join(' or ')})`,
    [feedId, ...changes.values()],
  )
}

type Position = { lat: number | null; lon: number | null; disposition: string | null }

async function lockPosition(tx: Transaction, feedId: number): Promise<Position> {
  const { rows } = await tx.query<Position>('select lat, lon, disposition from feed where id = $1 for no key update', [
    feedId,
  ])
  if (!rows[0]) throw new NotFoundError(`feed ${feedId}`)
  return rows[0]
}

function moves(from: Position, to: Location | undefined): boolean {
  if (to?.lat === undefined && to?.lon === undefined) return false
  return (to.lat ?? from.lat) !== from.lat || (to.lon ?? from.lon) !== from.lon
}

async function keepWaypoint(tx: Transaction, feedId: number): Promise<void> {
  const { rowCount } = await tx.query(
    `insert into waypoint (feed_id, at, lat, lon)
     select id, located_at, lat, lon from feed
     where id = $1 and located_at is not null and lat is not null and lon is not null
     on conflict (feed_id, at) do update set lat = excluded.lat, lon = excluded.lon`,
    [feedId],
  )
  if (rowCount === 0) return
  await tx.query(
    `delete from waypoint where feed_id = $1
     and at <= (select at from waypoint where feed_id = $1 order by at desc offset $2 limit 1)`,
    [feedId, WAYPOINTS_PER_FEED_MAX],
  )
}

async function writeDatastreams(tx: Transaction, feedId: number, patches: readonly DatastreamPatch[]): Promise<void> {
  const keys = await ensureDatastreams(
    tx,
    feedId,
    patches.map((patch) => patch.id),
  )
  const entries = patches.map((patch) => ({ key: keys.get(patch.id) ?? 0, patch }))
  if ((await updateDatastreams(tx, entries)) > 0) await touchFeed(tx, feedId)
}

/** The metadata of the feed, or of one of its datastreams, changed. */
export async function touchFeed(db: Queryable, feedId: number): Promise<void> {
  await db.query('update feed set updated_at = now() where id = $1', [feedId])
}
