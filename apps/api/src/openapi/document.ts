import type { Format } from '@sluice/model'
import type { Route } from '../route.ts'
import { ACCOUNT_SCHEMAS } from './account-schemas.ts'
import { explained } from './explained.ts'
import { FEED_SCHEMAS } from './feed-schemas.ts'
import { OPERATIONS } from './operations.ts'
import type { Operation } from './operations.ts'
import { IN_PATH, NAMES, PARAMETERS } from './parameters.ts'
import { ref } from './schema.ts'
import type { Schema } from './schema.ts'
import { TRIGGER_SCHEMAS } from './trigger-schemas.ts'

const MEDIA_TYPES: Record<Format, string> = {
  json: 'application/json',
  xml: 'application/xml',
  csv: 'text/plain',
  png: 'image/png',
}
const WHO: Record<Route['who'], string> = {
  anybody: 'Needs no key.',
  principal: 'Any API key, or a signed-in owner.',
  master: 'A master key, or a signed-in owner.',
  owner: 'A signed-in owner.',
  'recent-owner': 'An owner who gave the password a moment ago.',
  feed: 'A key that may do this to the feed.',
}

const SCHEMAS = explained({ ...ACCOUNT_SCHEMAS, ...FEED_SCHEMAS, ...TRIGGER_SCHEMAS })

const SESSION = [{ session: [] }]
const KEY_OR_SESSION = [...['key', 'query', 'bearer'].map((scheme) => ({ [scheme]: [] })), ...SESSION]
const SECURITY: Record<Route['who'], object[]> = {
  anybody: [],
  principal: KEY_OR_SESSION,
  master: KEY_OR_SESSION,
  owner: SESSION,
  'recent-owner': SESSION,
  feed: KEY_OR_SESSION,
}

export type OpenApi = {
  openapi: '3.1.0'
  info: { title: string; version: string; description: string }
  servers: { url: string }[]
  tags: { name: string }[]
  paths: Record<string, Record<string, OpenApiOperation>>
  components: { schemas: Readonly<Record<string, Schema>>; securitySchemes: object }
}
export type OpenApiOperation = {
  operationId: string
  tags: string[]
  summary: string
  description: string
  security: object[]
  parameters: {
    name: string
    in: 'path' | 'query' | 'header'
    required: boolean
    description: string
    schema: Schema
  }[]
  requestBody?: { required: boolean; content: Record<string, { schema?: Schema }> }
  responses: Record<string, { description: string; content?: Record<string, { schema?: Schema }> }>
}

/**
 * The OpenAPI 3.1 document of the API, made of the table of routes: what a route declares, and what `OPERATIONS` says of
 * it. @throws {Error} a route without an operation, or an operation without a route
 */
export function openApiOf(
  routes: readonly Route[],
  { publicUrl, version, cookieName }: { publicUrl: string; version: string; cookieName: string },
): OpenApi {
  const names = new Set(routes.map(({ method, path }) => `${method} ${path}`))
  const surplus = Object.keys(OPERATIONS).filter((name) => !names.has(name))
  if (surplus.length > 0) throw new Error(`no route for ${surplus.join(', ')}`)
  const paths: OpenApi['paths'] = {}
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) }
  }
  const groups = [...new Set(routes.map((route) => named(route).group))]
  return {
    openapi: '3.1.0',
    info: { title: 'Sluice', version, description: DESCRIPTION },
    servers: [{ url: publicUrl }],
    tags: groups.map((name) => ({ name })),
    paths,
    components: {
      schemas: SCHEMAS,
      securitySchemes: { ...KEY_SCHEMES, session: { type: 'apiKey', in: 'cookie', name: cookieName } },
    },
  }
}

const DESCRIPTION =
  'API v2 of Xively (Cosm, Pachube), and what Sluice adds to it. An extension of the address (.json, .xml, .csv, .png) ' +
  'decides the format, else Accept does. A 2xx is sent after COMMIT.'
const KEY_SCHEMES = {
  key: { type: 'apiKey', in: 'header', name: 'X-ApiKey' },
  query: { type: 'apiKey', in: 'query', name: 'key' },
  bearer: { type: 'http', scheme: 'bearer' },
}

