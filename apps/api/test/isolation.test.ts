import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeKey } from '@sluice/model'
import { startTestApi, type Account, type Answered, type TestApi } from './test-api.ts'

/** What belongs to somebody else, or what nobody has. */
type Ids = {
  feed: number
  device: number
  key: string
  keyId: number
  code: string
  trigger: number
  delivery: string
  endpoint: number
  product: string
  serial: string
  login: string
}
type Asked = { path: string; body?: unknown }

const FEED = (ids: Ids): string => `/v2/feeds/${ids.feed}`
const STREAM = (ids: Ids): string => `${FEED(ids)}/datastreams/t`
const POINT = (ids: Ids): string => `${STREAM(ids)}/datapoints/2013-01-01T12:00:00Z`
const TRIGGER = (ids: Ids): string => `/v2/triggers/${ids.trigger}`
const ENDPOINT = (ids: Ids): string => `/v2/endpoints/${ids.endpoint}`
const PRODUCT = (ids: Ids): string => `/v2/products/${ids.product}`
const SERIAL = (ids: Ids): string => `${PRODUCT(ids)}/devices/${ids.serial}`
const USER = (ids: Ids): string => `/v2/users/${ids.login}`
const VALUE = { current_value: '666' }
const KEY = { key: { label: 'stolen', permissions: [{ access_methods: ['get'] }] } }

