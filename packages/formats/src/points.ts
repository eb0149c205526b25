import type { Micros } from '@sluice/model'
import { isHash, listOf, parseHash, parserError, type Input } from './body.ts'
import type { SentDatapoint } from './datapoints.ts'
import { readDatastreamId } from './datastreams.ts'
import { readTimestamp, readValue, type Reading } from './scalars.ts'

/** A datapoint that names its datastream, as `sluice.datapoints.append` takes it. */
export type AddressedDatapoint = SentDatapoint & { datastream: string }

/**
 * Reads `{"datastream","at"?,"value"}`.
 * @returns the reason in words where it cannot be stored: each point of a call has an outcome of its own
 */
export function readAddressedDatapoint(entry: unknown, now: Micros): AddressedDatapoint | { reason: string } {
  if (!isHash(entry)) return { reason: 'a datapoint must be an object with datastream, at and value' }
  const input: Input<'datastream' | 'at' | 'value'> = entry
  const reading: Reading = { now, problems: [] }
  const datastream = readDatastreamId(input.datastream, 'datastream', reading)
  const value = readValue(input.value ?? '', 'value', reading.problems)
  const at = readTimestamp(input.at, 'at', reading)
  if (value === undefined || reading.problems.length > 0) return { reason: reading.problems.join('; ') }
  return at === undefined ? { datastream, value } : { datastream, at, value }
}

/**
 * Body of a request whose datapoints are answered one by one: `{"datapoints":[…]}`. Entries are looked at later.
 * @throws {SluiceError} `invalid`: not such a list
 */
export function parsePointList(text: string): object[] {
  const body: Input<'datapoints'> = parseHash(text)
  const listed = listOf(body.datapoints, 'datapoints')
  if (!listed) throw parserError('"datapoints" must be an array')
  return listed.map((entry) => (isHash(entry) ? entry : {}))
}
