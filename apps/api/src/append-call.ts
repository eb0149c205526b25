import { readAddressedDatapoint } from '@sluice/formats'
import { access, LIMITS, SluiceError, type Outcome } from '@sluice/model'
import type { Acting } from './reach.ts'
import { appendEnsured, type Point, type WriteParts, type Writing } from './write-feed.ts'

/**
 * Stores datapoints of any datastreams of one feed, as a WAMP call sends them; datastreams that are missing are made.
 * Unlike a request of API v2, each point has an outcome of its own, in order, known after COMMIT.
 * @param entries at most 500 of `{"datastream","at"?,"value"}`; a datastream may leave `at` out once
 * @throws {SluiceError} `unprocessable` for more; `unavailable`: nothing of the call was kept, or sending again is safe
 */
export async function appendCalled(
  parts: WriteParts,
  writing: Writing,
  entries: readonly unknown[],
): Promise<Outcome[]> {
  if (entries.length > LIMITS.datapointsPerRequestMax) {
    throw new SluiceError('unprocessable', `datapoints can't be more than ${LIMITS.datapointsPerRequestMax}`)
  }
  const undated = new Set<string>()
  const read = entries.map((entry) => readPoint(writing, entry, undated))
  const points = read.flatMap((point) => ('reason' in point ? [] : [point]))
  const stored = points.length > 0 ? await store(parts, writing, points) : []
  const next = stored.values()
  return read.map((point) =>
    'reason' in point ? rejected(point.reason) : (next.next().value ?? rejected('it was left without an outcome')),
  )
}

const rejected = (reason: string): Outcome => ({ result: 'rejected', reason })

function readPoint(writing: Writing, entry: unknown, undated: Set<string>): Point | { reason: string } {
  const point = readAddressedDatapoint(entry, writing.receivedAt)
  if ('reason' in point) return point
  const { datastream, at, value } = point
  const refusal = refusalOf(writing, datastream)
  if (refusal !== null) return { reason: refusal }
  if (at === undefined) {
    if (undated.has(datastream)) return { reason: "at can't be blank where several values are given" }
    undated.add(datastream)
  }
  return { datastreamId: datastream, at: at ?? writing.receivedAt, value }
}

/** Why a datastream may not be written now, null where it may. put and post both write values in API v2. */
function refusalOf({ principal, feed }: Acting, datastreamId: string): string | null {
  const to = { ...feed, datastreamId }
  const method = (['put', 'post'] as const).find((method) => access(principal, method, to) === 'allowed')
  if (method === undefined) return `this key may not write the datastream ${datastreamId}`
  try {
    if (principal.kind === 'key') principal.pace?.take(method, to)
    return null
  } catch (error) {
    if (error instanceof SluiceError && error.code === 'rate_limited') return error.message
    throw error
  }
}

async function store(parts: WriteParts, { feed }: Writing, points: readonly Point[]): Promise<Outcome[]> {
  const ids = [...new Set(points.map(({ datastreamId }) => datastreamId))]
  const isKnown = ids.every((id) => feed.streams.has(id))
  const streams = isKnown ? feed.streams : await parts.feeds.ensure(feed.feedId, ids)
  if (!isKnown) parts.announce.updated(feed.accountId, feed.feedId)
  return appendEnsured(parts, feed, points, streams)
}
