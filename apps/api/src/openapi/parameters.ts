import { LIMITS } from '@sluice/model'
import { FLAG, ID, oneOf, TEXT, TIME } from './schema.ts'
import type { Schema } from './schema.ts'

export type Parameter = { description: string; schema: Schema }
const parameter = (description: string, schema: Schema): Parameter => ({ description, schema })
const whole = (minimum: number, maximum?: number, initial?: number): Schema => ({
  type: 'integer',
  minimum,
  ...(maximum !== undefined && { maximum }),
  ...(initial !== undefined && { default: initial }),
})

/** Query parameters, by name where a name means one thing, otherwise by what they are for. */
export const PARAMETERS = {
  // history
  start: parameter('Beginning, ISO 8601, inclusive', TIME),
  end: parameter('End, ISO 8601, inclusive; now unless given', TIME),
  duration: parameter('Such as 6hours or 1day: forward from start, backward from end, else the latest', {
    type: 'string',
    examples: ['6hours'],
  }),
  limit: parameter('Datapoints of each datastream', whole(1, LIMITS.historyLimitMax, LIMITS.historyLimitDefault)),
  interval: parameter('Seconds between values; rounded up to 0, 30, 60, 300, 900, 1800, 3600, 10800 …', whole(0)),
  interval_type: parameter('`discrete` gives one value for each interval', oneOf(['discrete'])),
  function: parameter(
    'What one value for each interval is made by',
    oneOf(['average', 'min', 'max', 'sum', 'count', 'median']),
  ),
  find_previous: parameter('Also the last datapoint before start', FLAG),
  timezone: parameter('Offset or city: how times are read and printed', {
    type: 'string',
    examples: ['+3.5', 'Berlin'],
  }),
  time: parameter('As it was at this time', TIME),
  datastreams: parameter('Only these, separated by commas', TEXT),
  show_user: parameter('Also `user`', FLAG),
  // search
  page: parameter('From 1', whole(1, undefined, 1)),
  per_page: parameter('Feeds of a page', whole(1, LIMITS.perPageMax, LIMITS.perPageDefault)),
  content: parameter('`summary` leaves the datastreams out', oneOf(['full', 'summary'])),
  q: parameter('Words, or their beginnings, in the text of a feed and its datastreams', TEXT),
  tag: parameter('A tag of the feed or of a datastream', TEXT),
  user: parameter('Login of the owner', TEXT),
  units: parameter('Label or symbol of a unit', TEXT),
  status: parameter('Live: a value came in the last 15 minutes', oneOf(['live', 'frozen', 'all'])),
  order: parameter('What comes first', oneOf(['created_at', 'retrieved_at', 'relevance'])),
  lat: parameter('Degrees, centre of a circle', { type: 'number', minimum: -90, maximum: 90 }),
  lon: parameter('Degrees', { type: 'number', minimum: -180, maximum: 180 }),
  distance: parameter('Radius of the circle', { type: 'number', minimum: 0 }),
  distance_units: parameter('Of the radius', oneOf(['kms', 'miles'])),
  mapped: parameter('Only feeds that have a location', FLAG),
  // graphs
  w: parameter('Width in pixels (.png)', whole(50, 2000)),
  h: parameter('Height in pixels (.png)', whole(30, 2000)),
  c: parameter('Colour, hexadecimal (.png)', TEXT),
  t: parameter('Title (.png)', TEXT),
  l: parameter('Legend (.png)', TEXT),
  s: parameter('Width of the line (.png)', whole(1, 10)),
  b: parameter('Labels of the axes (.png)', FLAG),
  g: parameter('Detailed grid (.png)', FLAG),
  scale: parameter('Of the values (.png)', oneOf(['auto', 'datastream', 'manual'])),
  min: parameter('With scale=manual (.png)', { type: 'number' }),
  max: parameter('With scale=manual (.png)', { type: 'number' }),
  // others
  results: parameter('A result for each datapoint, with the reason of a rejected one', FLAG),
  feed_id: parameter('Only of this feed', whole(1)),
  datastream_id: parameter('Of this datastream', TEXT),
  trigger_id: parameter('Only of this trigger', whole(1)),
  endpoint_id: parameter('Only of this target', whole(1)),
  delivery_status: parameter('Only in this state', oneOf(['pending', 'delivered', 'dead', 'cancelled'])),
  full: parameter('All members, not API v2’s alone', FLAG),
  before: parameter('Older than this entry', TEXT),
  after: parameter('Newer than this entry', TEXT),
  method: parameter('What it would do', oneOf(['get', 'put', 'post', 'delete'])),
  source_ip: parameter('From this address', TEXT),
  referer: parameter('With this Referer', TEXT),
  serial: parameter('Part of a serial', TEXT),
  activated: parameter('Only those that are, or are not', oneOf(['true', 'false', 'all'])),
  devices_per_page: parameter('Devices of a page', whole(1, LIMITS.perPageMax, 30)),
  state: parameter('Only in this stage', oneOf(['develop', 'deploy'])),
  force: parameter('Also what is in it', FLAG),
} as const satisfies Readonly<Record<string, Parameter>>
export type ParameterName = keyof typeof PARAMETERS

/** What some are called in a query. */
export const NAMES: Partial<Record<ParameterName, string>> = { delivery_status: 'status', devices_per_page: 'per_page' }

/** Variable parts of addresses. */
export const IN_PATH: Readonly<Record<string, Parameter>> = {
  feedId: parameter('Number of the feed', ID),
  datastreamId: parameter('Id of the datastream', TEXT),
  at: parameter('Time of the datapoint, ISO 8601; microseconds count', TEXT),
  triggerId: parameter('Number of the trigger', ID),
  deliveryId: parameter('UUID of the delivery', TEXT),
  endpointId: parameter('Number of the target', ID),
  key: parameter('The API key; the owner may name it by its number', TEXT),
  deviceId: parameter('Number of the device', ID),
  code: parameter('Activation code of the device, 40 hexadecimal digits', TEXT),
  productId: parameter('Id of the product, 20 characters', TEXT),
  serial: parameter('Serial of the device', TEXT),
  login: parameter('Login of the user', TEXT),
}
