import { Ajv2020 } from 'ajv/dist/2020.js'
import type { ValidateFunction } from 'ajv'
import type { Answered } from './client.ts'
import type { Document, Fuzzed, Pool } from './requests.ts'

export type Check = (fuzzed: Fuzzed, answered: Answered) => string | null

/** Whether answers are what the API document says. @returns what is wrong with one, or null */
export function makeCheck({ components }: Document): Check {
  const ajv = new Ajv2020({ strict: false, validateFormats: false })
  for (const [name, schema] of Object.entries(components.schemas)) {
    ajv.addSchema(JSON.parse(JSON.stringify(schema)) as object, `#/components/schemas/${name}`)
  }
  const compiled = new Map<string, ValidateFunction>()
  const validator = (name: string): ValidateFunction => {
    const known = compiled.get(name) ?? ajv.compile({ $ref: name })
    compiled.set(name, known)
    return known
  }

  return ({ operation, method }, { status, headers, body }) => {
    if (status >= 500 && status !== 503) return `status ${status}`
    if (status === 503 && headers['retry-after'] === undefined) return '503 without Retry-After'
    // a verb or an address that no route has
    const documented = operation.responses[status]
    if (!documented && !(status === 404 && method === 'PATCH')) return `status ${status} is not documented`
    if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined && status !== 304) {
      return 'neither length nor chunks'
    }
    const type = headers['content-type'] ?? ''
    if (body.length === 0 || !type.startsWith('application/json')) return null
    const schema = documented?.content?.['application/json']?.schema?.$ref ?? '#/components/schemas/Error'
    const check = validator(schema)
    const document: unknown = JSON.parse(body.toString())
    return check(document) ? null : `${schema}: ${ajv.errorsText(check.errors)} in ${body.toString().slice(0, 400)}`
  }
}

/** Ids that an answer tells: what later requests use, change and delete. */
export function learn(pool: Pool, { name }: Fuzzed, { status, headers, body }: Answered): void {
  if (status !== 201) return
  const { location } = headers
  const id = location === undefined ? undefined : decodeURIComponent(location.split('/').at(-1) ?? '')
  const kind = ID_OF[name]
  if (kind !== undefined && id !== undefined) remember(pool, kind, id)
  for (const [, member = '', text, number] of body.toString().matchAll(MEMBERS)) {
    remember(
      pool,
      member === 'activation_code' ? 'code' : member === 'delivery_id' ? 'deliveryId' : 'feedId',
      text ?? number ?? '',
    )
  }
}

const ID_OF: Readonly<Record<string, string>> = {
  'POST /v2/feeds': 'feedId',
  'POST /v2/triggers': 'triggerId',
  'POST /v2/keys': 'key',
  'POST /v2/devices': 'deviceId',
  'POST /v2/products': 'productId',
  'POST /v2/users': 'login',
}
const MEMBERS = /"(activation_code|feed_id|delivery_id)":(?:"([^"]+)"|(\d+))/g
const IDS_MAX = 500

function remember(pool: Pool, kind: string, id: string): void {
  const known = (pool[kind] ??= [])
  known.push(id)
  if (known.length > IDS_MAX) known.shift()
}