/** How each route with an id in its path is asked for it. A route that is missing here fails the test below. */
const ASKED: Record<string, (ids: Ids) => Asked[]> = {
  'GET /v2/feeds/:feedId': (ids) => [{ path: FEED(ids) }, { path: `${FEED(ids)}.json?limit=5&show_user=true` }],
  'PUT /v2/feeds/:feedId': (ids) => [
    { path: FEED(ids), body: { title: 'stolen' } },
    {
      path: FEED(ids),
      body: {
        datastreams: [
          { id: 't', ...VALUE },
          { id: 'new', ...VALUE },
        ],
      },
    },
  ],
  'DELETE /v2/feeds/:feedId': (ids) => [{ path: FEED(ids) }],
  'GET /v2/feeds/:feedId/datastreams': (ids) => [{ path: `${FEED(ids)}/datastreams` }],
  'POST /v2/feeds/:feedId/datastreams': (ids) => [
    { path: `${FEED(ids)}/datastreams`, body: { datastreams: [{ id: 't', ...VALUE }] } },
  ],
  'GET /v2/feeds/:feedId/datastreams/:datastreamId': (ids) => [
    { path: STREAM(ids) },
    { path: `${STREAM(ids)}?duration=1day` },
  ],
  'PUT /v2/feeds/:feedId/datastreams/:datastreamId': (ids) => [
    { path: STREAM(ids), body: VALUE },
    { path: STREAM(ids), body: { tags: 'x' } },
  ],
  'DELETE /v2/feeds/:feedId/datastreams/:datastreamId': (ids) => [{ path: STREAM(ids) }],
  'POST /v2/feeds/:feedId/datastreams/:datastreamId/datapoints': (ids) => [
    { path: `${STREAM(ids)}/datapoints`, body: { datapoints: [{ value: '666' }] } },
  ],
  'DELETE /v2/feeds/:feedId/datastreams/:datastreamId/datapoints': (ids) => [
    { path: `${STREAM(ids)}/datapoints?start=2000-01-01` },
  ],
  'GET /v2/feeds/:feedId/datastreams/:datastreamId/datapoints/:at': (ids) => [{ path: POINT(ids) }],
  'PUT /v2/feeds/:feedId/datastreams/:datastreamId/datapoints/:at': (ids) => [
    { path: POINT(ids), body: { value: '666' } },
  ],
  'DELETE /v2/feeds/:feedId/datastreams/:datastreamId/datapoints/:at': (ids) => [{ path: POINT(ids) }],
  'POST /v2/feeds/:feedId/datapoints': (ids) => [
    { path: `${FEED(ids)}/datapoints`, body: { datapoints: [{ datastream: 't', value: '666' }] } },
  ],
  'GET /v2/feeds/:feedId/requests': (ids) => [{ path: `${FEED(ids)}/requests` }],
  'GET /v2/keys/:key': (ids) => [{ path: `/v2/keys/${ids.key}` }, { path: `/v2/keys/${ids.keyId}` }],
  'PUT /v2/keys/:key': (ids) => [
    { path: `/v2/keys/${ids.key}`, body: KEY },
    { path: `/v2/keys/${ids.keyId}`, body: KEY },
  ],
  'DELETE /v2/keys/:key': (ids) => [{ path: `/v2/keys/${ids.key}` }, { path: `/v2/keys/${ids.keyId}` }],
  'POST /v2/keys/:key/roll': (ids) => [
    { path: `/v2/keys/${ids.key}/roll` },
    { path: `/v2/keys/${ids.keyId}/roll`, body: { overlap_hours: 0 } },
  ],
  'POST /v2/keys/:key/roll/end': (ids) => [
    { path: `/v2/keys/${ids.key}/roll/end` },
    { path: `/v2/keys/${ids.keyId}/roll/end` },
  ],
  'GET /v2/keys/:key/check': (ids) => [
    { path: `/v2/keys/${ids.key}/check?method=get&feed_id=${ids.feed}` },
    { path: `/v2/keys/${ids.keyId}/check?method=put&feed_id=${ids.feed}&datastream_id=t` },
    { path: `/v2/keys/${ids.key}/check?method=get&trigger_id=${ids.trigger}` },
  ],
  'POST /v2/keys/:key/reveal': (ids) => [
    { path: `/v2/keys/${ids.keyId}/reveal`, body: { password: api.served.first.password } },
  ],
  'GET /v2/devices/:deviceId': (ids) => [{ path: `/v2/devices/${ids.device}` }],
  'PUT /v2/devices/:deviceId': (ids) => [
    { path: `/v2/devices/${ids.device}`, body: { name: 'stolen', private: false } },
  ],
  'DELETE /v2/devices/:deviceId': (ids) => [{ path: `/v2/devices/${ids.device}` }],
  'POST /v2/devices/:deviceId/activate': (ids) => [{ path: `/v2/devices/${ids.device}/activate` }],
  'POST /v2/devices/:deviceId/deactivate': (ids) => [{ path: `/v2/devices/${ids.device}/deactivate` }],
  'POST /v2/devices/:deviceId/deploy': (ids) => [{ path: `/v2/devices/${ids.device}/deploy` }],
  'GET /v2/products/:productId': (ids) => [{ path: PRODUCT(ids) }],
  'PUT /v2/products/:productId': (ids) => [
    { path: PRODUCT(ids), body: { product: { name: 'stolen', state: 'deploy' } } },
  ],
  'DELETE /v2/products/:productId': (ids) => [{ path: PRODUCT(ids) }, { path: `${PRODUCT(ids)}?force=true` }],
  'GET /v2/products/:productId/devices': (ids) => [{ path: `${PRODUCT(ids)}/devices?per_page=5` }],
  'POST /v2/products/:productId/devices': (ids) => [
    { path: `${PRODUCT(ids)}/devices`, body: { devices: [{ serial: 'stolen' }] } },
  ],
  'GET /v2/products/:productId/devices/:serial': (ids) => [{ path: SERIAL(ids) }],
  'PUT /v2/products/:productId/devices/:serial': (ids) => [
    { path: SERIAL(ids), body: { device: { name: 'stolen', private: false } } },
  ],
  'DELETE /v2/products/:productId/devices/:serial': (ids) => [{ path: SERIAL(ids) }],
  'GET /v2/users/:login': (ids) => [{ path: USER(ids) }],
  'PUT /v2/users/:login': (ids) => [{ path: USER(ids), body: { user: { full_name: 'stolen' } } }],
  'DELETE /v2/users/:login': (ids) => [{ path: USER(ids) }],
  'POST /v2/users/:login/link': (ids) => [{ path: `${USER(ids)}/link` }],
  'GET /v2/triggers/:triggerId': (ids) => [{ path: TRIGGER(ids) }, { path: `${TRIGGER(ids)}?full=true` }],
  'PUT /v2/triggers/:triggerId': (ids) => [{ path: TRIGGER(ids), body: { url: 'http://example.org/stolen' } }],
  'DELETE /v2/triggers/:triggerId': (ids) => [{ path: TRIGGER(ids) }],
  'POST /v2/triggers/:triggerId/arm': (ids) => [{ path: `${TRIGGER(ids)}/arm` }],
  'GET /v2/triggers/:triggerId/trace': (ids) => [{ path: `${TRIGGER(ids)}/trace` }],
  'POST /v2/triggers/:triggerId/test': (ids) => [{ path: `${TRIGGER(ids)}/test` }],
  'GET /v2/deliveries/:deliveryId': (ids) => [{ path: `/v2/deliveries/${ids.delivery}` }],
  'POST /v2/deliveries/:deliveryId/redeliver': (ids) => [{ path: `/v2/deliveries/${ids.delivery}/redeliver` }],
  'GET /v2/endpoints/:endpointId': (ids) => [{ path: ENDPOINT(ids) }],
  'PUT /v2/endpoints/:endpointId': (ids) => [{ path: ENDPOINT(ids), body: { paused: true } }],
  'POST /v2/endpoints/:endpointId/redeliver': (ids) => [
    { path: `${ENDPOINT(ids)}/redeliver`, body: { since: '2000-01-01' } },
  ],
  'POST /v2/endpoints/:endpointId/secret': (ids) => [
    { path: `${ENDPOINT(ids)}/secret`, body: { password: api.served.first.password } },
  ],
  'POST /v2/endpoints/:endpointId/rotate': (ids) => [
    { path: `${ENDPOINT(ids)}/rotate`, body: { password: api.served.first.password } },
  ],
  // the code is itself the secret, and API v2 has words for who uses it again: see the test of its own
  'GET /v2/devices/:code/activate': () => [],
}

