import { SluiceError, type DatastreamPatch, type FeedPatch, type Micros } from '@sluice/model'
import { readDatastreamPatch } from './datastreams.ts'
import { readFeedPatch } from './feeds.ts'

/** One cell: quoted as RFC 4180 says, or bare; then a comma, the end of the row, or the end of the text. */
const CELL = /(?:[ \t]*"([^"]*(?:""[^"]*)*)"[ \t]*|([^",\r\n]*))(,|\r?\n|$)/y

type Point = { at: string; value: string }

/**
 * Body of PUT feed as CSV: rows of `id,value` or `id,at,value` (API v2). A datastream with several rows needs a time in
 * each of them.
 * @param now bounds the times
 * @throws {SluiceError} `invalid`: not such rows; `unprocessable`: the sentences of the same body as JSON
 */
export function parseFeedCsv(text: string, now: Micros): FeedPatch {
  const rows = rowsOf(text)
  if (rows.length === 0) throw csvError('Submitted CSV is empty.')
  const points = new Map<string, Point[]>()
  for (const row of rows) {
    const [id = ''] = row
    if (row.length < 2 || row.length > 3) throw csvError('CSV is invalid. Incorrect number of fields')
    const point = { at: row.length === 3 ? (row[1] ?? '') : '', value: row.at(-1) ?? '' }
    const others = points.get(id)
    if (others) others.push(point)
    else points.set(id, [point])
  }
  const datastreams = Array.from(points, ([id, ofOne]) => {
    if (ofOne.length > 1 && !ofOne.every(({ at }) => at !== '')) {
      throw csvError('CSV is invalid. If multiple values given they must include a timestamp for all values')
    }
    return { id, ...membersOf(ofOne) }
  })
  return readFeedPatch({ datastreams }, now)
}

/**
 * Body of PUT datastream as CSV: `value`, `at,value`, or several rows of `at,value` (API v2).
 * @throws {SluiceError} as for feeds
 */
export function parseDatastreamCsv(text: string, id: string, now: Micros): DatastreamPatch {
  const rows = rowsOf(text)
  if (rows.length === 0) throw csvError('CSV is invalid. Submitted data appears to be empty')
  if (rows.some((row) => row.length > 2)) {
    throw csvError('CSV is invalid. Too many fields; must only be a single value, or a timestamp and a value')
  }
  const points = rows.map((row) => ({ at: row.length === 2 ? (row[0] ?? '') : '', value: row.at(-1) ?? '' }))
  if (points.length > 1 && !points.every(({ at }) => at !== '')) {
    throw csvError(
      'CSV is invalid. If multiple values are included, then a timestamp and value must be submitted for every row',
    )
  }
  return readDatastreamPatch(membersOf(points), id, now)
}

/** The members of a datastream in JSON: what is checked there need not be checked here again. */
function membersOf(points: readonly Point[]): object {
  const [only] = points
  return points.length === 1 && only ? { current_value: only.value, at: only.at } : { datapoints: points }
}

/** Rows of trimmed cells; empty lines at the end are none. @throws {SluiceError} `invalid` for a stray quote */
function rowsOf(text: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  CELL.lastIndex = 0
  for (;;) {
    const match = CELL.exec(text)
    if (!match) throw csvError('CSV is invalid. A quote is not closed, or stands inside a field')
    const [, quoted, bare = '', separator] = match
    row.push((quoted?.replaceAll('""', '"') ?? bare).trim())
    if (separator === ',') continue
    rows.push(row)
    if (separator === '') break
    row = []
  }
  while (rows.at(-1)?.join('') === '' && rows.at(-1)?.length === 1) rows.pop()
  return rows
}

const csvError = (message: string): SluiceError => new SluiceError('invalid', message, { title: 'CSV Parser Error' })
