import { renderDatastream, renderEnvironment, renderFeed } from '@sluice/formats'
import { NotFoundError, type Datapoint, type Datastream, type DatastreamDocument } from '@sluice/model'
import type { EnvironmentDocument, Feed, FeedDocument, Micros } from '@sluice/model'
import { findFeed, queryHistory } from '@sluice/store'
import { parseHistoryWindow, type HistoryWindow } from './history-window.ts'
import { findStreamFor, freshStreams, missingDatastream, narrowedTo, type Acting } from './reach.ts'
import type { RouteParts } from './route-parts.ts'

export type ReadParts = Pick<RouteParts, 'db' | 'feeds'>
export type Reading = Acting & {
  /** microseconds since 1970 */
  now: Micros
  publicUrl: string
  query: Readonly<Record<string, string>>
}

/**
 * A feed with the datastreams that the caller may see and asked for (`datastreams=a,b`), and their datapoints where
 * the query asks for history.
 * @throws {SluiceError} `not_found`, `unprocessable` for a window that makes no sense
 */
export async function readFeed(parts: ReadParts, reading: Reading): Promise<FeedDocument> {
  const window = parseHistoryWindow(reading.query, reading.now)
  const feed = await getFeed(parts, reading)
  const visible = shownDatastreams(reading)
  const datapoints = window && (await readHistory(parts, reading, { feed, visible, window }))
  return renderFeed(feed, {
    publicUrl: reading.publicUrl,
    now: reading.now,
    showUser: isYes(reading.query['show_user']),
    visible,
    ...(datapoints && { datapoints }),
  })
}

/** The datastreams alone, as the feed would show them. */
export async function readDatastreams(parts: ReadParts, reading: Reading): Promise<DatastreamDocument[]> {
  return (await readFeed(parts, reading)).datastreams ?? []
}

/** One datastream, with its datapoints where the query asks for history, and what its XML says of the feed. */
export async function readDatastream(
  parts: ReadParts,
  reading: Reading,
  datastreamId: string,
): Promise<{ document: DatastreamDocument; environment: EnvironmentDocument }> {
  const window = parseHistoryWindow(reading.query, reading.now)
  const key = await findStreamFor(parts.feeds, reading, 'get', datastreamId)
  const feed = await getFeed(parts, reading)
  const datastream = feed.datastreams.find(({ id }) => id === datastreamId)
  if (!datastream) throw missingDatastream(datastreamId)
  const history = window && (await queryHistory(parts.db.pool, [key], window))
  return {
    document: renderDatastream(datastream, { datapoints: history?.get(key), isDocument: true }),
    environment: renderEnvironment(feed, reading.publicUrl),
  }
}

async function readHistory(
  parts: ReadParts,
  { feed: resolved }: Reading,
  { feed, visible, window }: { feed: Feed; visible: Set<string> | null; window: HistoryWindow },
): Promise<Map<string, Datapoint[]>> {
  const shown = feed.datastreams.map(({ id }: Datastream) => id).filter((id) => !visible || visible.has(id))
  const streams = await freshStreams(parts.feeds, resolved, shown)
  const keys = shown.flatMap((id) => streams.get(id) ?? [])
  const history = await queryHistory(parts.db.pool, keys, window)
  return new Map(shown.map((id) => [id, history.get(streams.get(id) ?? -1) ?? []]))
}

async function getFeed(parts: ReadParts, { feed: { feedId } }: Acting): Promise<Feed> {
  const feed = await findFeed(parts.db.pool, feedId)
  if (!feed) throw new NotFoundError(`Feed with ID = ${feedId}`)
  return feed
}

/** What the key is narrowed to and the query asks for; null for everything. */
function shownDatastreams(reading: Reading): Set<string> | null {
  const reached = narrowedTo(reading, 'get')
  const asked = listed(reading.query['datastreams'])
  if (!asked) return reached
  return new Set(reached ? asked.filter((id) => reached.has(id)) : asked)
}

function listed(text: string | undefined): string[] | null {
  const ids = (text ?? '').split(',').map((id) => id.trim())
  const named = ids.filter((id) => id !== '')
  return named.length > 0 ? named : null
}

/** `true`, `True` and `1` (API v2 clients). */
export const isYes = (text: string | undefined): boolean => text === '1' || text?.toLowerCase() === 'true'