let api: TestApi
let victim: Account
let theirs: Ids
let nobodys: Ids
const attackers: Record<string, { key?: string; cookie?: string }> = {}

beforeAll(async () => {
  api = await startTestApi()
  victim = await api.addAccount('victim')
  const mallory = await api.addAccount('mallory')
  const added = await api.send('POST', '/v2/devices', { key: victim.masterKey, body: { name: 'Meter', private: true } })
  const { device, api_key: key } = added.document as {
    device: { id: number; feed_id: number; activation_code: string; serial: string; product: { product_id: string } }
    api_key: string
  }
  const value = { id: 't', current_value: '1', at: '2013-01-01T12:00:00Z' }
  await api.send('PUT', `/v2/feeds/${device.feed_id}`, { key, body: { datastreams: [value] } })
  const { rows } = await api.db.pool.query<{ id: number }>('select max(id) as id from api_key')
  const hook = { environment_id: device.feed_id, stream_id: 't', trigger_type: 'change', url: 'http://example.org/' }
  const made = await api.send('POST', '/v2/triggers', { key: victim.masterKey, body: hook })
  const trigger = Number(made.headers.get('location')?.split('/').at(-1))
  const test = await api.send('POST', `/v2/triggers/${trigger}/test`, { key: victim.masterKey })
  const { delivery_id: delivery } = test.document as { delivery_id: string }
  const shown = await api.send('GET', `/v2/deliveries/${delivery}`, { key: victim.masterKey })
  const { endpoint_id: endpoint } = shown.document as { endpoint_id: number }
  // so that its product stands in the list of its owner
  await api.send('POST', `/v2/devices/${device.id}/deploy`, { key: victim.masterKey })
  theirs = {
    feed: device.feed_id,
    device: device.id,
    key,
    keyId: rows[0]?.id ?? 0,
    code: device.activation_code,
    trigger,
    delivery,
    endpoint,
    product: device.product.product_id,
    serial: device.serial,
    login: 'victim',
  }
  nobodys = {
    feed: 99_999_999,
    device: 99_999_999,
    key: makeKey(randomBytes),
    keyId: 99_999_999,
    code: '0'.repeat(40),
    trigger: 99_999_999,
    delivery: randomUUID(),
    endpoint: 99_999_999,
    product: 'A'.repeat(20),
    serial: 'NOBODYSERIAL',
    login: 'nobody',
  }
  // administrators see all users: here there is none
  await api.db.pool.query('update account set is_admin = false')
  const other = await api.send('POST', '/v2/feeds', { key: victim.masterKey, body: { title: 'other', private: true } })
  const otherId = Number(other.headers.get('location')?.split('/').at(-1))
  const sibling = await api.addKey(victim, {
    permissions: [{ accessMethods: ['get', 'put', 'post', 'delete'], resources: [{ feedId: otherId }] }],
  })
  attackers['the owner of another account'] = { cookie: api.home.cookie }
  attackers['a master key of another account'] = { key: mallory.masterKey }
  attackers['a key of the account that is bound to another feed'] = { key: sibling.key }
  attackers['nobody'] = {}
})
afterAll(() => api[Symbol.asyncDispose]())

/** Everything that a request could change, but the last use of keys. */
async function contents(): Promise<unknown> {
  const { rows } = await api.db.pool.query(`select
    (select json_agg(to_json(f) order by id) from feed f) as feeds,
    (select json_agg(to_json(d) order by key) from datastream d) as datastreams,
    (select json_agg(to_json(p) order by stream_key, at) from datapoint p) as datapoints,
    (select json_agg(to_jsonb(k) - 'last_used_at' - 'last_used_address' - 'last_used_client' order by id) from api_key k) as keys,
    (select json_agg(to_json(v) order by id) from device v) as devices,
    (select json_agg(to_json(o) order by id) from product o) as products,
    (select json_agg(to_json(a) order by id) from account a) as accounts,
    (select json_agg(to_json(u) order by id) from auth_user u) as users,
    (select json_agg(to_json(t) order by id) from trigger t) as triggers,
    (select json_agg(to_json(s) order by trigger_id) from trigger_state s) as states,
    (select json_agg(to_json(e) order by id) from endpoint e) as endpoints,
    (select json_agg(to_json(y) order by number) from delivery y) as deliveries`)
  return rows
}

