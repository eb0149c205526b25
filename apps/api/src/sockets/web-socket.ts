import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { isUtf8 } from 'node:buffer'
import { WebSocketServer } from 'ws'
import type { WebSocket } from 'ws'
import { Connection } from './connection.ts'
import type { CloseReason, ConnectionParts, Wire } from './connection.ts'
import type { Crowd, Member } from './crowd.ts'
import { MESSAGE_BYTES_MAX, parseFrame } from './messages.ts'
import type { Times } from './times.ts'

/** Fragments of a message, and pieces in which a frame comes from the network: a device may send single bytes. */
const FRAGMENTS_MAX = 256
const CHUNKS_MAX = 4096
/** RFC 6455 §7.4.1, and 1013 of the registry of IANA: try again later. */
const CODES: Record<CloseReason, number> = { done: 1000, going: 1001, overrun: 1013 }

export type WebSocketParts = { crowd: Crowd; times: Times; connection: ConnectionParts }

/**
 * Takes the upgrades to WebSocket for JSON messages; one message is one frame. A page of any site may connect: the keys
 * are in the messages, cookies are not looked at, so there is nothing that a visitor's browser would add by itself.
 * @returns false for the subprotocols of MQTT, which are not spoken
 */
export function makeWebSockets({ crowd, times, connection }: WebSocketParts): {
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean
} {
  const options = {
    noServer: true,
    clientTracking: false,
    // a frame of some bytes could unpack to any size
    perMessageDeflate: false,
    maxPayload: MESSAGE_BYTES_MAX,
    maxFragments: FRAGMENTS_MAX,
    maxBufferedChunks: CHUNKS_MAX,
    closeTimeout: times.closeMs,
  }
  const server = new WebSocketServer(options)
  return {
    handleUpgrade(request, socket, head) {
      if (/\bmqtt/i.test(request.headers['sec-websocket-protocol'] ?? '')) return false
      const address = request.socket.remoteAddress ?? ''
      if (!crowd.hasRoom(address)) {
        socket.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
        return true
      }
      server.handleUpgrade(request, socket, head, (webSocket) => {
        const client = new WebSocketClient(webSocket, { socket, address, times, connection })
        webSocket.once('close', crowd.add(client))
      })
      return true
    },
  }
}

type Opened = Omit<WebSocketParts, 'crowd'> & { socket: Duplex; address: string }

class WebSocketClient implements Wire, Member {
  readonly address: string
  readonly #webSocket: WebSocket
  readonly #socket: Duplex & Idle
  readonly #times: Times
  readonly #connection: Connection
  #closing: CloseReason | null = null
  #pingedAt = performance.now()
  /** whether anything was heard since it was pinged */
  #isHeard = true

  constructor(webSocket: WebSocket, { socket, address, times, connection }: Opened) {
    this.address = address
    this.#webSocket = webSocket
    this.#socket = socket
    this.#times = times
    this.#connection = new Connection(this, connection)
    webSocket.on('message', (data, isBinary) => this.#take(data as Buffer, isBinary))
    webSocket.on('pong', () => this.#hear())
    webSocket.on('ping', () => this.#hear())
    // 'close' follows, with the code that tells what was wrong
    webSocket.on('error', ignore)
    webSocket.on('close', () => this.#connection.closed())
    socket.on('drain', () => this.#drained())
    socket.on('timeout', () => this.#isStuck())
  }

  get bufferedBytes(): number {
    return this.#webSocket.bufferedAmount
  }

  send(text: string): void {
    this.#webSocket.send(text)
    if (this.#socket.writableNeedDrain) this.#socket.setTimeout?.(this.#times.stuckMs)
  }

  pause(): void {
    this.#webSocket.pause()
  }

  resume(): void {
    this.#webSocket.resume()
  }

  close(reason: CloseReason): void {
    this.#closing = reason
    // answers on their way come first; who does not read is not waited for
    if (reason === 'overrun' || !this.#socket.writableNeedDrain) this.#sayWhy(reason)
    // its close frame has to be heard
    this.#webSocket.resume()
  }

  drain(): void {
    this.#connection.end('going')
  }

  destroy(): void {
    this.#webSocket.terminate()
  }

  tick(now: number): void {
    const { isClosed, isPaused, isCongested } = this.#connection
    if (now - this.#pingedAt < this.#times.pingMs || isClosed) return
    // one that is not read cannot answer; for one that does not read, another clock runs
    const isExcused = isPaused || isCongested
    if (!this.#isHeard && !isExcused) return this.destroy()
    this.#pingedAt = now
    this.#isHeard = isExcused
    if (!isExcused) this.#webSocket.ping()
  }

  #drained(): void {
    this.#socket.setTimeout?.(0)
    if (this.#closing) this.#sayWhy(this.#closing)
    else this.#connection.drained()
  }

  /** From here on the time for closing runs, and no other. */
  #sayWhy(reason: CloseReason): void {
    this.#socket.setTimeout?.(0)
    this.#webSocket.close(CODES[reason])
  }

  #isStuck(): void {
    if (this.#closing) this.destroy()
    else this.#connection.overrun()
  }

  #take(data: Buffer, isBinary: boolean): void {
    this.#isHeard = true
    if (isBinary && !isUtf8(data)) this.#connection.refuse('a message is not valid UTF-8')
    else this.#connection.receive(data.toString('utf8'), parseFrame)
  }

  /** Who sends pings, or pongs that nobody asked for, without reading is not read either. */
  #hear(): void {
    this.#isHeard = true
    this.#connection.regulate()
  }
}

/** What a net.Socket has more than a stream. */
type Idle = { setTimeout?(ms: number): unknown }

/** A socket that fails is destroyed by itself. */
function ignore(): void {}
