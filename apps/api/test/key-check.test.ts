import { afterAll, beforeAll, expect, test } from 'vitest'
import type { KeyCheckDocument, Permission } from '@sluice/model'
import { startTestApi, type Account, type MadeKey, type TestApi } from './test-api.ts'

let api: TestApi
let ann: Account
let other: Account
const feeds: Record<'home' | 'open' | 'hidden' | 'public', number> = { home: 0, open: 0, hidden: 0, public: 0 }
let trigger: number
beforeAll(async () => {
  api = await startTestApi()
  ann = await api.addAccount('ann')
  other = await api.addAccount('other')
  feeds.home = await makeFeed(ann, true)
  feeds.open = await makeFeed(ann, false)
  feeds.hidden = await makeFeed(other, true)
  feeds.public = await makeFeed(other, false)
  const hook = { environment_id: feeds.home, stream_id: 't', trigger_type: 'change', url: 'http://example.org/' }
  trigger = idOf((await api.send('POST', '/v2/triggers', { key: ann.masterKey, body: hook })).headers)
})
afterAll(() => api[Symbol.asyncDispose]())

const idOf = (headers: Headers): number => Number(headers.get('location')?.split('/').at(-1))
async function makeFeed({ masterKey: key }: Account, isPrivate: boolean): Promise<number> {
  const body = { title: 'f', private: isPrivate, datastreams: [{ id: 't', current_value: '1' }] }
  return idOf((await api.send('POST', '/v2/feeds', { key, body })).headers)
}
const keyOf = (permissions: Permission[], privateAccess = true): Promise<MadeKey> =>
  api.addKey(ann, { permissions, privateAccess })
/** @param query with the names of feeds in place of their numbers */
const ask = (key: string, query: string, as = ann.masterKey) => {
  const named = query.replaceAll(
    /feed_id=(home|open|hidden|public)/g,
    (_, name: keyof typeof feeds) => `feed_id=${feeds[name]}`,
  )
  return api.send('GET', `/v2/keys/${key}/check?${named.replace('TRIGGER', String(trigger))}`, { key: as })
}
const named = (text: string): string =>
  Object.entries(feeds)
    .reduce((all, [name, id]) => all.replaceAll(new RegExp(`feed ${id}\\b`, 'gi'), `feed ${name}`), text)
    .replaceAll(new RegExp(`trigger ${trigger}\\b`, 'g'), 'trigger TRIGGER')

const office: Permission = {
  label: 'office',
  accessMethods: ['get', 'put'],
  sourceIp: '10.0.0.0/8',
  referer: 'example.org',
}
const rows: {
  permissions: (ids: typeof feeds) => Permission[]
  query: string
  allowed: boolean
  reasons: string[]
  isBlind?: boolean
}[] = [
  {
    permissions: ({ home }) => [{ accessMethods: ['put'], resources: [{ feedId: home }] }],
    query: 'method=put&feed_id=home&datastream_id=t',
    allowed: true,
    reasons: ['Permission 1 allows it'],
  },
  {
    permissions: ({ home, open }) => [
      { accessMethods: ['get'], resources: [{ feedId: home, datastreamId: 'u' }] },
      { accessMethods: ['put'], resources: [{ feedId: open }] },
    ],
    query: 'method=put&feed_id=home&datastream_id=t',
    allowed: false,
    reasons: [
      'Permission 1 does not allow it: it does not include put; it does not cover the datastream t of feed home',
      'Permission 2 does not allow it: it does not cover the datastream t of feed home',
    ],
  },
  {
    permissions: ({ home }) => [{ accessMethods: ['get'], resources: [{ feedId: home, datastreamId: 'u' }] }],
    query: 'method=GET&feed_id=home',
    allowed: true,
    reasons: ['Permission 1 allows it, for u alone'],
  },
  {
    permissions: () => [office],
    query: 'method=put&feed_id=home&source_ip=10.1.2.3&referer=http://example.org/x',
    allowed: true,
    reasons: ['Permission 1 (office) allows it'],
  },
  {
    permissions: () => [office],
    query: 'method=get&feed_id=open',
    allowed: false,
    reasons: [
      'Permission 1 (office) does not allow it: it is for requests from 10.0.0.0/8, not from an unknown address; it is for pages of example.org, not for requests without a Referer',
      'feed open is public: every key may read it, unless none of its permissions is for requests from there',
    ],
  },
  {
    permissions: () => [{ accessMethods: ['put'] }],
    query: 'method=get&feed_id=open',
    allowed: true,
    reasons: [
      'Permission 1 does not allow it: it does not include get',
      'feed open is public: every key may read it, unless none of its permissions is for requests from there',
    ],
  },
  {
    permissions: () => [{ accessMethods: ['get'] }],
    query: 'method=get&feed_id=home',
    isBlind: true,
    allowed: false,
    reasons: ['Permission 1 allows it', 'feed home is private, and the key has no private access'],
  },
  {
    permissions: () => [{ accessMethods: ['put'] }],
    query: 'method=put&feed_id=public',
    allowed: false,
    reasons: ['feed public is public and not yours: every key may read it, and no more'],
  },
  {
    permissions: () => [{ accessMethods: ['put'] }],
    query: 'method=get&feed_id=public',
    allowed: true,
    reasons: ['feed public is public and not yours: every key may read it, and no more'],
  },
  {
    permissions: () => [{ accessMethods: ['get'], resources: [{ triggerId: trigger }] }],
    query: 'method=get&trigger_id=TRIGGER',
    allowed: true,
    reasons: ['Permission 1 allows it'],
  },
  {
    permissions: ({ open }) => [
      { accessMethods: ['get', 'delete'], resources: [{ feedId: open }] },
      { accessMethods: ['get'], resources: [{ triggerId: trigger }] },
    ],
    query: 'method=delete&trigger_id=TRIGGER',
    allowed: false,
    reasons: [
      'Permission 1 does not allow it: it does not cover trigger TRIGGER',
      'Permission 2 does not allow it: it does not include delete',
    ],
  },
]
test.each(rows)('$query: $allowed, $reasons', async ({ permissions, query, allowed, reasons, isBlind }) => {
  const { key } = await keyOf(permissions(feeds), !isBlind)
  const answer = await ask(key, query)
  expect(answer.status).toBe(200)
  const document = answer.document as KeyCheckDocument
  expect({ ...document, reasons: document.reasons.map(named) }).toEqual({ allowed, reasons })
  // a key may ask about itself
  if (allowed && !query.includes('source_ip')) {
    expect((await ask(key, query, key)).document).toEqual(answer.document)
  }
})