function named({ method, path }: Route): Operation {
  const operation = OPERATIONS[`${method} ${path}`]
  if (!operation) throw new Error(`${method} ${path} is not in the API documentation`)
  return operation
}

function operationOf(route: Route): OpenApiOperation {
  const operation = named(route)
  const body = requestBodyOf(route, operation)
  return {
    operationId: operationId(route),
    tags: [operation.group],
    summary: route.summary,
    description: WHO[route.who],
    security: SECURITY[route.who],
    parameters: parametersOf(route, operation),
    ...(body && { requestBody: body }),
    responses: responsesOf(route, operation),
  }
}

/** `put_feeds_feedId`: unique, because method and path are. */
const operationId = ({ method, path }: Route): string =>
  [method.toLowerCase(), ...path.split(/[/:]+/).filter((part) => part !== '' && part !== 'v2')].join('_')

function parametersOf({ method, path }: Route, { query = [] }: Operation): OpenApiOperation['parameters'] {
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => {
    const known = IN_PATH[name]
    if (!known) throw new Error(`nothing says what :${name} of ${path} means`)
    return { name, in: 'path' as const, required: true, ...known }
  })
  const inQuery = query.map((name) => ({
    name: NAMES[name] ?? name,
    in: 'query' as const,
    required: false,
    description: PARAMETERS[name].description,
    schema: PARAMETERS[name].schema,
  }))
  if (method !== 'POST') return [...inPath, ...inQuery]
  const once = {
    name: 'Idempotency-Key',
    in: 'header' as const,
    required: false,
    description: ONCE,
    schema: KEY_OF_ONCE,
  }
  return [...inPath, ...inQuery, once]
}
const ONCE = 'Sent again with the same one within a day, the request is served once and answered alike'
const KEY_OF_ONCE: Schema = { type: 'string', pattern: '^[!-~]{1,255}$' }

function requestBodyOf({ formats = ['json'] }: Route, { body }: Operation): OpenApiOperation['requestBody'] {
  if (body === undefined) return undefined
  const content = formats
    .filter((format) => format !== 'png')
    .map((format) => [MEDIA_TYPES[format], format === 'json' ? { schema: ref(body) } : {}] as const)
  return { required: true, content: Object.fromEntries(content) }
}

function responsesOf(route: Route, operation: Operation): OpenApiOperation['responses'] {
  const { answer, isStream, status = 200, maybeEmpty } = operation
  const content: Record<string, { schema?: Schema }> = {}
  if (isStream) content['application/x-ndjson'] = {}
  if (answer !== undefined) {
    for (const format of route.formats ?? (['json'] as const)) {
      content[MEDIA_TYPES[format]] = format === 'json' ? { schema: ref(answer) } : {}
    }
  }
  const hasBody = Object.keys(content).length > 0
  const description = hasBody ? (maybeEmpty ? 'A document, or nothing' : 'A document') : 'Done; the body is empty'
  const responses: OpenApiOperation['responses'] = {
    [status]: { description, ...(hasBody && { content }) },
    ...(route.method === 'GET' && { 304: { description: 'What If-None-Match names is still so' } }),
  }
  for (const refused of refusalsOf(route, operation)) {
    const error = { 'application/json': { schema: ref('Error') } }
    responses[refused] = { description: REFUSALS[refused] ?? 'Refused', content: error }
  }
  return responses
}

const REFUSALS: Readonly<Record<number, string>> = {
  400: 'Not readable at all',
  401: 'No API key, or none that works',
  403: 'Not with this key; or its rate is used up, then with Retry-After',
  404: 'Not there, or not to be known',
  406: 'Not in this format',
  409: 'In conflict with what is there, or with the same request under way',
  413: 'Too large',
  414: 'The query is too long',
  415: 'Compressed',
  422: 'Readable, but not valid: every sentence names the member and the limit',
  431: 'Too many headers',
  503: 'Later, see Retry-After',
}

function refusalsOf({ who, method }: Route, { statuses = [] }: Operation): number[] {
  const always = [400, 403, 404, 406, 413, 414, 415, 422, 431, 503, ...(who === 'anybody' ? [] : [401]), ...statuses]
  return [...new Set(method === 'POST' ? [...always, 409] : always)].toSorted((a, b) => a - b)
}
