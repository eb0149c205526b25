import type { DocFormat, Operation, Schema, Schemas } from './api-document.ts'
import type { ExampleParts } from './example-parts.ts'

/** Formats that there is an example of the body in; JSON first. */
export function bodyFormats({ id, body }: Operation): DocFormat[] {
  if (!body) return []
  const hasCsv = !(id in BODIES) && nameOf(body.schema) in CSV_BODIES
  return body.formats.filter((format) => format === 'json' || (format === 'csv' && hasCsv))
}

/** The body of an example as text, null where the operation takes none. */
export function exampleBody(
  { id, body }: Operation,
  parts: ExampleParts,
  { format, schemas }: { format: DocFormat; schemas: Schemas },
): { text: string; json: unknown } | null {
  if (!body?.schema) return null
  const name = nameOf(body.schema)
  if (format === 'csv') return { text: CSV_BODIES[name]?.(parts) ?? '', json: null }
  const json = (BODIES[id] ?? BODIES[name])?.(parts) ?? sampleOf(body.schema, schemas)
  return { text: JSON.stringify(json), json }
}

const nameOf = (schema: Schema | null): string => schema?.$ref?.slice(schema.$ref.lastIndexOf('/') + 1) ?? ''

type Make<Made> = (parts: ExampleParts) => Made
const feedNumber = ({ feedId }: ExampleParts): number | string => (/^\d+$/.test(feedId) ? Number(feedId) : feedId)
const START = '2026-01-01T00:00:00Z'
const LATER = '2026-01-01T00:05:00Z'
const END = '2026-01-02T00:00:00Z'

/** By operation or the name of its schema: what somebody would really send. Others are made of the schema. */
const BODIES: Readonly<Record<string, Make<unknown>>> = {
  post_feeds: ({ datastreamId, value }) => ({
    title: 'Greenhouse',
    private: true,
    datastreams: [{ id: datastreamId, current_value: value }],
  }),
  FeedInput: ({ datastreamId, value }) => ({
    version: '1.0.0',
    datastreams: [{ id: datastreamId, current_value: value }],
  }),
  DatastreamInput: ({ value }) => ({ current_value: value }),
  DatastreamsInput: ({ datastreamId, value }) => ({
    version: '1.0.0',
    datastreams: [{ id: datastreamId, current_value: value, unit: { label: 'Celsius', symbol: '°C' } }],
  }),
  DatapointsInput: ({ value }) => ({
    datapoints: [
      { at: START, value },
      { at: LATER, value },
    ],
  }),
  FeedDatapointsInput: ({ datastreamId, value }) => ({ datapoints: [{ datastream: datastreamId, at: START, value }] }),
  DatapointValue: ({ value }) => ({ value }),
  KeyInput: (parts) => ({
    key: {
      label: 'Dashboard',
      private_access: true,
      permissions: [{ access_methods: ['get'], resources: [{ feed_id: feedNumber(parts) }] }],
    },
  }),
  RollInput: () => ({ overlap_hours: 24 }),
  TriggerInput: (parts) => ({
    environment_id: feedNumber(parts),
    stream_id: parts.datastreamId,
    trigger_type: 'gt',
    threshold_value: '30',
    url: 'https://example.com/hook',
  }),
  BacktestInput: (parts) => ({
    environment_id: feedNumber(parts),
    stream_id: parts.datastreamId,
    trigger_type: 'gt',
    threshold_value: '30',
    start: START,
    end: END,
  }),
  DeviceInput: () => ({ name: 'Greenhouse', private: true }),
  DeviceChange: () => ({ name: 'Greenhouse, north' }),
  EndpointInput: () => ({ paused: true }),
  Since: () => ({ since: START }),
  SerialsInput: () => ({ devices: [{ serial: 'SN-0001' }, { serial: 'SN-0002' }] }),
  ProductInput: () => ({
    product: { name: 'Weather station', feed_defaults: { private: true, datastreams: [{ id: 'temperature' }] } },
  }),
  ProductDeviceInput: () => ({ device: { name: 'Roof', private: true } }),
  UserInput: () => ({ user: { login: 'ada', email: 'ada@example.com', full_name: 'Ada' } }),
  LinkInput: () => ({ token: 'TOKEN_OF_THE_LINK' }),
  Credentials: () => ({ email: 'you@example.com', password: 'YOUR_PASSWORD' }),
}

/** What a device of few bytes would rather send. */
const CSV_BODIES: Readonly<Record<string, Make<string>>> = {
  FeedInput: ({ datastreamId, value }) => `${datastreamId},${cellOf(value)}`,
  DatastreamInput: ({ value }) => cellOf(value),
  DatapointsInput: ({ value }) => `${START},${cellOf(value)}\n${LATER},${cellOf(value)}`,
}

const cellOf = (value: string): string => (/[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value)

/** Of what a schema requires, and of its first members where it requires nothing, the plainest value that fits. */
export function sampleOf(schema: Schema, schemas: Schemas, depth = 0): unknown {
  const { $ref, anyOf, examples, default: initial, items, properties, required } = schema
  if ($ref !== undefined) {
    const next = schemas[nameOf(schema)]
    return next && depth < 8 ? sampleOf(next, schemas, depth + 1) : {}
  }
  if (examples && examples.length > 0) return examples[0]
  if (initial !== undefined) return initial
  if (schema.const !== undefined) return schema.const
  if (schema.enum) return schema.enum[0]
  if (anyOf?.[0]) return sampleOf(anyOf[0], schemas, depth + 1)
  if (items) return [sampleOf(items, schemas, depth + 1)]
  if (properties) {
    const names = required ?? Object.keys(properties).slice(0, 3)
    return Object.fromEntries(names.map((name) => [name, sampleOf(properties[name] ?? {}, schemas, depth + 1)]))
  }
  return plainOf(schema)
}

function plainOf({ type, format, minimum }: Schema): unknown {
  const [kind] = [type ?? 'string'].flat()
  if (kind === 'boolean') return true
  if (kind === 'integer' || kind === 'number') return minimum ?? 1
  if (kind === 'object') return {}
  return format === 'date-time' ? START : 'text'
}
