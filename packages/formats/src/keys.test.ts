import { expect, test } from 'vitest'
import { parseDeviceBody, parseNewDeviceBody } from './devices.ts'
import { parseKeyBody as parseKey } from './keys.ts'

const parseKeyBody = (text: string) => parseKey({ text, format: 'json', version: 'v2' })

const key = (members: object) =>
  JSON.stringify({ key: { label: 'lab', permissions: [{ access_methods: ['get'] }], ...members } })

test('what xively-python and xively-rb send', () => {
  expect(
    parseKeyBody(
      key({
        permissions: [{ access_methods: ['get', 'PUT', 'get'], resources: [{ feed_id: 1011 }] }],
        private_access: true,
      }),
    ),
  ).toEqual({
    label: 'lab',
    privateAccess: true,
    expiresAt: null,
    permissions: [{ accessMethods: ['get', 'put'], resources: [{ feedId: 1011 }] }],
  })
  expect(
    parseKeyBody(
      key({
        id: 'k',
        user: null,
        expires_at: null,
        permissions: [
          {
            label: null,
            referer: null,
            source_ip: null,
            minimum_interval: null,
            resources: null,
            access_methods: ['get'],
          },
        ],
      }),
    ),
  ).toEqual({
    label: 'lab',
    privateAccess: false,
    expiresAt: null,
    permissions: [{ accessMethods: ['get'] }],
  })
  expect(
    parseKeyBody(
      '{"label":"bare","expires_at":"2030-03-27 01:23:45 UTC","permissions":[{"access_methods":["get"],"resources":[{"feed_id":"5","datastream_id":"t"}]}]}',
    ),
  ).toEqual({
    label: 'bare',
    privateAccess: false,
    expiresAt: '2030-03-27T01:23:45.000000Z',
    permissions: [{ accessMethods: ['get'], resources: [{ feedId: 5, datastreamId: 't' }] }],
  })
})

test('every constraint, as text or number', () => {
  const body = key({
    permissions: [
      {
        access_methods: ['GET', 'Post'],
        referer: ' http://example.org/app ',
        source_ip: '2001:db8::/32',
        minimum_interval: '2.5',
        resources: [{ datastream_trigger_id: '40' }, { feed_id: 7, datastream_id: 'a', datastream_trigger_id: 41 }],
      },
      { access_methods: ['get'], minimum_interval: 0, source_ip: '', referer: '' },
    ],
  })
  expect(parseKeyBody(body).permissions).toEqual([
    {
      accessMethods: ['get', 'post'],
      referer: 'http://example.org/app',
      sourceIp: '2001:db8::/32',
      minimumIntervalS: 2.5,
      resources: [{ triggerId: 40 }, { feedId: 7, datastreamId: 'a', triggerId: 41 }],
    },
    { accessMethods: ['get'] },
  ])
})

test.each([
  ['{"key":{}}', ["label can't be blank", "permissions can't be blank"]],
  [key({ permissions: [{}] }), ["permissions_access_methods can't be blank"]],
  [
    key({ permissions: [{ access_methods: ['fly'] }] }),
    ['permissions_access_methods is invalid (pick from get, put, post, delete)'],
  ],
  [
    key({ permissions: [{ access_methods: ['get'], resources: [{}] }] }),
    [
      'permissions_resources_feed_id Must supply at least one of feed_id (optionally with a datastream_id) or datastream_trigger_id',
    ],
  ],
  [
    key({ permissions: [{ access_methods: ['get'], resources: [{ datastream_id: 'x' }] }] }),
    ["permissions_resources_feed_id can't be blank if we have supplied a datastream_id"],
  ],
  [
    key({ permissions: [{ access_methods: ['get'], resources: [{ feed_id: -1 }] }] }),
    ['permissions_resources_feed_id is invalid'],
  ],
  [
    key({ permissions: [{ access_methods: ['get'], resources: [{ datastream_id: 'x', datastream_trigger_id: 5 }] }] }),
    ["permissions_resources_feed_id can't be blank if we have supplied a datastream_id"],
  ],
  [
    key({ permissions: [{ access_methods: ['get'], resources: [{ datastream_trigger_id: 'x' }] }] }),
    ['permissions_resources_datastream_trigger_id is invalid'],
  ],
  [
    key({ permissions: [{ access_methods: ['get'], resources: [null, 7] }] }),
    [
      'permissions_resources_feed_id Must supply at least one of feed_id (optionally with a datastream_id) or datastream_trigger_id',
    ],
  ],
  [
    key({ permissions: [{ access_methods: ['get'], source_ip: '10.0.0.256' }] }),
    ['permissions_source_ip is not an IP address, or a range of them in CIDR notation'],
  ],
  [
    key({ permissions: [{ access_methods: ['get'], source_ip: '1'.repeat(50) }] }),
    ['permissions_source_ip is too long (maximum is 49 characters)'],
  ],
  [
    key({ permissions: [{ access_methods: ['get'], referer: 'not a host' }] }),
    ['permissions_referer is not a host or the beginning of a URL'],
  ],
  [
    key({ permissions: [{ access_methods: ['get'], referer: 'x'.repeat(2049) }] }),
    ['permissions_referer is too long (maximum is 2048 characters)'],
  ],
  [
    key({ permissions: [{ access_methods: ['get'], minimum_interval: -1 }] }),
    ['permissions_minimum_interval must be from 0 to 31536000 seconds'],
  ],
  [
    key({ permissions: [{ access_methods: ['get'], minimum_interval: 'often' }] }),
    ['permissions_minimum_interval is not a number'],
  ],
  [
    key({
      permissions: [
        { access_methods: ['get'], label: 'x'.repeat(256), resources: Array.from({ length: 101 }, () => ({})) },
      ],
    }),
    ['permissions_label is too long (maximum is 255 characters)', "permissions_resources can't be more than 100"],
  ],
  [key({ expires_at: 'soon' }), ['expires_at is not an ISO 8601 timestamp']],
])('key %s is refused', (text, messages) => {
  expect(() => parseKeyBody(text)).toThrow(expect.objectContaining({ code: 'unprocessable', messages }))
})

test('devices', () => {
  expect(parseNewDeviceBody('{"name":"Greenhouse","private":"true","colour":1}')).toEqual({
    name: 'Greenhouse',
    description: null,
    isPrivate: true,
  })
  expect(parseNewDeviceBody('{"device":{"name":"A","description":"","private":false}}')).toEqual({
    name: 'A',
    description: null,
    isPrivate: false,
  })
  expect(parseDeviceBody('{"name":null,"description":""}')).toEqual({ description: null })
  expect(parseDeviceBody('{"private":true}')).toEqual({ isPrivate: true })
})

test.each([
  ['{}', ["name can't be blank", "private can't be blank"]],
  ['{"name":"  ","private":"x"}', ["name can't be blank", 'private must be true or false']],
  [`{"name":"${'x'.repeat(256)}","private":1}`, ['name is too long (maximum is 255 characters)']],
])('device %s is refused', (text, messages) => {
  expect(() => parseNewDeviceBody(text)).toThrow(expect.objectContaining({ code: 'unprocessable', messages }))
})
