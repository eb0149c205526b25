import { SluiceError } from '@sluice/model'
import type { Micros } from '@sluice/model'
import type { Logger } from '@sluice/service'
import type { Dispatch, Dispatched } from '../dispatch.ts'
import type { Exchange } from '../exchange.ts'
import { HttpError, noRoute } from '../problem.ts'
import { renderFailure } from '../reply.ts'
import type { RequestLog } from '../request-log.ts'
import { answerText, doneText, refusalText } from './answers.ts'
import type { Refused } from './answers.ts'
import type { Connection, Served } from './connection.ts'
import type { SocketRequest } from './messages.ts'
import type { Subscription, Subscriptions } from './subscriptions.ts'

/** Of one connection. */
export const SUBSCRIPTIONS_MAX = 1000

export type ServeParts = {
  /** the routes of API v2 */
  dispatch: Dispatch
  /** what can be subscribed to; notes nothing in the log, as it does not know what becomes of it */
  subscribable: Dispatch
  subscriptions: Subscriptions
  log: Pick<RequestLog, 'record'>
  logger: Logger
  now(): Micros
}

/** Answers one request of a connection, after COMMIT where it wrote. */
export async function serveRequest(parts: ServeParts, connection: Connection, request: SocketRequest): Promise<Served> {
  if (request.method === 'SUBSCRIBE') return subscribe(parts, connection, request)
  if (request.method === 'UNSUBSCRIBE') return unsubscribe(parts, connection, request)
  const exchange = await parts.dispatch(dispatched(parts, connection, request))
  return { text: answerText(request.echo, exchange.reply) }
}

function dispatched({ now }: ServeParts, { address }: Connection, request: SocketRequest): Dispatched {
  const { method, target, headers, body, path } = request
  return {
    protocol: 'socket',
    method: method === 'SUBSCRIBE' ? 'GET' : method,
    target,
    headers,
    body: Buffer.from(body),
    remoteAddress: address,
    receivedAt: now(),
    loggedAs: { method, path },
  }
}

async function subscribe(parts: ServeParts, connection: Connection, request: SocketRequest): Promise<Served> {
  const exchange = await parts.subscribable({ ...dispatched(parts, connection, request), body: NO_BODY })
  const { params, reply } = exchange
  let opened: Subscription | null = null
  try {
    if (reply.status === 404 && params['feedId'] === undefined) throw noRoute(request.method, request.resource)
    if (reply.status === 200) opened = await open(parts, connection, { request, exchange })
  } catch (refusal) {
    exchange.reply = renderFailure(refusal, exchange)
    if (exchange.reply.status === 500) parts.logger.error({ err: refusal, requestId: exchange.id }, 'request failed')
  }
  parts.log.record(exchange, performance.now() - exchange.startedAt)
  return opened ? { text: doneText(request.echo), opens: opened } : { text: answerText(request.echo, exchange.reply) }
}
const NO_BODY = Buffer.alloc(0)

/**
 * Opens what was found to be readable.
 * @throws {SluiceError | HttpError} why it may not be; anything else is a bug or an outage
 */
async function open(
  { subscriptions }: ServeParts,
  connection: Connection,
  { request, exchange }: { request: SocketRequest; exchange: Exchange },
): Promise<Subscription> {
  const { feed, principal, format, version, params } = exchange
  if (!feed || principal?.kind !== 'key' || format === 'png') throw new Error('a subscription without a feed or a key')
  const { size } = connection.subscriptions
  if (size >= SUBSCRIPTIONS_MAX && !connection.subscriptions.has(request.resource)) {
    throw new SluiceError('forbidden', `A connection may have ${SUBSCRIPTIONS_MAX} subscriptions`)
  }
  const { resource, token } = request.echo
  const subscription: Subscription = {
    subscriber: connection,
    resource: copied(request.resource),
    echo: { resource: resource && copied(resource), token: token && copied(token) },
    principal,
    remoteAddress: connection.address,
    feedId: feed.feedId,
    datastreamId: params['datastreamId'] === undefined ? undefined : copied(params['datastreamId']),
    format,
    version,
    isOpen: false,
  }
  const outcome = await subscriptions.open(subscription)
  if (outcome === 'unavailable') {
    throw new SluiceError('unavailable', 'The feed cannot be followed now; try again', { retryAfterS: 1 })
  }
  if (outcome === 'no-format') {
    throw new HttpError(406, 'Not Acceptable', `This resource is not available as ${format}`)
  }
  return subscription
}

/** A part of a text would keep all of it in memory. */
const copied = (text: string): string => Buffer.from(text).toString()

/** Asks for no key: it takes only from the connection itself. */
async function unsubscribe(
  { subscriptions }: ServeParts,
  connection: Connection,
  { resource, echo }: SocketRequest,
): Promise<Served> {
  const subscription = connection.subscriptions.get(resource)
  if (!subscription) return { text: refusalText(echo, NOT_SUBSCRIBED) }
  subscriptions.close(subscription)
  return { text: doneText(echo) }
}
const NOT_SUBSCRIBED: Refused = { status: 404, body: 'Not found: This connection is not subscribed to this resource' }
