import type { Random } from './random.ts'
import { damaged, spoiled, valueOf } from './values.ts'
import type { Schema, Schemas } from './values.ts'

export type Operation = {
  parameters: { name: string; in: 'path' | 'query' | 'header'; schema: Schema }[]
  requestBody?: { content: Record<string, { schema?: Schema }> }
  responses: Record<string, { content?: Record<string, { schema?: Schema }> }>
}
export type Document = {
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Schemas }
}
export type Fuzzed = {
  /** `GET /v2/feeds/{feedId}` */
  name: string
  operation: Operation
  method: string
  path: string
  headers: Record<string, string>
  body: Buffer | null
}
/** What was found in answers, by what it is an id of; hostile ones are among them from the start. */
export type Pool = Record<string, string[]>

const HOSTILE_IDS = [
  '0',
  '-1',
  '1e3',
  '99999999',
  '..',
  '%2e%2e',
  '%00',
  'constructor',
  '__proto__',
  '1%2f2',
  'a%20b',
  '%',
  '%E5%AD%97',
]
const EXTENSIONS = ['', '', '', '', '.json', '.xml', '.csv', '.png', '.yaml', '/']

export function makePool(first: Pool): Pool {
  const at = ['2024-05-06T20:08:17.123456Z', '2013-01-01T12:00:00Z', 'noon']
  const datastreamId = ['temperature', 'flow', 'a.b-c+d', 'none']
  return { at, datastreamId, ...first }
}

/** One request to one of the operations, right or wrong in one of many ways. */
export function fuzz(
  { name, operation }: { name: string; operation: Operation },
  { random, pool, schemas, principals }: { random: Random; pool: Pool; schemas: Schemas; principals: Principals },
): Fuzzed {
  const [verb = 'GET', template = '/'] = name.split(' ')
  let path = template.replaceAll(/\{(\w+)\}/g, (_all, parameter: string) => idOf(pool[parameter] ?? [], random))
  path += random.pick(EXTENSIONS) + queryOf(operation, random, schemas)
  const headers: Record<string, string> = { ...random.pick(principals) }
  if (random.chance(0.1))
    headers['accept'] = random.pick(['text/csv', 'application/xml', 'image/png', '*/*', ';;q=', 'x'])
  if (verb === 'POST' && random.chance(0.1)) headers['idempotency-key'] = random.pick(['k1', 'k2', 'k3', 'not one'])
  if (random.chance(0.02)) headers['if-none-match'] = random.pick(['*', '"x"', '"'])
  const body = bodyOf(operation, random, schemas)
  return { name, operation, method: random.chance(0.01) ? 'PATCH' : verb, path, headers, body }
}
/** Headers that say who asks. */
export type Principals = readonly Record<string, string>[]

function idOf(known: readonly string[], random: Random): string {
  if (known.length === 0 || random.chance(0.08)) return random.pick(HOSTILE_IDS)
  // mostly the newest: what was made a moment ago is still there
  const from = random.chance(0.7) ? Math.max(0, known.length - 20) : 0
  return encodeURIComponent(known[from + random.below(known.length - from)] ?? '')
}

function queryOf({ parameters }: Operation, random: Random, schemas: Schemas): string {
  const chosen = parameters.filter((parameter) => parameter.in === 'query' && random.chance(0.15))
  const pairs = chosen.map(({ name, schema }) => {
    const value = valueOf(schema, random, schemas)
    const shown = random.chance(0.15) ? spoiled(value, random) : value
    return `${name}=${encodeURIComponent(printed(shown).toWellFormed())}`
  })
  if (random.chance(0.02)) pairs.push('callback=f', '_=123')
  return pairs.length > 0 ? `?${pairs.join('&')}` : ''
}

const printed = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''))

function bodyOf({ requestBody }: Operation, random: Random, schemas: Schemas): Buffer | null {
  const schema = requestBody?.content['application/json']?.schema
  if (!schema) return random.chance(0.05) ? Buffer.from('{}') : null
  if (random.chance(0.02)) return null
  const value = valueOf(schema, random, schemas)
  const sent = random.chance(0.3) ? spoiled(value, random) : value
  const text = random.chance(0.08) ? otherFormat(random) : JSON.stringify(sent)
  return random.chance(0.07) ? damaged(text, random) : Buffer.from(text)
}

const EEML =
  '<eeml><environment><title>T</title><data id="flow"><current_value>1</current_value></data></environment></eeml>'
const otherFormat = (random: Random): string =>
  random.pick([
    EEML,
    'flow,1',
    'flow,2024-05-06T20:08:17Z,1\nx,2',
    '1',
    '2024-05-06T20:08:17Z,5',
    '<key><label>k</label></key>',
  ])
