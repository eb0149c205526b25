import { LIMITS, SluiceError } from '@sluice/model'
import type { Feed, ProductDetails, ProductDevice } from '@sluice/model'
import { describe, expect, test } from 'vitest'
import { feedDefaultsOf } from './feed-defaults.ts'
import { parseNewProductBody, parseProductBody, parseProductDeviceBody, parseSerialsBody } from './products.ts'
import { renderProduct, renderProductDevice, renderProductDeviceList } from './render-product.ts'

const refusal = (parse: () => unknown): { code: string; messages: readonly string[] } => {
  try {
    parse()
  } catch (error) {
    if (error instanceof SluiceError) return { code: error.code, messages: error.messages }
    throw error
  }
  throw new Error('nothing was refused')
}

const DEFAULTS = {
  title: 'Meter',
  description: 'a meter',
  tags: ['b', 'a'],
  private: 'false',
  website: 'https://example.org',
  datastreams: [{ id: 'temperature', tags: ['heat'], unit: { label: 'Celsius', symbol: 'C' } }, { id: 'power' }],
}
const READ_DEFAULTS = {
  title: 'Meter',
  description: 'a meter',
  website: 'https://example.org',
  tags: ['a', 'b'],
  isPrivate: false,
  datastreams: [{ id: 'temperature', tags: ['heat'], unit: { label: 'Celsius', symbol: 'C' } }, { id: 'power' }],
}

describe('a new product', () => {
  test.each([
    [{ product: { name: 'Meter' } }, {}],
    [{ name: 'Meter' }, {}],
    [{ product: { name: 'Meter', description: 'cheap', state: 'deploy' } }, { description: 'cheap', state: 'deploy' }],
    [{ product: { name: 'Meter', description: null, state: null, feed_defaults: null } }, {}],
    // what the service owns
    [{ product: { name: 'Meter', product_id: 'x', secret: 'x', devices_count: 9, user: 'eve' } }, {}],
    [{ product: { name: 'Meter', feed_defaults: DEFAULTS } }, { feedDefaults: READ_DEFAULTS }],
    [{ product: { name: 'Meter', device_template: DEFAULTS } }, { feedDefaults: READ_DEFAULTS }],
    [{ product: { name: 'Meter', feed_defaults: {} } }, { feedDefaults: { isPrivate: true } }],
    [{ product: { name: 'Meter', feed_defaults: { private: null, title: '' } } }, {}],
    // a whole feed as the template
    [
      {
        name: 'Meter',
        feed_defaults: { id: 9, status: 'live', datastreams: [{ id: 't', current_value: '1', at: 'never' }] },
      },
      { feedDefaults: { isPrivate: true, datastreams: [{ id: 't' }] } },
    ],
  ])('%j', (body, read) => {
    const silent = { name: 'Meter', description: null, state: 'develop', feedDefaults: { isPrivate: true } }
    expect(parseNewProductBody(JSON.stringify(body))).toEqual({ ...silent, ...read })
  })

  test.each([
    ['{}', 'unprocessable', ["name can't be blank"]],
    ['x', 'invalid', null],
    ['[]', 'invalid', ["JSON doesn't appear to be a hash"]],
    ['{"product":[]}', 'invalid', ["JSON doesn't appear to be a hash"]],
    [
      '{"name":" ","state":"sold"}',
      'unprocessable',
      ["name can't be blank", 'state is not valid (pick one from develop, deploy or leave blank)'],
    ],
    [`{"name":"${'n'.repeat(256)}"}`, 'unprocessable', ['name is too long (maximum is 255 characters)']],
    ['{"name":"m","feed_defaults":"x"}', 'unprocessable', ['feed_defaults must be an object']],
    ['{"name":"m","feed_defaults":{"datastreams":{}}}', 'invalid', ['"datastreams" must be an array']],
    [
      '{"name":"m","feed_defaults":{"private":"perhaps","datastreams":[{"id":"a b"},{"id":"t"},{"id":"t"}]}}',
      'unprocessable',
      [
        'feed_defaults_private must be true or false',
        'feed_defaults_datastreams_id is invalid',
        "feed_defaults_datastreams can't have duplicate IDs: t",
      ],
    ],
  ])('%s is refused', (body, code, messages) => {
    const refused = refusal(() => parseNewProductBody(body))
    expect(refused.code).toBe(code)
    if (messages) expect(refused.messages).toEqual(messages)
  })

  test('feed defaults that are too long as JSON are refused, with the limit', () => {
    const datastreams = Array.from({ length: 1000 }, (_, index) => ({ id: `t${index}`, tags: ['x'.repeat(60)] }))
    const body = JSON.stringify({ name: 'm', feed_defaults: { datastreams } })
    expect(refusal(() => parseNewProductBody(body)).messages).toEqual([
      `feed_defaults is too long (maximum is ${LIMITS.feedDefaultsCharsMax} characters as JSON)`,
    ])
  })
})

