import type { AttemptResult } from '../action.ts'

const NOTHING = {
  status: null,
  requestHeaders: {},
  responseHeaders: {},
  responseBody: '',
  retryAfterMs: null,
  isGone: false,
}

export function delivered(): AttemptResult {
  return { ...NOTHING, outcome: 'delivered', error: null }
}

/** Tried again by the schedule. @param error a sentence for the delivery log */
export function failed(error: string): AttemptResult {
  return { ...NOTHING, outcome: 'failed', error }
}

/** Not tried again. @param error a sentence for the delivery log */
export function refused(error: string): AttemptResult {
  return { ...NOTHING, outcome: 'refused', error }
}

/** The first characters of a text, none of them cut in two, and none that Postgres cannot keep. */
export function excerpt(text: string, charsMax: number): string {
  return text
    .slice(0, charsMax)
    .replace(/[\uD800-\uDBFF]$/, '')
    .replaceAll('\u0000', '\uFFFD')
}
