import { DATASTREAM_ID, LIMITS, UNIT_TYPES, type DatastreamPatch, type Micros, type Unit } from '@sluice/model'
import { asHash, isHash, listOf, parseHash, parserError, type Body, type Input } from './body.ts'
import { readDatapoints, tooManyDatapoints, type SentDatapoint } from './datapoints.ts'
import { refuseAny } from './problems.ts'
import { isLongerThan, isMissing, readNumber, readText, readTimestamp, readValue, tooLong } from './scalars.ts'
import type { Reading } from './scalars.ts'
import { readTags } from './tags.ts'

type DatastreamInput = Input<
  'id' | 'current_value' | 'at' | 'max_value' | 'min_value' | 'tags' | 'unit' | 'datapoints' | 'values'
>

/**
 * Body of PUT …/datastreams/ID: the bare datastream, its id ignored because the path has it.
 * A list of one datastream, as a feed would hold it, is tolerated.
 * @throws {SluiceError} `invalid` or `unprocessable`
 */
export function parseDatastreamBody(text: string | Body, id: string, now: Micros): DatastreamPatch {
  return readDatastreamPatch(parseHash(text), id, now)
}

/** The same for a document that is already parsed (CSV). */
export function readDatastreamPatch(document: object, id: string, now: Micros): DatastreamPatch {
  const body: Input<'datastreams'> = document
  const listed = listOf(body.datastreams, 'datastreams')
  if (listed && listed.length !== 1) throw parserError('"datastreams" must hold the one datastream of the address')
  const reading: Reading = { now, problems: [] }
  const patch = readDatastream(listed ? listed[0] : body, { id, prefix: '' }, reading)
  refuseAny(reading.problems)
  return patch
}

/**
 * Body of POST …/datastreams: `{"datastreams":[…]}`, or one bare datastream.
 * @returns at least one
 * @throws {SluiceError} `invalid` or `unprocessable`
 */
export function parseDatastreamsBody(text: string | Body, now: Micros): DatastreamPatch[] {
  const body: Input<'datastreams' | 'id'> = parseHash(text)
  const reading: Reading = { now, problems: [] }
  const listed = listOf(body.datastreams, 'datastreams')
  const patches = listed ? readDatastreams(listed, reading) : [readDatastream(body, { prefix: '' }, reading)]
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
  const input: DatastreamInput = isHash(entry) ? entry : asHash(entry)
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
  const datapoints = readPoints(input, prefix, reading)
  if (datapoints) patch.datapoints = datapoints
  refuseTwoArrivals(patch, prefix, reading)
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

/** `datapoints`, and the `values` that the 0.6-alpha layout has in their place. */
function readPoints(input: DatastreamInput, prefix: string, reading: Reading): SentDatapoint[] | undefined {
  const listed = listOf(input.datapoints, 'datapoints')
  if (listed) return readDatapoints(listed, `${prefix}datapoints_`, reading)
  const values = listOf(input.values, 'values')
  if (!values) return undefined
  const renamed = values.map((entry) => {
    const { value, recorded_at: at }: Input<'value' | 'recorded_at'> = asHash(entry)
    return { value, at }
  })
  return readDatapoints(renamed, `${prefix}values_`, reading)
}

function refuseTwoArrivals(patch: DatastreamPatch, prefix: string, { problems }: Reading): void {
  if (patch.currentValue === undefined || patch.at !== undefined || !patch.datapoints) return
  if (patch.datapoints.some(({ at }) => at === undefined)) {
    problems.push(`${prefix}at can't be blank where several values are given`)
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
