import { ask } from './ask.ts'
import type { Asking } from './ask.ts'
import type { Ids } from './subject.ts'

const TRIGGER = (ids: Ids): string => `/v2/triggers/${ids.trigger}`
const DELIVERY = (ids: Ids): string => `/v2/deliveries/${ids.delivery}`
const ENDPOINT = (ids: Ids): string => `/v2/endpoints/${ids.endpoint}`
const CHANGE = { stream_id: 't', trigger_type: 'change' }
const HOOK = { ...CHANGE, url: 'http://example.org/stolen' }
const OVER_BOTH = ['t', 'u'].map((stream_id) => ({ stream_id, trigger_type: 'gt', threshold_value: '1' }))

const inBody = { place: 'body', missing: 422 } as const
const found = { place: 'query', missing: 200 } as const
const triggersFound = { ...found, shows: 'url' } as const

/** Triggers, what they send and where. */
export const ASKED_OF_TRIGGERS: Record<string, Asking> = {
  'GET /v2/triggers': (ids) => [
    ask('trigger', 'get', `/v2/triggers?feed_id=${ids.feed}`, triggersFound),
    ask('trigger', 'get', `/v2/triggers?feed_id=${ids.feed}&full=true`, triggersFound),
    ask('trigger', 'get', `/v2/triggers.xml?feed_id=${ids.feed}`, triggersFound),
    ask('trigger', 'get', `/v2/triggers?feed_id=${ids.feed}&callback=show`, { ...triggersFound, isHttpOnly: true }),
    ask('list', 'get', '/v2/triggers', { place: 'none' }),
  ],
  'POST /v2/triggers': (ids, { feed }) => [
    ask('rule', 'post', '/v2/triggers', { ...inBody, body: { environment_id: ids.feed, ...HOOK } }),
    ask('rule over both', 'post', '/v2/triggers', {
      ...inBody,
      place: 'bulk',
      body: { environment_id: ids.feed, url: HOOK.url, conditions: OVER_BOTH },
    }),
    ask('target', 'post', '/v2/triggers', {
      ...inBody,
      body: {
        environment_id: feed,
        ...CHANGE,
        action: { kind: 'datapoint', feed_id: ids.feed, datastream_id: 't', value: '666' },
      },
    }),
  ],
  'GET /v2/triggers/:triggerId': (ids) => [
    ask('trigger', 'get', TRIGGER(ids), { shows: 'url' }),
    ask('trigger', 'get', `${TRIGGER(ids)}?full=true`, { shows: 'url' }),
    ask('trigger', 'get', `${TRIGGER(ids)}.xml`, { place: 'format', shows: 'url' }),
    ask('trigger', 'get', `${TRIGGER(ids)}?callback=show`, { place: 'format', shows: 'url', isHttpOnly: true }),
  ],
  'PUT /v2/triggers/:triggerId': (ids, { trigger }) => [
    ask('trigger', 'put', TRIGGER(ids), { body: { url: HOOK.url }, isFinal: true }),
    ask('trigger', 'put', TRIGGER(ids), { body: { enabled: false } }),
    ask('move', 'put', `/v2/triggers/${trigger}`, { ...inBody, body: { environment_id: ids.feed } }),
    ask('target', 'put', `/v2/triggers/${trigger}`, {
      ...inBody,
      body: { action: { kind: 'datapoint', feed_id: ids.feed, datastream_id: 't' } },
    }),
  ],
  'DELETE /v2/triggers/:triggerId': (ids) => [ask('trigger', 'delete', TRIGGER(ids))],
  'POST /v2/triggers/:triggerId/arm': (ids) => [ask('trigger', 'put', `${TRIGGER(ids)}/arm`)],
  'POST /v2/triggers/:triggerId/test': (ids) => [ask('trigger', 'put', `${TRIGGER(ids)}/test`)],
  'GET /v2/triggers/:triggerId/trace': (ids) => [ask('trace', 'get', `${TRIGGER(ids)}/trace`)],
  'POST /v2/triggers/backtest': (ids) => [
    ask('rule', 'get', '/v2/triggers/backtest', {
      ...inBody,
      body: { environment_id: ids.feed, ...CHANGE, start: '2013-01-01', end: '2013-02-01' },
    }),
    ask('rule over both', 'get', '/v2/triggers/backtest', {
      ...inBody,
      place: 'bulk',
      body: { environment_id: ids.feed, conditions: OVER_BOTH, start: '2013-01-01', end: '2013-02-01' },
    }),
  ],
  'GET /v2/deliveries': (ids) => [
    ask('delivery', 'get', `/v2/deliveries?feed_id=${ids.feed}`, { ...found, shows: 'url' }),
    ask('delivery', 'get', `/v2/deliveries?trigger_id=${ids.trigger}`, { ...found, shows: 'url' }),
    ask('delivery', 'get', `/v2/deliveries?endpoint_id=${ids.endpoint}`, { ...found, shows: 'url' }),
    ask('delivery', 'get', `/v2/deliveries?trigger_id=${ids.trigger}&status=pending`, { ...found, shows: 'url' }),
    ask('list', 'get', `/v2/deliveries?before=${ids.number + 1}`, { place: 'cursor' }),
    ask('list', 'get', '/v2/deliveries?limit=500', { place: 'none' }),
  ],
  'GET /v2/deliveries/:deliveryId': (ids) => [ask('delivery', 'get', DELIVERY(ids), { shows: 't' })],
  'POST /v2/deliveries/:deliveryId/redeliver': (ids) => [ask('delivery', 'post', `${DELIVERY(ids)}/redeliver`)],
  'GET /v2/endpoints': () => [ask('account', 'get', '/v2/endpoints', { place: 'none' })],
  'GET /v2/endpoints/:endpointId': (ids) => [ask('device', 'get', ENDPOINT(ids), { shows: 'url' })],
  'PUT /v2/endpoints/:endpointId': (ids) => [ask('device', 'put', ENDPOINT(ids), { body: { paused: true } })],
  'POST /v2/endpoints/:endpointId/redeliver': (ids) => [
    ask('device', 'post', `${ENDPOINT(ids)}/redeliver`, { body: { since: '2000-01-01' } }),
  ],
  'POST /v2/endpoints/:endpointId/secret': (ids, { password }) => [
    ask('secret', 'post', `${ENDPOINT(ids)}/secret`, { body: { password } }),
  ],
  'POST /v2/endpoints/:endpointId/rotate': (ids, { password }) => [
    ask('secret', 'post', `${ENDPOINT(ids)}/rotate`, { body: { password } }),
  ],
}
