import {
  formatFloat,
  formatTimestamp,
  type Datapoint,
  type DatapointDocument,
  type Datastream,
  type DatastreamDocument,
  type HistoryFunction,
  type Micros,
  type Unit,
  type UnitDocument,
} from '@sluice/model'
import { sortTags } from './tags.ts'

/** How a document prints its times: in UTC, unless the question named a time zone (API v2). */
export type PrintTime = (at: Micros) => string

/** What a datastream shows beside itself. */
export type DatastreamView = {
  /** the answer of a history query */
  datapoints?: readonly Datapoint[] | undefined
  /** what made the datapoints of those that were sent */
  datapointsFunction?: HistoryFunction | null
  /** adds the `version` that only a top-level document has */
  isDocument?: boolean
  printTime?: PrintTime
}

export function renderDatapoint({ at, value }: Datapoint): DatapointDocument {
  return { at: formatTimestamp(at), value }
}

/** A datastream in API v2's order of members; empty ones are left out, so one without a value is just `{"id":"temp"}`. */
export function renderDatastream(datastream: Datastream, shown: DatastreamView = {}): DatastreamDocument {
  const { datapoints, printTime = formatTimestamp } = shown
  const document: DatastreamDocument = { id: datastream.id }
  if (datastream.currentValue !== null) document.current_value = datastream.currentValue
  if (datastream.at !== null) document.at = printTime(datastream.at)
  if (datastream.maxValue !== null) document.max_value = formatFloat(datastream.maxValue)
  if (datastream.minValue !== null) document.min_value = formatFloat(datastream.minValue)
  if (datastream.tags.length > 0) document.tags = sortTags(datastream.tags)
  const unit = renderUnit(datastream.unit)
  if (unit) document.unit = unit
  if (datapoints && datapoints.length > 0) {
    if (shown.datapointsFunction) document.datapoints_function = shown.datapointsFunction
    document.datapoints = datapoints.map(({ at, value }) => ({ at: printTime(at), value }))
  }
  if (shown.isDocument) document.version = '1.0.0'
  return document
}

function renderUnit({ type, symbol, label }: Unit): UnitDocument | undefined {
  const unit: UnitDocument = {}
  if (type) unit.type = type
  if (symbol) unit.symbol = symbol
  if (label) unit.label = label
  return Object.keys(unit).length > 0 ? unit : undefined
}
