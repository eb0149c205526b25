import { formatTimestamp, LIMITS, maskKey } from '@sluice/model'
import type { Micros, RequestEntry } from '@sluice/model'

/** What is noted of a request while it is served: references, nothing is rendered yet. */
export type Seen = {
  /** grows with time within the process */
  id: number
  at: Micros
  feedId: number | null
  method: string
  path: string
  status: number
  tookMs: number
  protocol: RequestEntry['protocol']
  remoteAddress: string
  keyId: number | null
  datastreamId: string | null
  /** name, value, name, value … as they came */
  requestHeaders: readonly string[]
  requestBody: string
  responseHeaders: readonly string[]
  responseBody: string
}

const HEADERS_MAX = 40
const HEADER_CHARS_MAX = 512
const PATH_CHARS_MAX = 2048
const KEYS = /slc_[0-9A-Za-z]{44}/g
const KEY_HEADERS = /^x-(api|pachubeapi|cosmapi)key$/i
const SECRET_HEADERS = /^((proxy-)?authorization|cookie|set-cookie)$/i
const KEY_IN_QUERY = /([?&]key=)([^&]*)/gi
const ACTIVATION_CODE = /(\/(?:devices|activate)\/)[0-9a-f]{40}/gi
const SECRET_MEMBERS =
  /("(?:password|current_password|current|next|sign_in_url|secret|api_key|apikey|activation_code|token|ticket)"\s*:\s*")((?:[^"\\]|\\.)*)/gi
/** In JSON, and at the beginning of a row of CSV. */
const DATASTREAM_IDS = /"id"\s*:\s*"([\p{L}\w\-+.]{1,128})"/gu
const IDS_OF_ROWS = /^"?([\p{L}\w\-+.]{1,128})"?,/gmu
const DATASTREAMS_MAX = 50

/** Renders what was seen for the log and its listeners. Keys, cookies, passwords and codes are masked here. */
export function makeEntry(seen: Seen, keyLabel: string | null): RequestEntry {
  return {
    id: String(seen.id),
    at: formatTimestamp(seen.at),
    feed_id: seen.feedId,
    method: seen.method,
    path: maskText(seen.path.slice(0, PATH_CHARS_MAX)),
    status: seen.status,
    duration_ms: Math.round(seen.tookMs * 1000) / 1000,
    protocol: seen.protocol,
    remote_address: seen.remoteAddress,
    key_id: seen.keyId,
    key_label: keyLabel,
    datastream_ids: datastreamIds(seen),
    request_headers: maskHeaders(seen.requestHeaders),
    request_body: maskBody(seen.requestBody),
    response_headers: maskHeaders(seen.responseHeaders),
    response_body: maskBody(seen.responseBody),
  }
}

/** The beginning of a body that is kept, in a string of its own: a slice would hold on to all of it. */
export function beginningOf(body: Buffer | string): string {
  const bytesMax = LIMITS.requestLogBodyBytesMax
  if (typeof body !== 'string') return body.toString('utf8', 0, bytesMax)
  return body.length * 3 <= bytesMax ? body : Buffer.from(body).toString('utf8', 0, bytesMax)
}

function maskBody(text: string): string {
  return withoutNul(text)
    .replace(KEYS, maskKey)
    .replace(ACTIVATION_CODE, '$1…')
    .replace(SECRET_MEMBERS, (_all, name: string, value: string) => name + maskSecret(value))
}

function maskHeaders(flat: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {}
  for (let index = 0; index + 1 < flat.length && index < HEADERS_MAX * 2; index += 2) {
    const name = flat[index] ?? ''
    const value = withoutNul(flat[index + 1] ?? '').slice(0, HEADER_CHARS_MAX)
    const shown = SECRET_HEADERS.test(name) ? '…' : KEY_HEADERS.test(name) ? maskSecret(value) : maskText(value)
    Object.defineProperty(headers, name, {
      value: Object.hasOwn(headers, name) ? `${headers[name]}, ${shown}` : shown,
      enumerable: true,
      configurable: true,
    })
  }
  return headers
}

/** Of a path or a header. */
const maskText = (text: string): string =>
  text
    .replace(KEYS, maskKey)
    .replace(KEY_IN_QUERY, (_all, name: string, value: string) => name + maskSecret(value))
    .replace(ACTIVATION_CODE, '$1…')

/** Enough to recognise one's own secret by, too little to use it. */
function maskSecret(text: string): string {
  if (text.includes('…')) return text
  const [key] = text.match(KEYS) ?? []
  if (key !== undefined) return maskKey(key)
  return text.length >= 24 ? `…${text.slice(-4)}` : '…'
}

/** Postgres text cannot hold U+0000. */
const withoutNul = (text: string): string => text.replaceAll('\0', '\u{fffd}')

/** The one in the path, or those that the body of a write names. */
function datastreamIds(seen: Seen): string[] {
  if (seen.datastreamId !== null) return [withoutNul(seen.datastreamId)]
  if (seen.feedId === null || seen.requestBody === '') return []
  const ids = new Set<string>()
  for (const [, id = ''] of seen.requestBody.matchAll(isCsv(seen) ? IDS_OF_ROWS : DATASTREAM_IDS)) {
    if (ids.add(id).size === DATASTREAMS_MAX) break
  }
  return [...ids]
}

/** Rows of version 1 have no ids, and a format is known by its beginning (API v2). */
function isCsv({ path, requestBody }: Seen): boolean {
  return !/^\s*[{[<]/.test(requestBody) && !/^\/?(?:api\/)?v1\//.test(path)
}
