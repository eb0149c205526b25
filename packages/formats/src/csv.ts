import { SluiceError } from '@sluice/model'

/** What a body may have at most, and how it is refused where it has more. */
export type CsvBounds = { cellsMax: number; tooManyCells: string; rowsMax: number; tooManyRows: () => SluiceError }

const QUOTE = 0x22
const COMMA = 0x2c

/**
 * Rows of trimmed cells, quoted as RFC 4180 says or bare; a row ends with LF, CRLF or CR. Blank lines around all of it
 * are none. Cells are data whatever they begin with: `=1+1` is the text of a value.
 * @throws {SluiceError} `invalid` for a stray quote; what `bounds` say, as soon as one is passed
 */
export function parseRows(text: string, bounds: CsvBounds): string[][] {
  const csv = text.trim()
  const rows: string[][] = []
  if (csv === '') return rows
  let row: string[] = []
  let start = 0
  for (;;) {
    const end = endOfCell(csv, start)
    if (row.length === bounds.cellsMax) throw csvError(bounds.tooManyCells)
    row.push(cellOf(csv.slice(start, end)))
    start = end + 1
    if (end < csv.length && csv.charCodeAt(end) === COMMA) continue
    if (rows.length === bounds.rowsMax) throw bounds.tooManyRows()
    rows.push(row)
    if (end >= csv.length) return rows
    row = []
    if (csv.startsWith('\r\n', end)) start++
  }
}

/** Writes a cell so that every reader finds the same text in it. The empty text is `""`, as API v2 writes it. */
export function writeCell(text: string): string {
  return text === '' || NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

const NEEDS_QUOTES = /[",\r\n]|^\s|\s$/

export const csvError = (message: string): SluiceError =>
  new SluiceError('invalid', message, { title: 'CSV Parser Error' })

/** Index of the comma or line end behind the cell that begins at `start`, or the length of the text. */
function endOfCell(csv: string, start: number): number {
  let at = start
  while (isBlank(csv.charCodeAt(at))) at++
  if (csv.charCodeAt(at) === QUOTE) {
    at = endOfQuotes(csv, at + 1)
    while (isBlank(csv.charCodeAt(at))) at++
    if (at < csv.length && !isSeparator(csv.charCodeAt(at))) throw strayQuote()
    return at
  }
  for (; at < csv.length; at++) {
    const code = csv.charCodeAt(at)
    if (isSeparator(code)) return at
    if (code === QUOTE) throw strayQuote()
  }
  return at
}

/** Index behind the quote that closes; two in a row are one quote of the text. */
function endOfQuotes(csv: string, start: number): number {
  for (let at = csv.indexOf('"', start); at >= 0; at = csv.indexOf('"', at + 2)) {
    if (csv.charCodeAt(at + 1) !== QUOTE) return at + 1
  }
  throw strayQuote()
}

function cellOf(written: string): string {
  const cell = written.trim()
  return cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"').trim() : cell
}

const strayQuote = (): SluiceError => csvError('CSV is invalid. A quote is not closed, or stands inside a field')

const isBlank = (code: number): boolean => code === 0x20 || code === 0x09
const isSeparator = (code: number): boolean => code === COMMA || code === 0x0a || code === 0x0d
