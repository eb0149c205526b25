import { ask } from './ask.ts'
import type { Ask, Asking } from './ask.ts'
import type { Deed } from './rules.ts'
import type { Ids } from './subject.ts'

const DEVICE = (ids: Ids): string => `/v2/devices/${ids.device}`
const PRODUCT = (ids: Ids): string => `/v2/products/${ids.product}`
const SERIAL = (ids: Ids): string => `${PRODUCT(ids)}/devices/${ids.serial}`
const USER = (ids: Ids): string => `/v2/users/${ids.login}`
const found = { place: 'query', missing: 200 } as const

const keyFor = (...resources: object[]): object => ({
  key: { label: 'stolen', permissions: [{ access_methods: ['get'], ...(resources.length > 0 && { resources }) }] },
})

/** A key by its text and by its number. */
const keys = (ids: Ids, deed: Deed, path: (key: string) => string, rest: Partial<Ask> = {}): Ask[] => [
  ask('key', deed, path(ids.key), rest),
  ask('numbered key', deed, path(String(ids.keyId)), rest),
]
/** What a key asks about itself. */
const ofItself = (key: string | undefined, make: (path: string) => Ask[]): Ask[] =>
  key === undefined ? [] : make(`/v2/keys/${key}`)

/** Keys: of others, one's own, and what they are given. */
const ASKED_OF_KEYS: Record<string, Asking> = {
  'GET /v2/keys': (ids) => [
    ask('device', 'get', `/v2/keys?feed_id=${ids.feed}`, { ...found, shows: 'title' }),
    ask('device', 'get', `/v2/keys.xml?feed_id=${ids.feed}`, { ...found, shows: 'title' }),
    ask('device', 'get', `/v2/keys?feed_id=${ids.feed}&callback=show`, { ...found, isHttpOnly: true }),
    ask('account', 'get', '/v2/keys', { place: 'none' }),
  ],
  'POST /v2/keys': (ids, { feed }) =>
    [
      [{ feed_id: ids.feed }],
      [{ feed_id: ids.feed, datastream_id: 't' }],
      [{ feed_id: feed }, { feed_id: ids.feed }],
      [{ datastream_trigger_id: ids.trigger }],
      [{ feed_id: feed, datastream_trigger_id: ids.trigger }],
    ].map((resources) =>
      ask('grant', 'post', '/v2/keys', {
        place: resources.length > 1 ? 'bulk' : 'body',
        missing: 422,
        body: keyFor(...resources),
      }),
    ),
  'GET /v2/keys/:key': (ids, { key }) => [
    ...keys(ids, 'get', (text) => `/v2/keys/${text}`, { shows: 'title' }),
    ask('key', 'get', `/v2/keys/${ids.key}.xml`, { place: 'format', shows: 'title' }),
    ...ofItself(key, (path) => [
      ask('self', 'get', path, { place: 'none' }),
      ask('self', 'get', `${path}.xml`, { place: 'none' }),
    ]),
  ],
  'PUT /v2/keys/:key': (ids, { spare }) => [
    ...keys(ids, 'put', (text) => `/v2/keys/${text}`, { body: keyFor() }),
    ask('grant', 'put', `/v2/keys/${spare}`, { place: 'body', missing: 422, body: keyFor({ feed_id: ids.feed }) }),
    ask('grant', 'put', `/v2/keys/${spare}`, {
      place: 'body',
      missing: 422,
      body: keyFor({ datastream_trigger_id: ids.trigger }),
    }),
  ],
  'DELETE /v2/keys/:key': (ids) => keys(ids, 'delete', (text) => `/v2/keys/${text}`),
  'POST /v2/keys/:key/roll': (ids) => [
    ask('new text of a key', 'post', `/v2/keys/${ids.key}/roll`, { isFinal: true }),
    ask('new text of a key', 'post', `/v2/keys/${ids.key}/roll`, { body: { overlap_hours: 0 }, isFinal: true }),
    ask('numbered key', 'post', `/v2/keys/${ids.keyId}/roll`, { body: { overlap_hours: 0 }, isFinal: true }),
  ],
  'POST /v2/keys/:key/roll/end': (ids) => keys(ids, 'post', (text) => `/v2/keys/${text}/roll/end`),
  'GET /v2/keys/:key/check': (ids, { key }) => [
    ...keys(ids, 'get', (text) => `/v2/keys/${text}/check?method=get&feed_id=${ids.feed}&datastream_id=t`),
    ask('key', 'get', `/v2/keys/${ids.key}/check?method=put&trigger_id=${ids.trigger}`),
    ...ofItself(key, (path) => [
      ask('question', 'get', `${path}/check?method=get&feed_id=${ids.feed}`, { place: 'query' }),
      ask('question', 'get', `${path}/check?method=delete&feed_id=${ids.feed}&datastream_id=u`, { place: 'query' }),
      ask('trigger', 'get', `${path}/check?method=get&trigger_id=${ids.trigger}`, { place: 'query' }),
    ]),
  ],
  'POST /v2/keys/:key/reveal': (ids, { password }) => [
    ask('secret', 'post', `/v2/keys/${ids.keyId}/reveal`, { body: { password } }),
  ],
}

