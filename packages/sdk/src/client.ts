import { accountResource } from './account.ts'
import type { AccountResource } from './account.ts'
import { datapointsResource } from './datapoints.ts'
import type { DatapointsResource } from './datapoints.ts'
import { datastreamsResource } from './datastreams.ts'
import type { DatastreamsResource } from './datastreams.ts'
import { deliveriesResource } from './deliveries.ts'
import type { DeliveriesResource } from './deliveries.ts'
import { devicesResource } from './devices.ts'
import type { DevicesResource } from './devices.ts'
import { endpointsResource } from './endpoints.ts'
import type { EndpointsResource } from './endpoints.ts'
import { feedsResource } from './feeds.ts'
import type { FeedsResource } from './feeds.ts'
import { makeHttp } from './http.ts'
import type { HttpOptions } from './http.ts'
import { keysResource } from './keys.ts'
import type { KeysResource } from './keys.ts'
import { followFeed } from './live/follow-feed.ts'
import type { LiveFeed, LiveHandlers, LiveOptions } from './live/handlers.ts'
import { followTriggers } from './live/follow-triggers.ts'
import type { TriggerHandlers } from './live/follow-triggers.ts'
import { makeLink } from './live/link.ts'
import type { LinkOptions } from './live/link.ts'
import { referenceResource } from './reference.ts'
import type { ReferenceResource } from './reference.ts'
import { requestsResource } from './requests.ts'
import type { RequestsResource } from './requests.ts'
import { sessionResource } from './session.ts'
import type { SessionResource } from './session.ts'
import { triggersResource } from './triggers.ts'
import type { TriggersResource } from './triggers.ts'

export type ClientOptions = HttpOptions & LinkOptions

/** All methods reject with `ApiError`. */
export type Client = {
  session: SessionResource
  account: AccountResource
  devices: DevicesResource
  feeds: FeedsResource
  datastreams: DatastreamsResource
  datapoints: DatapointsResource
  keys: KeysResource
  requests: RequestsResource
  triggers: TriggersResource
  deliveries: DeliveriesResource
  endpoints: EndpointsResource
  reference: ReferenceResource
  /** Follows one feed of the own account; see `LiveHandlers`. All feeds of a client share one connection. */
  live(feedId: number, handlers: LiveHandlers, options?: LiveOptions): LiveFeed
  /** Follows the triggers of the whole account: firings, and what becomes of their deliveries. */
  liveTriggers(handlers: TriggerHandlers): LiveFeed
  /** Ends all that is live at once. */
  close(): Promise<void>
}

/**
 * A client of one Sluice server. With an API key every request carries it; without one the browser's session cookie
 * does (`session.signIn`), for pages that the server itself serves.
 * @param options.baseUrl scheme and authority, `''` for the page's own origin
 */
export function createClient(options: ClientOptions): Client {
  const http = makeHttp(options)
  const feeds = feedsResource(http)
  const datastreams = datastreamsResource(http)
  const requests = requestsResource(http)
  const link = makeLink(http, options)
  const followed = new Set<LiveFeed>()
  /** so that `close` reaches it too */
  const endable = (live: LiveFeed): LiveFeed => {
    const ending: LiveFeed = {
      close() {
        followed.delete(ending)
        live.close()
      },
    }
    followed.add(ending)
    return ending
  }
  return {
    session: sessionResource(http),
    account: accountResource(http),
    devices: devicesResource(http),
    feeds,
    datastreams,
    datapoints: datapointsResource(http),
    keys: keysResource(http),
    requests,
    triggers: triggersResource(http),
    deliveries: deliveriesResource(http),
    endpoints: endpointsResource(http),
    reference: referenceResource(http),
    live(feedId, handlers, liveOptions) {
      return endable(
        followFeed(
          feedId,
          handlers,
          {
            link,
            archive: {
              feed: (query) => feeds.get(feedId, query),
              datastream: (id, query) => datastreams.get(feedId, id, query),
            },
            listRequests: (query) => requests.list(feedId, query),
            serverNow: () => http.serverNow(),
          },
          liveOptions,
        ),
      )
    },
    liveTriggers: (handlers) => endable(followTriggers(link, handlers)),
    async close() {
      for (const ending of followed) ending.close()
      await link.close()
    },
  }
}
