import { ApiError, parseApiError, unanswered } from './api-error.ts'

/** The server says something four times a second while it works. */
const SILENCE_MS = 30_000

/**
 * Takes an answer line by line, at the pace of whoever reads them.
 * @param send asks, until the signal that it gets says otherwise
 * @param parts.signal of the caller
 * @throws {ApiError} as `Http.lines` says
 */
export async function takeLines(
  send: (signal: AbortSignal) => Promise<Response>,
  { signal, onLine }: { signal?: AbortSignal | undefined; onLine(line: string): void },
): Promise<void> {
  const silence = new AbortController()
  const either = signal ? AbortSignal.any([signal, silence.signal]) : silence.signal
  const hush = (): ReturnType<typeof setTimeout> => setTimeout(() => silence.abort(), SILENCE_MS)
  let timer = hush()
  try {
    const response = await send(either)
    if (!response.ok) throw parseApiError(response, await response.text())
    for await (const line of linesOf(response)) {
      clearTimeout(timer)
      timer = hush()
      if (line !== '') onLine(line)
    }
  } catch (error) {
    if (signal?.aborted) throw new ApiError(0, 'Cancelled', ['The request was cancelled'], { cause: error })
    throw error instanceof ApiError ? error : unanswered(error, either)
  } finally {
    clearTimeout(timer)
  }
}

/** The last line may lack its end. */
async function* linesOf({ body }: Response): AsyncGenerator<string> {
  if (!body) return
  const reader = body.getReader()
  const decoder = new TextDecoder()
  try {
    let rest = ''
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      const pieces = (rest + decoder.decode(value, { stream: true })).split('\n')
      rest = pieces.pop() ?? ''
      yield* pieces
    }
    yield rest + decoder.decode()
  } finally {
    await reader.cancel().catch(() => {})
  }
}
