import {
  parseTimestamp,
  type ActivationDocument,
  type ApiVersion,
  type DatastreamDocument,
  type FeedDocument,
} from '@sluice/model'
import { writeCell } from './csv.ts'

/** What a CSV of API v2 needs to know beside the document: its rows are joined by LF, without one behind the last. */
export type CsvView = { version: ApiVersion; isHistory: boolean | undefined }

type Row = { id: string; at: string; value: string }

/**
 * Version 2: `id,at,value`, a row for each datastream (`temp,,""` without a value), or of a history query one for each
 * datapoint, sorted by time across all datastreams. Version 1: the values on one line, by position.
 */
export function writeDatastreamsCsv(
  datastreams: readonly DatastreamDocument[],
  { version, isHistory }: CsvView,
): string {
  if (version === 'v1') return datastreams.map(({ current_value: value }) => writeCell(value ?? '')).join(',')
  return rowsOf(datastreams, isHistory).map(writeRow).join('\n')
}

/** `at,value`, or in version 1 the bare value. */
export function writeDatastreamCsv(datastream: DatastreamDocument, { version, isHistory }: CsvView): string {
  if (version === 'v1') return writeCell(datastream.current_value ?? '')
  const rows = rowsOf([datastream], isHistory)
  return rows.map(({ at, value }) => `${writeTime(at)},${writeCell(value)}`).join('\n')
}

/** `feed_id,id,at,value`. */
export function writeFeedListCsv(feeds: readonly FeedDocument[], isHistory: boolean | undefined): string {
  const rows = feeds.flatMap(({ id, datastreams = [] }) =>
    rowsOf(datastreams, isHistory).map((row) => `${id},${writeRow(row)}`),
  )
  return rows.join('\n')
}

/** `APIKEY,FEED_ID,N,NAME1,NAME2,…`: N names of datastreams. */
export function writeActivationCsv({ apikey, feed_id: feedId, datastreams }: ActivationDocument): string {
  return [apikey, String(feedId), String(datastreams.length), ...datastreams].map(writeCell).join(',')
}

function rowsOf(datastreams: readonly DatastreamDocument[], isHistory: boolean | undefined): Row[] {
  if (isHistory ?? datastreams.some(({ datapoints }) => datapoints)) return historyOf(datastreams)
  return datastreams.map(({ id, at = '', current_value: value = '' }) => ({ id, at, value }))
}

/** Points of the same time stay in the order of their datastreams. Times may carry offsets, so text does not sort them. */
function historyOf(datastreams: readonly DatastreamDocument[]): Row[] {
  const rows = datastreams.flatMap(({ id, datapoints = [] }) =>
    datapoints.map(({ at, value }) => ({ micros: parseTimestamp(at) ?? 0, row: { id, at, value } })),
  )
  if (datastreams.length > 1) rows.sort((one, other) => one.micros - other.micros)
  return rows.map(({ row }) => row)
}

const writeRow = ({ id, at, value }: Row): string => `${writeCell(id)},${writeTime(at)},${writeCell(value)}`

/** No time is an empty cell, no value an empty text. */
const writeTime = (at: string): string => (at === '' ? '' : writeCell(at))
