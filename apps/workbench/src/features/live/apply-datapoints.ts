import type { DatapointEvent, DatastreamDocument, FeedDocument } from '@sluice/model'
import { numberOf } from '@sluice/model'

/** A feed after some datapoints arrived: the newest by `at` is current, and a new datastream appears at the end. */
export function applyDatapoints(feed: FeedDocument, points: readonly DatapointEvent[]): FeedDocument {
  const streams = new Map((feed.datastreams ?? []).map((stream) => [stream.id, stream]))
  for (const point of points) {
    const stream = streams.get(point.datastream) ?? { id: point.datastream }
    streams.set(point.datastream, applyPoint(stream, point))
  }
  return { ...feed, datastreams: [...streams.values()] }
}

function applyPoint(stream: DatastreamDocument, { at, value }: DatapointEvent): DatastreamDocument {
  const widened = { ...stream, ...extremes(stream, numberOf(value)) }
  // both are UTC with six fraction digits, so that text compares like time
  if (stream.at !== undefined && stream.at > at) return widened
  return { ...widened, at, current_value: value }
}

function extremes(stream: DatastreamDocument, number: number | null): Partial<DatastreamDocument> {
  if (number === null) return {}
  const { max_value, min_value } = stream
  return {
    max_value: max_value === undefined ? String(number) : String(Math.max(Number(max_value), number)),
    min_value: min_value === undefined ? String(number) : String(Math.min(Number(min_value), number)),
  }
}
