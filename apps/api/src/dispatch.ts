import type { IncomingHttpHeaders } from 'node:http'
import type { Logger } from '@sluice/service'
import findMyWay from 'find-my-way'
import { Exchange } from './exchange.ts'
import type { Metrics, Protocol } from './metrics.ts'
import { perform } from './perform.ts'
import type { PerformParts } from './perform.ts'
import { HttpError, noRoute } from './problem.ts'
import { renderFailure } from './reply.ts'
import type { Route } from './route.ts'
import { normaliseTarget, parseQuery } from './target.ts'

/** A request of API v2 that came over something else than HTTP. */
export type Dispatched = {
  protocol: Exclude<Protocol, 'http' | 'trigger'>
  method: string
  /** path and query, with or without `/v2` in front of it as the protocol has it: here it must be there */
  target: string
  /** lower-case names */
  headers: IncomingHttpHeaders
  body: Buffer
  remoteAddress: string
  receivedAt: number
  /** what the request log shows instead of method and target */
  loggedAs: { method: string; path: string }
}

/** Serves a request as HTTP would, and notes it in the request log. Never throws: a refusal is an answer, too. */
export type Dispatch = (request: Dispatched) => Promise<Exchange>

export type DispatchParts = PerformParts & {
  routes: readonly Route[]
  log: { record(exchange: Exchange, tookMs: number): void }
  metrics: Pick<Metrics, 'request'>
  logger: Logger
  state: { readonly publicUrl: string }
}

const PATH_CHARS_MAX = 8192
export const TOO_LARGE = 'The body is larger than this resource takes'

/** The same table of routes as HTTP's, behind a router of its own: Fastify's cannot be asked without a socket. */
export function makeDispatch(parts: DispatchParts): Dispatch {
  const router = findMyWay({ maxParamLength: 512 })
  for (const route of parts.routes) router.on(route.method, route.path, () => undefined, route)

  return async (request) => {
    const { url, format, version } = normaliseTarget(request.target.slice(0, PATH_CHARS_MAX))
    const mark = url.indexOf('?')
    const path = mark < 0 ? url : url.slice(0, mark)
    const method = request.method.toUpperCase()
    const found = router.find(method as 'GET', path)
    const exchange = new Exchange({
      request: {
        method,
        url,
        originalUrl: request.target,
        headers: request.headers,
        rawHeaders: flat(request.headers),
        socket: { remoteAddress: request.remoteAddress },
      },
      response: null,
      protocol: request.protocol,
      params: found?.params ?? null,
      query: parseQuery(mark < 0 ? '' : url.slice(mark + 1)),
      body: request.body,
      receivedAt: request.receivedAt,
      publicUrl: parts.state.publicUrl,
      extension: format,
      version,
    })
    exchange.loggedAs = request.loggedAs
    const route = found?.store as Route | undefined
    try {
      if (!route) {
        exchange.principal =
          (await parts.auth.identify(exchange.request, exchange.query, exchange.protocol))?.principal ?? null
        throw noRoute(method, request.target)
      }
      if (exchange.body.length > route.bodyBytesMax) throw new HttpError(413, 'Request too large', TOO_LARGE)
      exchange.reply = await perform(parts, exchange, route)
    } catch (error) {
      exchange.reply = renderFailure(error, exchange)
      if (exchange.reply.status === 500) parts.logger.error({ err: error, requestId: exchange.id }, 'request failed')
    }
    const tookMs = performance.now() - exchange.startedAt
    parts.metrics.request(method, route?.path ?? 'none', exchange.reply.status, tookMs / 1000)
    parts.log.record(exchange, tookMs)
    return exchange
  }
}

function flat(headers: IncomingHttpHeaders): string[] {
  return Object.entries(headers).flatMap(([name, value]) => (typeof value === 'string' ? [name, value] : []))
}