test.each([
  ['{}', {}],
  ['{"product":{"description":""}}', { description: null }],
  ['{"product":{"state":"Deploy","name":null}}', { state: 'deploy' }],
  ['{"product":{"feed_defaults":{"title":"x"}}}', { feedDefaults: { title: 'x', isPrivate: true } }],
])('a change of a product: %s', (body, patch) => {
  expect(parseProductBody(body)).toEqual(patch)
})

describe('serials', () => {
  const of = (serials: unknown[]): string => JSON.stringify({ devices: serials.map((serial) => ({ serial })) })

  test.each([
    [of(['abc']), ['abc']],
    [of([`Az09+-,_:${'x'.repeat(119)}`]), [`Az09+-,_:${'x'.repeat(119)}`]],
    [of([1, '2']), ['1', '2']],
    ['{"devices":[{"serial":"a","id":9,"feed_id":null}]}', ['a']],
  ])('%s', (body, serials) => {
    expect(parseSerialsBody(body)).toEqual(serials)
  })

  const GRAMMAR = 'serial is invalid (1 to 128 letters, digits and + - , _ :)'
  test.each([
    ['{}', ["devices can't be blank"]],
    ['{"devices":[]}', ["devices can't be blank"]],
    [of(['']), ["serial can't be blank"]],
    [of([null]), ["serial can't be blank"]],
    [of(['a b']), [GRAMMAR]],
    [of(['a.json']), [GRAMMAR]],
    [of(['a/b']), [GRAMMAR]],
    [of(['ä']), [GRAMMAR]],
    [of(['a\n']), [GRAMMAR]],
    [of([true]), [GRAMMAR]],
    [of(['x'.repeat(129)]), [GRAMMAR]],
    [of(['a', 'b', 'a', 'c', 'c', 'a']), ["devices can't have duplicate serials: a c"]],
    [of(Array.from({ length: 1001 }, (_, index) => index)), ["devices can't be more than 1000"]],
  ])('%.40s is refused', (body, messages) => {
    expect(refusal(() => parseSerialsBody(body))).toEqual({ code: 'unprocessable', messages })
  })

  test.each(['x', '[]', '{"devices":{}}', '{"devices":["abc"]}'])('%s is no list of devices', (body) => {
    expect(refusal(() => parseSerialsBody(body)).code).toBe('invalid')
  })
})

test.each([
  ['{"device":{"serial":"x"}}', { serial: 'x' }],
  ['{"serial":"x","private":"true"}', { serial: 'x', isPrivate: true }],
  ['{"device":{"serial":null,"name":"Shed","activation_code":"x"}}', { name: 'Shed' }],
])('a change of a device: %s', (body, patch) => {
  expect(parseProductDeviceBody(body)).toEqual(patch)
})

