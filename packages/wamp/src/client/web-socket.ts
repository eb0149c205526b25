import { CLOSE, ProtocolError, WampError } from '../errors.ts'
import { jsonSerializer } from '../json/serializer.ts'
import type { Message } from '../messages.ts'
import type { Frame } from '../payload.ts'
import type { Serializer } from '../serializer.ts'
import type { Transport, TransportClose } from '../transport.ts'

/** The part of the platform's WebSocket that is used; browsers, Node 22 and the npm package ws all have it. */
export interface WebSocketLike {
  readonly bufferedAmount: number
  readonly protocol: string
  binaryType: string
  send(data: string | Uint8Array): void
  close(code?: number, reason?: string): void
  addEventListener(type: 'open' | 'error', listener: () => void): void
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void
  addEventListener(type: 'close', listener: (event: { readonly code: number; readonly reason: string }) => void): void
}

export type WebSocketConstructor = new (url: string, protocols: string[]) => WebSocketLike

export interface WebSocketOptions {
  /** Default: the platform's own. */
  readonly WebSocket?: WebSocketConstructor
  /** Formats to offer, at least one; default JSON. The server chooses, by its own preference. */
  readonly serializers?: readonly Serializer[]
}

/**
 * Opens a WebSocket and makes a transport of it.
 * @param url ws: or wss:
 * @throws {WampError} wamp.close.transport_lost: no connection, or the server speaks WAMP in none of the formats
 */
export function openWebSocket(url: string, options: WebSocketOptions = {}): Promise<Transport> {
  return new Promise((resolve, reject) => {
    const Socket = options.WebSocket ?? (globalThis as { WebSocket?: WebSocketConstructor }).WebSocket
    if (!Socket) throw new WampError(CLOSE.transportLost, ['this platform has no WebSocket; pass a constructor'])
    const serializers = options.serializers ?? [jsonSerializer()]
    const socket = new Socket(
      url,
      serializers.map(({ subprotocol }) => subprotocol),
    )
    socket.binaryType = 'arraybuffer'
    let transport: WebSocketTransport | null = null
    socket.addEventListener('open', () => {
      const serializer = serializers.find(({ subprotocol }) => subprotocol === socket.protocol)
      if (!serializer) return socket.close(NO_FORMAT)
      transport = new WebSocketTransport(socket, serializer)
      resolve(transport)
    })
    socket.addEventListener('error', () => {}) // always followed by close
    socket.addEventListener('close', ({ code, reason }) => {
      if (transport) transport.closed({ code, reason })
      else reject(new WampError(CLOSE.transportLost, [`cannot connect to ${url}`], { code }))
    })
  })
}

/** Browsers allow programs only 1000 and 3000-4999. */
const NO_FORMAT = 3000

class WebSocketTransport implements Transport {
  readonly #socket: WebSocketLike
  readonly #serializer: Serializer
  #isClosing = false
  #onMessage: (message: Message) => void = () => {}
  #onViolation: (error: ProtocolError) => void = () => {}
  #onClose: (close: TransportClose) => void = () => {}

  constructor(socket: WebSocketLike, serializer: Serializer) {
    this.#socket = socket
    this.#serializer = serializer
    socket.addEventListener('message', ({ data }) => this.#receive(data))
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount
  }

  send(message: Message): void {
    if (!this.#isClosing) this.#socket.send(this.#serializer.encode(message))
  }

  onMessage(listener: (message: Message) => void): void {
    this.#onMessage = listener
  }

  onViolation(listener: (error: ProtocolError) => void): void {
    this.#onViolation = listener
  }

  onClose(listener: (close: TransportClose) => void): void {
    this.#onClose = listener
  }

  close(code = 1000, reason = ''): void {
    if (this.#isClosing) return
    this.#isClosing = true
    this.#socket.close(code === 1000 ? 1000 : 3000, reason)
  }

  /** The socket's close event. */
  closed(close: TransportClose): void {
    this.#isClosing = true
    this.#onClose(close)
  }

  #receive(data: unknown): void {
    if (this.#isClosing) return
    let message: Message
    try {
      message = this.#serializer.decode(frameOf(data, this.#serializer.isBinary))
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.#onViolation(error)
      return
    }
    this.#onMessage(message)
  }
}

/** @throws {ProtocolError} a text frame for a binary format, or the reverse */
function frameOf(data: unknown, isBinary: boolean): Frame {
  if (typeof data === 'string' && !isBinary) return data
  if (data instanceof ArrayBuffer && isBinary) return new Uint8Array(data)
  throw new ProtocolError(`a frame that is not ${isBinary ? 'binary' : 'text'}`)
}
