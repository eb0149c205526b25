import type { IncomingMessage, ServerResponse } from 'node:http'

export type Reply = {
  status: number
  /** text of the body; empty for API v2's empty bodies, and for a stream */
  body: string
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

export function streamReply(status: number, stream: AsyncIterable<string>, headers: string[]): Reply {
  return { status, body: '', stream, contentType: 'application/x-ndjson; charset=utf-8', headers }
}

export const emptyReply = (status: number, headers: string[]): Reply => ({ ...EMPTY, status, headers })

/** API v2 is open to scripts of any site that bring a key of their own; cookies are never among what they may bring. */
const CORS = ['Access-Control-Allow-Origin', '*', 'Access-Control-Expose-Headers', 'Location, X-Request-Id']
const PREFLIGHT = [
  'Access-Control-Allow-Origin',
  '*',
  'Access-Control-Allow-Methods',
  'GET, POST, PUT, DELETE, OPTIONS',
  'Access-Control-Allow-Headers',
  'X-ApiKey, X-PachubeApiKey, Authorization, Content-Type, Accept, Idempotency-Key',
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

/**
 * Writes an answer with its length, in one piece. A device gets few headers and none of 64 characters or more, because
 * libxively drops the payload behind those and reads at most 512 bytes in all (API v2 clients); what only browsers
 * understand goes only to them.
 */
export function writeReply(request: IncomingMessage, response: ServerResponse, reply: Reply, id: string): void {
  const { body } = reply
  // a body that was not read to its end would be taken for the next request
  const isUnread = !request.complete
  if (isUnread) response.shouldKeepAlive = false
  writeHead(request, response, reply, { id, length: Buffer.byteLength(body) })
  if (isUnread) linger(request, response, body)
  else response.end(body)
}

/**
 * Sends an answer piece by piece, no faster than the client takes it. What throws in the middle breaks the connection
 * off, because a status can no longer tell of it; a client that takes nothing for 30 s is let go.
 * @throws {unknown} what the stream throws
 */
export async function writeStream(
  request: IncomingMessage,
  response: ServerResponse,
  { reply, stream, id }: { reply: Reply; stream: AsyncIterable<string>; id: string },
): Promise<void> {
  // its end is told by chunks, which HTTP/1.0 does not have
  if (request.httpVersion === '1.0') response.shouldKeepAlive = false
  writeHead(request, response, reply, { id, length: null })
  try {
    for await (const piece of stream) {
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
  { status, contentType, headers }: Reply,
  { id, length }: { id: string; length: number | null },
): void {
  const head = ['Content-Type', contentType]
  if (length !== null) head.push('Content-Length', String(length))
  const connection = response.shouldKeepAlive ? 'keep-alive' : 'close'
  head.push('Cache-Control', 'no-store', 'X-Request-Id', id, 'Connection', connection)
  if (headers.length > 0) head.push(...headers)
  const asked = request.headers
  if (asked.origin !== undefined && asked.cookie === undefined && headers !== PREFLIGHT) head.push(...CORS)
  if (asked.origin !== undefined || asked['sec-fetch-mode'] !== undefined) head.push(...BROWSER)
  response.writeHead(status, head)
}

/**
 * Answers a client that is still sending: closing at once would reset the connection, and a reset takes the answer away
 * before the client has read it (RFC 9112 §9.6). So the rest is read into nothing for a moment.
 */
function linger(request: IncomingMessage, response: ServerResponse, body: string): void {
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
