import { DATASTREAM_ID, LIMITS, UNIT_TYPES, type DatastreamPatch, type Micros, type Unit } from '@sluice/model'
import { asHash, isHash, listOf, parserError, type Body, type Input } from './body.ts'
import { readDatapoints } from './datapoints.ts'
import { datastreamDocument, datastreamsDocument } from './documents.ts'
import { refuseAny, tooManyDatapoints } from './problems.ts'
import {
  isLongerThan,
  isMissing,
  readNumber,
  readText,
  readTimestamp,
  readValue,
  timeOfAll,
  tooLong,
} from './scalars.ts'
import type { Reading } from './scalars.ts'
import { readTags } from './tags.ts'

type DatastreamInput = Input<
  'id' | 'current_value' | 'at' | 'max_value' | 'min_value' | 'tags' | 'unit' | 'datapoints' | 'values'
>

/**
 * Body of PUT …/datastreams/ID: the bare datastream, its id ignored because the path has it; EEML with one `data`; CSV
 * of one `value` or rows of `at,value`. A list of one datastream, as a feed would hold it, is tolerated.
 * @throws {SluiceError} `invalid` or `unprocessable`
 */
export function parseDatastreamBody(body: Body, id: string, now: Micros): DatastreamPatch {
  const document: Input<'datastreams'> = datastreamDocument(body)
  const listed = listOf(document.datastreams, 'datastreams')
  if (listed && listed.length !== 1) throw parserError('"datastreams" must hold the one datastream of the address')
  const reading: Reading = { now, problems: [], timeOfAll: listed && timeOfAll(document) }
  const patch = readDatastream(listed ? listed[0] : document, { id, prefix: '' }, reading)
  refuseAny(reading.problems)
  return patch
}

/**
 * Body of POST …/datastreams: `{"datastreams":[…]}` or one bare datastream, EEML, or CSV as for a feed.
 * @returns at least one
 * @throws {SluiceError} `invalid` or `unprocessable`
 */
export function parseDatastreamsBody(body: Body, now: Micros): DatastreamPatch[] {
  const document: Input<'datastreams'> = datastreamsDocument(body)
  const listed = listOf(document.datastreams, 'datastreams')
  const reading: Reading = { now, problems: [], timeOfAll: listed && timeOfAll(document) }
  const patches = listed ? readDatastreams(listed, reading) : [readDatastream(document, { prefix: '' }, reading)]
  if (patches.length === 0) reading.problems.push("datastreams can't be blank")
  refuseAny(reading.problems)
  return patches
}

/** Reads the datastreams of a feed; names in problems begin with `datastreams_`. */
export function readDatastreams(listed: readonly unknown[], reading: Reading): DatastreamPatch[] {
  if (listed.length > LIMITS.datastreamsPerFeedMax) {
    reading.problems.push(`datastreams can't be more than ${LIMITS.datastreamsPerFeedMax}`)
    return []
  }
  const patches = listed.map((entry) => readDatastream(entry, { prefix: 'datastreams_' }, reading))
  const points = patches.reduce((sum, { datapoints }) => sum + (datapoints?.length ?? 0), 0)
  if (points > LIMITS.datapointsPerRequestMax) throw tooManyDatapoints()
  const twice = duplicates(patches.map(({ id }) => id))
  if (twice.length > 0) reading.problems.push(`datastreams can't have duplicate IDs: ${twice.join(',')}`)
  return patches
}

