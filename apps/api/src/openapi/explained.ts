import { MEANINGS } from './meanings.ts'
import type { Schema } from './schema.ts'

/**
 * The schemas, every member with what `MEANINGS` says of it.
 * @throws {Error} a plain member of which nothing is said, or a meaning that no member has
 */
export function explained(schemas: Readonly<Record<string, Schema>>): Record<string, Schema> {
  const used = new Set<string>()
  const meaningOf = (path: string, member: Schema): string | undefined => {
    const parts = path.split('.')
    // from `Feed.location.lat` to `lat`; its own name alone says nothing of a document
    const names = parts.map((_, n) => parts.slice(n).join('.')).slice(0, isDocument(member) ? -1 : undefined)
    const name = names.find((one) => one in MEANINGS)
    if (name === undefined) return undefined
    used.add(name)
    return MEANINGS[name]
  }
  const within = (schema: Schema, path: string): Schema => ({
    ...schema,
    ...(schema.items && { items: within(schema.items, path) }),
    ...(schema.properties && {
      properties: Object.fromEntries(
        Object.entries(schema.properties).map(([name, member]) => [name, explain(member, `${path}.${name}`)]),
      ),
    }),
  })
  const explain = (member: Schema, path: string): Schema => {
    const description = meaningOf(path, member)
    if (description === undefined && !isDocument(member)) throw new Error(`nothing says what ${path} means`)
    return { ...within(member, path), ...(description !== undefined && { description }) }
  }
  const all = Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, within(schema, name)]))
  const surplus = Object.keys(MEANINGS).filter((name) => !used.has(name))
  if (surplus.length > 0) throw new Error(`no member is called ${surplus.join(', ')}`)
  return all
}

/** Documents are explained by their own members. */
const isDocument = ({ $ref, properties, items }: Schema): boolean =>
  $ref !== undefined || properties !== undefined || (items !== undefined && isDocument(items))
