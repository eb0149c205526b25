import type { ParameterName } from './parameters.ts'

/** What the API documentation says of a route beyond what the route declares itself. */
export type Operation = {
  group: string
  query?: readonly ParameterName[]
  /** schema of the body in JSON; whether it may be left out is the handler's business */
  body?: string
  /** schema of the answer in JSON; none means an empty body */
  answer?: string
  /** the answer is sent as lines of JSON */
  isStream?: boolean
  /** 200 unless given */
  status?: 201
  /** where two kinds of callers are answered differently: an empty body, too */
  maybeEmpty?: boolean
  /** beyond those of every route */
  statuses?: readonly number[]
}

const HISTORY = [
  'start',
  'end',
  'duration',
  'limit',
  'interval',
  'interval_type',
  'function',
  'find_previous',
  'timezone',
  'time',
] as const
const SEARCH = [
  'page',
  'per_page',
  'content',
  'q',
  'tag',
  'user',
  'units',
  'status',
  'order',
  'show_user',
  'lat',
  'lon',
  'distance',
  'distance_units',
  'mapped',
] as const
const GRAPH = ['w', 'h', 'c', 't', 'l', 's', 'b', 'g', 'scale', 'min', 'max'] as const
const FEED = '/v2/feeds/:feedId'
const STREAM = `${FEED}/datastreams/:datastreamId`

/** By method and path of the route. A route without an entry cannot be served. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  'GET /v2/feeds': { group: 'Feeds', query: SEARCH, answer: 'Feeds' },
  'POST /v2/feeds': { group: 'Feeds', body: 'FeedInput', status: 201 },
  [`GET ${FEED}`]: { group: 'Feeds', query: [...HISTORY, 'datastreams', 'show_user'], answer: 'Feed' },
  [`PUT ${FEED}`]: { group: 'Feeds', body: 'FeedInput' },
  [`DELETE ${FEED}`]: { group: 'Feeds' },
  [`POST ${FEED}/datapoints`]: { group: 'Datapoints', body: 'FeedDatapointsInput', answer: 'Results' },
  [`GET ${FEED}/requests`]: { group: 'Request log', query: ['before', 'after', 'limit'], answer: 'Requests' },

  [`GET ${FEED}/datastreams`]: { group: 'Datastreams', query: [...HISTORY, 'datastreams'], answer: 'Datastreams' },
  [`POST ${FEED}/datastreams`]: { group: 'Datastreams', body: 'DatastreamsInput', status: 201 },
  [`GET ${STREAM}`]: { group: 'Datastreams', query: [...HISTORY, ...GRAPH], answer: 'Datastream' },
  [`PUT ${STREAM}`]: { group: 'Datastreams', body: 'DatastreamInput' },
  [`DELETE ${STREAM}`]: { group: 'Datastreams' },

  [`POST ${STREAM}/datapoints`]: {
    group: 'Datapoints',
    query: ['results'],
    body: 'DatapointsInput',
    answer: 'Results',
    maybeEmpty: true,
  },
  [`DELETE ${STREAM}/datapoints`]: { group: 'Datapoints', query: ['start', 'end', 'duration', 'timezone'] },
  [`GET ${STREAM}/datapoints/:at`]: { group: 'Datapoints', answer: 'Datapoint' },
  [`PUT ${STREAM}/datapoints/:at`]: { group: 'Datapoints', body: 'DatapointValue' },
  [`DELETE ${STREAM}/datapoints/:at`]: { group: 'Datapoints' },

  'GET /v2/triggers': { group: 'Triggers', query: ['feed_id', 'full'], answer: 'Triggers' },
  'POST /v2/triggers': { group: 'Triggers', body: 'TriggerInput', status: 201 },
  'GET /v2/triggers/:triggerId': { group: 'Triggers', query: ['full'], answer: 'Trigger' },
  'PUT /v2/triggers/:triggerId': { group: 'Triggers', body: 'TriggerInput' },
  'DELETE /v2/triggers/:triggerId': { group: 'Triggers' },
  'POST /v2/triggers/:triggerId/arm': { group: 'Triggers' },
  'POST /v2/triggers/:triggerId/test': { group: 'Triggers', answer: 'DeliveryMade', status: 201 },
  'GET /v2/triggers/:triggerId/trace': { group: 'Triggers', query: ['limit'], answer: 'Trace' },
  'POST /v2/triggers/backtest': { group: 'Triggers', body: 'BacktestInput', isStream: true },

  'GET /v2/deliveries': {
    group: 'Deliveries',
    query: ['trigger_id', 'endpoint_id', 'feed_id', 'delivery_status', 'before', 'limit'],
    answer: 'Deliveries',
  },
  'GET /v2/deliveries/:deliveryId': { group: 'Deliveries', answer: 'Delivery' },
  'POST /v2/deliveries/:deliveryId/redeliver': {
    group: 'Deliveries',
    answer: 'DeliveryMade',
    status: 201,
    statuses: [409],
  },
  'GET /v2/endpoints': { group: 'Deliveries', answer: 'Endpoints' },
  'GET /v2/endpoints/:endpointId': { group: 'Deliveries', answer: 'Endpoint' },
  'PUT /v2/endpoints/:endpointId': { group: 'Deliveries', body: 'EndpointInput' },
  'POST /v2/endpoints/:endpointId/redeliver': { group: 'Deliveries', body: 'Since', answer: 'Redelivered' },
  'POST /v2/endpoints/:endpointId/secret': { group: 'Deliveries', body: 'PasswordAgain', answer: 'Secret' },
  'POST /v2/endpoints/:endpointId/rotate': { group: 'Deliveries', body: 'PasswordAgain', answer: 'Secret' },

  'GET /v2/keys': { group: 'Keys', query: ['feed_id'], answer: 'Keys' },
  'POST /v2/keys': { group: 'Keys', body: 'KeyInput', answer: 'KeyMade', status: 201, maybeEmpty: true },
  'GET /v2/keys/:key': { group: 'Keys', answer: 'Key' },
  'PUT /v2/keys/:key': { group: 'Keys', body: 'KeyInput' },
  'DELETE /v2/keys/:key': { group: 'Keys' },
  'POST /v2/keys/:key/reveal': { group: 'Keys', body: 'PasswordAgain', answer: 'KeyShown' },

  'GET /v2/devices': { group: 'Devices', answer: 'Devices' },
  'POST /v2/devices': { group: 'Devices', body: 'DeviceInput', answer: 'DeviceAdded', status: 201 },
  'GET /v2/devices/:deviceId': { group: 'Devices', answer: 'Device' },
  'PUT /v2/devices/:deviceId': { group: 'Devices', body: 'DeviceChange' },
  'DELETE /v2/devices/:deviceId': { group: 'Devices' },
  'POST /v2/devices/:deviceId/activate': { group: 'Devices' },
  'POST /v2/devices/:deviceId/deactivate': { group: 'Devices' },
  'GET /v2/devices/:code/activate': { group: 'Devices', answer: 'Activation' },

  'GET /v2/requests': { group: 'Request log', query: ['before', 'after', 'limit'], answer: 'Requests' },
  'GET /v2/export': { group: 'Account', isStream: true },
  'GET /v2/session': { group: 'Account', answer: 'Session' },
  'POST /v2/session': { group: 'Account', body: 'Credentials', answer: 'Session' },
  'POST /v2/session/link': { group: 'Account', body: 'LinkInput', answer: 'Session' },
  'DELETE /v2/session': { group: 'Account' },
  'POST /v2/session/ticket': { group: 'Account', answer: 'Ticket' },
  'PUT /v2/session/password': { group: 'Account', body: 'PasswordChange' },
}
