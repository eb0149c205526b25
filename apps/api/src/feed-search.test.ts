import type { Permission, Principal } from '@sluice/model'
import { describe, expect, test } from 'vitest'
import { parseFeedSearch } from './feed-search.ts'

const owner: Principal = { kind: 'owner', accountId: 17, login: 'ann', sessionId: 's' }
const keyWith = (permissions: Permission[], privateAccess = true): Principal => ({
  kind: 'key',
  accountId: 17,
  login: 'ann',
  keyId: 1,
  permissions,
  privateAccess,
  expiresAt: null,
})
const PLAIN = { viewerAccountId: 17, seesPrivate: true, page: 1, perPage: 50 }

describe('what is searched', () => {
  test.each([
    [{}, {}],
    [
      { q: ' boil ', tag: 'Heat', units: '°C', user: 'Ann' },
      { q: 'boil', tag: 'Heat', units: '°C', user: 'ann' },
    ],
    [
      { q: '  ', tag: '', user: '', units: ' ', status: '', order: '', feeds: '', datastreams: ' ', lat: '', lon: '' },
      {},
    ],
    [{ q: 'a & !b | (' }, { q: 'a & !b | (' }],
    [{ q: 'x'.repeat(1000) }, { q: 'x'.repeat(1000) }],
    [
      { page: '3', per_page: '10' },
      { page: 3, perPage: 10 },
    ],
    [
      { page: '0', per_page: '0' },
      { page: 1, perPage: 1 },
    ],
    [
      { page: '-1', per_page: '5000' },
      { page: 1, perPage: 1000 },
    ],
    [{ page: 'x', per_page: 'x' }, {}],
    [
      { page: '2.9', per_page: ' 7 ' },
      { page: 2, perPage: 7 },
    ],
    [{ page: '1e30' }, { page: Number.MAX_SAFE_INTEGER / 1000 }],
    [{ status: 'live' }, { status: 'live' }],
    [
      { status: 'Frozen', order: 'Relevance' },
      { status: 'frozen', order: 'relevance' },
    ],
    [
      { status: 'all', order: 'created_at' },
      { status: 'all', order: 'created_at' },
    ],
    [{ status: 'dead', order: 'title', content: 'short', whatever: '1' }, {}],
    [{ order: 'retrieved_at' }, { order: 'retrieved_at' }],
    [{ mapped: 'true' }, { isMapped: true }],
    [{ mapped: 'True' }, { isMapped: true }],
    [{ mapped: '1' }, { isMapped: true }],
    [{ mapped: 'false' }, {}],
    [{ mapped: '0' }, {}],
    [{ feeds: '1, 2,,3' }, { feedIds: [1, 2, 3] }],
    [{ feeds: 'x,-1,0,1.5,9999999999999999,7' }, { feedIds: [7] }],
    [{ feeds: 'x' }, { feedIds: [] }],
    [{ datastreams: 'temp, a.b' }, { datastreamIds: ['temp', 'a.b'] }],
    [{ datastreams: 'no id,..' }, { datastreamIds: [] }],
    [{ lat: '51.5', lon: '-0.1', distance: '5' }, { near: { lat: 51.5, lon: -0.1, distanceM: 5000 } }],
    [{ lat: '-90', lon: '180', distance: '0', distance_units: 'kms' }, { near: { lat: -90, lon: 180, distanceM: 0 } }],
    [
      { lat: '90', lon: '-180', distance: '20038', distance_units: 'KM' },
      { near: { lat: 90, lon: -180, distanceM: 20_038_000 } },
    ],
    [
      { lat: '1', lon: '2', distance: '10', distance_units: 'miles' },
      { near: { lat: 1, lon: 2, distanceM: 16_093.44 } },
    ],
    [
      { lat: '1', lon: '2', distance: '10', distance_unit: 'Miles' },
      { near: { lat: 1, lon: 2, distanceM: 16_093.44 } },
    ],
    [
      { lat: '1', lon: '2', distance: '1', distance_units: 'kms', distance_unit: 'miles' },
      { near: { lat: 1, lon: 2, distanceM: 1000 } },
    ],
    [{ distance_units: 'parsecs' }, {}],
  ])('%o is %o', (parameters, query) => {
    expect(parseFeedSearch(parameters, owner).query).toEqual({ ...PLAIN, ...query })
  })

  const here = { lat: '1', lon: '2', distance: '3' }
  test.each([
    [{ ...here, lat: '90.1' }, 'lat must be a number from -90 to 90'],
    [{ ...here, lat: 'north' }, 'lat must be a number from -90 to 90'],
    [{ ...here, lon: '-180.001' }, 'lon must be a number from -180 to 180'],
    [{ ...here, lon: 'NaN' }, 'lon must be a number from -180 to 180'],
    [{ ...here, distance: '-1' }, 'distance must be a number from 0 to 20038 kms'],
    [{ ...here, distance: '20039' }, 'distance must be a number from 0 to 20038 kms'],
    [{ ...here, distance: 'Infinity' }, 'distance must be a number from 0 to 20038 kms'],
    [{ ...here, distance: '12452', distance_units: 'miles' }, 'distance must be a number from 0 to 12451 miles'],
    [{ ...here, distance_units: 'parsecs' }, 'distance_units must be kms or miles'],
    [{ lat: '1', lon: '2' }, 'lat, lon and distance have to be given together'],
    [{ distance: '5' }, 'lat, lon and distance have to be given together'],
    [{ q: 'x'.repeat(1001) }, 'q is too long (maximum is 1000 characters)'],
    [{ tag: 'x'.repeat(256) }, 'tag is too long (maximum is 255 characters)'],
    [{ units: 'x'.repeat(256) }, 'units is too long (maximum is 255 characters)'],
  ])('%o is refused', (parameters, message) => {
    expect(() => parseFeedSearch(parameters, owner)).toThrow(
      expect.objectContaining({ code: 'unprocessable', messages: [message] }),
    )
  })
})

