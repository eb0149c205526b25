/** JSON Schema, as far as the server's API document uses it. */
export type Schema = {
  $ref?: string
  type?: string | string[]
  description?: string
  enum?: unknown[]
  const?: unknown
  format?: string
  pattern?: string
  minLength?: number
  maxLength?: number
  minimum?: number
  maximum?: number
  items?: Schema
  maxItems?: number
  minItems?: number
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: boolean | Schema
  anyOf?: Schema[]
  default?: string | number | boolean
  examples?: unknown[]
}
export type Schemas = Readonly<Record<string, Schema>>

const MEDIA_FORMATS = {
  'application/json': 'json',
  'application/xml': 'xml',
  'text/plain': 'csv',
  'image/png': 'png',
  'application/x-ndjson': 'lines',
} as const
/** What a body can be written in; `lines` are lines of JSON. */
export type DocFormat = (typeof MEDIA_FORMATS)[keyof typeof MEDIA_FORMATS]

const METHODS = ['GET', 'POST', 'PUT', 'DELETE'] as const
export type Method = (typeof METHODS)[number]
export type Parameter = {
  name: string
  place: 'path' | 'query' | 'header'
  isRequired: boolean
  description: string
  schema: Schema
}
export type Content = { formats: DocFormat[]; schema: Schema | null }
export type Answer = { status: number; description: string; content: Content | null }
export type Operation = {
  /** unique, what the address of the page names */
  id: string
  group: string
  method: Method
  path: string
  /** the summary up to its first pause, and what is left of it */
  title: string
  more: string
  /** who may call it, a sentence */
  who: string
  /** what it is called with: nothing, an API key, or the session of a person alone */
  caller: 'anybody' | 'key' | 'owner'
  parameters: Parameter[]
  body: Content | null
  answers: Answer[]
}
export type Group = { name: string; operations: Operation[] }
export type Api = { version: string; description: string; baseUrl: string; groups: Group[]; schemas: Schemas }

type RawContent = Record<string, { schema?: Schema }>
type RawOperation = {
  operationId: string
  tags: string[]
  summary: string
  description: string
  security: object[]
  parameters: { name: string; in: Parameter['place']; required: boolean; description: string; schema: Schema }[]
  requestBody?: { content: RawContent }
  responses: Record<string, { description: string; content?: RawContent }>
}
type RawDocument = {
  info: { version: string; description: string }
  servers: { url: string }[]
  tags: { name: string }[]
  paths: Record<string, Record<string, RawOperation>>
  components: { schemas: Schemas }
}

/**
 * Reads the server's own OpenAPI document into what the page shows, groups and operations in its order.
 * @throws {Error} it is none: another version of the server, or something in between answered
 */
export function readApi(document: unknown): Api {
  if (!isApiDocument(document)) throw new Error('What the server says of its API cannot be read.')
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    METHODS.flatMap((method) => {
      const operation = methods[method.toLowerCase()]
      return operation ? [readOperation(method, path, operation)] : []
    }),
  )
  return {
    version: document.info.version,
    description: document.info.description,
    baseUrl: document.servers[0]?.url ?? '',
    groups: document.tags.map(({ name }) => ({ name, operations: operations.filter(({ group }) => group === name) })),
    schemas: document.components.schemas,
  }
}

function isApiDocument(document: unknown): document is RawDocument {
  const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
  if (!isObject(document)) return false
  const { info, servers, tags, paths, components } = document
  return (
    isObject(info) &&
    Array.isArray(servers) &&
    Array.isArray(tags) &&
    isObject(paths) &&
    isObject(components) &&
    isObject(components['schemas'])
  )
}

function readOperation(method: Method, path: string, raw: RawOperation): Operation {
  const { operationId, tags, summary, description, security, parameters, requestBody, responses } = raw
  return {
    id: operationId,
    group: tags[0] ?? '',
    method,
    path,
    ...headingOf(summary),
    who: description,
    caller: security.length === 0 ? 'anybody' : security.some((scheme) => 'key' in scheme) ? 'key' : 'owner',
    parameters: parameters.map(({ in: place, required, ...rest }) => ({ ...rest, place, isRequired: required })),
    body: contentOf(requestBody?.content),
    answers: Object.entries(responses).map(([status, answer]) => ({
      status: Number(status),
      description: answer.description,
      content: contentOf(answer.content),
    })),
  }
}

function contentOf(content: RawContent | undefined): Content | null {
  if (!content) return null
  const formats = Object.keys(content).flatMap((type) => MEDIA_FORMATS[type as keyof typeof MEDIA_FORMATS] ?? [])
  return { formats, schema: content['application/json']?.schema ?? null }
}

/**
 * Divides `Activate a device: its keys work again` into a title and a sentence; that is empty where nothing is left. A
 * comma after a word or two is one of a list.
 */
export function headingOf(summary: string): { title: string; more: string } {
  let isList = false
  for (const { index, 0: mark } of summary.matchAll(/[;:,]/g)) {
    const title = summary.slice(0, index)
    isList ||= mark === ',' && title.split(' ').length < 3
    if (mark === ',' && isList) continue
    const rest = summary.slice(index + 1).trim()
    // but not the name of a parameter
    return {
      title,
      more: `${rest.replace(/^[a-z]+(?![\w=])/, (word) => word.charAt(0).toUpperCase() + word.slice(1))}.`,
    }
  }
  return { title: summary, more: '' }
}

/** The operation of an id, undefined for none. */
export const findOperation = (api: Api, id: string): Operation | undefined =>
  api.groups.flatMap(({ operations }) => operations).find((operation) => operation.id === id)

/** The answer of an operation that worked. */
export const successOf = ({ answers }: Operation): Answer | undefined =>
  answers.find(({ status }) => status >= 200 && status < 300)

/** Operations of which every word is somewhere in method, path, words, group or the name of a parameter. */
export function filterGroups(groups: readonly Group[], filter: string): Group[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return [...groups]
  const isMeant = ({ group, method, path, title, more, parameters }: Operation): boolean => {
    const text = [group, method, path, title, more, ...parameters.map(({ name }) => name)].join(' ').toLowerCase()
    return words.every((word) => text.includes(word))
  }
  return groups
    .map(({ name, operations }) => ({ name, operations: operations.filter(isMeant) }))
    .filter(({ operations }) => operations.length > 0)
}
