export const ERROR_CODES = [
  'invalid',
  'unprocessable',
  'unauthorized',
  'forbidden',
  'not_found',
  'conflict',
  'too_large',
  'rate_limited',
  'unavailable',
] as const
export type ErrorCode = (typeof ERROR_CODES)[number]

/**
 * A failure that its caller can understand and mend. Anything else that is thrown is a bug or an outage.
 * `messages` are sentences for the client, each naming the field and the limit where there is one.
 */
export class SluiceError extends Error {
  override readonly name: string = 'SluiceError'
  readonly code: ErrorCode
  readonly title: string
  readonly messages: readonly string[]
  /** seconds after which trying again may help */
  readonly retryAfterS: number | null

  constructor(
    code: ErrorCode,
    messages: string | readonly string[],
    options: ErrorOptions & { title?: string; retryAfterS?: number } = {},
  ) {
    const list = typeof messages === 'string' ? [messages] : messages
    super(list.join('; '), options)
    this.code = code
    this.messages = list
    this.title = options.title ?? TITLES[code]
    this.retryAfterS = options.retryAfterS ?? null
  }
}

/** API v2 clients look for the exact text `Not found` (txPachube). */
const TITLES: Record<ErrorCode, string> = {
  invalid: 'Bad request',
  unprocessable: 'Unprocessable Entity',
  unauthorized: 'Unauthorized',
  forbidden: 'Forbidden',
  not_found: 'Not found',
  conflict: 'Conflict',
  too_large: 'Request too large',
  rate_limited: 'Too many requests',
  unavailable: 'Service unavailable',
}

/** The thing does not exist, or the caller may not know that it does: both read the same. */
export class NotFoundError extends SluiceError {
  override readonly name = 'NotFoundError'
  constructor(thing: string) {
    super('not_found', `Couldn't find ${thing}`)
  }
}