test('an interval that is running is told, and asking does not begin one', async () => {
  const { key } = await keyOf([{ accessMethods: ['get'], minimumIntervalS: 600 }])
  const query = 'method=get&feed_id=home'
  for (let time = 0; time < 2; time++) {
    expect((await ask(key, query)).document).toEqual({ allowed: true, reasons: ['Permission 1 allows it'] })
  }
  expect(await api.send('GET', `/v2/feeds/${feeds.home}`, { key })).toMatchObject({ status: 200 })
  expect((await ask(key, query)).document).toEqual({
    allowed: false,
    reasons: [
      expect.stringMatching(
        /^Permission 1 does not allow it: it is for one request in 600 seconds, the next one in \d+$/,
      ),
    ],
  })
})

test('a key that does not work may do nothing', async () => {
  const { key, id } = await keyOf([{ accessMethods: ['get'] }])
  await api.db.pool.query(`update api_key set expires_at = '2020-01-01T00:00:00Z' where id = $1`, [id])
  expect((await ask(key, 'method=get&feed_id=home')).document).toEqual({
    allowed: false,
    reasons: ['The key expired at 2020-01-01T00:00:00Z', 'Permission 1 allows it'],
  })
  const added = await api.send('POST', '/v2/devices', { key: ann.masterKey, body: { name: 'd', private: true } })
  const { device, api_key: deviceKey } = added.document as { device: { id: number; feed_id: number }; api_key: string }
  await api.send('POST', `/v2/devices/${device.id}/deactivate`, { key: ann.masterKey })
  expect((await ask(deviceKey, `method=get&feed_id=${device.feed_id}`)).document).toEqual({
    allowed: false,
    reasons: ['The key belongs to a device that is deactivated', 'Permission 1 allows it'],
  })
})

test('feeds, triggers and keys of others read like missing ones', async () => {
  const { key } = await keyOf([{ accessMethods: ['get'] }])
  const foreign = await ask(key, 'method=get&feed_id=hidden')
  const missing = await ask(key, 'method=get&feed_id=99999999')
  expect(foreign).toMatchObject({ status: 404 })
  expect(foreign.text.replace(String(feeds.hidden), '#')).toBe(missing.text.replace('99999999', '#'))
  expect(await ask(key, 'method=get&feed_id=x')).toMatchObject({ status: 404 })
  expect(await ask(key, 'method=get&trigger_id=99999999')).toMatchObject({ status: 404 })
  expect(await ask(key, 'method=get&trigger_id=TRIGGER', other.masterKey)).toMatchObject({ status: 404 })
  // neither does a key learn of a feed that it does not see
  const bound = await keyOf([{ accessMethods: ['get'], resources: [{ feedId: feeds.open }] }])
  expect(await ask(bound.key, 'method=get&feed_id=home', bound.key)).toMatchObject({ status: 404 })
  expect(await ask(key, 'method=get&feed_id=home', bound.key)).toMatchObject({ status: 404 })
})

test.each([
  ['feed_id=home', ['method is not valid (pick one from get, put, post, delete)']],
  ['method=fly&feed_id=home', ['method is not valid (pick one from get, put, post, delete)']],
  ['method=get', ['Must supply one of feed_id (optionally with a datastream_id) or trigger_id']],
  ['method=get&datastream_id=t', ['Must supply one of feed_id (optionally with a datastream_id) or trigger_id']],
  [
    'method=get&feed_id=home&trigger_id=1&source_ip=here',
    ['source_ip is not an IP address', 'Must supply one of feed_id (optionally with a datastream_id) or trigger_id'],
  ],
])('%s is answered 422', async (query, errors) => {
  expect(await ask(ann.masterKey, query)).toMatchObject({ status: 422, document: { errors } })
})
