/** JSON Schema (2020-12), as far as the API documentation uses it. */
export type Schema = {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly format?: string
  readonly pattern?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly items?: Schema
  readonly maxItems?: number
  readonly minItems?: number
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | Schema
  readonly anyOf?: readonly Schema[]
  readonly default?: unknown
  readonly examples?: readonly unknown[]
}

export const TEXT: Schema = { type: 'string' }
export const COUNT: Schema = { type: 'integer', minimum: 0 }
export const ID: Schema = { type: 'integer', minimum: 1 }
export const FLAG: Schema = { type: 'boolean' }
/** Of HTTP, by name. */
export const HEADERS: Schema = { type: 'object', additionalProperties: TEXT }
/** UTC with six fraction digits, or with an offset where a time zone was asked for. */
export const TIME: Schema = { type: 'string', format: 'date-time', examples: ['2013-05-06T20:08:17.123456Z'] }

export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` })
export const text = (maxLength: number): Schema => ({ type: 'string', maxLength })
export const oneOf = (words: readonly string[]): Schema => ({ type: 'string', enum: words })
export const listOf = (items: Schema, maxItems?: number): Schema => ({
  type: 'array',
  items,
  ...(maxItems !== undefined && { maxItems }),
})
/** What `schema` describes, or null. */
export const orNull = (schema: Schema): Schema => ({ anyOf: [schema, { type: 'null' }] })

/** An object that has these members and no others; a name that ends in `?` may be missing. */
export function exactly(members: Readonly<Record<string, Schema>>): Schema {
  return { ...accepting(members), additionalProperties: false }
}

/** An object of which these members are looked at; others are ignored, as clients of API v2 send back whole documents. */
export function accepting(members: Readonly<Record<string, Schema>>): Schema {
  const entries = Object.entries(members)
  const required = entries.flatMap(([name]) => (name.endsWith('?') ? [] : [name]))
  return {
    type: 'object',
    properties: Object.fromEntries(entries.map(([name, schema]) => [name.replace(/\?$/, ''), schema])),
    ...(required.length > 0 && { required }),
  }
}
