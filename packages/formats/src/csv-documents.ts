import { LIMITS, type ApiVersion, type SluiceError } from '@sluice/model'
import { csvError, parseRows, type CsvBounds } from './csv.ts'
import { tooManyDatapoints } from './problems.ts'

/** A row each for the datastreams and the datapoints of one request: more is refused anyway, once it is counted. */
const FEED_ROWS_MAX = LIMITS.datastreamsPerFeedMax + LIMITS.datapointsPerRequestMax
const tooManyRows = (): SluiceError => csvError(`CSV is invalid. More than ${FEED_ROWS_MAX} rows`)

const FEED_ROWS: CsvBounds = {
  cellsMax: 3,
  tooManyCells: 'CSV is invalid. Incorrect number of fields',
  rowsMax: FEED_ROWS_MAX,
  tooManyRows,
}
const POSITIONS: CsvBounds = {
  cellsMax: LIMITS.datastreamsPerFeedMax,
  tooManyCells: `CSV is invalid. More than ${LIMITS.datastreamsPerFeedMax} values in a row`,
  rowsMax: FEED_ROWS_MAX,
  tooManyRows,
}
const DATAPOINT_ROWS: CsvBounds = {
  cellsMax: 2,
  tooManyCells: 'CSV is invalid. Too many fields; must only be a single value, or a timestamp and a value',
  rowsMax: LIMITS.datapointsPerRequestMax,
  tooManyRows: tooManyDatapoints,
}
const ONE_VALUE: CsvBounds = {
  cellsMax: 1,
  tooManyCells: 'CSV is invalid. Too many fields; must only be a single value',
  rowsMax: 1,
  tooManyRows: () => csvError('CSV is invalid. Too many rows; must only be a single value'),
}

type Point = { at: string; value: string }

/**
 * Rows of `id,value` or `id,at,value`; a datastream with several rows needs a time in each of them. Version 1: one row
 * of values by position, which is the datastream's id; an empty cell leaves its datastream alone.
 * @returns the feed as JSON would say it, without metadata
 * @throws {SluiceError} `invalid`: not such rows
 */
export function feedOfCsv(text: string, version: ApiVersion): { datastreams: object[] } {
  const rows = parseRows(text, version === 'v1' ? POSITIONS : FEED_ROWS)
  if (rows.length === 0) throw csvError('Submitted CSV is empty.')
  return { datastreams: version === 'v1' ? datastreamsByPosition(rows) : datastreamsById(rows) }
}

function datastreamsByPosition([row = [], ...others]: string[][]): object[] {
  if (others.length > 0) {
    throw csvError(
      `CSV is invalid. Currently we can only accept CSV for your most recent set of values. You have submitted ${others.length + 1} rows of data.`,
    )
  }
  return row.flatMap((value, index) => (value === '' ? [] : [{ id: String(index), current_value: value }]))
}

function datastreamsById(rows: readonly string[][]): object[] {
  const points = new Map<string, Point[]>()
  for (const row of rows) {
    const [id = ''] = row
    if (row.length < 2) throw csvError('CSV is invalid. Incorrect number of fields')
    const point = { at: row.length === 3 ? (row[1] ?? '') : '', value: row.at(-1) ?? '' }
    const others = points.get(id)
    if (others) others.push(point)
    // what is written of a datastream without a value comes back
    else if (row.length === 3 && point.at === '' && point.value === '') points.set(id, [])
    else points.set(id, [point])
  }
  return Array.from(points, ([id, ofOne]) => {
    if (ofOne.length > 1 && !ofOne.every(({ at }) => at !== '')) {
      throw csvError('CSV is invalid. If multiple values given they must include a timestamp for all values')
    }
    return { id, ...membersOf(ofOne) }
  })
}

/** `value`, `at,value`, or several rows of `at,value`. @returns the datastream as JSON would say it */
export function datastreamOfCsv(text: string): object {
  const points = pointsOf(text)
  const [only] = points
  const isWithoutValue = points.length === 1 && only?.isTimed && only.at === '' && only.value === ''
  return isWithoutValue ? {} : membersOf(points)
}

/** At most 500 rows of `at,value`; a single `value` happened on arrival. */
export function datapointsOfCsv(text: string): object {
  return { datapoints: pointsOf(text) }
}

/** One cell: the value. */
export function datapointOfCsv(text: string): object {
  const [row] = parseRows(text, ONE_VALUE)
  if (!row) throw csvError(EMPTY)
  return { value: row[0] }
}

function pointsOf(text: string): (Point & { isTimed: boolean })[] {
  const rows = parseRows(text, DATAPOINT_ROWS)
  if (rows.length === 0) throw csvError(EMPTY)
  const points = rows.map((row) => {
    const isTimed = row.length === 2
    return { isTimed, at: isTimed ? (row[0] ?? '') : '', value: row.at(-1) ?? '' }
  })
  if (points.length === 1 || points.every(({ at }) => at !== '')) return points
  throw csvError(
    'CSV is invalid. If multiple values are included, then a timestamp and value must be submitted for every row',
  )
}

const EMPTY = 'CSV is invalid. Submitted data appears to be empty'

/** The members of a datastream in JSON: what is checked there need not be checked here again. */
function membersOf(points: readonly Point[]): object {
  const [only] = points
  if (!only) return {}
  return points.length === 1 ? { current_value: only.value, at: only.at } : { datapoints: points }
}