describe('who may find what', () => {
  const get: Permission = { accessMethods: ['get'] }
  const getOf = (...resources: NonNullable<Permission['resources']>): Permission => ({ ...get, resources })
  test.each([
    ['an owner', owner, {}, { seesPrivate: true }],
    ['a free key', keyWith([get]), {}, { seesPrivate: true }],
    ['a free key for some feeds', keyWith([get]), { feeds: '4,5' }, { seesPrivate: true, feedIds: [4, 5] }],
    ['a key without private access', keyWith([get], false), {}, { seesPrivate: false }],
    ['a key that may not read', keyWith([{ accessMethods: ['put'] }]), {}, { seesPrivate: false }],
    ['a bound key', keyWith([getOf({ feedId: 4 }, { feedId: 5 })]), {}, { seesPrivate: true, feedIds: [4, 5] }],
    ['a bound key for others', keyWith([getOf({ feedId: 4 })]), { feeds: '5' }, { seesPrivate: true, feedIds: [] }],
    [
      'a bound key for its own and others',
      keyWith([getOf({ feedId: 4 })]),
      { feeds: '5,4' },
      { seesPrivate: true, feedIds: [4] },
    ],
    ['a bound key without private access', keyWith([getOf({ feedId: 4 })], false), {}, { seesPrivate: false }],
    [
      'a narrowed key',
      keyWith([getOf({ feedId: 4, datastreamId: 'a' }, { feedId: 4, datastreamId: 'b' }, { feedId: 5 })]),
      {},
      { seesPrivate: true, feedIds: [4, 5], narrowed: new Map([[4, new Set(['a', 'b'])]]) },
    ],
    [
      'a narrowed key without private access',
      keyWith([getOf({ feedId: 4, datastreamId: 'a' })], false),
      {},
      { seesPrivate: false, narrowed: new Map([[4, new Set(['a'])]]) },
    ],
    [
      'a key that is narrowed for writing only',
      keyWith([get, { accessMethods: ['put'], resources: [{ feedId: 4, datastreamId: 'a' }] }]),
      {},
      { seesPrivate: true },
    ],
  ])('%s', (_who, principal, parameters, reach) => {
    expect(parseFeedSearch(parameters, principal).query).toEqual({ ...PLAIN, ...reach })
  })

  const narrowed = keyWith([getOf({ feedId: 4, datastreamId: 'a' }, { feedId: 4, datastreamId: 'b' })])
  test.each([
    [owner, {}, { id: 4, accountId: 17 }, null],
    [owner, { datastreams: 'a,x' }, { id: 4, accountId: 17 }, ['a', 'x']],
    [narrowed, {}, { id: 4, accountId: 17 }, ['a', 'b']],
    [narrowed, { datastreams: 'b,c' }, { id: 4, accountId: 17 }, ['b']],
    [narrowed, {}, { id: 4, accountId: 18 }, null],
    [narrowed, { datastreams: 'b,c' }, { id: 4, accountId: 18 }, ['b', 'c']],
  ])('%o with %o shows of %o the datastreams %o', (principal, parameters, feed, ids) => {
    expect(parseFeedSearch(parameters, principal).shownOf(feed)).toEqual(ids && new Set(ids))
  })
})

test.each([
  [{}, { isSummary: false, showUser: false }],
  [
    { content: 'summary', show_user: 'true' },
    { isSummary: true, showUser: true },
  ],
  [
    { content: 'Summary', show_user: 'True' },
    { isSummary: true, showUser: true },
  ],
  [
    { content: 'full', show_user: '1' },
    { isSummary: false, showUser: true },
  ],
  [
    { content: '', show_user: 'false' },
    { isSummary: false, showUser: false },
  ],
])('%o shows feeds with %o', (parameters, view) => {
  expect(parseFeedSearch(parameters, owner)).toMatchObject(view)
})
