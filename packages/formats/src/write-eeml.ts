import type {
  ApiVersion,
  DatapointDocument,
  DatastreamDocument,
  EnvironmentDocument,
  FeedDocument,
  FeedListDocument,
  LocationDocument,
  UnitDocument,
} from '@sluice/model'
import { inSeconds, selfUrl } from './write-v1.ts'
import { textNode, writeXml, type XmlNode } from './write-xml.ts'

/** EEML 5 names this one as the creator of everything. */
const CREATOR_V1 = 'http://www.haque.co.uk'

export function writeFeedEeml(feed: FeedDocument, version: ApiVersion): string {
  const { updated, created, id, creator } = feed
  const attributes = version === 'v1' ? environmentV1(updated, id) : { updated, created, id, creator }
  return writeEeml([{ name: 'environment', attributes, content: feedNodes(feed, version) }], version)
}

/** One page of a search: OpenSearch says how many there are. */
export function writeFeedListEeml(list: FeedListDocument, version: ApiVersion): string {
  const counts = (['totalResults', 'startIndex', 'itemsPerPage'] as const).map((name) => ({
    name: `opensearch:${name}`,
    content: String(list[name]),
  }))
  const environments = list.results.map((feed) => {
    const { updated, created, id, creator } = feed
    // another order than that of a feed alone, as the service had it
    const attributes = version === 'v1' ? environmentV1(updated, id) : { created, updated, id, creator }
    return { name: 'environment', attributes, content: feedNodes(feed, version) }
  })
  return writeEeml([...counts, ...environments], version, { 'xmlns:opensearch': OPENSEARCH })
}

/** In EEML 5 the time of the environment is that of the value. */
export function writeDatastreamsEeml(
  datastreams: readonly DatastreamDocument[],
  { updated, created, id, creator }: EnvironmentDocument,
  version: ApiVersion,
): string {
  const [only] = datastreams
  const valueAt = datastreams.length === 1 && only?.at !== undefined ? only.at : updated
  const attributes = version === 'v1' ? environmentV1(valueAt, id) : { updated, created, id, creator }
  const content = datastreams.map((datastream) => dataNode(datastream, version))
  return writeEeml([{ name: 'environment', attributes, content }], version)
}

/** Version 1 had no datapoints: their EEML is 0.5.1 always. */
export function writeDatapointEeml(datapoint: DatapointDocument): string {
  const datapoints: XmlNode = { name: 'datapoints', content: [valueNode(datapoint)] }
  const data: XmlNode = { name: 'data', content: [datapoints] }
  return writeEeml([{ name: 'environment', content: [data] }], 'v2')
}

const OPENSEARCH = 'http://a9.com/-/spec/opensearch/1.1/'
const ROOTS: Record<ApiVersion, { version: string; namespace: string; schema: string }> = {
  v1: { version: '5', namespace: 'http://www.eeml.org/xsd/005', schema: 'http://www.eeml.org/xsd/005/005.xsd' },
  v2: {
    version: '0.5.1',
    namespace: 'http://www.eeml.org/xsd/0.5.1',
    schema: 'http://www.eeml.org/xsd/0.5.1/0.5.1.xsd',
  },
}

function writeEeml(
  content: readonly XmlNode[],
  apiVersion: ApiVersion,
  namespaces: Record<string, string> = {},
): string {
  const { version, namespace, schema } = ROOTS[apiVersion]
  const attributes = {
    xmlns: namespace,
    'xmlns:xsi': 'http://www.w3.org/2001/XMLSchema-instance',
    ...namespaces,
    version,
    'xsi:schemaLocation': `${namespace} ${schema}`,
  }
  return writeXml({ name: 'eeml', attributes, content })
}

const environmentV1 = (updated: string, id: number) => ({ updated: inSeconds(updated), id, creator: CREATOR_V1 })

function feedNodes(feed: FeedDocument, version: ApiVersion): XmlNode[] {
  const isV2 = version === 'v2'
  return [
    ...textNode('title', feed.title),
    ...textNode('feed', selfUrl(feed.feed, 'xml', version)),
    ...textNode('auto_feed_url', isV2 ? feed.auto_feed_url : undefined),
    ...textNode('status', feed.status),
    ...textNode('description', feed.description),
    ...textNode('icon', feed.icon),
    ...textNode('website', feed.website),
    ...textNode('email', feed.email),
    ...(isV2 ? nodesOfV2(feed) : []),
    ...(feed.location ? [locationNode(feed.location)] : []),
    ...(isV2 && feed.user ? [{ name: 'user', content: textNode('login', feed.user.login) }] : []),
    ...(feed.datastreams ?? []).map((datastream) => dataNode(datastream, version)),
  ]
}

const nodesOfV2 = (feed: FeedDocument): XmlNode[] => [
  ...textNode('product_id', feed.product_id),
  ...textNode('device_serial', feed.device_serial),
  ...textNode('private', feed.private),
  ...tagNodes(feed.tags),
]

/** The service printed the attributes even where they were empty, and `waypoints` of every mobile feed. */
function locationNode({ disposition, exposure, domain, waypoints, ...place }: LocationDocument): XmlNode {
  const points = (waypoints ?? []).map(({ at, lat, lon }) => ({
    name: 'waypoint',
    attributes: { at },
    content: placeNodes({ lat, lon }),
  }))
  return {
    name: 'location',
    attributes: { disposition: disposition ?? '', exposure: exposure ?? '', domain: domain ?? '' },
    content: [
      ...placeNodes(place),
      ...(disposition === 'mobile' || waypoints ? [{ name: 'waypoints', content: points }] : []),
    ],
  }
}

const placeNodes = ({ name, lat, lon, ele }: Pick<LocationDocument, 'name' | 'lat' | 'lon' | 'ele'>): XmlNode[] => [
  ...textNode('name', name),
  ...textNode('lat', lat),
  ...textNode('lon', lon),
  ...textNode('ele', ele),
]

function dataNode(datastream: DatastreamDocument & { datapoints_function?: string }, version: ApiVersion): XmlNode {
  const { id, unit, datapoints } = datastream
  const values = version === 'v1' ? valueV1(datastream) : valuesV2(datastream)
  const content = [...tagNodes(datastream.tags), ...values, ...(unit ? [unitNode(unit)] : [])]
  if (version === 'v2' && datapoints) {
    const attributes = { function: datastream.datapoints_function }
    content.push({ name: 'datapoints', attributes, content: datapoints.map(valueNode) })
  }
  return { name: 'data', attributes: { id }, content }
}

function valueV1({ current_value: value, min_value: minValue, max_value: maxValue }: DatastreamDocument): XmlNode[] {
  return value === undefined ? [] : [{ name: 'value', attributes: { minValue, maxValue }, content: value }]
}

const valuesV2 = ({ current_value: value, at, max_value: max, min_value: min }: DatastreamDocument): XmlNode[] => [
  ...(value === undefined ? [] : [{ name: 'current_value', attributes: { at }, content: value }]),
  ...textNode('max_value', max),
  ...textNode('min_value', min),
]

const valueNode = ({ at, value }: DatapointDocument): XmlNode => ({ name: 'value', attributes: { at }, content: value })

const unitNode = ({ type, symbol, label }: UnitDocument): XmlNode => ({
  name: 'unit',
  attributes: { type, symbol },
  ...(label !== undefined && { content: label }),
})

const tagNodes = (tags: readonly string[] = []): XmlNode[] => tags.map((tag) => ({ name: 'tag', content: tag }))
