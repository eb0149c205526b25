import { ACCESS_METHODS, LIMITS } from '@sluice/model'
import {
  accepting,
  COUNT,
  described,
  exactly,
  FLAG,
  ID,
  listOf,
  oneOf,
  orNull,
  ref,
  TEXT,
  text,
  TIME,
} from './schema.ts'
import type { Schema } from './schema.ts'

const RESOURCE = { 'feed_id?': ID, 'datastream_id?': TEXT, 'datastream_trigger_id?': ID }
const PERMISSION = {
  'label?': TEXT,
  access_methods: listOf(oneOf(ACCESS_METHODS)),
  'referer?': TEXT,
  'source_ip?': TEXT,
  'minimum_interval?': { type: 'number', minimum: 0 },
  'resources?': listOf(exactly(RESOURCE), LIMITS.resourcesPerPermissionMax),
}
const SERIAL = described(TEXT, 'Alphanumerics and + - , _ :')
const PRODUCT_OF_DEVICE = exactly({
  product_id: TEXT,
  name: TEXT,
  state: oneOf(['develop', 'deploy']),
  'secret?': TEXT,
})
const FEED_DEFAULTS = {
  'title?': text(LIMITS.titleCharsMax),
  'description?': text(LIMITS.descriptionCharsMax),
  'tags?': listOf(TEXT),
  'private?': { anyOf: [FLAG, oneOf(['true', 'false'])] },
  'website?': text(LIMITS.urlCharsMax),
  'datastreams?': listOf(accepting({ id: TEXT, 'tags?': listOf(TEXT), 'unit?': ref('Unit') })),
}

/** Documents of keys, devices, products, users, sessions and the request log, and what is accepted for them. */
export const ACCOUNT_SCHEMAS: Readonly<Record<string, Schema>> = {
  Error: exactly({ title: TEXT, errors: { anyOf: [TEXT, listOf(TEXT)] } }),
  Permission: exactly(PERMISSION),
  KeyMembers: exactly({
    api_key: described(TEXT, 'Masked, but for the key that asks for itself'),
    label: TEXT,
    'private_access?': FLAG,
    'expires_at?': TIME,
    permissions: listOf(ref('Permission'), LIMITS.permissionsPerKeyMax),
    'id?': ID,
    'created_at?': TIME,
    'last_used_at?': TIME,
    'last_used_address?': TEXT,
    'last_used_client?': TEXT,
    'previous_until?': TIME,
    'previous_api_key?': TEXT,
    'previous_last_used_at?': TIME,
    'previous_last_used_address?': TEXT,
    'previous_last_used_client?': TEXT,
  }),
  Key: exactly({ key: ref('KeyMembers') }),
  Keys: exactly({ keys: listOf(ref('KeyMembers')) }),
  KeyInput: accepting({
    key: accepting({
      label: text(LIMITS.labelCharsMax),
      'private_access?': FLAG,
      'expires_at?': TIME,
      permissions: listOf(accepting(PERMISSION), LIMITS.permissionsPerKeyMax),
    }),
  }),
  KeyMade: exactly({ id: ID, api_key: TEXT, 'previous_until?': TIME }),
  KeyShown: exactly({ api_key: TEXT }),
  KeyCheck: exactly({ allowed: FLAG, reasons: listOf(TEXT) }),
  RollInput: accepting({ 'overlap_hours?': { type: 'integer', minimum: 0, maximum: 168 } }),

  DeviceMembers: exactly({
    id: ID,
    name: TEXT,
    'description?': TEXT,
    private: FLAG,
    serial: SERIAL,
    activation_code: TEXT,
    created_at: TIME,
    activated_at: orNull(TIME),
    feed_id: ID,
    'api_key?': TEXT,
    last_data_at: orNull(TIME),
    product: PRODUCT_OF_DEVICE,
  }),
  Device: exactly({ device: ref('DeviceMembers') }),
  Devices: exactly({ devices: listOf(ref('DeviceMembers')) }),
  DeviceAdded: exactly({ device: ref('DeviceMembers'), api_key: TEXT }),
  DeviceInput: accepting({ name: text(LIMITS.titleCharsMax), 'description?': TEXT, private: FLAG }),
  DeviceChange: accepting({ 'name?': text(LIMITS.titleCharsMax), 'description?': TEXT, 'private?': FLAG }),
  Activation: exactly({ apikey: TEXT, feed_id: ID, datastreams: listOf(TEXT) }),
  FeedDefaults: accepting(FEED_DEFAULTS),
  ProductMembers: exactly({
    name: TEXT,
    'description?': TEXT,
    product_id: TEXT,
    secret: TEXT,
    state: oneOf(['develop', 'deploy']),
    devices_count: COUNT,
    activated_devices_count: COUNT,
    user: TEXT,
    'feed_defaults?': ref('FeedDefaults'),
  }),
  Product: exactly({ product: ref('ProductMembers') }),
  Products: exactly({ totalResults: COUNT, products: listOf(ref('ProductMembers')) }),
  ProductInput: accepting({
    product: accepting({
      'name?': text(LIMITS.titleCharsMax),
      'description?': TEXT,
      'state?': oneOf(['develop', 'deploy']),
      'feed_defaults?': ref('FeedDefaults'),
    }),
  }),
  ProductDevice: exactly({
    device: exactly({
      serial: SERIAL,
      activation_code: TEXT,
      created_at: TIME,
      activated_at: orNull(TIME),
      feed_id: ID,
      'api_key?': TEXT,
    }),
  }),
  ProductDevices: exactly({
    totalResults: COUNT,
    itemsPerPage: COUNT,
    startIndex: COUNT,
    devices: listOf({ type: 'object' }),
  }),
  SerialsInput: accepting({ devices: listOf(accepting({ serial: SERIAL })) }),

  UserMembers: exactly({ login: TEXT, email: TEXT, full_name: TEXT, roles: listOf(TEXT), created_at: TIME }),
  User: exactly({ user: ref('UserMembers') }),
  Users: exactly({ users: listOf(ref('UserMembers')) }),
  UserInput: accepting({
    user: accepting({ 'login?': TEXT, 'email?': TEXT, 'full_name?': TEXT, 'password?': TEXT }),
  }),

  Session: exactly({
    login: TEXT,
    'email?': TEXT,
    'name?': TEXT,
    realm: TEXT,
    wamp_url: TEXT,
    mqtt_url: orNull(TEXT),
    public_url: TEXT,
  }),
  Ticket: exactly({ ticket: TEXT, realm: TEXT, wamp_url: TEXT }),
  Credentials: accepting({ email: text(254), password: text(128) }),
  LinkInput: accepting({ token: text(128) }),
  PasswordChange: accepting({ current: text(128), next: text(1024) }),
  PasswordAgain: accepting({ password: text(128) }),
  Requests: exactly({ requests: listOf({ type: 'object' }) }),
}
