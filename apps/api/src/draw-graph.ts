import { HISTORY_INTERVALS, LIMITS, parseTimestamp } from '@sluice/model'
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
const POINTS_MAX = LIMITS.historyLimitMax

/**
 * The graph of a datastream (API v2, `.png`): the history that the query asks for, the last day without one, drawn as its
 * other parameters say. Where there are more datapoints than an answer has, one of each interval is drawn, so that the line
 * goes on to the end.
 * @throws {SluiceError} `not_found`, `forbidden`, `unprocessable` as for its history; `unavailable`: too many graphs at once
 */
export async function drawGraph(parts: ReadParts, context: FeedContext, datastreamId: string): Promise<Answer> {
  const { query: asked, receivedAt: now } = context
  const isBounded = [asked['start'], asked['end'], asked['duration']].some(Boolean)
  const query = { limit: String(POINTS_MAX), ...asked, ...(isBounded ? {} : { duration: SPAN_DEFAULT }) }
  const read = (more: Record<string, string>): ReturnType<typeof readDatastream> =>
    readDatastream(parts, { ...readingOf(context), query: { ...query, ...more } }, datastreamId)
  const range = parseRange(query, now)
  let { document } = await read({})
  const isCut = asked['limit'] === undefined && document.datapoints?.length === POINTS_MAX
  if (isCut && !asked['interval'] && range?.start != null) {
    const interval = intervalFor(((range.end ?? now) - range.start) / 1e6)
    document = (await read({ interval: String(interval) })).document
  }
  const points = pointsOf(document.datapoints ?? [])
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

/** The shortest one of which no more fit into the span than an answer has points. */
function intervalFor(spanS: number): number {
  const fitting = HISTORY_INTERVALS.find(({ seconds }) => seconds > 0 && spanS / seconds < POINTS_MAX)
  return (fitting ?? HISTORY_INTERVALS[HISTORY_INTERVALS.length - 1])?.seconds ?? 0
}

const pointsOf = (datapoints: readonly DatapointDocument[]): GraphSeries['points'] =>
  datapoints.flatMap(({ at, value }) => {
    const time = parseTimestamp(at)
    return time === null ? [] : [{ at: time, value }]
  })
