import { createServer } from 'node:http'
import type { Server, ServerOptions } from 'node:http'
import type { Duplex } from 'node:stream'
import { LIMITS } from '@sluice/model'
import type { Timeouts } from './config.ts'
import { guardFront } from './front.ts'

export const SERVER_LIMITS = {
  headBytes: 16_384,
  headers: 100,
  queryBytes: 4_096,
  bodyBytes: LIMITS.bodyBytesMax,
} as const

/**
 * Node's HTTP server with every limit set. `maxRequestsPerSocket` stays unlimited: devices keep one connection for
 * weeks, and cutting it after a thousand requests costs them a value each time the cut meets a request on its way.
 */
export function makeServer(
  timeouts: Timeouts,
  handler: Parameters<typeof createServer>[1] & object,
  onRefused: (reason: string) => void,
): Server {
  const options: ServerOptions & { shouldUpgradeCallback(request: { headers: { upgrade?: string } }): boolean } = {
    headersTimeout: timeouts.headMs,
    requestTimeout: timeouts.requestMs,
    keepAliveTimeout: timeouts.keepAliveMs,
    connectionsCheckingInterval: timeouts.checkMs,
    maxHeaderSize: SERVER_LIMITS.headBytes,
    // old devices are redirected here by DNS, with or without a Host of their own
    requireHostHeader: false,
    insecureHTTPParser: false,
    noDelay: true,
    // curl offers h2c with an upgrade of its own: answered as a usual request
    shouldUpgradeCallback: (request) => request.headers.upgrade?.toLowerCase() === 'websocket',
  }
  const server = createServer(options, handler)
  // Node drops the headers above its maximum in silence: one more than ours, so that too many can be told
  server.maxHeadersCount = SERVER_LIMITS.headers + 1
  server.maxRequestsPerSocket = 0
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => refuseConnection(error, socket, onRefused))
  const front = guardFront(server, { headTimeoutMs: timeouts.headMs, headBytesMax: SERVER_LIMITS.headBytes })
  // listeners go on being called after close() until the last connection has ended
  const close = server.close.bind(server)
  server.close = (done) => {
    close(done)
    front.closeSilent()
    return server
  }
  return server
}

const REFUSALS: Record<string, [status: string, title: string, sentence: string]> = {
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'Request timeout', 'The request took too long to arrive'],
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'Head too large', 'The headers are larger than 16 KiB'],
}
const MALFORMED = ['400 Bad Request', 'Bad request', 'This is not a valid HTTP request'] as const

/** Answers what could not be made into a request, and closes: what follows on the connection cannot be trusted. */
function refuseConnection(error: NodeJS.ErrnoException, socket: Duplex, onRefused: (reason: string) => void): void {
  if (error.code === 'ECONNRESET' || error.code === 'EPIPE' || !socket.writable) {
    socket.destroy()
    return
  }
  onRefused(error.code ?? 'unknown')
  const [status, title, sentence] = REFUSALS[error.code ?? ''] ?? MALFORMED
  const body = JSON.stringify({ title, errors: sentence })
  const head = `HTTP/1.1 ${status}\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${body.length}`
  socket.end(`${head}\r\nConnection: close\r\n\r\n${body}`, () => socket.destroy())
}
