import { ApiError, parseApiError, unanswered } from './api-error.ts'

/** The server says something four times a second while it works. */
const SILENCE_MS = 30_000

/**
 * Takes an answer piece by piece, at the pace of whoever reads them.
 * @param send asks, until the signal that it gets says otherwise
 * @param parts.signal of the caller
 * @param parts.onPiece what it throws ends the answer
 * @returns the headers of the answer, once it has ended
 * @throws {ApiError} an answer other than 2xx; none, or nothing for 30 s, or one that breaks off (status 0)
 */
export async function takePieces(
  send: (signal: AbortSignal) => Promise<Response>,
  { signal, onPiece }: { signal?: AbortSignal | undefined; onPiece(piece: Uint8Array<ArrayBuffer>): void },
): Promise<Headers> {
  const silence = new AbortController()
  const either = signal ? AbortSignal.any([signal, silence.signal]) : silence.signal
  const hush = (): ReturnType<typeof setTimeout> => setTimeout(() => silence.abort(), SILENCE_MS)
  let timer = hush()
  try {
    const response = await send(either)
    if (!response.ok) throw parseApiError(response, await response.text())
    for await (const piece of piecesOf(response)) {
      clearTimeout(timer)
      timer = hush()
      onPiece(piece)
    }
    return response.headers
  } catch (error) {
    if (signal?.aborted) throw new ApiError(0, 'Cancelled', ['The request was cancelled'], { cause: error })
    throw error instanceof ApiError ? error : unanswered(error, either)
  } finally {
    clearTimeout(timer)
  }
}

/** The body of an answer as it comes; whoever stops reading ends it. */
export async function* piecesOf({ body }: Response): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  if (!body) return
  const reader = body.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      yield value
    }
  } finally {
    await reader.cancel().catch(() => {})
  }
}
