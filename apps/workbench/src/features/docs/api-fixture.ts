// For tests: an API document as the server writes it, of a few operations.

const TIME = { type: 'string', format: 'date-time' }
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` })
const json = (name: string) => ({ 'application/json': { schema: ref(name) } })
const texts = { 'application/xml': {}, 'text/plain': {} }
const inPath = (name: string, type: string) => ({
  name,
  in: 'path',
  required: true,
  description: name,
  schema: { type },
})
const inQuery = (name: string, schema: object) => ({ name, in: 'query', required: false, description: name, schema })
const KEY = [{ key: [] }, { query: [] }, { bearer: [] }]
const done = { 200: { description: 'Done; the body is empty' } }

export const API_DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Sluice', version: '0.1.0', description: 'API v2' },
  servers: [{ url: 'http://127.0.0.1:8080' }],
  tags: [{ name: 'Feeds' }, { name: 'Keys' }, { name: 'Account' }],
  paths: {
    '/v2/feeds/{feedId}': {
      put: {
        operationId: 'put_feeds_feedId',
        tags: ['Feeds'],
        summary: 'Change a feed and write values; datastreams that are missing are created',
        description: 'A key that may do this to the feed.',
        security: KEY,
        parameters: [inPath('feedId', 'integer')],
        requestBody: { required: true, content: { ...json('FeedInput'), ...texts } },
        responses: done,
      },
      get: {
        operationId: 'get_feeds_feedId',
        tags: ['Feeds'],
        summary: 'Read a feed; with duration also its history',
        description: 'A key that may do this to the feed.',
        security: KEY,
        parameters: [inPath('feedId', 'integer'), inQuery('duration', { type: 'string', examples: ['6hours'] })],
        responses: {
          200: { description: 'A document', content: { ...json('Feed'), ...texts } },
          404: { description: 'Not there, or not to be known', content: json('Error') },
        },
      },
    },
    '/v2/keys/{key}/check': {
      get: {
        operationId: 'get_keys_key_check',
        tags: ['Keys'],
        summary: 'Ask whether an API key may do something',
        description: 'Any API key, or a signed-in owner.',
        security: KEY,
        parameters: [
          inPath('key', 'string'),
          inQuery('method', { type: 'string', enum: ['get', 'put'] }),
          inQuery('feed_id', { type: 'integer' }),
        ],
        responses: { 200: { description: 'A document', content: json('Error') } },
      },
    },
    '/v2/keys/{key}/reveal': {
      post: {
        operationId: 'post_keys_key_reveal',
        tags: ['Keys'],
        summary: 'Show an API key again, after the password is given again',
        description: 'A signed-in owner.',
        security: [{ session: [] }],
        parameters: [inPath('key', 'string')],
        requestBody: { required: true, content: json('Credentials') },
        responses: done,
      },
    },
    '/v2/export': {
      get: {
        operationId: 'get_export',
        tags: ['Account'],
        summary: 'Everything in your account as lines of JSON',
        description: 'A master key, or a signed-in owner.',
        security: KEY,
        parameters: [],
        responses: { 200: { description: 'A document', content: { 'application/x-ndjson': {} } } },
      },
    },
    '/v2/session': {
      post: {
        operationId: 'post_session',
        tags: ['Account'],
        summary: 'Sign in with e-mail and password',
        description: 'Needs no key.',
        security: [],
        parameters: [
          {
            name: 'Idempotency-Key',
            in: 'header',
            required: false,
            description: 'Served once',
            schema: { type: 'string' },
          },
        ],
        requestBody: { required: true, content: json('Credentials') },
        responses: done,
      },
    },
  },
  components: {
    schemas: {
      Error: { type: 'object', properties: { title: { type: 'string' } }, required: ['title'] },
      Unit: { type: 'object', properties: { symbol: { type: 'string' } } },
      Datastream: {
        type: 'object',
        properties: {
          id: { type: 'string', minLength: 1, maxLength: 128 },
          at: TIME,
          unit: ref('Unit'),
          within: ref('Feed'),
        },
        required: ['id'],
      },
      Feed: {
        type: 'object',
        properties: {
          id: { type: 'integer', minimum: 1 },
          status: { type: 'string', enum: ['live', 'frozen'] },
          datastreams: { type: 'array', items: ref('Datastream'), maxItems: 1000 },
          seen_at: { anyOf: [TIME, { type: 'null' }] },
          headers: { type: 'object', additionalProperties: { type: 'string' } },
        },
        required: ['id', 'status'],
      },
      FeedInput: {
        type: 'object',
        properties: {
          title: { type: 'string', maxLength: 255 },
          private: { anyOf: [{ type: 'boolean' }, { type: 'string', enum: ['true', 'false'] }] },
          tags: { anyOf: [{ type: 'array', items: { type: 'string' } }, { type: 'string' }] },
          limit: { type: 'integer', minimum: 1, maximum: 1000, default: 100 },
        },
      },
      Credentials: {
        type: 'object',
        properties: { email: { type: 'string' }, password: { type: 'string' } },
        required: ['email', 'password'],
      },
    },
  },
}
