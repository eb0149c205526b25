import { LIMITS, type Micros } from '@sluice/model'
import { asHash, isHash, listOf, parserError, type Body, type Input } from './body.ts'
import { datapointDocument, datapointsDocument } from './documents.ts'
import { refuseAny, tooManyDatapoints } from './problems.ts'
import { isMissing, readTimestamp, readValue, timeOfAll, type Reading } from './scalars.ts'

/** A datapoint as it was sent: without a time it happened when it arrived. */
export type SentDatapoint = { at?: Micros; value: string }

type DatapointInput = Input<'at' | 'value'>

/**
 * Body of POST …/datapoints, at most 500: `{"datapoints":[{"at","value"}]}`, where a single bare datapoint is
 * tolerated; EEML with one `data` and `datapoints/value[@at]`; CSV rows of `at,value`.
 * @throws {SluiceError} `invalid` or `unprocessable`; then nothing of the request may be stored (API v2)
 */
export function parseDatapointsBody(body: Body, now: Micros): SentDatapoint[] {
  const document: Input<'datapoints' | 'value'> = datapointsDocument(body)
  const reading: Reading = { now, problems: [], timeOfAll: timeOfAll(document) }
  const listed = listOf(document.datapoints, 'datapoints') ?? (document.value === undefined ? null : [document])
  if (!listed) throw parserError('"datapoints" must be an array')
  const points = readDatapoints(listed, 'datapoints_', reading)
  refuseAny(reading.problems)
  return points
}

/**
 * Body of PUT …/datapoints/TIMESTAMP: `{"value":"9"}`, EEML with one `value`, or CSV with one cell. The time in the
 * path counts, one in the body is ignored.
 * @throws {SluiceError} `invalid` or `unprocessable`
 */
export function parseDatapointBody(body: Body): string {
  const document: DatapointInput = datapointDocument(body)
  const problems: string[] = []
  const value = readValue(document.value ?? '', 'value', problems)
  refuseAny(problems)
  // without a problem there is a value
  return value ?? ''
}

/**
 * Reads a list of datapoints; entries that are wrong become problems and are left out.
 * @throws {SluiceError} `unprocessable` for more than 500, before any of them is looked at
 */
export function readDatapoints(listed: readonly unknown[], prefix: string, reading: Reading): SentDatapoint[] {
  if (listed.length > LIMITS.datapointsPerRequestMax) throw tooManyDatapoints()
  const points: SentDatapoint[] = []
  let withoutTime = 0
  for (const entry of listed) {
    const input: DatapointInput = isHash(entry) ? entry : asHash(entry)
    const value = readValue(input.value ?? '', `${prefix}value`, reading.problems)
    const at = readTimestamp(input.at, `${prefix}at`, reading)
    if (isMissing(input.at)) withoutTime++
    if (value !== undefined) points.push(at === undefined ? { value } : { at, value })
  }
  if (withoutTime > 1) reading.problems.push(timesNeeded(prefix))
  return points
}

/** Two points that both "happened on arrival", or when all of the body did, would be one: the first would be lost. */
const timesNeeded = (prefix: string): string => `${prefix}at can't be blank where several values are given`
