import { parseDatastreamBody, parseDatastreamsBody } from '@sluice/formats'
import { LIMITS } from '@sluice/model'
import { removeDatastream } from '@sluice/store'
import { findStreamFor } from '../reach.ts'
import { readDatastream, readFeed } from '../read-feed.ts'
import { locationOf, readingOf } from '../reading-of.ts'
import type { RouteParts } from '../route-parts.ts'
import type { Answer, FeedContext, Route } from '../route.ts'
import { createDatastreams, writeDatastream } from '../write-feed.ts'
import { drawGraph } from '../draw-graph.ts'
import { BODY_NONE_BYTES } from './body-limits.ts'

/** Datastreams of API v2. */
export function datastreamRoutes(parts: RouteParts): Route[] {
  return [
    {
      method: 'GET',
      path: '/v2/feeds/:feedId/datastreams',
      summary: 'List the datastreams of a feed',
      formats: ['json', 'xml', 'csv'],
      who: 'feed',
      access: 'get',
      bodyBytesMax: BODY_NONE_BYTES,
      handle: async (context) => {
        const { document: feed, isHistory = false } = await readFeed(parts, readingOf(context))
        const document = { version: '1.0.0', datastreams: feed.datastreams ?? [] } as const
        return { status: 200, representation: { kind: 'datastreams', document, environment: feed, isHistory } }
      },
    },
    {
      method: 'POST',
      path: '/v2/feeds/:feedId/datastreams',
      summary: 'Create datastreams; those that exist are updated',
      formats: ['json', 'xml', 'csv'],
      who: 'feed',
      access: 'post',
      bodyBytesMax: LIMITS.bodyBytesMax,
      handle: (context) => create(parts, context),
    },
    {
      method: 'GET',
      path: '/v2/feeds/:feedId/datastreams/:datastreamId',
      summary: 'Read a datastream; with start, end, duration or limit also its history; as .png its graph',
      formats: ['json', 'xml', 'csv', 'png'],
      who: 'feed',
      access: 'get',
      bodyBytesMax: BODY_NONE_BYTES,
      handle: (context) => read(parts, context),
    },
    {
      method: 'PUT',
      path: '/v2/feeds/:feedId/datastreams/:datastreamId',
      summary: 'Write the current value of a datastream that exists, or change its tags and unit',
      formats: ['json', 'xml', 'csv'],
      who: 'feed',
      access: 'put',
      bodyBytesMax: LIMITS.bodyBytesMax,
      handle: (context) => update(parts, context),
    },
    {
      method: 'DELETE',
      path: '/v2/feeds/:feedId/datastreams/:datastreamId',
      summary: 'Remove a datastream with all its data',
      who: 'feed',
      access: 'delete',
      bodyBytesMax: BODY_NONE_BYTES,
      handle: (context) => remove(parts, context),
    },
  ]
}

async function read(parts: RouteParts, context: FeedContext): Promise<Answer> {
  if (context.format === 'png') return drawGraph(parts, context, datastreamOf(context))
  return { status: 200, representation: await readDatastream(parts, readingOf(context), datastreamOf(context)) }
}

async function create(parts: RouteParts, context: FeedContext): Promise<Answer> {
  const patches = parseDatastreamsBody(context.readBody(), context.receivedAt)
  await createDatastreams(parts, context, patches)
  const first = encodeURIComponent(patches[0]?.id ?? '')
  return { status: 201, location: locationOf(context, `/feeds/${context.feed.feedId}/datastreams/${first}`) }
}

async function update(parts: RouteParts, context: FeedContext): Promise<Answer> {
  const patch = parseDatastreamBody(context.readBody(), datastreamOf(context), context.receivedAt)
  await writeDatastream(parts, context, patch)
  return { status: 200 }
}

async function remove(parts: RouteParts, context: FeedContext): Promise<Answer> {
  const { feedId, accountId } = context.feed
  const key = await findStreamFor(parts.feeds, context, 'delete', datastreamOf(context))
  await parts.db.inTransaction((tx) => removeDatastream(tx, key))
  parts.feeds.forget(feedId)
  parts.announce.updated(accountId, feedId)
  return { status: 200 }
}

const datastreamOf = ({ params }: FeedContext): string => params['datastreamId'] ?? ''
