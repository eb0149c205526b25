import { randomBytes } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import { makeKey } from '@sluice/model'
import { connectAsync } from 'mqtt'
import type { MqttClient } from 'mqtt'
import type { Follow } from './followers.ts'
import type { Answer, Carrier, Sent, Way, WayKind } from './way.ts'
import type { Whose } from './world.ts'

/** As user name, as password, and in front of each topic. */
export const MQTT: WayKind = {
  name: 'mqtt',
  carriers: ['header', 'basic', 'query'],
  // a device that is activated has no key to connect with
  takes: (method, { on, place, isHttpOnly }) =>
    !isHttpOnly && place !== 'format' && on !== 'code' && (method === 'PUT' || method === 'GET'),
}

const UNKNOWN: Answer = { status: 401, headers: {}, text: '' }
const BARRED: Answer = { status: 403, headers: {}, text: '' }
const ANOTHER_KEY = makeKey(randomBytes)

/** What the request log has of a request, by the number that its topic ends with. */
type Logged = Map<number, { status: number; body: string }>
export type MqttParts = {
  /** `mqtt://host:port` */
  url: string
  readLog(of: Whose, numbers: readonly number[]): Promise<Logged>
}

/**
 * MQTT: PUT is a publish, GET is a subscription. A publish that is refused looks like any other to who sent it: how it
 * fared stands in the request log.
 */
export function openMqtt({ url, readLog }: MqttParts): Way {
  const open = new Map<string, Promise<Connection | Answer>>()
  const log = makeLookUps(readLog)
  let count = 0

  const ask = async (sent: Sent): Promise<Answer> => {
    const { key, carrier = 'header', method, path, body, of = 'acme' } = sent
    const name = `${carrier} ${key}`
    const connection = await (open.get(name) ?? remember(open, name, connect(url, { key, carrier })))
    if (!('client' in connection)) return connection
    const number = count++
    const { inFront } = connection
    const topic = `${inFront}${path}${path.includes('?') ? '&' : '?'}n=${number}`
    const payload = typeof body === 'string' ? body : JSON.stringify(body ?? '')
    const done = method === 'PUT' ? publish(connection, topic, payload) : subscribe(connection, topic)
    // a publish without a key that works is not acknowledged: the connection ends
    const outcome = await Promise.race([done, connection.closed])
    if (outcome === 'closed') {
      open.delete(name)
      return UNKNOWN
    }
    // a subscription without one is refused, and stands in no log
    const entry = outcome === 'refused' && key === undefined ? null : await log(of, number)
    if (!entry || entry.status === 401) return UNKNOWN
    const isRefused = entry.status >= 400
    if ((outcome === 'refused') !== (isRefused && method === 'GET')) {
      return { status: 0, headers: {}, text: `${JSON.stringify(outcome)}, and logged with ${entry.status}` }
    }
    return { status: entry.status, headers: {}, text: typeof outcome === 'object' ? outcome.text : entry.body }
  }
  return {
    send: ask,
    async [Symbol.asyncDispose]() {
      for (const connection of await Promise.all(open.values())) {
        if ('client' in connection) await connection.client.endAsync(true)
      }
    },
  }
}

/** Each one who follows something has a connection of its own. */
export function openEars(url: string): AsyncDisposable & { follow: Follow } {
  const clients: MqttClient[] = []
  return {
    async follow({ key, carrier }, { feed, datastream }) {
      const connection = await connect(url, { key, carrier: carrier ?? 'header' })
      if (!('client' in connection)) return { isOpen: false, heard: [] }
      const { client, inFront } = connection
      clients.push(client)
      const heard: string[] = []
      client.on('message', (_topic, payload) => heard.push(payload.toString('latin1')))
      const stream = datastream === null ? '' : `/${datastream}`
      const topics = [`/v2/feeds/${feed}${stream && `/datastreams${stream}`}.json`, `/sluice/${feed}${stream}`]
      const opened = await Promise.all(
        topics.map((topic) =>
          client.subscribeAsync(`${inFront}${topic}`).then(
            () => true,
            () => false,
          ),
        ),
      )
      if (opened[0] !== opened[1]) throw new Error(`of ${topics.join(' and ')} only one can be subscribed to`)
      return { isOpen: opened.includes(true), heard }
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) await client.endAsync(true)
    },
  }
}

type Connection = {
  client: MqttClient
  /** what stands before each topic */
  inFront: string
  closed: Promise<'closed'>
  /** who waits for a message, by topic */
  waiting: Map<string, (text: string) => void>
}

function remember<T>(known: Map<string, Promise<T>>, name: string, made: Promise<T>): Promise<T> {
  known.set(name, made)
  return made
}

/** @returns what a request is to be answered where there is no connection to be had */
async function connect(
  url: string,
  { key, carrier }: { key: string | undefined; carrier: Carrier },
): Promise<Connection | Answer> {
  const names = carrier === 'basic' ? { username: 'pump', password: key ?? '' } : { username: key ?? '' }
  const isInFront = carrier === 'query'
  try {
    const client = await connectAsync(url, { ...(isInFront ? {} : names), reconnectPeriod: 0 }, false)
    const closed = new Promise<'closed'>((resolve) => client.once('close', () => resolve('closed')))
    const waiting: Connection['waiting'] = new Map()
    client.on('error', () => undefined)
    client.on('message', (topic, payload) => {
      waiting.get(topic)?.(payload.toString('latin1'))
      waiting.delete(topic)
    })
    const inFront = isInFront && key !== undefined ? key : carrier === 'both' ? ANOTHER_KEY : ''
    return { client, inFront, closed, waiting }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null
    if (code === 4) return UNKNOWN
    if (code === 5) return BARRED
    throw error
  }
}

async function publish({ client }: Connection, topic: string, payload: string): Promise<'acknowledged' | 'closed'> {
  return client.publishAsync(topic, payload, { qos: 1 }).then(
    () => 'acknowledged' as const,
    () => 'closed' as const,
  )
}

async function subscribe(
  { client, waiting }: Connection,
  topic: string,
): Promise<{ text: string } | 'refused' | 'closed'> {
  const shown = new Promise<string>((resolve) => waiting.set(topic, resolve))
  try {
    await client.subscribeAsync(topic)
  } catch {
    waiting.delete(topic)
    return client.connected ? 'refused' : 'closed'
  }
  const text = await shown
  client.unsubscribe(topic)
  return { text }
}

/** Those of one log that come in the same turn are looked up together. */
function makeLookUps(
  read: MqttParts['readLog'],
): (of: Whose, number: number) => Promise<{ status: number; body: string } | null> {
  const waiting = new Map<Whose, { numbers: number[]; answer: Promise<Logged> }>()
  return async (of, number) => {
    let next = waiting.get(of)
    if (!next) {
      const numbers: number[] = []
      const answer = turn().then(() => {
        waiting.delete(of)
        return read(of, numbers)
      })
      waiting.set(of, (next = { numbers, answer }))
    }
    next.numbers.push(number)
    return (await next.answer).get(number) ?? null
  }
}
