import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RateState } from './rate-limit.ts'

export type Reply = {
  status: number
  /** text of the body, or bytes of a picture; empty for API v2's empty bodies, and for a stream */
  body: string | Buffer
  /** the body comes piece by piece */
  stream?: AsyncIterable<string>
  contentType: string
  /** name, value, name, value … */
  headers: string[]
}

const JSON_TYPE = 'application/json; charset=utf-8'
/** What the original service declared for its empty bodies. */
const EMPTY_TYPE = 'text/plain; charset=utf-8'
const NONE: string[] = []
const LINGER_MS_MAX = 500
const STALL_MS_MAX = 30_000

export const EMPTY: Reply = { status: 200, body: '', contentType: EMPTY_TYPE, headers: NONE }

export function jsonReply(status: number, document: unknown, headers: string[] = NONE): Reply {
  return { status, body: JSON.stringify(document), contentType: JSON_TYPE, headers }
}

export function textReply(
  status: number,
  body: string,
  { contentType, headers }: { contentType: string; headers: string[] },
): Reply {
  return { status, body, contentType, headers }
}

export function streamReply(status: number, stream: AsyncIterable<string>, headers: string[]): Reply {
  return { status, body: '', stream, contentType: 'application/x-ndjson; charset=utf-8', headers }
}

export const emptyReply = (status: number, headers: string[]): Reply => ({ ...EMPTY, status, headers })

const EXPOSED = 'Location, X-Request-Id, ETag, Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset'
/** API v2 is open to scripts of any site that bring a key of their own; cookies are never among what they may bring. */
const CORS = ['Access-Control-Allow-Origin', '*', 'Access-Control-Expose-Headers', EXPOSED]
const PREFLIGHT = [
  'Access-Control-Allow-Origin',
  '*',
  'Access-Control-Allow-Methods',
  'GET, POST, PUT, DELETE, OPTIONS',
  'Access-Control-Allow-Headers',
  'X-ApiKey, X-PachubeApiKey, X-CosmApiKey, Authorization, Content-Type, Accept, Idempotency-Key, If-None-Match',
  'Access-Control-Max-Age',
  '86400',
]
/** For browsers that open an answer of the API as a page. */
const BROWSER = [
  'X-Content-Type-Options',
  'nosniff',
  'Content-Security-Policy',
  "default-src 'none'; frame-ancestors 'none'; sandbox",
  'Referrer-Policy',
  'no-referrer',
  'Cross-Origin-Resource-Policy',
  'cross-origin',
]

export const preflightReply = (): Reply => ({ ...EMPTY, headers: PREFLIGHT })

/** What is known of a request when its answer is written. */
export type Written = { reply: Reply; id: string; rate: RateState | null }

/**
 * Writes an answer with its length, in one piece. A device gets few headers and none of 64 characters or more, because
 * libxively drops the payload behind those (API v2 clients), and fewest with CSV (`writeShortHead`); what only browsers
 * understand goes only to them, and what only libraries look at (`ETag`, how much of a rate is left) to those that name
 * an `Accept-Encoding`, which no firmware does.
 */
export function writeReply(request: IncomingMessage, response: ServerResponse, written: Written): void {
  const { reply } = written
  const { body } = reply
  // a body that was not read to its end would be taken for the next request
  const owesBody = stillOwesBody(request)
  if (owesBody) response.shouldKeepAlive = false
  const etag = etagOf(request, reply)
  if (etag !== null && matches(request.headers['if-none-match'], etag)) {
    writeHead(request, response, { ...written, reply: { ...reply, status: 304 }, length: null, etag })
    response.end()
    return
  }
  writeHead(request, response, { ...written, length: Buffer.byteLength(body), etag })
  if (owesBody) linger(request, response, body)
  else response.end(body)
}

/**
 * Whether bytes of a body may still come. An answer that waits for nothing, such as a preflight's, is ready before Node
 * calls a request without a body complete.
 */
function stillOwesBody({ complete, headers }: IncomingMessage): boolean {
  if (complete) return false
  return (headers['content-length'] ?? '0') !== '0' || headers['transfer-encoding'] !== undefined
}

/** Whether the client is a library of some size: no firmware names the codings that it can undo. */
const isLibrary = ({ headers }: IncomingMessage): boolean => headers['accept-encoding'] !== undefined

/** Of what a GET answered, for who may come back with it (conditional GET, RFC 9110 §13.1.2). */
function etagOf(request: IncomingMessage, { status, body }: Reply): string | null {
  if (status !== 200 || request.method !== 'GET' || body.length === 0) return null
  if (!isLibrary(request) && request.headers['if-none-match'] === undefined) return null
  return `"${createHash('sha1').update(body).digest('base64url').slice(0, 20)}"`
}

