import type { DatastreamDocument, EnvironmentDocument, FeedDocument, Representation, TextFormat } from '@sluice/model'
import { writeRepresentation } from './write.ts'

/* The feed of the vendor's reference renderings, for tests. */

export const AT = '2013-05-06T20:08:17.123456Z'
const points = [
  { at: '2013-05-06T20:07:17.123456Z', value: '41.0' },
  { at: AT, value: '41.2' },
]
export const flow: DatastreamDocument = {
  id: 'flow',
  current_value: '41.2',
  at: AT,
  max_value: '90.0',
  min_value: '0.0',
  tags: ['water'],
  unit: { type: 'derivedSI', symbol: '°C', label: 'Celsius' },
}
export const boiler: FeedDocument = {
  id: 504,
  title: 'Boiler',
  private: 'false',
  tags: ['heat', 'house'],
  feed: 'http://HOST/v2/feeds/504.json',
  status: 'live',
  updated: AT,
  created: AT,
  creator: 'https://HOST/users/ann',
  version: '1.0.0',
  datastreams: [{ ...flow, datapoints: points }],
  location: {
    disposition: 'fixed',
    name: 'cellar',
    exposure: 'indoor',
    domain: 'physical',
    ele: '23.0',
    lat: 51.5,
    lon: -0.1,
  },
}
export const environment: EnvironmentDocument = { id: 504, updated: AT, created: AT, creator: 'https://HOST/users/ann' }
export const v2 = (representation: Representation, format: TextFormat) =>
  writeRepresentation(representation, { format, version: 'v2' })
export const v1 = (representation: Representation, format: TextFormat) =>
  writeRepresentation(representation, { format, version: 'v1' })
