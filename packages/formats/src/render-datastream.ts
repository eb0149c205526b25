import {
  formatFloat,
  formatTimestamp,
  type Datapoint,
  type DatapointDocument,
  type Datastream,
  type DatastreamDocument,
  type Unit,
  type UnitDocument,
} from '@sluice/model'
import { sortTags } from './tags.ts'

export function renderDatapoint({ at, value }: Datapoint): DatapointDocument {
  return { at: formatTimestamp(at), value }
}

/**
 * A datastream in API v2's order of members; empty ones are left out, so one without a value is just `{"id":"temp"}`.
 * @param shown `datapoints` of a history query; `isDocument` adds the `version` that only a top-level document has
 */
export function renderDatastream(
  datastream: Datastream,
  shown: { datapoints?: readonly Datapoint[] | undefined; isDocument?: boolean } = {},
): DatastreamDocument {
  const document: DatastreamDocument = { id: datastream.id }
  if (datastream.currentValue !== null) document.current_value = datastream.currentValue
  if (datastream.at !== null) document.at = formatTimestamp(datastream.at)
  if (datastream.maxValue !== null) document.max_value = formatFloat(datastream.maxValue)
  if (datastream.minValue !== null) document.min_value = formatFloat(datastream.minValue)
  if (datastream.tags.length > 0) document.tags = sortTags(datastream.tags)
  const unit = renderUnit(datastream.unit)
  if (unit) document.unit = unit
  if (shown.datapoints && shown.datapoints.length > 0) document.datapoints = shown.datapoints.map(renderDatapoint)
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
