import { LIMITS, SluiceError, type Micros } from '@sluice/model'
import { asHash, isHash, listOf, parseHash, parserError, type Body, type Input } from './body.ts'
import { refuseAny } from './problems.ts'
import { readTimestamp, readValue, type Reading } from './scalars.ts'

/** A datapoint as it was sent: without a time it happened when it arrived. */
export type SentDatapoint = { at?: Micros; value: string }

type DatapointInput = Input<'at' | 'value'>

/**
 * Body of POST …/datapoints: `{"datapoints":[{"at","value"}]}`, at most 500; a single bare datapoint is tolerated.
 * @throws {SluiceError} `invalid` or `unprocessable`; then nothing of the request may be stored (API v2)
 */
export function parseDatapointsBody(text: string | Body, now: Micros): SentDatapoint[] {
  const body: Input<'datapoints' | 'value'> = parseHash(text)
  const reading: Reading = { now, problems: [] }
  const listed = listOf(body.datapoints, 'datapoints') ?? (body.value === undefined ? null : [body])
  if (!listed) throw parserError('"datapoints" must be an array')
  const points = readDatapoints(listed, 'datapoints_', reading)
  refuseAny(reading.problems)
  return points
}

/** Body of PUT …/datapoints/TIMESTAMP: `{"value":"9"}`. The time in the path counts, one in the body is ignored. */
export function parseDatapointBody(text: string | Body): string {
  const body: DatapointInput = parseHash(text)
  const problems: string[] = []
  const value = readValue(body.value ?? '', 'value', problems)
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
    if (at === undefined) withoutTime++
    if (value !== undefined) points.push(at === undefined ? { value } : { at, value })
  }
  if (withoutTime > 1) reading.problems.push(timesNeeded(prefix))
  return points
}

export const tooManyDatapoints = (): SluiceError =>
  new SluiceError('unprocessable', [
    `datapoints can't be more than ${LIMITS.datapointsPerRequestMax} in one request; nothing was stored`,
  ])

/** Two points that both "happened on arrival" would be one point: the first would be lost. */
const timesNeeded = (prefix: string): string => `${prefix}at can't be blank where several values are given`
