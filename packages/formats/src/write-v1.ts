import type {
  ApiVersion,
  DatastreamDocument,
  FeedDocument,
  FeedListDocument,
  LocationDocument,
  TextFormat,
  UnitDocument,
} from '@sluice/model'

/** The layout of version 1, which knows neither tags nor privacy of a feed. */
type FeedV1Document = Pick<
  FeedDocument,
  'id' | 'title' | 'icon' | 'website' | 'description' | 'feed' | 'status' | 'updated' | 'email'
> & { version: '0.6-alpha'; datastreams?: DatastreamV1Document[]; location?: LocationDocument }

type DatastreamV1Document = {
  id: string
  values?: { recorded_at?: string; value: string; max_value?: string; min_value?: string }[]
  tags?: string[]
  unit?: UnitDocument
  version?: '0.6-alpha'
}

export function feedV1(feed: FeedDocument): FeedV1Document {
  const { id, title, icon, website, description, status, updated, email, datastreams, location } = feed
  return {
    id,
    title,
    ...(icon !== undefined && { icon }),
    ...(website !== undefined && { website }),
    ...(description !== undefined && { description }),
    feed: selfUrl(feed.feed, 'json', 'v1'),
    status,
    updated,
    ...(email !== undefined && { email }),
    version: '0.6-alpha',
    ...(datastreams && { datastreams: datastreams.map(datastreamV1) }),
    ...(location && { location }),
  }
}

export const feedListV1 = (list: FeedListDocument) => ({ ...list, results: list.results.map(feedV1) })

/** One datastream of a feed; alone it also says its version. */
export function datastreamV1(datastream: DatastreamDocument): DatastreamV1Document {
  const { id, current_value: value, at, max_value, min_value, tags, unit } = datastream
  const current = value !== undefined && {
    ...(at !== undefined && { recorded_at: inSeconds(at) }),
    value,
    ...(max_value !== undefined && { max_value }),
    ...(min_value !== undefined && { min_value }),
  }
  return {
    id,
    ...(current && { values: [current] }),
    ...(tags && { tags }),
    ...(unit && { unit }),
    ...(datastream.version !== undefined && { version: '0.6-alpha' }),
  }
}

/** `…:17.123456Z` → `…:17Z`; an offset stays. */
export const inSeconds = (at: string): string => at.replace(/\.\d+/, '')

/** The address of a feed in another format: documents carry the one of their JSON in version 2. */
export function selfUrl(url: string, format: TextFormat, version: ApiVersion): string {
  return url.replace(/\/v2(\/feeds\/\d+)\.json$/, `/${version}$1.${format}`)
}
