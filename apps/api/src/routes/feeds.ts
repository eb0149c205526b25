import { parseFeedBody, renderFeed, renderFeedList } from '@sluice/formats'
import { LIMITS, NotFoundError, SluiceError } from '@sluice/model'
import type { FeedPatch, Principal } from '@sluice/model'
import { createFeed, listFeeds, removeFeed } from '@sluice/store'
import { parseFeedSearch } from '../feed-search.ts'
import { forbidden } from '../problem.ts'
import { requireWholeFeed } from '../reach.ts'
import { readFeed } from '../read-feed.ts'
import { locationOf, readingOf } from '../reading-of.ts'
import type { RouteParts } from '../route-parts.ts'
import type { Answer, FeedContext, Route, SignedContext } from '../route.ts'
import { writeFeed } from '../write-feed.ts'
import { BODY_NONE_BYTES } from './body-limits.ts'

/** Feeds of API v2: search, create, read with history, partial update, remove. */
export function feedRoutes(parts: RouteParts): Route[] {
  return [
    {
      method: 'GET',
      path: '/v2/feeds',
      summary: 'Search feeds: public ones, and private ones of your account',
      formats: ['json', 'xml', 'csv'],
      who: 'principal',
      addresses: 'own-account',
      bodyBytesMax: BODY_NONE_BYTES,
      handle: (context) => list(parts, context),
    },
    {
      method: 'POST',
      path: '/v2/feeds',
      summary: 'Create a feed, with datastreams and values if you like',
      formats: ['json', 'xml'],
      who: 'principal',
      addresses: 'own-account',
      bodyBytesMax: LIMITS.bodyBytesMax,
      handle: (context) => create(parts, context),
    },
    {
      method: 'GET',
      path: '/v2/feeds/:feedId',
      summary: 'Read a feed; with start, end, duration or limit also its history',
      formats: ['json', 'xml', 'csv'],
      who: 'feed',
      access: 'get',
      bodyBytesMax: BODY_NONE_BYTES,
      handle: async (context) => ({
        status: 200,
        representation: await readFeed(parts, readingOf(context)),
      }),
    },
    {
      method: 'PUT',
      path: '/v2/feeds/:feedId',
      summary: 'Change a feed and write values; datastreams that are missing are created',
      formats: ['json', 'xml', 'csv'],
      who: 'feed',
      access: 'put',
      bodyBytesMax: LIMITS.bodyBytesMax,
      handle: (context) => update(parts, context),
    },
    {
      method: 'DELETE',
      path: '/v2/feeds/:feedId',
      summary: 'Remove a feed with all its data',
      who: 'feed',
      access: 'delete',
      bodyBytesMax: BODY_NONE_BYTES,
      handle: (context) => remove(parts, context),
    },
  ]
}

async function list({ db }: RouteParts, { principal, query, publicUrl, receivedAt }: SignedContext): Promise<Answer> {
  const search = parseFeedSearch(query, principal)
  const { page, perPage } = search.query
  const { total, feeds } = await listFeeds(db.pool, search.query)
  const results = feeds.map((feed) =>
    renderFeed(feed, {
      publicUrl,
      now: receivedAt,
      showUser: search.showUser,
      isSummary: search.isSummary,
      visible: search.shownOf(feed),
    }),
  )
  return {
    status: 200,
    representation: { kind: 'feeds', document: renderFeedList(results, { total, page, perPage }) },
  }
}

async function create(parts: RouteParts, context: SignedContext): Promise<Answer> {
  const patch = parseFeedBody(context.readBody(), context.receivedAt)
  const { title } = patch
  if (title === undefined) throw new SluiceError('unprocessable', "title can't be blank")
  requireMayCreate(context.principal, patch)
  const { accountId } = context.principal
  const made = await context.once.make(async (tx) => String(await createFeed(tx, accountId, { ...patch, title })))
  const feedId = Number(made)
  await writeFirstValues(parts, context, { feedId, patch })
  return { status: 201, location: locationOf(context, `/feeds/${feedId}`) }
}

/** A feed whose values could not be stored goes again: the client, told that it failed, will send all of it once more. */
async function writeFirstValues(
  parts: RouteParts,
  { principal, receivedAt, once }: SignedContext,
  { feedId, patch }: { feedId: number; patch: FeedPatch },
): Promise<void> {
  const { datastreams } = patch
  if (!datastreams || datastreams.length === 0) return
  try {
    const feed = await parts.feeds.resolve(feedId)
    if (!feed) throw new NotFoundError(`Feed with ID = ${feedId}`)
    const values = datastreams.map(({ id, currentValue, at, datapoints, maxValue, minValue }) => ({
      id,
      ...(maxValue !== undefined && { maxValue }),
      ...(minValue !== undefined && { minValue }),
      ...(currentValue !== undefined && { currentValue }),
      ...(at !== undefined && { at }),
      ...(datapoints && { datapoints }),
    }))
    await writeFeed(parts, { principal, feed, receivedAt }, { datastreams: values })
  } catch (error) {
    await once.unmake((tx) => removeFeed(tx, feedId))
    parts.feeds.forget(feedId)
    throw error
  }
}

/** @throws {SluiceError} `forbidden`: creating needs `post` on everything, and a private feed needs private access */
function requireMayCreate(principal: Principal, { isPrivate }: FeedPatch): void {
  if (principal.kind === 'owner') return
  const free = principal.permissions.filter(({ resources }) => !resources || resources.length === 0)
  const mayPost = free.some(({ accessMethods }) => accessMethods.includes('post'))
  if (!mayPost) throw forbidden('This key may not create feeds')
  if (isPrivate && !principal.privateAccess) throw forbidden('This key has no access to private feeds')
}

async function update(parts: RouteParts, context: FeedContext): Promise<Answer> {
  await writeFeed(parts, context, parseFeedBody(context.readBody(), context.receivedAt))
  return { status: 200 }
}

async function remove(parts: RouteParts, context: FeedContext): Promise<Answer> {
  requireWholeFeed(context, 'delete')
  const { feedId, accountId } = context.feed
  await parts.db.inTransaction((tx) => removeFeed(tx, feedId))
  parts.feeds.forget(feedId)
  parts.announce.updated(accountId, feedId)
  return { status: 200 }
}
