import { expect, test } from 'vitest'
import type { Device, Feed, Key } from '@sluice/model'
import { renderDatapoint, renderDatastream } from './render-datastream.ts'
import { renderDevice } from './render-device.ts'
import { renderFeed, renderFeedList } from './render-feed.ts'
import { renderKey } from './render-key.ts'

const AT = Date.UTC(2013, 4, 6, 20, 8, 17, 123) * 1000 + 456
const CREATED = Date.UTC(2013, 2, 29, 15, 50, 43, 398) * 1000 + 788

const flow = {
  id: 'flow',
  currentValue: '41.2',
  at: AT,
  maxValue: 90,
  minValue: 0,
  tags: ['water'],
  unit: { type: 'derivedSI', symbol: '°C', label: 'Celsius' },
} as const satisfies Omit<Feed['datastreams'][number], 'tags'> & { tags: readonly string[] }

const boiler: Feed = {
  id: 504,
  accountId: 1,
  creator: 'ann',
  title: 'Boiler',
  isPrivate: false,
  description: null,
  website: null,
  email: null,
  icon: null,
  autoFeedUrl: null,
  tags: ['house', 'heat'],
  location: {
    name: 'cellar',
    lat: 51.5,
    lon: -0.1,
    ele: '23.0',
    domain: 'physical',
    exposure: 'indoor',
    disposition: 'fixed',
  },
  createdAt: CREATED,
  updatedAt: AT,
  lastDataAt: AT,
  productId: null,
  deviceSerial: null,
  datastreams: [{ ...flow, tags: [...flow.tags] }],
}
const view = { publicUrl: 'https://HOST', now: AT + 60e6 }

test('the vendor rendering of a feed, to the byte', () => {
  expect(JSON.stringify(renderFeed(boiler, view))).toBe(
    '{"id":504,"title":"Boiler","private":"false","tags":["heat","house"],' +
      '"feed":"https://HOST/v2/feeds/504.json","status":"live","updated":"2013-05-06T20:08:17.123456Z",' +
      '"created":"2013-03-29T15:50:43.398788Z","creator":"https://HOST/users/ann","version":"1.0.0",' +
      '"datastreams":[{"id":"flow","current_value":"41.2","at":"2013-05-06T20:08:17.123456Z","max_value":"90.0",' +
      '"min_value":"0.0","tags":["water"],"unit":{"type":"derivedSI","symbol":"°C","label":"Celsius"}}],' +
      '"location":{"disposition":"fixed","name":"cellar","exposure":"indoor","domain":"physical","ele":"23.0",' +
      '"lat":51.5,"lon":-0.1}}',
  )
})

test('every optional member stands in its place', () => {
  const full: Feed = {
    ...boiler,
    isPrivate: true,
    description: 'd',
    website: 'w',
    email: 'e',
    icon: 'i',
    autoFeedUrl: 'a',
    productId: 'p',
    deviceSerial: 's',
  }
  expect(Object.keys(renderFeed(full, { ...view, showUser: true }))).toEqual(
    'id title private icon website tags description feed auto_feed_url status updated created email creator user version datastreams location product_id device_serial'.split(
      ' ',
    ),
  )
})

test('an empty feed shows nothing empty', () => {
  const empty: Feed = { ...boiler, tags: [], location: {}, datastreams: [], lastDataAt: null }
  const document = renderFeed(empty, view)
  expect(document.location).toEqual({ domain: 'physical' })
  expect(document.status).toBe('frozen')
  expect(Object.keys(document)).not.toEqual(expect.arrayContaining(['tags']))
  expect(Object.keys(document)).not.toEqual(expect.arrayContaining(['datastreams']))
})

test('only visible datastreams are shown, history beside each', () => {
  const two: Feed = {
    ...boiler,
    datastreams: [
      ...boiler.datastreams,
      { id: 'temp', currentValue: null, at: null, maxValue: null, minValue: null, tags: [], unit: {} },
    ],
  }
  expect(renderFeed(two, { ...view, visible: new Set(['temp']) }).datastreams).toEqual([{ id: 'temp' }])
  expect(renderFeed(two, { ...view, isSummary: true }).datastreams).toBeUndefined()
  const shown = renderFeed(two, {
    ...view,
    datapoints: new Map([
      ['flow', [{ at: AT, value: '41.0' }]],
      ['temp', []],
    ]),
  })
  expect(shown.datastreams?.map(({ datapoints }) => datapoints)).toEqual([
    [{ at: '2013-05-06T20:08:17.123456Z', value: '41.0' }],
    undefined,
  ])
})

test('every time of a feed is printed as the view says, the function only beside datapoints', () => {
  const mobile: Feed = { ...boiler, location: { waypoints: [{ at: AT, lat: 1, lon: 2 }] } }
  const shown = { ...view, printTime: (at: number) => `<${at}>`, datapointsFunction: 'max' } as const
  const document = renderFeed(mobile, { ...shown, datapoints: new Map([['flow', [{ at: AT - 1, value: '41.0' }]]]) })
  expect(document).toMatchObject({
    updated: `<${AT}>`,
    created: `<${CREATED}>`,
    location: { waypoints: [{ at: `<${AT}>` }] },
    datastreams: [{ at: `<${AT}>`, datapoints_function: 'max', datapoints: [{ at: `<${AT - 1}>` }] }],
  })
  expect(renderFeed(mobile, shown).datastreams?.[0]).not.toHaveProperty('datapoints_function')
})

