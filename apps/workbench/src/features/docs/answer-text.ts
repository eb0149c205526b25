import { prettyBody } from '../requests/pretty-body.ts'

/** Headers worth showing of an answer, in this order. */
const SHOWN = [
  'content-type',
  'location',
  'etag',
  'retry-after',
  'ratelimit-limit',
  'ratelimit-remaining',
  'ratelimit-reset',
  'content-disposition',
  'cache-control',
  'x-request-id',
]

/** Those that say something to a reader, not what every browser is told. */
export function shownHeaders(headers: Headers): [string, string][] {
  return SHOWN.flatMap((name): [string, string][] => {
    const value = headers.get(name)
    return value === null ? [] : [[name, value]]
  })
}

/** The body as text, JSON indented; what was cut off is shown as it came. */
export function answerText(body: Uint8Array, { isCut }: { isCut: boolean }): string {
  const text = new TextDecoder().decode(body)
  return isCut ? text : prettyBody(text)
}
