import { randomBytes, randomUUID } from 'node:crypto'
import { makeKey } from '@sluice/model'
import type { Answered, TestApi } from '../test-api.ts'

export type Variant = 'private' | 'public'
/** The datastreams of every feed here: two, so that a key can be bound to one of them. */
export const STREAMS = ['t', 'u'] as const
export const AT = '2013-01-01T12:00:00Z'

/** What a request can name: of the account that is spied on, or what nobody has. All of one length, kind by kind. */
export type Ids = {
  feed: number
  device: number
  key: string
  keyId: number
  code: string
  trigger: number
  delivery: string
  /** of the delivery: what lists go on from */
  number: number
  endpoint: number
  product: string
  serial: string
  login: string
  /** to be found by: of the feed, and of each datastream */
  word: string
  wordOfT: string
  wordOfU: string
  lat: string
}
/** What only who may see the thing may be told. */
export type Marks = {
  title: string
  t: string
  u: string
  url: string
  email: string
  secrets: string[]
}
export type Subject = { variant: Variant; ids: Ids; marks: Marks }

/** Numbers of things begin far apart, so that none is mistaken for another or for a count. */
const FIRST_IDS = { feed: 31, device: 32, api_key: 33, trigger: 34, endpoint: 35 }
const NOBODYS = 39_999_999

export async function spreadIds({ db }: TestApi): Promise<void> {
  for (const [table, millions] of Object.entries(FIRST_IDS)) {
    await db.pool.query(`alter table ${table} alter column id restart with ${millions}000001`)
  }
  await db.pool.query('alter table delivery alter column number restart with 36000001')
}

export const nobodys: Ids = {
  feed: NOBODYS,
  device: NOBODYS,
  key: makeKey(randomBytes),
  keyId: NOBODYS,
  code: '0'.repeat(40),
  trigger: NOBODYS,
  delivery: randomUUID(),
  number: NOBODYS,
  endpoint: NOBODYS,
  product: 'A'.repeat(20),
  serial: 'NOBODYSERIAL',
  login: 'anne',
  word: 'wordnone',
  wordOfT: 'wordnonet',
  wordOfU: 'wordnoneu',
  lat: '-77.0001',
}

let count = 0

/** A device with its feed of two datastreams and a datapoint of each; `hooks` are a trigger on the first one and a delivery. */
export async function makeSubject(
  api: TestApi,
  owner: { login: string; masterKey: string },
  { variant, hooks }: { variant: Variant; hooks: boolean },
): Promise<Subject> {
  const stamp = String(10_000 + count++)
  const words = { word: `word${stamp.slice(1)}`, wordOfT: `word${stamp.slice(1)}t`, wordOfU: `word${stamp.slice(1)}u` }
  const lat = `-${10 + (count % 60)}.${stamp.slice(1)}`
  const shown = { title: `titleof${stamp}`, t: `41${stamp}.5`, u: `42${stamp}.5`, url: `http://example.org/of${stamp}` }
  const { device, api_key: key } = await addDevice(api, owner, { name: shown.title, private: variant === 'private' })
  await send(api, owner, `PUT /v2/feeds/${device.feed_id}`, {
    tags: words.word,
    location: { lat, lon: '20' },
    datastreams: [
      { id: 't', at: AT, current_value: shown.t, tags: words.wordOfT },
      { id: 'u', at: AT, current_value: shown.u, tags: words.wordOfU },
    ],
  })
  const { rows } = await api.db.pool.query<{ keyId: number; secret: string }>(
    'select v.key_id as "keyId", p.secret from device v join product p on p.id = v.product_id where v.id = $1',
    [device.id],
  )
  const ids: Ids = {
    ...nobodys,
    ...words,
    lat,
    keyId: rows[0]?.keyId ?? 0,
    feed: device.feed_id,
    device: device.id,
    key,
    code: device.activation_code,
    product: device.product.product_id,
    serial: device.serial,
    login: owner.login,
    ...(hooks && (await hook(api, owner, { feed: device.feed_id, url: shown.url }))),
  }
  const secrets = [key, device.activation_code, rows[0]?.secret ?? '']
  return { variant, ids, marks: { ...shown, email: `${owner.login}@example.org`, secrets } }
}

async function addDevice(api: TestApi, owner: { masterKey: string }, body: object): Promise<Added> {
  return (await send(api, owner, 'POST /v2/devices', body)).document as Added
}

/** A trigger that sent something. */
async function hook(
  api: TestApi,
  owner: { masterKey: string },
  { feed, url }: { feed: number; url: string },
): Promise<Pick<Ids, 'trigger' | 'delivery' | 'number' | 'endpoint'>> {
  const rule = { environment_id: feed, stream_id: 't', trigger_type: 'change', url }
  const made = await send(api, owner, 'POST /v2/triggers', rule)
  const trigger = Number(made.headers.get('location')?.split('/').at(-1))
  const { document } = await send(api, owner, `POST /v2/triggers/${trigger}/test`)
  const { delivery_id: delivery } = document as { delivery_id: string }
  const { rows } = await api.db.pool.query<{ number: number; endpoint: number }>(
    'select number, endpoint_id as endpoint from delivery where id = $1',
    [delivery],
  )
  return { trigger, delivery, number: rows[0]?.number ?? 0, endpoint: rows[0]?.endpoint ?? 0 }
}

async function send(
  api: TestApi,
  { masterKey }: { masterKey: string },
  line: string,
  body?: object,
): Promise<Answered> {
  const [method = '', path = ''] = line.split(' ')
  const answer = await api.send(method, path, { key: masterKey, body })
  if (answer.status > 299) throw new Error(`${line} was answered ${answer.status} ${answer.text}`)
  return answer
}

type Added = {
  device: {
    id: number
    feed_id: number
    activation_code: string
    serial: string
    product: { product_id: string }
  }
  api_key: string
}
