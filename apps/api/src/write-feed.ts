import { formatTimestamp, numberOf, SluiceError } from '@sluice/model'
import type { DatastreamPatch, FeedPatch, Micros, Outcome } from '@sluice/model'
import { updateDatastream, updateFeed } from '@sluice/store'
import { findStreamFor, missingDatastream, requireStreams, requireWholeFeed, type Acting } from './reach.ts'
import type { RouteParts } from './route-parts.ts'
import type { ResolvedFeed } from './route.ts'

export type WriteParts = Pick<RouteParts, 'db' | 'ingest' | 'feeds' | 'announce'>
/** `receivedAt` is the time of values that came without one. */
export type Writing = Acting & { receivedAt: Micros }
export type Point = { datastreamId: string; at: Micros; value: string }

/**
 * Changes what a feed says about itself and writes values; datastreams that are missing are made (API v2, PUT feed).
 * Metadata is committed first, so a feed is private before its values are announced. When the values then fail, sending
 * the whole request again is safe.
 * @throws {SluiceError} `forbidden` for a key narrowed to other datastreams, `unprocessable`, `unavailable`
 */
export async function writeFeed(parts: WriteParts, writing: Writing, patch: FeedPatch): Promise<void> {
  const patches = patch.datastreams ?? []
  if (patchesFeed(patch)) requireWholeFeed(writing, 'put')
  requireStreams(writing, 'put', idsOf(patches))
  await writeStreams(parts, writing, { patches, metadata: patchesMetadata(patch) ? patch : null })
  if (patch.isPrivate !== undefined && patch.isPrivate !== writing.feed.isPrivate)
    parts.feeds.forget(writing.feed.feedId)
}

/** Makes datastreams, or updates those that exist (API v2, POST datastreams; the forgiving choice). */
export async function createDatastreams(
  parts: WriteParts,
  writing: Writing,
  patches: DatastreamPatch[],
): Promise<void> {
  requireStreams(writing, 'post', idsOf(patches))
  const metadata = patches.some(patchesStream) ? { datastreams: patches } : null
  await writeStreams(parts, writing, { patches, metadata })
}

/**
 * Changes one datastream that exists and writes its values (API v2, PUT datastream).
 * @throws {SluiceError} `not_found`, `forbidden`, `unprocessable`, `unavailable`
 */
export async function writeDatastream(parts: WriteParts, writing: Writing, patch: DatastreamPatch): Promise<void> {
  const key = await findStreamFor(parts.feeds, writing, 'put', patch.id)
  if (patchesStream(patch)) {
    await parts.db.inTransaction((tx) => updateDatastream(tx, key, patch))
    parts.announce.updated(writing.feed.accountId, writing.feed.feedId)
  }
  const points = pointsOf([patch], writing.receivedAt)
  requireStored(await appendPoints(parts, writing.feed, points, new Map([[patch.id, key]])), points)
  await restateExtremes(parts, writing.feed, [patch])
}

/** @throws {SluiceError} `not_found`, `forbidden`, `unavailable` */
export async function appendDatapointsTo(
  parts: WriteParts,
  writing: Writing,
  datastreamId: string,
  sent: readonly { at?: Micros; value: string }[],
): Promise<void> {
  const key = await findStreamFor(parts.feeds, writing, 'post', datastreamId)
  const points = pointsOf([{ id: datastreamId, datapoints: [...sent] }], writing.receivedAt)
  requireStored(await appendPoints(parts, writing.feed, points, new Map([[datastreamId, key]])), points)
}

async function writeStreams(
  parts: WriteParts,
  { feed, receivedAt }: Writing,
  { patches, metadata }: { patches: DatastreamPatch[]; metadata: FeedPatch | null },
): Promise<void> {
  const ids = idsOf(patches)
  const isKnown = ids.every((id) => feed.streams.has(id))
  const streams = isKnown ? feed.streams : await parts.feeds.ensure(feed.feedId, ids)
  if (metadata) await parts.db.inTransaction((tx) => updateFeed(tx, feed.feedId, metadata))
  if (metadata || !isKnown) parts.announce.updated(feed.accountId, feed.feedId)
  const points = pointsOf(patches, receivedAt)
  requireStored(await appendEnsured(parts, feed, points, streams), points)
  await restateExtremes(parts, feed, patches)
}

/**
 * What a client says of extremes stands, also where values that it sends along lie outside (Xively4J's suite against the
 * live service); only later values widen them.
 */
async function restateExtremes(
  { db }: Pick<WriteParts, 'db'>,
  { feedId }: ResolvedFeed,
  patches: readonly DatastreamPatch[],
): Promise<void> {
  const datastreams = patches.filter(isExceeded).map(({ id, maxValue, minValue }) => ({
    id,
    ...(maxValue !== undefined && { maxValue }),
    ...(minValue !== undefined && { minValue }),
  }))
  if (datastreams.length > 0) await db.inTransaction((tx) => updateFeed(tx, feedId, { datastreams }))
}

