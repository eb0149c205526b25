import type { Http } from './http.ts'
import { takePieces } from './pieces.ts'

export type ExportedAccount = {
  /** what the server calls the file */
  name: string
  /** lines of JSON, UTF-8 */
  content: Blob
  /** whether its last line says that nothing is missing */
  isComplete: boolean
}
export type ExportOptions = {
  /** ends it */
  signal?: AbortSignal
  /** bytes that arrived so far; how many there will be is not known before the end */
  onBytes?(bytes: number): void
}

export type AccountResource = {
  /** Everything in the account as lines of JSON; without an API key, for pages of the server itself to link to. */
  exportUrl(): string
  /**
   * The same, read into memory: for accounts whose whole history fits there.
   * @throws {ApiError} 503 while others export; status 0 when it was cancelled or broke off
   */
  export(options?: ExportOptions): Promise<ExportedAccount>
}

const PATH = '/v2/export'
/** the last line is short: a type and two counts */
const END_BYTES = 256

export function accountResource(http: Http): AccountResource {
  return {
    exportUrl: () => `${http.baseUrl}${PATH}`,
    async export({ signal, onBytes } = {}) {
      const pieces: Uint8Array<ArrayBuffer>[] = []
      let bytes = 0
      const headers = await takePieces((either) => http.send('GET', PATH, { signal: either }), {
        signal,
        onPiece(piece) {
          pieces.push(piece)
          bytes += piece.length
          onBytes?.(bytes)
        },
      })
      const content = new Blob(pieces, { type: 'application/x-ndjson' })
      const end = await content.slice(-END_BYTES).text()
      return { name: fileName(headers), content, isComplete: /(?:^|\n)\{"type":"end"[^\n]*\}\n?$/.test(end) }
    },
  }
}

const fileName = (headers: Headers): string =>
  /filename="([\w.-]{1,200})"/.exec(headers.get('content-disposition') ?? '')?.[1] ?? 'sluice.ndjson'
