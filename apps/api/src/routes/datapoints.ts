import { parseDatapointBody, parseDatapointsBody, renderDatapoint } from '@sluice/formats'
import { LIMITS, NotFoundError, numberOf, parseTimestamp, SluiceError } from '@sluice/model'
import type { AccessMethod, Micros } from '@sluice/model'
import { findDatapoint, removeDatapoints, updateDatapoint } from '@sluice/store'
import { bodyText, jsonBody } from '../body-text.ts'
import { parseRange } from '../history-window.ts'
import { findStreamFor } from '../reach.ts'
import type { RouteParts } from '../route-parts.ts'
import type { Answer, FeedContext, Route } from '../route.ts'
import { appendDatapointsTo } from '../write-feed.ts'
import { BODY_NONE_BYTES } from './body-limits.ts'

const DATAPOINTS = '/v2/feeds/:feedId/datastreams/:datastreamId/datapoints'

/** Datapoints of API v2, addressed by their time to the microsecond. */
export function datapointRoutes(parts: RouteParts): Route[] {
  return [
    {
      method: 'POST',
      path: DATAPOINTS,
      summary: 'Append up to 500 datapoints',
      who: 'feed',
      access: 'post',
      bodyBytesMax: LIMITS.bodyBytesMax,
      handle: (context) => append(parts, context),
    },
    {
      method: 'DELETE',
      path: DATAPOINTS,
      summary: 'Remove the datapoints between start and end',
      who: 'feed',
      access: 'delete',
      bodyBytesMax: BODY_NONE_BYTES,
      handle: (context) => removeRange(parts, context),
    },
    {
      method: 'GET',
      path: `${DATAPOINTS}/:at`,
      summary: 'Read one datapoint',
      who: 'feed',
      access: 'get',
      bodyBytesMax: BODY_NONE_BYTES,
      handle: (context) => read(parts, context),
    },
    {
      method: 'PUT',
      path: `${DATAPOINTS}/:at`,
      summary: 'Change the value of a datapoint',
      who: 'feed',
      access: 'put',
      bodyBytesMax: BODY_NONE_BYTES,
      handle: (context) => update(parts, context),
    },
    {
      method: 'DELETE',
      path: `${DATAPOINTS}/:at`,
      summary: 'Remove one datapoint',
      who: 'feed',
      access: 'delete',
      bodyBytesMax: BODY_NONE_BYTES,
      handle: (context) => remove(parts, context),
    },
  ]
}

async function append(parts: RouteParts, context: FeedContext): Promise<Answer> {
  const points = parseDatapointsBody(jsonBody(context.body), context.receivedAt)
  await appendDatapointsTo(parts, context, context.params['datastreamId'] ?? '', points)
  return { status: 200 }
}

async function read(parts: RouteParts, context: FeedContext): Promise<Answer> {
  const { streamKey, at } = await find(parts, context, 'get')
  const point = await findDatapoint(parts.db.pool, streamKey, at)
  if (!point) throw missingDatapoint(context)
  return { status: 200, document: renderDatapoint(point) }
}

async function update(parts: RouteParts, context: FeedContext): Promise<Answer> {
  const value = parseDatapointBody(jsonBody(context.body))
  const { streamKey, at } = await find(parts, context, 'put')
  const isFound = await parts.db.inTransaction((tx) =>
    updateDatapoint(tx, streamKey, at, { value, number: numberOf(value) }),
  )
  if (!isFound) throw missingDatapoint(context)
  parts.announce.updated(context.feed.accountId, context.feed.feedId)
  return { status: 200 }
}

async function remove(parts: RouteParts, context: FeedContext): Promise<Answer> {
  const { streamKey, at } = await find(parts, context, 'delete')
  const removed = await parts.db.inTransaction((tx) => removeDatapoints(tx, streamKey, { start: at, end: at }))
  if (removed === 0) throw missingDatapoint(context)
  parts.announce.updated(context.feed.accountId, context.feed.feedId)
  return { status: 200 }
}

/** xively-js sends the bounds as a form in the body. */
async function removeRange(parts: RouteParts, context: FeedContext): Promise<Answer> {
  const streamKey = await findStreamFor(parts.feeds, context, 'delete', context.params['datastreamId'] ?? '')
  const form = Object.fromEntries(new URLSearchParams(bodyText(context.body)))
  const range = parseRange({ ...form, ...context.query }, context.receivedAt)
  if (!range) throw new SluiceError('unprocessable', 'Must supply at least one of start, end or duration')
  await parts.db.inTransaction((tx) => removeDatapoints(tx, streamKey, range))
  parts.announce.updated(context.feed.accountId, context.feed.feedId)
  return { status: 200 }
}

async function find(
  parts: RouteParts,
  context: FeedContext,
  method: AccessMethod,
): Promise<{ streamKey: number; at: Micros }> {
  const streamKey = await findStreamFor(parts.feeds, context, method, context.params['datastreamId'] ?? '')
  const at = parseTimestamp(context.params['at'] ?? '')
  if (at === null) throw missingDatapoint(context)
  return { streamKey, at }
}

const missingDatapoint = ({ params }: FeedContext): NotFoundError =>
  new NotFoundError(`Datapoint with at = ${params['at']}`)
