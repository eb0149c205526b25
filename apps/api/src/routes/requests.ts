import { access, LIMITS, SluiceError } from '@sluice/model'
import { listRequests } from '@sluice/store'
import { clamped } from '../history-window.ts'
import { forbidden } from '../problem.ts'
import { requireWholeFeed } from '../reach.ts'
import type { RouteParts } from '../route-parts.ts'
import type { Answer, FeedContext, Route, SignedContext } from '../route.ts'
import { BODY_NONE_BYTES } from './body-limits.ts'

const ENTRIES_DEFAULT = 100

export type RequestRouteParts = Pick<RouteParts, 'db'> & {
  /** writes what the log of this account still has in memory, so that what was answered before can be read */
  flushLog(accountId: number): Promise<void>
}

/** The request log of an account, newest first, secrets masked. */
export function requestRoutes(parts: RequestRouteParts): Route[] {
  return [
    {
      method: 'GET',
      path: '/v2/feeds/:feedId/requests',
      summary: 'List the latest requests that named this feed, refused ones too',
      who: 'feed',
      access: 'get',
      bodyBytesMax: BODY_NONE_BYTES,
      handle: (context) => listOfFeed(parts, context),
    },
    {
      method: 'GET',
      path: '/v2/requests',
      summary: 'List the latest requests of your account',
      who: 'master',
      addresses: 'own-account',
      bodyBytesMax: BODY_NONE_BYTES,
      handle: (context) => list(parts, context, {}),
    },
  ]
}

/** Bodies and addresses are private even where the feed is public: only a key that is given the feed may read them. */
async function listOfFeed(parts: RequestRouteParts, context: FeedContext): Promise<Answer> {
  const { principal, feed } = context
  if (access(principal, 'get', { ...feed, isPrivate: true }) !== 'allowed') throw forbidden()
  requireWholeFeed(context, 'get')
  return list(parts, context, { feedId: feed.feedId })
}

async function list(
  { db, flushLog }: RequestRouteParts,
  { principal, query }: SignedContext,
  of: { feedId?: number },
): Promise<Answer> {
  const before = entryId(query['before'], 'before')
  const after = entryId(query['after'], 'after')
  await flushLog(principal.accountId)
  const requests = await listRequests(db.pool, principal.accountId, {
    ...of,
    ...(before !== undefined && { before }),
    ...(after !== undefined && { after }),
    limit: clamped(query['limit'], ENTRIES_DEFAULT, LIMITS.requestLogEntriesMax),
  })
  return { status: 200, document: { requests } }
}

function entryId(text: string | undefined, name: string): string | undefined {
  if (text === undefined || text === '') return undefined
  if (/^\d{1,18}$/.test(text)) return text
  throw new SluiceError('unprocessable', `${name} must be the id of an entry`)
}
