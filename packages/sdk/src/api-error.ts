/**
 * What the server (or the way to it) answered instead of success. `errors` are sentences for a person; `status` 0 means
 * that no answer came at all: no network, connection cut, or nothing within the time-out.
 */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  /** HTTP status, 0 without an answer */
  readonly status: number
  readonly title: string
  readonly errors: string[]
  /** seconds after which trying again may help, where the server said so */
  readonly retryAfterS: number | null

  constructor(
    status: number,
    title: string,
    errors: string[],
    options: ErrorOptions & { retryAfterS?: number | null } = {},
  ) {
    super(errors.length > 0 ? errors.join('; ') : title, options)
    this.status = status
    this.title = title
    this.errors = errors
    this.retryAfterS = options.retryAfterS ?? null
  }
}

/**
 * Reads an error answer of `/v2` (`{"title","errors"}`, where `errors` is a sentence or a list of them). Anything else,
 * such as the page of a proxy, becomes an error with the status alone.
 */
export function parseApiError(
  answer: { status: number; statusText: string; headers: Headers },
  body: string,
): ApiError {
  const { title, errors } = members(body)
  return new ApiError(
    answer.status,
    typeof title === 'string' ? title : answer.statusText || `HTTP ${answer.status}`,
    sentences(errors),
    { retryAfterS: parseRetryAfter(answer.headers.get('retry-after')) },
  )
}

function members(body: string): { title?: unknown; errors?: unknown } {
  try {
    const parsed: unknown = JSON.parse(body)
    return typeof parsed === 'object' && parsed !== null ? parsed : {}
  } catch (error) {
    if (error instanceof SyntaxError) return {}
    throw error
  }
}

function sentences(errors: unknown): string[] {
  if (typeof errors === 'string') return [errors]
  return Array.isArray(errors) ? errors.filter((entry) => typeof entry === 'string') : []
}

/** Delay-seconds of RFC 9110 §10.2.3; the date form, which Sluice never sends, reads as none. */
function parseRetryAfter(header: string | null): number | null {
  return header !== null && /^\d{1,6}$/.test(header.trim()) ? Number(header) : null
}

/** No answer came: none in time, or none at all. */
export function unanswered(cause: unknown, signal: AbortSignal): ApiError {
  return signal.aborted
    ? new ApiError(0, 'No answer', ['The server did not answer in time'], { cause })
    : new ApiError(0, 'No connection', ['The server cannot be reached'], { cause })
}
