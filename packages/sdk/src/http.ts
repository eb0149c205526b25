import { ApiError, parseApiError, unanswered } from './api-error.ts'
import { takeLines } from './json-lines.ts'

export type Query = Readonly<Record<string, string | number | boolean | undefined>>
export type HttpAnswer = {
  /** the JSON document, null for API v2's empty body */
  document: unknown
  /** `Location` header of what was made */
  location: string | null
}
export type HttpOptions = {
  /** scheme and authority, `''` for the page's own origin */
  baseUrl: string
  apiKey?: string
  fetch?: typeof globalThis.fetch
  /** for one answer, further attempts included; 15 s when missing */
  timeoutMs?: number
}

export type LinesParts = { body?: unknown; signal?: AbortSignal | undefined; onLine(document: unknown): void }

/** One server as the resources of the client see it. */
export interface Http {
  /** absolute, without a trailing slash */
  readonly baseUrl: string
  readonly apiKey: string | null
  /**
   * Sends one request. A GET that met a 503 or a broken network is tried again, at most twice, with jitter; nothing
   * else ever is, because a write whose answer was lost may have happened.
   * @param path absolute, its variable segments already through `segment()`
   * @throws {ApiError} an answer other than 2xx, or none in time (status 0)
   */
  request(method: string, path: string, parts?: { query?: Query; body?: unknown }): Promise<HttpAnswer>
  /**
   * Sends one request whose answer comes as lines of JSON, and hands each on as it arrives. Never tried again.
   * @param parts.signal ends it
   * @throws {ApiError} an answer other than 2xx; none, or nothing for 30 s, or one that breaks off (status 0)
   */
  lines(method: string, path: string, parts: LinesParts): Promise<void>
  /**
   * Sends one request once and gives its answer as it is, whatever its status.
   * @throws {unknown} what fetch throws
   */
  send(method: string, path: string, parts: { body?: unknown; signal: AbortSignal }): Promise<Response>
  /** Server's clock in ms since 1970, from the `Date` of its last answer; our own clock where that is not readable. */
  serverNow(): number
}

const TIMEOUT_MS = 15_000
const RETRIES_MAX = 2
const RETRY_DELAY_MS = 400
/** a longer Retry-After is the caller's to wait for */
const RETRY_AFTER_MAX_S = 3

/** Encodes one variable segment of a path. */
export const segment = (value: string | number): string => encodeURIComponent(value)

export function makeHttp(options: HttpOptions): Http {
  const baseUrl = absolute(options.baseUrl)
  const fetch = options.fetch ?? globalThis.fetch.bind(globalThis)
  const apiKey = options.apiKey ?? null
  let clockOffsetMs = 0

  async function send(method: string, url: string, body: unknown, signal: AbortSignal): Promise<Response> {
    const headers: Record<string, string> = { accept: 'application/json' }
    if (apiKey !== null) headers['x-apikey'] = apiKey
    if (body !== undefined) headers['content-type'] = 'application/json'
    const response = await fetch(url, {
      method,
      headers,
      signal,
      cache: 'no-store',
      // a key and a cookie in one request could name two accounts
      credentials: apiKey === null ? 'same-origin' : 'omit',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const date = Date.parse(response.headers.get('date') ?? '')
    if (!Number.isNaN(date)) clockOffsetMs = date - Date.now()
    return response
  }

  async function attempt(method: string, url: string, body: unknown, signal: AbortSignal): Promise<HttpAnswer> {
    try {
      const response = await send(method, url, body, signal)
      const text = await response.text()
      if (!response.ok) throw parseApiError(response, text)
      return { document: parseDocument(text), location: response.headers.get('location') }
    } catch (error) {
      throw error instanceof ApiError ? error : unanswered(error, signal)
    }
  }

  return {
    baseUrl,
    apiKey,
    serverNow: () => Date.now() + clockOffsetMs,
    send: (method, path, { body, signal }) => send(method, `${baseUrl}${path}`, body, signal),
    lines: (method, path, { body, signal, onLine }) =>
      takeLines((either) => send(method, `${baseUrl}${path}`, body, either), {
        signal,
        onLine: (line) => onLine(parseDocument(line)),
      }),
    async request(method, path, { query, body } = {}) {
      const url = `${baseUrl}${path}${queryText(query)}`
      const signal = AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS)
      for (let tries = 0; ; tries++) {
        try {
          return await attempt(method, url, body, signal)
        } catch (error) {
          if (method !== 'GET' || tries >= RETRIES_MAX || signal.aborted || !isTransient(error)) throw error
          await delay(retryDelayMs(error, tries))
        }
      }
    },
  }
}

function absolute(baseUrl: string): string {
  if (baseUrl === '') return globalThis.location.origin
  return baseUrl.replace(/\/+$/, '')
}

/** Leaves out members that are undefined. */
function queryText(query: Query = {}): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) parameters.append(name, String(value))
  }
  const text = parameters.toString()
  return text === '' ? '' : `?${text}`
}

function parseDocument(text: string): unknown {
  if (text.trim() === '') return null
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new ApiError(0, 'Unreadable answer', ['The answer is not JSON: is this really a Sluice server?'], { cause })
  }
}

function isTransient(error: unknown): error is ApiError {
  if (!(error instanceof ApiError)) return false
  if (error.status === 0) return error.title === 'No connection'
  return error.status === 503 && (error.retryAfterS ?? 0) <= RETRY_AFTER_MAX_S
}

/** Full jitter, so that clients cut off together do not come back together. */
function retryDelayMs(error: ApiError, tries: number): number {
  return (error.retryAfterS ?? 0) * 1000 + Math.random() * RETRY_DELAY_MS * 2 ** tries
}

const delay = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