/** Devices and products. */
const ASKED_OF_DEVICES: Record<string, Asking> = {
  'GET /v2/devices': (ids) => [
    ask('device', 'get', `/v2/devices?feed_id=${ids.feed}`, { ...found, shows: 'title' }),
    ask('account', 'get', '/v2/devices', { place: 'none' }),
  ],
  'POST /v2/devices': () => [
    ask('account', 'post', '/v2/devices', { place: 'none', body: { name: 'mine', private: true } }),
  ],
  'GET /v2/devices/:deviceId': (ids) => [ask('device', 'get', DEVICE(ids), { shows: 'title' })],
  'PUT /v2/devices/:deviceId': (ids) => [
    ask('device', 'put', DEVICE(ids), { body: { name: 'stolen', private: false }, isFinal: true }),
  ],
  'DELETE /v2/devices/:deviceId': (ids) => [ask('device', 'delete', DEVICE(ids))],
  'POST /v2/devices/:deviceId/activate': (ids) => [ask('device', 'post', `${DEVICE(ids)}/activate`)],
  'POST /v2/devices/:deviceId/deactivate': (ids) => [
    ask('device', 'post', `${DEVICE(ids)}/deactivate`, { isFinal: true }),
  ],
  'POST /v2/devices/:deviceId/deploy': (ids) => [ask('device', 'post', `${DEVICE(ids)}/deploy`)],
  // the code is itself the secret, and API v2 has words for who uses it again
  'GET /v2/devices/:code/activate': (ids) => [
    ask('code', 'get', `/v2/devices/${ids.code}/activate`),
    ask('code', 'get', `/v2/devices/${ids.code}/activate.csv`, { place: 'format' }),
    ask('code', 'get', `/activate/${ids.code}`, { isHttpOnly: true }),
  ],
  'GET /v2/products': () => [ask('account', 'get', '/v2/products', { place: 'none' })],
  'POST /v2/products': () => [
    ask('account', 'post', '/v2/products', { place: 'none', body: { product: { name: 'mine' } } }),
  ],
  'GET /v2/products/:productId': (ids) => [ask('device', 'get', PRODUCT(ids), { shows: 'title' })],
  'PUT /v2/products/:productId': (ids) => [
    ask('device', 'put', PRODUCT(ids), { body: { product: { name: 'stolen', state: 'deploy' } } }),
  ],
  'DELETE /v2/products/:productId': (ids) => [
    // it has a device
    ask('device', 'delete', PRODUCT(ids), { served: 409, isFinal: false }),
    ask('device', 'delete', `${PRODUCT(ids)}?force=true`),
  ],
  'GET /v2/products/:productId/devices': (ids) => [
    ask('device', 'get', `${PRODUCT(ids)}/devices?per_page=5`),
    ask('device', 'get', `${PRODUCT(ids)}/devices?serial=${ids.serial.slice(0, 4)}`, { place: 'query', missing: 404 }),
  ],
  'POST /v2/products/:productId/devices': (ids) => [
    ask('device', 'post', `${PRODUCT(ids)}/devices`, { body: { devices: [{ serial: 'stolen' }] } }),
  ],
  'GET /v2/products/:productId/devices/:serial': (ids) => [ask('device', 'get', SERIAL(ids))],
  'PUT /v2/products/:productId/devices/:serial': (ids) => [
    ask('device', 'put', SERIAL(ids), { body: { device: { name: 'stolen', private: false } }, isFinal: true }),
    // an active one keeps its serial
    ask('device', 'put', SERIAL(ids), { body: { device: { serial: 'stolen' } }, served: 422 }),
  ],
  'DELETE /v2/products/:productId/devices/:serial': (ids) => [ask('device', 'delete', SERIAL(ids))],
}

/** The account itself, its owner, and who else is on the server. */
const ASKED_OF_USERS: Record<string, Asking> = {
  'GET /v2/users': () => [ask('users', 'get', '/v2/users', { place: 'none' })],
  'POST /v2/users': () => [
    // the login is taken
    ask('users', 'post', '/v2/users', {
      place: 'none',
      body: { user: { login: 'acme', email: 'x@example.org' } },
      served: 409,
    }),
  ],
  'GET /v2/users/:login': (ids) => [ask('user', 'get', USER(ids))],
  'PUT /v2/users/:login': (ids) => [ask('user', 'put', USER(ids), { body: { user: { full_name: 'stolen' } } })],
  'DELETE /v2/users/:login': (ids) => [ask('removal of a user', 'delete', USER(ids))],
  'POST /v2/users/:login/link': (ids) => [ask('way in for a user', 'post', `${USER(ids)}/link`)],
  'GET /v2/requests': () => [
    ask('account', 'get', '/v2/requests?limit=1000', { place: 'none' }),
    ask('account', 'get', `/v2/requests?before=1999999999999999`, { place: 'cursor' }),
    ask('account', 'get', '/v2/requests?after=1', { place: 'cursor' }),
  ],
  'GET /v2/export': () => [ask('account', 'get', '/v2/export', { place: 'none' })],
  'GET /v2/session': () => [ask('session', 'get', '/v2/session', { place: 'none' })],
  'DELETE /v2/session': () => [ask('person', 'delete', '/v2/session', { place: 'none' })],
  'POST /v2/session/ticket': () => [ask('person', 'post', '/v2/session/ticket', { place: 'none' })],
  'PUT /v2/session/password': (_ids, { password }) => [
    // the next one is too short
    ask('person', 'put', '/v2/session/password', {
      place: 'none',
      body: { current: password, next: 'short' },
      served: 422,
    }),
  ],
  'POST /v2/session': () => [ask('door', 'post', '/v2/session', { place: 'none', body: {}, served: 422 })],
  'POST /v2/session/link': () => [ask('door', 'post', '/v2/session/link', { place: 'none', body: {}, served: 422 })],
}

export const ASKED_OF_ACCOUNTS: Record<string, Asking> = { ...ASKED_OF_KEYS, ...ASKED_OF_DEVICES, ...ASKED_OF_USERS }
