import {
  formatTimestamp,
  LIVE_WINDOW_US,
  type Datapoint,
  type EnvironmentDocument,
  type Feed,
  type FeedDocument,
  type FeedListDocument,
  type HistoryFunction,
  type Location,
  type LocationDocument,
  type Micros,
} from '@sluice/model'
import { renderDatastream, type PrintTime } from './render-datastream.ts'
import { sortTags } from './tags.ts'

export type FeedView = {
  /** scheme and authority, no trailing slash */
  publicUrl: string
  /** decides `live` or `frozen` */
  now: Micros
  /** adds `user`, which xively-python refuses unless it asked */
  showUser?: boolean
  /** the only datastreams to show; all where missing */
  visible?: ReadonlySet<string> | null
  /** by datastream id: the answer of a history query */
  datapoints?: ReadonlyMap<string, readonly Datapoint[]>
  /** what made the datapoints of those that were sent */
  datapointsFunction?: HistoryFunction | null
  printTime?: PrintTime
  /** without datastreams (`content=summary`) */
  isSummary?: boolean
}

/**
 * A feed as API v2 renders it: order of members as there, empty ones left out, `private` a string, times with
 * six digits, in UTC unless `printTime` says otherwise. No member beyond the documented ones: xively-python raises TypeError on them.
 */
export function renderFeed(feed: Feed, view: FeedView): FeedDocument {
  const isLive = feed.lastDataAt !== null && feed.lastDataAt >= view.now - LIVE_WINDOW_US
  const { visible, printTime = formatTimestamp, datapointsFunction = null } = view
  const datastreams = view.isSummary
    ? []
    : feed.datastreams
        .filter(({ id }) => !visible || visible.has(id))
        .map((datastream) => {
          const datapoints = view.datapoints?.get(datastream.id)
          return renderDatastream(datastream, { datapoints, datapointsFunction, printTime })
        })
  return {
    id: feed.id,
    title: feed.title,
    private: feed.isPrivate ? 'true' : 'false',
    ...(feed.icon && { icon: feed.icon }),
    ...(feed.website && { website: feed.website }),
    ...(feed.tags.length > 0 && { tags: sortTags(feed.tags) }),
    ...(feed.description && { description: feed.description }),
    feed: `${view.publicUrl}/v2/feeds/${feed.id}.json`,
    ...(feed.autoFeedUrl && { auto_feed_url: feed.autoFeedUrl }),
    status: isLive ? 'live' : 'frozen',
    updated: printTime(feed.updatedAt),
    created: printTime(feed.createdAt),
    ...(feed.email && { email: feed.email }),
    creator: `${view.publicUrl}/users/${feed.creator}`,
    ...(view.showUser && { user: { login: feed.creator } }),
    version: '1.0.0',
    ...(datastreams.length > 0 && { datastreams }),
    location: renderLocation(feed.location, printTime),
    ...(feed.productId && { product_id: feed.productId }),
    ...(feed.deviceSerial && { device_serial: feed.deviceSerial }),
  }
}

/** What the XML of one datastream says of its feed. */
export function renderEnvironment(
  feed: Feed,
  publicUrl: string,
  printTime: PrintTime = formatTimestamp,
): EnvironmentDocument {
  return {
    id: feed.id,
    updated: printTime(feed.updatedAt),
    created: printTime(feed.createdAt),
    creator: `${publicUrl}/users/${feed.creator}`,
  }
}

/** A feed that was never placed shows `{"domain":"physical"}`. `lat` and `lon` are numbers, `ele` is a string. */
export function renderLocation(location: Location, printTime: PrintTime = formatTimestamp): LocationDocument {
  const { waypoints } = location
  return {
    ...(location.disposition && { disposition: location.disposition }),
    ...(location.name && { name: location.name }),
    ...(location.exposure && { exposure: location.exposure }),
    domain: location.domain ?? 'physical',
    ...(location.ele && { ele: location.ele }),
    ...(location.lat !== undefined && { lat: location.lat }),
    ...(location.lon !== undefined && { lon: location.lon }),
    ...(waypoints &&
      waypoints.length > 0 && {
        waypoints: waypoints.map(({ at, lat, lon }) => ({ at: printTime(at), lat, lon })),
      }),
  }
}

/** One page of a search; `startIndex` counts feeds from 0. */
export function renderFeedList(
  results: FeedDocument[],
  page: { total: number; page: number; perPage: number },
): FeedListDocument {
  return {
    totalResults: page.total,
    startIndex: (page.page - 1) * page.perPage,
    itemsPerPage: page.perPage,
    results,
  }
}
