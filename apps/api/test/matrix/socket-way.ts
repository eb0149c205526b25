import { dialTcp, dialWebSocket } from '../socket-clients.ts'
import type { Message, TcpClient, WebSocketClient } from '../socket-clients.ts'
import type { Follow } from './followers.ts'
import type { Answer, Carrier, Sent, Way, WayKind } from './way.ts'

export const SOCKET: WayKind = {
  name: 'socket',
  carriers: ['header', 'query', 'basic', 'bearer', 'old header'],
  takes: (method, { place, isHttpOnly }) => !isHttpOnly && place !== 'format' && method !== 'HEAD',
}

const CONNECTIONS = 2

/** API v2's JSON messages over TCP and WebSocket by turns. @param urls `tcp://host:port`, `http://host:port` */
export async function openSockets(urls: { tcp: string | null; webSocket: string }): Promise<Way> {
  const clients: (TcpClient | WebSocketClient)[] = []
  for (let count = 0; count < CONNECTIONS; count++) {
    clients.push(await dialTcp(urls.tcp), await dialWebSocket(urls.webSocket))
  }
  const waiting = new Map<string, (message: Message) => void>()
  for (const client of clients) {
    hear(client, (message) => {
      const token = String(message.token)
      waiting.get(token)?.(message)
      waiting.delete(token)
    })
  }
  let count = 0
  return {
    send(sent) {
      const token = String(count++)
      const client = clients[count % clients.length]
      return new Promise((resolve) => {
        waiting.set(token, (message) => resolve(answerOf(message)))
        client?.send({ ...messageOf(sent), token })
      })
    },
    [Symbol.asyncDispose]() {
      for (const client of clients) client.end()
      return Promise.resolve()
    },
  }
}

/** Takes each message once, in order. */
export function hear(client: TcpClient | WebSocketClient, take: (message: Message) => void): void {
  let taken = 0
  const takeNew = (): void => {
    for (; taken < client.texts.length; taken++) take(JSON.parse(client.texts[taken] ?? '') as Message)
  }
  if ('socket' in client) client.socket.on('data', takeNew)
  else client.webSocket.on('message', takeNew)
}

/** Each one who follows something has a connection of its own. */
export function openEars(urls: { tcp: string | null; webSocket: string }): AsyncDisposable & { follow: Follow } {
  const clients: (TcpClient | WebSocketClient)[] = []
  return {
    async follow({ key, carrier, headers }, { feed, datastream }) {
      const isTcp = clients.length % 2 === 0
      const client = isTcp ? await dialTcp(urls.tcp) : await dialWebSocket(urls.webSocket)
      clients.push(client)
      const heard: string[] = []
      const answered = new Promise<Message>((resolve) => {
        hear(client, (message) => {
          if (message.status === undefined) heard.push(JSON.stringify(message.body))
          else resolve(message)
        })
      })
      const path = `/v2/feeds/${feed}${datastream === null ? '' : `/datastreams/${datastream}`}`
      const sent = {
        method: 'SUBSCRIBE',
        path,
        ...(key && { key }),
        ...(carrier && { carrier }),
        ...(headers && { headers }),
      }
      client.send(messageOf(sent))
      return { isOpen: (await answered).status === 200, heard }
    },
    [Symbol.asyncDispose]() {
      for (const client of clients) client.end()
      return Promise.resolve()
    },
  }
}

/** `/v2` is left out, and the query stands apart (API v2, sockets). */
function messageOf({ method, path, key, carrier = 'header', headers, body }: Sent): object {
  const [resource = '', query = ''] = path.split('?')
  const { key: inQuery, ...carried } = key === undefined ? {} : CARRYING[carrier](key)
  return {
    method: method.toLowerCase(),
    resource: resource.replace(/^\/v2/, ''),
    headers: { ...headers, ...carried },
    params: { ...Object.fromEntries(new URLSearchParams(query)), ...(inQuery !== undefined && { key: inQuery }) },
    ...(body !== undefined && { body }),
  }
}

const CARRYING: Record<Carrier, (key: string) => { key?: string; [header: string]: string }> = {
  header: (key) => ({ 'X-ApiKey': key }),
  'old header': (key) => ({ 'X-PachubeApiKey': key }),
  query: (key) => ({ key }),
  both: (key) => ({ 'X-ApiKey': key, key: 'another' }),
  bearer: (key) => ({ Authorization: `Bearer ${key}` }),
  basic: (key) => ({ Authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}` }),
}

/** The resource comes back as it was sent, so it says as little as the token. */
function answerOf({ status = 0, headers = {}, body }: Message): Answer {
  return { status, headers, text: typeof body === 'string' ? body : JSON.stringify(body ?? '') }
}
