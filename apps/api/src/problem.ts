import { SluiceError } from '@sluice/model'
import type { ApiVersion, ErrorCode, ErrorDocument } from '@sluice/model'

/** API v2's status codes: it answers 403 when a rate limit is exceeded, where newer APIs say 429 and version 1 said 503. */
const STATUS: Record<ErrorCode, number> = {
  invalid: 400,
  unprocessable: 422,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  too_large: 413,
  rate_limited: 403,
  unavailable: 503,
}

export type Problem = { status: number; document: ErrorDocument; retryAfterS: number | null }

/** A refusal of HTTP itself, before any question of the domain: 406, 413, 414, 415, 431 and API v2's missing route. */
export class HttpError extends Error {
  override readonly name = 'HttpError'
  readonly status: number
  readonly title: string
  constructor(status: number, title: string, message: string) {
    super(message)
    this.status = status
    this.title = title
  }
}

/** API v2 answers a path it does not have, and a verb that a path does not have, alike. */
export function noRoute(method: string, target: string): HttpError {
  const path = target.split('?', 1)[0] ?? target
  return new HttpError(404, 'Not found', `No route matches [${method}] "${path.slice(0, 200)}"`)
}

/**
 * A failure as API v2 prints it: one sentence as text, several (validation) as a list; 422 is always a list. Whatever
 * is neither of our two kinds is a bug or an outage: it gets the request's id and nothing more.
 */
export function problemOf(error: unknown, requestId: string, version: ApiVersion = 'v2'): Problem {
  if (error instanceof SluiceError) {
    const [only] = error.messages
    const errors = error.code !== 'unprocessable' && error.messages.length === 1 && only ? only : [...error.messages]
    const status = version === 'v1' && error.code === 'rate_limited' ? 503 : STATUS[error.code]
    return { status, document: { title: error.title, errors }, retryAfterS: error.retryAfterS }
  }
  if (error instanceof HttpError) {
    return { status: error.status, document: { title: error.title, errors: error.message }, retryAfterS: null }
  }
  const document = { title: 'Internal server error', errors: `Request ${requestId} failed; it is in the server's log` }
  return { status: 500, document, retryAfterS: null }
}

export const unauthorized = (): SluiceError =>
  new SluiceError('unauthorized', 'You do not have permission to access this resource')

export const forbidden = (why = 'You do not have permission to access this resource'): SluiceError =>
  new SluiceError('forbidden', why)
