import type { AccessMethod, Addressed, Principal } from '@sluice/model'

/** A feed as the hot path needs it: who owns it, and the row key of each datastream. */
export type ResolvedFeed = Addressed & { streams: ReadonlyMap<string, number> }

/** What a handler gets. Everything in it was authenticated, bounded and resolved before. */
export type RouteContext = {
  /** path parameters, decoded, API v2 extension already removed */
  params: Readonly<Record<string, string>>
  /** query parameters; of a repeated one the last counts */
  query: Readonly<Record<string, string>>
  /** the body as it came; API v2 clients send wrong or no content types, so nothing was parsed by type */
  body: Buffer
  header(name: string): string | undefined
  /** wall clock at arrival, microseconds since 1970 */
  receivedAt: number
  /** address of the peer; what a proxy claims in headers is not believed */
  remoteAddress: string
  /** aborted when the client goes away */
  signal: AbortSignal
  /** scheme and authority that feed URLs and `Location` start with, no trailing slash */
  publicUrl: string
}
export type SignedContext = RouteContext & { principal: Principal }
export type FeedContext = SignedContext & { feed: ResolvedFeed }

export type Answer = {
  status: 200 | 201
  /** a JSON document; none means API v2's empty body */
  document?: unknown
  /** instead of a document: lines of JSON that are sent as they come. It is always read, or ended, once */
  stream?: AsyncIterable<string>
  /** absolute URL of what was made */
  location?: string
  headers?: Record<string, string>
}

type Declared = {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Fastify path, e.g. `/v2/feeds/:feedId` */
  path: string
  /** one line for the API documentation */
  summary: string
  bodyBytesMax: number
}

/**
 * A route declares who may call it; the table of all routes is what the server is built from, what the isolation test
 * walks over, and what the API documentation is generated from. So a route without an answer to "who?" cannot exist.
 */
export type Route =
  /** open to anybody: health, sign-in */
  | (Declared & { who: 'anybody'; handle(context: RouteContext): Promise<Answer> })
  /** an API key or a signed-in owner; what they address is checked by the handler and named by `addresses` */
  | (Declared & {
      who: 'principal' | 'master' | 'owner' | 'recent-owner'
      addresses:
        | 'own-account'
        | 'key'
        | 'product'
        | 'device'
        | 'activation-code'
        | 'trigger'
        | 'delivery'
        | 'endpoint'
        | 'user'
      handle(context: SignedContext): Promise<Answer>
    })
  /** the feed in the path, resolved and checked for `access` before the handler runs */
  | (Declared & { who: 'feed'; access: AccessMethod; handle(context: FeedContext): Promise<Answer> })
