import type { Schema, Schemas } from './api-document.ts'

/** One member of a document, as the page shows it. */
export type MemberRow = {
  name: string
  /** `text`, `whole number`, `list of Datastream` */
  type: string
  isRequired: boolean
  description: string | null
  /** limits, defaults and words to pick from, a phrase each */
  notes: string[]
  /** members of what it holds; empty for plain values, and where it repeats what it is itself within */
  members: MemberRow[]
}

/** documents within documents; the deepest is a datapoint in a datastream in a feed in a list */
const DEPTH_MAX = 6

/**
 * The members of a document, in order. A list's are those of its items.
 * @param schema of the document; references lead into `schemas`
 */
export function memberRows(schema: Schema, schemas: Schemas): MemberRow[] {
  return rowsWithin(schema, schemas, [])
}

function rowsWithin(schema: Schema, schemas: Schemas, within: readonly string[]): MemberRow[] {
  const { schema: found, names } = follow(schema, schemas)
  if (names.some((name) => within.includes(name)) || within.length > DEPTH_MAX) return []
  const inside = [...within, ...names, ...(names.length === 0 ? ['{}'] : [])]
  if (found.items) return rowsWithin(found.items, schemas, names.length === 0 ? within : inside)
  const one = held(found)
  if (one !== null) return rowsWithin(one, schemas, within)
  return Object.entries(found.properties ?? {}).map(([name, member]) => {
    const { schema: value } = follow(member, schemas)
    return {
      name,
      type: typeWords(member, schemas),
      isRequired: found.required?.includes(name) === true,
      description: member.description ?? value.description ?? null,
      notes: noteWords(member, schemas),
      members: rowsWithin(member, schemas, inside),
    }
  })
}

/** Where a reference leads, and the names on the way. */
function follow(schema: Schema, schemas: Schemas): { schema: Schema; names: string[] } {
  const names: string[] = []
  let found = schema
  while (found.$ref !== undefined) {
    const name = found.$ref.slice(found.$ref.lastIndexOf('/') + 1)
    const next = schemas[name]
    if (!next || names.includes(name)) return { schema: {}, names }
    names.push(name)
    found = next
  }
  return { schema: found, names }
}

/** Of "this or null", and of "a document or a shorthand for it": what has members. */
function held({ anyOf = [] }: Schema): Schema | null {
  return anyOf.find(({ $ref, properties, items }) => $ref !== undefined || properties || items) ?? null
}

const PLAIN: Record<string, string> = {
  string: 'text',
  integer: 'whole number',
  number: 'number',
  boolean: 'true or false',
  object: 'object',
  array: 'list',
  null: 'null',
}

/** What kind of value it is, in a few words. */
export function typeWords(schema: Schema, schemas: Schemas): string {
  const { schema: found, names } = follow(schema, schemas)
  const kinds = kindsOf(found, schemas)
  const [name] = names
  // the names of what is accepted are of no use to a reader; those of documents are words of the API
  if (name !== undefined && found.properties && !/Input$|Members$/.test(name)) return name
  return [...new Set(kinds)].join(' or ')
}

function kindsOf(
  { type, format, items, anyOf, const: only, additionalProperties }: Schema,
  schemas: Schemas,
): string[] {
  if (anyOf) return anyOf.map((one) => typeWords(one, schemas))
  if (only !== undefined) return [JSON.stringify(only)]
  if (items) return [`list of ${plural(typeWords(items, schemas))}`]
  if (format === 'date-time') return ['time']
  if (format === 'uuid') return ['UUID']
  if (typeof additionalProperties === 'object') return [`object of ${plural(typeWords(additionalProperties, schemas))}`]
  return [type ?? 'any'].flat().map((kind) => PLAIN[kind] ?? kind)
}

const plural = (words: string): string =>
  words === 'text' ? 'texts' : /^(?:object|time|number|whole number)$/.test(words) ? `${words}s` : words

/** Limits and choices, a phrase each: `at most 255 characters`, `1 to 1000`, `one of live, frozen`. */
export function noteWords(schema: Schema, schemas: Schemas): string[] {
  const { schema: found } = follow(schema, schemas)
  const { minLength, maxLength, minimum, maximum, minItems, maxItems, default: initial } = found
  const words = choices(found, schemas)
  return [
    ...(words.length > 0 ? [`one of ${words.join(', ')}`] : []),
    ...range(minimum, maximum, ''),
    ...range(minLength === 1 ? undefined : minLength, maxLength, ' characters'),
    ...range(minItems, maxItems, ' items'),
    ...(initial === undefined ? [] : [`${String(initial)} unless given`]),
  ]
}

/** Words to pick from; of a list those of its items. */
export function choices({ enum: words, items, anyOf = [] }: Schema, schemas: Schemas): string[] {
  if (words) return words.map(String)
  return [...(items ? [items] : []), ...anyOf].flatMap((one) => choices(follow(one, schemas).schema, schemas))
}

function range(from: number | undefined, to: number | undefined, unit: string): string[] {
  if (from === undefined && to === undefined) return []
  // from 0 or 1 on is what a count or an id is anyway
  if (to === undefined) return from === 0 || from === 1 ? [] : [`at least ${from}${unit}`]
  return [from === undefined || (from === 0 && unit !== '') ? `at most ${to}${unit}` : `${from} to ${to}${unit}`]
}