function readDatastream(
  entry: unknown,
  { id, prefix }: { id?: string; prefix: string },
  reading: Reading,
): DatastreamPatch {
  const input = inPresentLayout(isHash(entry) ? entry : asHash(entry))
  const { problems } = reading
  const patch: DatastreamPatch = { id: id ?? readDatastreamId(input.id, `${prefix}id`, reading) }
  if (input.current_value !== undefined && input.current_value !== null) {
    const value = readValue(input.current_value, `${prefix}current_value`, problems)
    const at = readTimestamp(input.at, `${prefix}at`, reading)
    if (value !== undefined) patch.currentValue = value
    if (at !== undefined) patch.at = at
  }
  if (input.max_value !== undefined) {
    const max = readNumber(input.max_value, `${prefix}max_value`, problems)
    if (max !== undefined) patch.maxValue = max
  }
  if (input.min_value !== undefined) {
    const min = readNumber(input.min_value, `${prefix}min_value`, problems)
    if (min !== undefined) patch.minValue = min
  }
  if (input.tags !== undefined) {
    const tags = readTags(input.tags, `${prefix}tags`, problems)
    if (tags !== undefined) patch.tags = tags
  }
  const unit = readUnit(input.unit, `${prefix}unit`, reading)
  if (unit) patch.unit = unit
  const points = listOf(input.datapoints, 'datapoints')
  if (points) patch.datapoints = readDatapoints(points, `${prefix}datapoints_`, reading)
  refuseTwoArrivals(patch, input, { prefix, reading })
  return patch
}

export function readDatastreamId(input: unknown, name: string, { problems }: Reading): string {
  const id = typeof input === 'number' ? String(input) : input
  if (isMissing(id)) problems.push(`${name} can't be blank`)
  else if (typeof id !== 'string' || !DATASTREAM_ID.test(id)) problems.push(`${name} is invalid`)
  else if (isLongerThan(id, LIMITS.datastreamIdCharsMax)) problems.push(tooLong(name, LIMITS.datastreamIdCharsMax))
  else return id
  // distinct from every real id; the problem stops the request before it is used
  return ''
}

function readUnit(input: unknown, name: string, { problems }: Reading): Unit | undefined {
  if (isMissing(input)) return undefined
  if (!isHash(input)) {
    problems.push(`${name} must be an object with type, symbol and label`)
    return undefined
  }
  const { type, symbol, label }: Input<'type' | 'symbol' | 'label'> = input
  const unit: Unit = {}
  const known = UNIT_TYPES.find((word) => word === type)
  if (known) unit.type = known
  else if (!isMissing(type)) problems.push(`${name}_type ${UNIT_TYPE_PROBLEM}`)
  const symbolText = readText(symbol, `${name}_symbol`, LIMITS.labelCharsMax, problems)
  if (symbolText) unit.symbol = symbolText
  const labelText = readText(label, `${name}_label`, LIMITS.labelCharsMax, problems)
  if (labelText) unit.label = labelText
  return unit
}

const UNIT_TYPE_PROBLEM = `is not a valid unit_type (pick one from ${UNIT_TYPES.join(', ')} or leave blank)`

/**
 * The layout of version 1 (`"version":"0.6-alpha"`), whatever the document says of its version, because ignoring values
 * would lose them: `values` holds the current one with its extremes, or several with times.
 */
function inPresentLayout(input: DatastreamInput): DatastreamInput {
  const values = listOf(input.values, 'values')
  if (!values || values.length === 0) return input
  const points = values.map((entry): Input<'value' | 'recorded_at' | 'max_value' | 'min_value'> => asHash(entry))
  const last = points.at(-1) ?? {}
  const extremes = { max_value: last.max_value ?? input.max_value, min_value: last.min_value ?? input.min_value }
  if (points.length === 1 && isMissing(input.current_value)) {
    return { ...input, ...extremes, current_value: last.value, at: last.recorded_at }
  }
  const others = listOf(input.datapoints, 'datapoints') ?? []
  const datapoints = [...others, ...points.map(({ value, recorded_at: at }) => ({ value, at }))]
  return { ...input, ...extremes, datapoints }
}

/** As for two datapoints without a time: one of the two would be lost. */
function refuseTwoArrivals(
  { currentValue, at, datapoints }: DatastreamPatch,
  input: DatastreamInput,
  { prefix, reading }: { prefix: string; reading: Reading },
): void {
  if (currentValue === undefined || !datapoints || !isMissing(input.at)) return
  if (datapoints.some((point) => point.at === at)) {
    reading.problems.push(`${prefix}at can't be blank where several values are given`)
  }
}

function duplicates(ids: readonly string[]): string[] {
  const seen = new Set<string>()
  const twice = new Set<string>()
  for (const id of ids) {
    if (id !== '' && seen.has(id)) twice.add(id)
    seen.add(id)
  }
  return [...twice]
}
