import type { Body } from '@sluice/formats'
import type { AccessMethod, Addressed, ApiVersion, Format, Principal, Representation } from '@sluice/model'
import type { Transaction } from '@sluice/store'

/** A feed as the hot path needs it: who owns it, and the row key of each datastream. */
export type ResolvedFeed = Addressed & { streams: ReadonlyMap<string, number> }

/** How a creating request makes something. */
export type Once = {
  /**
   * @param make in a transaction of its own; answers the id of what it made
   * @returns that id, or the one that an earlier attempt of the same request made before it was broken off
   */
  make(make: (tx: Transaction) => Promise<string>): Promise<string>
  /** takes it back, because the rest of the request failed */
  unmake(unmake: (tx: Transaction) => Promise<void>): Promise<void>
}

/** What a handler gets. Everything in it was authenticated, bounded and resolved before. */
export type RouteContext = {
  /** path parameters, decoded, API v2 extension already removed */
  params: Readonly<Record<string, string>>
  /** query parameters; of a repeated one the last counts */
  query: Readonly<Record<string, string>>
  /** the body as it came; API v2 clients send wrong or no content types, so nothing was parsed by type */
  body: Buffer
  /**
   * the body as text, and the format to read it in: by extension, by what it evidently is, by `Accept`, else JSON
   * @throws {HttpError} 406 for a format that the route does not declare
   */
  readBody(): Body
  /** what the answer will be written in */
  format: Format
  version: ApiVersion
  header(name: string): string | undefined
  /** wall clock at arrival, microseconds since 1970 */
  receivedAt: number
  /** address of the peer; what a proxy claims in headers is not believed */
  remoteAddress: string
  /** the page that made a browser send it, as HTTP tells; nothing else does */
  referer: string | null
  /** makes what the request asks for; once, where it carries an `Idempotency-Key` */
  once: Once
  /** aborted when the client goes away */
  signal: AbortSignal
  /** scheme and authority that feed URLs and `Location` start with, no trailing slash */
  publicUrl: string
}
export type SignedContext = RouteContext & { principal: Principal }
export type FeedContext = SignedContext & { feed: ResolvedFeed }

export type Answer = {
  status: 200 | 201
  /** a document that there is only as JSON; neither this nor a representation means API v2's empty body */
  document?: unknown
  /** a document of API v2 that is written in the format that was asked for */
  representation?: Representation
  /** a picture (PNG) */
  bytes?: Buffer
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
  /** what its documents can be asked for in and its bodies may come in, by extension, content or `Accept`; JSON alone unless given */
  formats?: readonly Format[]
}

/**
 * A route declares who may call it; the table of all routes is what the server is built from, what the authorization
 * matrix (`test/matrix`) walks over, and what the API documentation is generated from. So a route without an answer to
 * "who?" cannot exist.
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
