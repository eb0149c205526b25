import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Logger } from '@sluice/service'
import { fastify } from 'fastify'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { preflightReply, writeReply, writeStream } from './answer.ts'
import type { Reply } from './answer.ts'
import type { Timeouts } from './config.ts'
import { Exchange } from './exchange.ts'
import { makeMicrosClock } from './micros-clock.ts'
import type { Metrics } from './metrics.ts'
import { perform } from './perform.ts'
import type { PerformParts } from './perform.ts'
import { TOO_LARGE } from './dispatch.ts'
import { HttpError, noRoute } from './problem.ts'
import { renderFailure } from './reply.ts'
import type { Route } from './route.ts'
import { makeServer, SERVER_LIMITS } from './server-limits.ts'
import { normaliseTarget, parseQuery } from './target.ts'
import type { Target } from './target.ts'

export type AppParts = PerformParts & {
  routes: readonly Route[]
  /** takes every finished exchange and keeps those that name a feed or an account */
  log: { record(exchange: Exchange, tookMs: number): void }
  metrics: Metrics
  logger: Logger
  timeouts: Timeouts
  /**
   * What changes while it runs. `publicUrl` is what feed URLs start with: its port may be known only after listening.
   * Once it is draining, connections are closed after their answer.
   */
  state: { readonly publicUrl: string; readonly isDraining: boolean }
  /** answers paths outside `/v2` with pages of the workbench; false where there is none */
  servePage(request: FastifyRequest, reply: FastifyReply): boolean
}

/**
 * The HTTP application: a table of routes on Fastify. What API v2 clients do to HTTP is ironed out before Fastify
 * looks (`normaliseTarget`), bodies are taken as bytes whatever type they claim, and each answer is written in one
 * piece by `writeReply`, past Fastify's hooks.
 */
export function buildApp(parts: AppParts): FastifyInstance {
  const targets: Targets = new WeakMap()
  const app = fastify({
    serverFactory: (handler) =>
      makeServer(
        parts.timeouts,
        (request, response) => {
          if (parts.state.isDraining) response.shouldKeepAlive = false
          handler(request, response)
        },
        (reason) => parts.metrics.clientError(reason),
      ),
    rewriteUrl: (request) => rewrite(request, targets),
    bodyLimit: SERVER_LIMITS.bodyBytes,
    exposeHeadRoutes: true,
    routerOptions: { maxParamLength: 512, querystringParser: parseQuery },
    frameworkErrors: (error, request, reply) => refuse(error, request, reply),
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))

  const now = makeMicrosClock()
  const open = (request: FastifyRequest, reply: FastifyReply): Exchange => {
    reply.hijack()
    const { raw, params, query, body } = request
    const { publicUrl } = parts.state
    const { format: extension, version } = targets.get(raw) ?? PLAIN
    const written = { params, query, body, publicUrl, extension, version, receivedAt: now() }
    return new Exchange({ request: raw, response: reply.raw, protocol: 'http', ...written })
  }
  const refuse = (error: FastifyError, request: FastifyRequest, reply: FastifyReply): void => {
    void finish(parts, open(request, reply), { fail: fromFastify(error) })
  }

  for (const route of parts.routes) {
    app.route({
      method: route.method,
      url: route.path,
      bodyLimit: route.bodyBytesMax,
      // an activation is a GET that changes something, and its answer is shown once
      exposeHeadRoute: route.who !== 'anybody',
      handler: (request, reply) => finish(parts, open(request, reply), { route }),
    })
  }
  app.options('/v2/*', (request, reply) => finish(parts, open(request, reply), { reply: preflightReply() }))
  app.setNotFoundHandler((request, reply) => {
    if (parts.servePage(request, reply)) return undefined
    const fail = noRoute(request.method, request.originalUrl)
    return finish(parts, open(request, reply), { fail })
  })
  app.setErrorHandler(refuse)
  return app
}

/** What was ironed out of targets that are not plain, until their exchange is made. */
type Targets = WeakMap<IncomingMessage, Target>
const PLAIN = { format: null, version: 'v2' } as const

/** What to do with an exchange: a route's work, a ready answer, or a failure found before any route was. */
type Task = { route: Route } | { reply: Reply } | { fail: unknown }

async function finish(parts: AppParts, exchange: Exchange, task: Task): Promise<void> {
  const request = exchange.request as IncomingMessage
  const response = exchange.response as ServerResponse
  try {
    requireModestHead(request)
    if ('route' in task) exchange.reply = await perform(parts, exchange, task.route)
    else if ('reply' in task) exchange.reply = task.reply
    else {
      await recognise(parts, exchange)
      throw task.fail
    }
  } catch (error) {
    exchange.reply = renderFailure(error, exchange)
    if (exchange.reply.status === 500) parts.logger.error({ err: error, requestId: exchange.id }, 'request failed')
  }
  // it may have begun to go since the request came
  if (parts.state.isDraining) response.shouldKeepAlive = false
  if (exchange.reply.stream) await writePieces(parts, exchange, exchange.reply.stream)
  else writeReply(request, response, exchange)
  const tookMs = performance.now() - exchange.startedAt
  const pattern = 'route' in task ? task.route.path : 'none'
  parts.metrics.request(exchange.method, pattern, exchange.reply.status, tookMs / 1000)
  parts.log.record(exchange, tookMs)
}

async function writePieces({ logger }: AppParts, exchange: Exchange, stream: AsyncIterable<string>): Promise<void> {
  const { reply, id, rate } = exchange
  try {
    await writeStream(exchange.request as IncomingMessage, exchange.response as ServerResponse, {
      reply,
      id,
      rate,
      stream,
    })
  } catch (error) {
    logger.error({ err: error, requestId: id }, 'an answer broke off')
  }
}

/** Learns for the request log whose request this was that cannot be served; that it fails changes nothing. */
async function recognise(parts: AppParts, exchange: Exchange): Promise<void> {
  if (!exchange.request.url?.startsWith('/v2')) return
  try {
    const identity = await parts.auth.identify(exchange.request, exchange.query)
    exchange.principal = identity?.principal ?? null
  } catch {
    exchange.principal = null
  }
}

function rewrite(request: IncomingMessage, targets: Targets): string {
  const target = normaliseTarget(request.url ?? '/')
  if (target.format !== null || target.version !== 'v2') targets.set(request, target)
  // API v2 clients declare their bodies wrongly, and Fastify would refuse what it cannot read: nothing is parsed by type
  request.headers['content-type'] = undefined
  return target.url
}

/** @throws {HttpError} 431, 414 */
function requireModestHead({ rawHeaders, url = '' }: IncomingMessage): void {
  if (rawHeaders.length > SERVER_LIMITS.headers * 2) {
    throw new HttpError(431, 'Too many headers', `A request may have ${SERVER_LIMITS.headers} headers`)
  }
  const mark = url.indexOf('?')
  if (mark >= 0 && url.length - mark > SERVER_LIMITS.queryBytes) {
    throw new HttpError(414, 'Query too long', `A query may have ${SERVER_LIMITS.queryBytes} bytes`)
  }
}

function fromFastify(error: FastifyError): unknown {
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new HttpError(413, 'Request too large', TOO_LARGE)
    case 'FST_ERR_BAD_URL':
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new HttpError(404, 'Not found', 'No route matches this address')
    default:
      return error.statusCode !== undefined && error.statusCode < 500
        ? new HttpError(400, 'Bad request', error.message)
        : error
  }
}
