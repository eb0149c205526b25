import { LIMITS, parseTimestamp } from '@sluice/model'
import type { DatapointDocument } from '@sluice/model'
import { parseGraphOptions } from './graph/graph-options.ts'
import { renderGraph } from './graph/render-graph.ts'
import type { GraphSeries } from './graph/render-graph.ts'
import { parseRange } from './history-window.ts'
import { readDatastream } from './read-feed.ts'
import type { ReadParts } from './read-feed.ts'
import { readingOf } from './reading-of.ts'
import type { Answer, FeedContext } from './route.ts'

/** What a graph shows unless it is asked for a time. */
const SPAN_DEFAULT = '1day'

/**
 * The graph of a datastream (API v2, `.png`): the history that the query asks for, the last day without one, drawn as its
 * other parameters say.
 * @throws {SluiceError} `not_found`, `forbidden`, `unprocessable` as for its history; `unavailable`: too many graphs at once
 */
export async function drawGraph(parts: ReadParts, context: FeedContext, datastreamId: string): Promise<Answer> {
  const { query: asked, receivedAt: now } = context
  const isBounded = [asked['start'], asked['end'], asked['duration']].some(Boolean)
  const bounds = isBounded ? {} : { duration: SPAN_DEFAULT }
  const query = { limit: String(LIMITS.historyLimitMax), ...asked, ...bounds }
  const { document } = await readDatastream(parts, { ...readingOf(context), query }, datastreamId)
  const points = pointsOf(document.datapoints ?? [])
  const range = parseRange(query, now)
  const unitLabel = document.unit?.symbol ?? document.unit?.label
  const series: GraphSeries = {
    points,
    from: range?.start ?? points[0]?.at ?? now,
    to: range?.end ?? now,
    ...(unitLabel !== undefined && { unitLabel }),
    minValue: document.min_value === undefined ? null : Number(document.min_value),
    maxValue: document.max_value === undefined ? null : Number(document.max_value),
  }
  return { status: 200, bytes: await renderGraph(series, parseGraphOptions(asked)) }
}

const pointsOf = (datapoints: readonly DatapointDocument[]): GraphSeries['points'] =>
  datapoints.flatMap(({ at, value }) => {
    const time = parseTimestamp(at)
    return time === null ? [] : [{ at: time, value }]
  })