test('a datastream alone ends with its version', () => {
  const document = renderDatastream(
    { ...flow, tags: [...flow.tags] },
    { datapoints: [{ at: AT, value: '1' }], isDocument: true },
  )
  expect(Object.keys(document)).toEqual(
    'id current_value at max_value min_value tags unit datapoints version'.split(' '),
  )
  expect(
    Object.keys(
      renderDatastream(
        { ...flow, tags: [...flow.tags] },
        { datapoints: [{ at: AT, value: '1' }], datapointsFunction: 'average' },
      ),
    ),
  ).toEqual('id current_value at max_value min_value tags unit datapoints_function datapoints'.split(' '))
  expect(JSON.stringify(renderDatapoint({ at: AT - 60e6, value: '41.0' }))).toBe(
    '{"at":"2013-05-06T20:07:17.123456Z","value":"41.0"}',
  )
})

test('a page of a search counts from 0', () => {
  expect(renderFeedList([], { total: 120, page: 2, perPage: 50 })).toEqual({
    totalResults: 120,
    startIndex: 50,
    itemsPerPage: 50,
    results: [],
  })
})

const key: Key = {
  id: 7,
  accountId: 1,
  label: 'lab',
  masked: 'slc_…Xk3f',
  privateAccess: true,
  permissions: [{ accessMethods: ['get'], resources: [{ feedId: 504, datastreamId: 'flow' }] }],
  expiresAt: null,
  createdAt: '2013-05-06T20:08:17.123456Z',
  lastUse: null,
  previous: null,
}

test('the vendor rendering of a key, and the masked one', () => {
  expect(JSON.stringify(renderKey(key, { apiKey: 'K' }))).toBe(
    '{"api_key":"K","label":"lab","private_access":true,"permissions":[{"access_methods":["get"],"resources":[{"feed_id":504,"datastream_id":"flow"}]}]}',
  )
  expect(renderKey({ ...key, privateAccess: false, expiresAt: '2030-01-01T00:00:00.5Z' }, { forOwner: true })).toEqual({
    api_key: 'slc_…Xk3f',
    label: 'lab',
    expires_at: '2030-01-01T00:00:00Z',
    permissions: [{ access_methods: ['get'], resources: [{ feed_id: 504, datastream_id: 'flow' }] }],
    id: 7,
    created_at: '2013-05-06T20:08:17.123456Z',
  })
})

test('constraints of a key are shown to everybody, its uses to its owner', () => {
  const used: Key = {
    ...key,
    permissions: [
      {
        label: 'p',
        accessMethods: ['put'],
        referer: 'example.org',
        sourceIp: '192.0.2.0/24',
        minimumIntervalS: 10,
        resources: [{ triggerId: 40 }],
      },
    ],
    lastUse: { at: '2013-05-06T20:08:17Z', address: '192.0.2.7', client: 'Arduino' },
    previous: {
      masked: 'slc_…AAAA',
      until: '2013-05-07T20:08:17Z',
      lastUse: { at: '2013-05-06T20:08:18Z', address: null, client: null },
    },
  }
  const forAll = {
    api_key: 'slc_…Xk3f',
    label: 'lab',
    private_access: true,
    permissions: [
      {
        label: 'p',
        access_methods: ['put'],
        referer: 'example.org',
        source_ip: '192.0.2.0/24',
        minimum_interval: 10,
        resources: [{ datastream_trigger_id: 40 }],
      },
    ],
  }
  expect(renderKey(used)).toEqual(forAll)
  expect(renderKey(used, { forOwner: true })).toEqual({
    ...forAll,
    id: 7,
    created_at: '2013-05-06T20:08:17.123456Z',
    last_used_at: '2013-05-06T20:08:17.000000Z',
    last_used_address: '192.0.2.7',
    last_used_client: 'Arduino',
    previous_until: '2013-05-07T20:08:17Z',
    previous_api_key: 'slc_…AAAA',
    previous_last_used_at: '2013-05-06T20:08:18.000000Z',
  })
})

test('a device before activation says null', () => {
  const device: Device = {
    id: 3,
    accountId: 1,
    name: 'Meter',
    description: null,
    product: { id: 'P', name: 'Meter', description: null, secret: 's', state: 'develop' },
    serial: 'ABC',
    activationCode: 'c',
    activatedAt: null,
    createdAt: AT,
    feedId: 504,
    isPrivate: true,
    lastDataAt: null,
  }
  expect(renderDevice(device, { secret: false })).toEqual({
    id: 3,
    name: 'Meter',
    private: true,
    serial: 'ABC',
    activation_code: 'c',
    created_at: '2013-05-06T20:08:17Z',
    activated_at: null,
    feed_id: 504,
    last_data_at: null,
    product: { product_id: 'P', name: 'Meter', state: 'develop' },
  })
  expect(renderDevice(device, { secret: true }).product.secret).toBe('s')
})
