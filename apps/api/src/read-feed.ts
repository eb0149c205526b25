import { renderDatastream, renderEnvironment, renderFeed, type PrintTime } from '@sluice/formats'
import { formatTimestamp, HISTORY_FUNCTIONS, NotFoundError } from '@sluice/model'
import type { Datastream, DatastreamDocument, Feed, HistoryFunction, Micros, Representation } from '@sluice/model'
import { findFeed, queryHistory } from '@sluice/store'
import { parseHistoryWindow, parseSnapshotTime, timePrinterFor, type HistoryWindow } from './history-window.ts'
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
 * the query asks for history. With `time` the datastreams have the values of that moment, and those that had none yet
 * are left out; everything else is as it is now (API v2).
 * @throws {SluiceError} `not_found`, `unprocessable` for a window that makes no sense
 */
export async function readFeed(parts: ReadParts, reading: Reading): Promise<Representation & { kind: 'feed' }> {
  const asked = askedOf(reading)
  const { window, time } = asked
  const feed = await getFeed(parts, reading)
  const visible = shownDatastreams(reading)
  const shown = feed.datastreams.filter(({ id }) => !visible || visible.has(id))
  const keys = window || time !== null ? await keysOf(parts, reading, shown) : new Map<string, number>()
  const datastreams = await datastreamsAt(parts, asked, { shown, keys })
  const history = window && (await queryHistory(parts.db.pool, [...keys.values()], window))
  const document = renderFeed(
    { ...feed, datastreams },
    {
      publicUrl: reading.publicUrl,
      now: reading.now,
      showUser: isYes(reading.query['show_user']),
      ...(history && { datapoints: new Map(Array.from(keys, ([id, key]) => [id, history.get(key) ?? []])) }),
      ...viewOf(asked),
    },
  )
  return { kind: 'feed', document, isHistory: window !== null }
}

/** The datastreams alone, as the feed would show them. */
export async function readDatastreams(parts: ReadParts, reading: Reading): Promise<DatastreamDocument[]> {
  const { document } = await readFeed(parts, reading)
  return document.datastreams ?? []
}

/**
 * One datastream, with its datapoints where the query asks for history, and with the value of another moment where it
 * has a `time`; and what its XML says of the feed.
 * @throws {SluiceError} `not_found` also where it had no value yet at that time; `unprocessable`
 */
export async function readDatastream(
  parts: ReadParts,
  reading: Reading,
  datastreamId: string,
): Promise<Representation & { kind: 'datastream' }> {
  const asked = askedOf(reading)
  const { window, time } = asked
  const key = await findStreamFor(parts.feeds, reading, 'get', datastreamId)
  const feed = await getFeed(parts, reading)
  const shown = feed.datastreams.filter(({ id }) => id === datastreamId)
  if (shown.length === 0) throw missingDatastream(datastreamId)
  const [datastream] = await datastreamsAt(parts, asked, { shown, keys: new Map([[datastreamId, key]]) })
  if (!datastream) throw new NotFoundError(`Datapoint with at <= ${formatTimestamp(time ?? reading.now)}`)
  const history = window && (await queryHistory(parts.db.pool, [key], window))
  return {
    kind: 'datastream',
    document: renderDatastream(datastream, { datapoints: history?.get(key), isDocument: true, ...viewOf(asked) }),
    environment: renderEnvironment(feed, reading.publicUrl, asked.printTime),
    isHistory: window !== null,
  }
}

/** What a query asks for beside the things as they are. */
type Asked = { window: HistoryWindow | null; time: Micros | null; printTime: PrintTime }

function askedOf({ query, now }: Reading): Asked {
  return {
    window: parseHistoryWindow(query, now),
    time: parseSnapshotTime(query),
    printTime: timePrinterFor(query),
  }
}

function viewOf({ window, printTime }: Asked): { printTime: PrintTime; datapointsFunction: HistoryFunction | null } {
  const as = window?.sampling?.as
  return { printTime, datapointsFunction: HISTORY_FUNCTIONS.find((name) => name === as) ?? null }
}

/** As they are, or as they were: with the newest value of then. */
async function datastreamsAt(
  parts: ReadParts,
  { time }: Asked,
  { shown, keys }: { shown: Datastream[]; keys: ReadonlyMap<string, number> },
): Promise<Datastream[]> {
  if (time === null) return shown
  const newest = { start: null, end: time, limit: 1, newest: true }
  const values = await queryHistory(parts.db.pool, [...keys.values()], newest)
  return shown.flatMap((datastream) => {
    const [point] = values.get(keys.get(datastream.id) ?? -1) ?? []
    return point ? [{ ...datastream, currentValue: point.value, at: point.at }] : []
  })
}

/** Row keys by id, of those that were not removed meanwhile. */
async function keysOf(parts: ReadParts, { feed }: Reading, shown: readonly Datastream[]): Promise<Map<string, number>> {
  const ids = new Set(shown.map(({ id }) => id))
  const streams = await freshStreams(parts.feeds, feed, [...ids])
  return new Map([...streams].filter(([id]) => ids.has(id)))
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
