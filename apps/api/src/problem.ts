import { SluiceError } from '@sluice/model'
import type { ErrorCode, ErrorDocument } from '@sluice/model'

/** API v2's status codes: it answers 403 when a rate limit is exceeded, where newer APIs say 429. */
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

/** A failure as API v2 prints it: one sentence as text, several (validation) as a list; 422 is always a list. */
export function problemOf(error: SluiceError): Problem {
  const [only] = error.messages
  const errors = error.code !== 'unprocessable' && error.messages.length === 1 && only ? only : [...error.messages]
  const document = { title: error.title, errors }
  return { status: STATUS[error.code], document, retryAfterS: error.retryAfterS }
}

/** API v2 answers a path it does not have, and a verb that a path does not have, alike. */
export function noRoute(method: string, target: string): Problem {
  const path = target.split('?', 1)[0] ?? target
  const document = { title: 'Not found', errors: `No route matches [${method}] "${path.slice(0, 200)}"` }
  return { status: 404, document, retryAfterS: null }
}

export const unauthorized = (): SluiceError =>
  new SluiceError('unauthorized', 'You do not have permission to access this resource')

export const forbidden = (why = 'You do not have permission to access this resource'): SluiceError =>
  new SluiceError('forbidden', why)