const product: ProductDetails = {
  id: 'h5wT2IlOMrd09r_qd1jm',
  accountId: 1,
  user: 'ann',
  name: 'Meter',
  description: null,
  secret: '377f93e5649c31635191c0e22258f5a5744698d3',
  state: 'develop',
  createdAt: 0,
  devicesCount: 2,
  activatedDevicesCount: 1,
  feedDefaults: { isPrivate: true },
}

test('a product in the order of members of API v2; description and private are always there', () => {
  expect(JSON.stringify(renderProduct(product))).toBe(
    '{"name":"Meter","description":"","product_id":"h5wT2IlOMrd09r_qd1jm",' +
      '"secret":"377f93e5649c31635191c0e22258f5a5744698d3","state":"develop","devices_count":2,' +
      '"activated_devices_count":1,"user":"ann","feed_defaults":{"private":"true"}}',
  )
  expect(renderProduct({ ...product, feedDefaults: READ_DEFAULTS }).feed_defaults).toEqual({
    title: 'Meter',
    description: 'a meter',
    tags: ['a', 'b'],
    private: 'false',
    website: 'https://example.org',
    datastreams: [
      { id: 'temperature', tags: ['heat'], unit: { label: 'Celsius', symbol: 'C' } },
      { id: 'power', tags: [] },
    ],
  })
})

const waiting: ProductDevice = {
  id: 7,
  serial: '002-00',
  activationCode: 'b973e60b56f81386930f7cf346acef5bcf76a1d0',
  createdAt: Date.UTC(2013, 5, 28, 10, 56, 43) * 1000,
  activatedAt: null,
  feedId: 19,
  lastDataAt: null,
  maskedKey: null,
}

test('a device: activated_at is null before activation, api_key comes after it', () => {
  expect(JSON.stringify(renderProductDevice(waiting))).toBe(
    '{"serial":"002-00","activation_code":"b973e60b56f81386930f7cf346acef5bcf76a1d0",' +
      '"created_at":"2013-06-28T10:56:43Z","activated_at":null,"feed_id":19,"id":7,"last_data_at":null}',
  )
  const active = { ...waiting, activatedAt: waiting.createdAt + 89e6, maskedKey: 'slc_…Xk3f' }
  expect(renderProductDevice(active)).toMatchObject({
    activated_at: '2013-06-28T10:58:12Z',
    api_key: 'slc_…Xk3f',
  })
  expect(renderProductDevice(active, 'slc_all')).toMatchObject({ api_key: 'slc_all' })
})

test.each([
  [1, 1],
  [2, 31],
])('a list of devices, page %i, begins at %i', (page, startIndex) => {
  const list = renderProductDeviceList([waiting], { total: 61, page, perPage: 30 })
  expect(list).toMatchObject({ totalResults: 61, itemsPerPage: 30, startIndex })
  expect(list.devices.map(({ serial }) => serial)).toEqual(['002-00'])
})

test('a feed becomes feed defaults without values, place and times', () => {
  const feed: Feed = {
    id: 19,
    accountId: 1,
    creator: 'ann',
    title: 'Meter 1',
    isPrivate: false,
    description: null,
    website: null,
    email: 'ann@example.org',
    icon: null,
    autoFeedUrl: null,
    tags: ['a'],
    location: { name: 'cellar', lat: 1, lon: 2 },
    createdAt: 0,
    updatedAt: 0,
    lastDataAt: null,
    productId: null,
    deviceSerial: null,
    datastreams: [
      { id: 't', currentValue: '1', at: 0, maxValue: 1, minValue: 1, tags: [], unit: { symbol: 'C' } },
      { id: 'u', currentValue: null, at: null, maxValue: null, minValue: null, tags: ['x'], unit: {} },
    ],
  }
  expect(feedDefaultsOf(feed)).toEqual({
    title: 'Meter 1',
    tags: ['a'],
    isPrivate: false,
    datastreams: [
      { id: 't', unit: { symbol: 'C' } },
      { id: 'u', tags: ['x'] },
    ],
  })
})
