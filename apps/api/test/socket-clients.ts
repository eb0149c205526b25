import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { expect } from 'vitest'
import { WebSocket } from 'ws'

export type Message = {
  token?: string | number
  resource?: string
  status?: number
  headers?: Record<string, string>
  body?: unknown
}
export type Client = {
  /** sends bytes as they are, or a message */
  send(message: string | Buffer | object): void
  /** what came: over TCP lines, over WebSocket frames */
  readonly texts: string[]
  messages(): Message[]
  /** the next message that nobody has taken yet */
  next(): Promise<Message>
  /** over TCP 1000 when it ended in order, else 1006 */
  readonly closed: Promise<number>
  end(): void
}
export type TcpClient = Client & { socket: Socket; readonly chunks: string[] }
export type WebSocketClient = Client & { webSocket: WebSocket }

/** A client of the JSON messages over TCP. @param url `tcp://host:port` */
export async function dialTcp(url: string | null): Promise<TcpClient> {
  const { hostname, port } = new URL(url ?? '')
  const socket = connect({ host: hostname, port: Number(port), noDelay: true })
  const chunks: string[] = []
  const texts: string[] = []
  let rest = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    chunks.push(chunk)
    const lines = `${rest}${chunk}`.split('\n')
    rest = lines.pop() ?? ''
    texts.push(...lines)
  })
  socket.on('error', () => undefined)
  const closed = new Promise<number>((resolve) => socket.on('close', (hadError) => resolve(hadError ? 1006 : 1000)))
  await once(socket, 'connect')
  const end = (): void => void socket.destroy()
  return { ...client(texts, (data) => void socket.write(data)), socket, chunks, closed, end }
}

/** One over WebSocket. @param url `http://host:port` of the universal port */
export async function dialWebSocket(
  url: string,
  options: ConstructorParameters<typeof WebSocket>[2] = {},
): Promise<WebSocketClient> {
  const webSocket = new WebSocket(url.replace(/^http/, 'ws'), options)
  const texts: string[] = []
  webSocket.on('message', (data: Buffer) => texts.push(data.toString()))
  webSocket.on('error', () => undefined)
  const closed = new Promise<number>((resolve) => webSocket.on('close', resolve))
  await Promise.race([once(webSocket, 'open'), closed])
  return { ...client(texts, (data) => webSocket.send(data)), webSocket, closed, end: () => webSocket.terminate() }
}

function client(
  texts: string[],
  write: (data: string | Buffer) => void,
): Pick<Client, 'send' | 'texts' | 'messages' | 'next'> {
  let taken = 0
  return {
    send: (message) =>
      write(typeof message === 'string' || message instanceof Buffer ? message : JSON.stringify(message)),
    texts,
    messages: () => texts.map((text) => JSON.parse(text) as Message),
    async next() {
      const index = taken++
      await expect.poll(() => texts.length).toBeGreaterThan(index)
      return JSON.parse(texts[index] ?? '') as Message
    },
  }
}
