import { unanswered } from './api-error.ts'
import type { Http } from './http.ts'
import { piecesOf } from './pieces.ts'

/** What the server answered, whatever its status. */
export type RawAnswer = {
  status: number
  headers: Headers
  body: Uint8Array<ArrayBuffer>
  /** the body is longer than what was read of it */
  isCut: boolean
  /** until the last byte that was read */
  tookMs: number
}
export type ReadOptions = {
  /** of the body; 256 KiB unless given */
  bytesMax?: number
  signal?: AbortSignal
}

export type ReferenceResource = {
  /** The API as the server describes itself: OpenAPI 3.1. Needs no key. */
  document(): Promise<unknown>
  /**
   * Sends one GET as it stands, once, for those who want to look at the answer itself.
   * @param path absolute, with its query, encoded
   * @throws {ApiError} no answer came (status 0)
   */
  read(path: string, options?: ReadOptions): Promise<RawAnswer>
}

const BYTES_MAX = 256 * 1024
const TIMEOUT_MS = 15_000

export function referenceResource(http: Http): ReferenceResource {
  return {
    async document() {
      return (await http.request('GET', '/openapi.json')).document
    },
    async read(path, { bytesMax = BYTES_MAX, signal } = {}) {
      const timeout = AbortSignal.timeout(TIMEOUT_MS)
      const either = signal ? AbortSignal.any([signal, timeout]) : timeout
      const startedAt = performance.now()
      try {
        const { status, headers, ...rest } = await readUpTo(await http.send('GET', path, { signal: either }), bytesMax)
        return { status, headers, ...rest, tookMs: performance.now() - startedAt }
      } catch (error) {
        throw unanswered(error, either)
      }
    },
  }
}

async function readUpTo(response: Response, bytesMax: number): Promise<Omit<RawAnswer, 'tookMs'>> {
  const pieces: Uint8Array<ArrayBuffer>[] = []
  let bytes = 0
  for await (const piece of piecesOf(response)) {
    pieces.push(piece)
    bytes += piece.length
    if (bytes > bytesMax) break
  }
  const body = new Uint8Array(await new Blob(pieces).slice(0, bytesMax).arrayBuffer())
  return { status: response.status, headers: response.headers, body, isCut: bytes > bytesMax }
}