function isExceeded(patch: DatastreamPatch): boolean {
  const { maxValue = Infinity, minValue = -Infinity } = patch
  // nearly all: their values need not be looked at
  if (maxValue === Infinity && minValue === -Infinity) return false
  return pointsOf([patch], 0).some(({ value }) => {
    const number = numberOf(value)
    return number !== null && (number > maxValue || number < minValue)
  })
}

/** Like `appendPoints`, but a datastream that was deleted since its key was looked up is made again. */
export async function appendEnsured(
  parts: WriteParts,
  feed: ResolvedFeed,
  points: readonly Point[],
  streams: ReadonlyMap<string, number>,
): Promise<Outcome[]> {
  const outcomes = await appendPoints(parts, feed, points, streams)
  const left = points.filter((_, index) => outcomes[index]?.result === 'rejected')
  if (left.length === 0) return outcomes
  const made = await parts.feeds.ensure(feed.feedId, [...new Set(left.map((point) => point.datastreamId))])
  const again = (await appendPoints(parts, feed, left, made)).values()
  return outcomes.map((outcome) => (outcome.result === 'rejected' ? (again.next().value ?? outcome) : outcome))
}

/** What a write stores, in order; a current value comes after the datapoints beside it. */
export function pointsOf(patches: readonly DatastreamPatch[], receivedAt: Micros): Point[] {
  const points: Point[] = []
  for (const { id, datapoints, currentValue, at } of patches) {
    for (const point of datapoints ?? []) {
      points.push({ datastreamId: id, at: point.at ?? receivedAt, value: point.value })
    }
    if (currentValue !== undefined) points.push({ datastreamId: id, at: at ?? receivedAt, value: currentValue })
  }
  return points
}

/**
 * Stores points and announces those that are new, in one event.
 * @param streams row keys; a point whose datastream is not among them is rejected
 * @returns what became of each point, in order, after COMMIT
 */
export async function appendPoints(
  { ingest, announce, feeds }: WriteParts,
  feed: ResolvedFeed,
  points: readonly Point[],
  streams: ReadonlyMap<string, number>,
): Promise<Outcome[]> {
  const known: (Point & { streamKey: number })[] = []
  for (const { datastreamId, at, value } of points) {
    const streamKey = streams.get(datastreamId)
    if (streamKey !== undefined) known.push({ datastreamId, at, value, streamKey })
  }
  const stored =
    known.length > 0 ? await ingest.append({ feedId: feed.feedId, accountId: feed.accountId, points: known }) : []
  let next = 0
  const outcomes = points.map((point) => (streams.has(point.datastreamId) ? (stored[next++] ?? UNKNOWN) : UNKNOWN))
  if (outcomes.some(({ result }) => result === 'rejected')) feeds.forget(feed.feedId)
  if (announce.hears(feed.accountId, feed.feedId)) {
    const events = points
      .filter((_, index) => outcomes[index]?.result === 'stored')
      .map(({ datastreamId, at, value }) => ({ datastream: datastreamId, at: formatTimestamp(at), value }))
    if (events.length > 0) announce.datapoints(feed.accountId, feed.feedId, events)
  }
  return outcomes
}

const UNKNOWN = { result: 'rejected', reason: 'datastream does not exist' } as const satisfies Outcome
const REASONS_MAX = 20

/** @throws {SluiceError} what was refused, and why: a request with a rejected point is not a success */
function requireStored(outcomes: readonly Outcome[], points: readonly Point[]): void {
  const reasons = new Map<string, string>()
  for (const [index, outcome] of outcomes.entries()) {
    const id = points[index]?.datastreamId ?? ''
    if (outcome.result === 'rejected') reasons.set(id, outcome.reason)
  }
  const [first] = reasons
  if (!first) return
  if ([...reasons.values()].every((reason) => reason === UNKNOWN.reason)) throw missingDatastream(first[0])
  const sentences = [...reasons].slice(0, REASONS_MAX).map(([id, reason]) => `datastream ${id}: ${reason}`)
  throw new SluiceError('unprocessable', sentences)
}

const idsOf = (patches: readonly DatastreamPatch[]): string[] => patches.map(({ id }) => id)

/** Whether a write says something about the feed itself. */
function patchesFeed(patch: FeedPatch): boolean {
  return Object.keys(patch).some((member) => member !== 'datastreams')
}

function patchesMetadata(patch: FeedPatch): boolean {
  return patchesFeed(patch) || (patch.datastreams ?? []).some(patchesStream)
}

/** Whether a write says something about a datastream other than values. */
function patchesStream({ tags, unit, maxValue, minValue }: DatastreamPatch): boolean {
  return tags !== undefined || unit !== undefined || maxValue !== undefined || minValue !== undefined
}
