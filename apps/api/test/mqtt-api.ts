import { connect as connectTcp } from 'node:net'
import type { Socket } from 'node:net'
import type { RequestEntry } from '@sluice/model'
import { connectAsync } from 'mqtt'
import type { IClientOptions, MqttClient } from 'mqtt'
import type { Timeouts } from '../src/config.ts'
import { startTestApi } from './test-api.ts'
import type { Account, TestApi } from './test-api.ts'

export type MqttApi = AsyncDisposable & {
  api: TestApi
  /** where MQTT clients connect */
  url: string
  /** a client that does not come back by itself; its user name is the master key of `home` unless another is given */
  connect(options?: IClientOptions, to?: string): Promise<MqttClient>
  closeClients(): Promise<void>
  /** a private feed with these datastreams, one `flow` unless others are given */
  makeFeed(account: Account, datastreams?: object[]): Promise<number>
  /** writes through the API, as somebody else */
  put(path: string, body: object, account?: Account): Promise<void>
  /** what the archive has of a feed, `id value`, in the order of time */
  values(feedId: number): Promise<string[]>
  /** the newest entry of the account's request log with this path */
  logged(account: Account, path: string): Promise<RequestEntry | undefined>
}

/** The real api with an MQTT port. */
export async function startMqttApi(env: Record<string, string> = {}, timeouts?: Timeouts): Promise<MqttApi> {
  const api = await startTestApi({ MQTT_PORT: '0', ...env }, timeouts)
  const url = api.served.api.mqtt.url ?? ''
  const clients: MqttClient[] = []
  const closeClients = async (): Promise<void> => {
    for (const client of clients.splice(0)) await client.endAsync(true)
  }
  return {
    api,
    url,
    closeClients,
    async connect(options = {}, to = url) {
      const client = await connectAsync(to, { username: api.home.masterKey, reconnectPeriod: 0, ...options }, false)
      client.on('error', () => undefined)
      clients.push(client)
      return client
    },
    async makeFeed(account, datastreams = [{ id: 'flow' }]) {
      const body = { title: 'Boiler', private: true, datastreams }
      const made = await api.send('POST', '/v2/feeds', { key: account.masterKey, body })
      return Number(made.headers.get('location')?.split('/').at(-1))
    },
    async put(path, body, account = api.home) {
      const { status, text } = await api.send('PUT', path, { key: account.masterKey, body })
      if (status !== 200) throw new Error(`PUT ${path} was answered ${status} ${text}`)
    },
    async values(feedId) {
      const { rows } = await api.db.pool.query<{ text: string }>(
        `select s.id || ' ' || p.value as text from datapoint p join datastream s on s.key = p.stream_key
         where s.feed_id = $1 order by p.at, s.id`,
        [feedId],
      )
      return rows.map(({ text }) => text)
    },
    async logged(account, path) {
      const answer = await api.send('GET', '/v2/requests', { key: account.masterKey })
      return (answer.document as { requests: RequestEntry[] }).requests.find((entry) => entry.path === path)
    },
    async [Symbol.asyncDispose]() {
      await closeClients()
      await api[Symbol.asyncDispose]()
    },
  }
}

/** What comes to a client from now on, `topic payload`. */
export function inboxOf(client: MqttClient): string[] {
  const inbox: string[] = []
  client.on('message', (topic, payload) => inbox.push(`${topic} ${payload.toString()}`))
  return inbox
}

export const closeOf = (client: MqttClient): Promise<void> =>
  new Promise((resolve) => client.once('close', () => resolve()))

export type Dialled = { socket: Socket; closed: Promise<unknown>; heard(): string }

/** A connection of bytes; what came back is hexadecimal. */
export function dial(bytes: Buffer, to: string): Dialled {
  const { hostname, port } = new URL(to)
  const socket = connectTcp(Number(port), hostname, () => socket.write(bytes))
  let heard = ''
  socket.on('data', (chunk: Buffer) => (heard += chunk.toString('hex')))
  socket.on('error', () => undefined)
  return { socket, closed: new Promise((resolve) => socket.on('close', resolve)), heard: () => heard }
}

/** Its session is to be kept. */
export function connectPacket(clientId: string, key: string): Buffer {
  return packet(0x10, [text('MQTT'), Buffer.of(4, 0x80, 0, 60), text(clientId), text(key)])
}
export function publishPacket(head: number, topic: string, payload: string): Buffer {
  return packet(head, [text(topic), Buffer.of(0, 7), Buffer.from(payload)])
}
export function subscribePacket(topics: readonly string[]): Buffer {
  return packet(0x82, [Buffer.of(0, 9), ...topics.flatMap((topic) => [text(topic), Buffer.of(1)])])
}

const text = (words: string): Buffer => {
  const bytes = Buffer.from(words)
  return Buffer.concat([Buffer.of(bytes.length >> 8, bytes.length & 0xff), bytes])
}

function packet(head: number, parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const length: number[] = []
  for (let left = content.length; ; left = Math.floor(left / 128)) {
    length.push(left < 128 ? left : (left % 128) | 0x80)
    if (left < 128) return Buffer.concat([Buffer.from([head, ...length]), content])
  }
}
