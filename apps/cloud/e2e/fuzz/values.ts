import type { Random } from './random.ts'

/** As much of JSON Schema as the API document uses. */
export type Schema = {
  $ref?: string
  type?: string | string[]
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
  properties?: Record<string, Schema>
  required?: string[]
  anyOf?: Schema[]
  examples?: unknown[]
}
export type Schemas = Readonly<Record<string, Schema>>

const WORDS = [
  'temperature',
  'flow',
  'Größe',
  'a.b-c+d',
  '温度',
  'x',
  '20.50',
  '-3',
  'true',
  ' ',
  '<b>&amp;</b>',
  '"q",\n',
]
const TIMES = [
  '2024-05-06T20:08:17.123456Z',
  '2013-01-01T12:00:00Z',
  '2024-02-29',
  '2024-05-06 20:08:17+09:30',
  '1900-01-01T00:00:00Z',
  '2999-01-01T00:00:00Z',
  '2023-02-29T00:00:00Z',
  '2016-12-31T23:59:60Z',
  'noon',
]
const HOSTILE: readonly unknown[] = [
  null,
  '',
  -1,
  0,
  1e21,
  2 ** 53 + 1,
  1.5e-9,
  true,
  [],
  {},
  [[[[]]]],
  '\0',
  '\ud800',
  '\u202e',
  '😀'.repeat(300),
  'x'.repeat(5000),
  "'; drop table feed; --",
  '%00',
  '../../etc/passwd',
  '__proto__',
  'constructor',
  { __proto__: 1 },
  '1e999',
  'NaN',
]

/** A value that the schema allows, most of the time in its plainest form. */
export function valueOf(schema: Schema, random: Random, schemas: Schemas, depth = 0): unknown {
  if (schema.$ref) return valueOf(schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {}, random, schemas, depth)
  if ('const' in schema) return schema.const
  if (schema.enum) return random.pick(schema.enum)
  if (schema.examples && random.chance(0.3)) return random.pick(schema.examples)
  if (schema.anyOf) return valueOf(random.pick(schema.anyOf), random, schemas, depth)
  const type = Array.isArray(schema.type) ? random.pick(schema.type) : schema.type
  switch (type ?? 'object') {
    case 'string':
      return textOf(schema, random)
    case 'integer':
      return Math.trunc(numberOf(schema, random))
    case 'number':
      return numberOf(schema, random)
    case 'boolean':
      return random.chance(0.5)
    case 'null':
      return null
    case 'array':
      return listOf(schema, random, schemas, depth)
    default:
      return objectOf(schema, random, schemas, depth)
  }
}

function textOf({ format, maxLength, minLength = 0 }: Schema, random: Random): string {
  if (format === 'date-time') return random.pick(TIMES)
  if (maxLength !== undefined && random.chance(0.05)) return 'y'.repeat(maxLength + random.below(2))
  if (minLength === 0 && random.chance(0.05)) return ''
  return random.pick(WORDS)
}

function numberOf({ minimum = -100, maximum = minimum + 1000 }: Schema, random: Random): number {
  if (random.chance(0.2)) return random.pick([minimum, maximum])
  return minimum + Math.round(random.next() * (maximum - minimum) * 100) / 100
}

function listOf({ items = {}, maxItems }: Schema, random: Random, schemas: Schemas, depth: number): unknown[] {
  const isFull = maxItems !== undefined && maxItems <= 500 && random.chance(0.01)
  const length = isFull ? maxItems + random.below(2) : depth > 4 ? 0 : random.below(4)
  return Array.from({ length }, () => valueOf(items, random, schemas, depth + 1))
}

function objectOf(
  { properties = {}, required = [] }: Schema,
  random: Random,
  schemas: Schemas,
  depth: number,
): Record<string, unknown> {
  const made: Record<string, unknown> = {}
  for (const [name, schema] of Object.entries(properties)) {
    if (required.includes(name) || random.chance(0.4)) made[name] = valueOf(schema, random, schemas, depth + 1)
  }
  return made
}

/** The same with one thing wrong: a member or an entry is gone, doubled, of another type, or hostile. */
export function spoiled(value: unknown, random: Random): unknown {
  if (typeof value !== 'object' || value === null || random.chance(0.2)) return random.pick(HOSTILE)
  if (Array.isArray(value)) {
    if (value.length === 0) return random.pick(HOSTILE)
    const at = random.below(value.length)
    return value.map((entry: unknown, index) => (index === at ? spoiled(entry, random) : entry))
  }
  const names = Object.keys(value)
  const name = random.pick(names.length > 0 ? names : ['x'])
  const members = { ...(value as Record<string, unknown>) }
  if (random.chance(0.3)) delete members[name]
  else members[name] = spoiled(members[name], random)
  return members
}

/** Bytes that may be no document at all. */
export function damaged(text: string, random: Random): Buffer {
  const bytes = Buffer.from(text)
  switch (random.below(4)) {
    case 0:
      return bytes.subarray(0, random.below(bytes.length + 1))
    case 1:
      if (bytes.length > 0) bytes[random.below(bytes.length)] = random.below(256)
      return bytes
    case 2:
      return Buffer.concat([bytes, bytes])
    default:
      return Buffer.from(Array.from({ length: random.below(64) }, () => random.below(256)))
  }
}