function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false
  return ifNoneMatch.split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === etag)
}

/**
 * Sends an answer piece by piece, no faster than the client takes it. What throws in the middle breaks the connection
 * off, because a status can no longer tell of it; a client that takes nothing for 30 s is let go.
 * @throws {unknown} what the stream throws
 */
export async function writeStream(
  request: IncomingMessage,
  response: ServerResponse,
  written: Written & { stream: AsyncIterable<string> },
): Promise<void> {
  // its end is told by chunks, which HTTP/1.0 does not have
  if (request.httpVersion === '1.0') response.shouldKeepAlive = false
  writeHead(request, response, { ...written, length: null, etag: null })
  try {
    for await (const piece of written.stream) {
      if (response.destroyed) break
      if (!response.write(piece) && !response.destroyed) await drained(response)
    }
    response.end()
  } catch (error) {
    response.destroy()
    throw error
  }
}

/** Resolves when the client took what was sent, or is gone. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      response.removeListener('drain', done).removeListener('close', done)
      resolve()
    }
    const timer = setTimeout(() => response.destroy(), STALL_MS_MAX)
    response.once('drain', done).once('close', done)
  })
}

function writeHead(
  request: IncomingMessage,
  response: ServerResponse,
  { reply, id, rate, length, etag }: Written & { length: number | null; etag: string | null },
): void {
  const { status, contentType, headers } = reply
  if (length !== null && isForDevices(request, reply)) {
    writeShortHead(request, response, length)
    return
  }
  const head = ['Content-Type', contentType]
  if (length !== null) head.push('Content-Length', String(length))
  const connection = response.shouldKeepAlive ? 'keep-alive' : 'close'
  head.push('Cache-Control', 'no-store', 'X-Request-Id', id, 'Connection', connection)
  if (etag !== null) head.push('ETag', etag)
  if (headers.length > 0) head.push(...headers)
  if (rate !== null && (rate.isLow || isLibrary(request))) head.push(...rateHeaders(rate))
  const asked = request.headers
  if (asked.origin !== undefined && asked.cookie === undefined && headers !== PREFLIGHT) head.push(...CORS)
  if (asked.origin !== undefined || asked['sec-fetch-mode'] !== undefined) head.push(...BROWSER)
  response.writeHead(status, head)
}

/** CSV that is not asked for by a library or a browser. */
function isForDevices(request: IncomingMessage, { status, contentType, body, headers }: Reply): boolean {
  const isCsv = status === 200 && body.length > 0 && headers.length === 0 && contentType.startsWith('text/plain')
  return isCsv && !isLibrary(request) && request.headers.origin === undefined
}

/**
 * The head of a CSV document for libxively, which loses in silence what is behind 512 bytes of head and body: 112 bytes
 * of head leave room for twelve datastreams. `Vary: *` is the shortest way to keep caches off; that a connection stays
 * open need not be said.
 */
function writeShortHead(request: IncomingMessage, response: ServerResponse, length: number): void {
  const head = ['Content-Type', 'text/plain', 'Content-Length', String(length), 'Vary', '*']
  if (!response.shouldKeepAlive) head.push('Connection', 'close')
  else if (request.httpVersion === '1.0') head.push('Connection', 'keep-alive')
  // else Node would say it for us, and add a header of its own
  else response.removeHeader('Connection')
  response.writeHead(200, head)
}

/** The soft limit: a client of which much is left hears nothing, unless it is one that looks. */
function rateHeaders({ limit, remaining, resetS }: RateState): string[] {
  const numbers = [limit, remaining, resetS].map(String) as [string, string, string]
  return ['RateLimit-Limit', numbers[0], 'RateLimit-Remaining', numbers[1], 'RateLimit-Reset', numbers[2]]
}

/**
 * Answers a client that is still sending: closing at once would reset the connection, and a reset takes the answer away
 * before the client has read it (RFC 9112 §9.6). So the rest is read into nothing for a moment.
 */
function linger(request: IncomingMessage, response: ServerResponse, body: string | Buffer): void {
  response.write(body)
  const end = (): void => {
    clearTimeout(timer)
    response.end()
  }
  const timer = setTimeout(end, LINGER_MS_MAX)
  request.once('close', end).resume()
}

let counter = 0
const processPart = Math.trunc(Math.random() * 2 ** 32)
  .toString(16)
  .padStart(8, '0')

/** 20 hex characters: which process, and a running number. Short, because devices read it too. */
export const makeRequestId = (): string => processPart + (++counter).toString(16).padStart(12, '0')
