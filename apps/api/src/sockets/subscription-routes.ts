import { findStreamFor } from '../reach.ts'
import type { RouteParts } from '../route-parts.ts'
import type { Answer, FeedContext, Route } from '../route.ts'

const READABLE: Answer = { status: 200 }

/**
 * What can be subscribed to (API v2): a feed, and a datastream. Reached with GET's rights and checks, and without
 * reading anything; the answer is empty.
 */
export function subscriptionRoutes({ feeds }: Pick<RouteParts, 'feeds'>): Route[] {
  const readable = {
    method: 'GET',
    formats: ['json', 'xml', 'csv'],
    who: 'feed',
    access: 'get',
    bodyBytesMax: 0,
  } as const
  return [
    {
      ...readable,
      path: '/v2/feeds/:feedId',
      summary: 'Follow a feed',
      handle: () => Promise.resolve(READABLE),
    },
    {
      ...readable,
      path: '/v2/feeds/:feedId/datastreams/:datastreamId',
      summary: 'Follow a datastream',
      async handle(context: FeedContext) {
        await findStreamFor(feeds, context, 'get', context.params['datastreamId'] ?? '')
        return READABLE
      },
    },
  ]
}