/** Status and body with the ids that were asked for taken out. */
function essence({ status, text }: Answered, ids: Ids): string {
  const named = [
    ids.key,
    ids.code,
    String(ids.feed),
    String(ids.device),
    String(ids.keyId),
    String(ids.trigger),
    ids.delivery,
    String(ids.endpoint),
    ids.product,
    ids.serial,
    ids.login,
  ]
  return `${status} ${named.reduce((body, id) => body.replaceAll(new RegExp(`(?<![0-9A-Za-z])${id}(?![0-9A-Za-z])`, 'g'), '#'), text)}`
}

async function ask(route: string, ids: Ids, who: { key?: string; cookie?: string }): Promise<string[]> {
  const method = route.split(' ')[0] ?? ''
  const answers: string[] = []
  for (const { path, body } of ASKED[route]?.(ids) ?? []) {
    answers.push(essence(await api.send(method, path, { ...who, ...(body !== undefined && { body }) }), ids))
  }
  return answers
}

test('every route with an id in its path is in the table, and nothing else is', () => {
  const routes = api.served.api.routes
    .map(({ method, path }) => `${method} ${path}`)
    .filter((route) => route.includes(':'))
  expect(Object.keys(ASKED).sort()).toEqual(routes.sort())
})

describe.each([
  ['the owner of another account', /^(404|403) /],
  ['a master key of another account', /^(404|403) /],
  ['a key of the account that is bound to another feed', /^(404|403) /],
  ['nobody', /^401 /],
])('%s', (name, refused) => {
  test.each(Object.keys(ASKED))('%s answers what is theirs like what nobody has', async (route) => {
    const before = await contents()
    const answers = await ask(route, theirs, attackers[name] ?? {})
    expect(answers).toEqual(await ask(route, nobodys, attackers[name] ?? {}))
    for (const answer of answers) expect(answer).toMatch(refused)
    expect(await contents()).toEqual(before)
  })
})

test('what is theirs is really there, for who may read it', async () => {
  const readable = Object.keys(ASKED).filter((route) => route.startsWith('GET '))
  for (const route of readable) {
    for (const answer of await ask(route, theirs, { key: victim.masterKey })) {
      // a key's number means something to a signed-in owner alone
      if (!answer.includes("Couldn't find Key")) expect(answer).toMatch(/^200 /)
    }
    for (const answer of await ask(route, nobodys, { key: victim.masterKey })) expect(answer).toMatch(/^404 /)
  }
})

test('lists and searches do not name what is theirs', async () => {
  for (const who of Object.values(attackers)) {
    for (const path of [
      '/v2/feeds',
      '/v2/feeds?user=victim',
      '/v2/keys',
      `/v2/keys?feed_id=${theirs.feed}`,
      '/v2/devices',
      '/v2/triggers',
      `/v2/triggers?feed_id=${theirs.feed}`,
      '/v2/deliveries',
      `/v2/deliveries?feed_id=${theirs.feed}`,
      `/v2/deliveries?trigger_id=${theirs.trigger}`,
      '/v2/endpoints',
      '/v2/products',
      '/v2/users',
      `/v2/devices?feed_id=${theirs.feed}`,
    ]) {
      const { text } = await api.send('GET', path, who)
      expect(text).not.toContain(`/v2/feeds/${theirs.feed}.json`)
      expect(text).not.toContain(theirs.code)
      expect(text).not.toContain(theirs.product)
      expect(text).not.toContain('victim@')
      expect(text).not.toContain('"user":"victim"')
      expect(text).not.toContain(theirs.delivery)
      expect(text).not.toContain(theirs.key.slice(-4))
    }
    // everybody finds their own attempts there, but not what the device itself sent
    const { text } = await api.send('GET', '/v2/requests', who)
    expect(text).not.toContain(`"key_id":${theirs.keyId},`)
  }
})

test('a key cannot be bound to a feed of another account', async () => {
  const wanted = (feedId: number) => ({
    key: { label: 'x', permissions: [{ access_methods: ['get'], resources: [{ feed_id: feedId }] }] },
  })
  const sent = { cookie: api.home.cookie }
  const foreign = await api.send('POST', '/v2/keys', { ...sent, body: wanted(theirs.feed) })
  const missing = await api.send('POST', '/v2/keys', { ...sent, body: wanted(nobodys.feed) })
  expect(foreign.status).toBe(422)
  expect(essence(foreign, theirs)).toBe(essence(missing, nobodys))
})

test('an activation code that was used tells nothing, whoever sends it', async () => {
  for (const who of Object.values(attackers)) {
    const answer = await api.send('GET', `/v2/devices/${theirs.code}/activate`, who)
    expect(answer).toMatchObject({ status: 403, document: { errors: 'This device has already been activated' } })
    expect(await api.send('GET', `/v2/devices/${nobodys.code}/activate`, who)).toMatchObject({ status: 404 })
  }
})
