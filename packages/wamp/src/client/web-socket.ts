import { CLOSE, ProtocolError, WampError } from '../errors.ts'
import { jsonSerializer } from '../json/serializer.ts'
import type { Message } from '../messages.ts'
import type { Transport, TransportClose } from '../transport.ts'

/** The part of the platform's WebSocket that is used; browsers, Node 22 and the npm package ws all have it. */
export interface WebSocketLike {
  readonly bufferedAmount: number
  readonly protocol: string
  send(data: string): void
  close(code?: number, reason?: string): void
  addEventListener(type: 'open' | 'error', listener: () => void): void
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void
  addEventListener(type: 'close', listener: (event: { readonly code: number; readonly reason: string }) => void): void
}

export type WebSocketConstructor = new (url: string, protocols: string[]) => WebSocketLike

/**
 * Opens a WebSocket and makes a transport of it.
 * @param url ws: or wss:
 * @param constructor default: the platform's own WebSocket
 * @throws {WampError} wamp.close.transport_lost: no connection, or the server does not speak WAMP over JSON
 */
export function openWebSocket(url: string, constructor?: WebSocketConstructor): Promise<Transport> {
  return new Promise((resolve, reject) => {
    const Socket = constructor ?? (globalThis as { WebSocket?: WebSocketConstructor }).WebSocket
    if (!Socket) throw new WampError(CLOSE.transportLost, ['this platform has no WebSocket; pass a constructor'])
    const serializer = jsonSerializer()
    const socket = new Socket(url, [serializer.subprotocol])
    let transport: WebSocketTransport | null = null
    socket.addEventListener('open', () => {
      transport = new WebSocketTransport(socket)
      resolve(transport)
    })
    socket.addEventListener('error', () => {}) // always followed by close
    socket.addEventListener('close', ({ code, reason }) => {
      if (transport) transport.closed({ code, reason })
      else reject(new WampError(CLOSE.transportLost, [`cannot connect to ${url}`], { code }))
    })
  })
}

class WebSocketTransport implements Transport {
  readonly #socket: WebSocketLike
  readonly #serializer = jsonSerializer()
  #isClosing = false
  #onMessage: (message: Message) => void = () => {}
  #onViolation: (error: ProtocolError) => void = () => {}
  #onClose: (close: TransportClose) => void = () => {}

  constructor(socket: WebSocketLike) {
    this.#socket = socket
    socket.addEventListener('message', ({ data }) => this.#receive(data))
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount
  }

  send(message: Message): void {
    if (!this.#isClosing) this.#socket.send(String(this.#serializer.encode(message)))
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
    // browsers allow programs only 1000 and 3000-4999
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
      message = this.#serializer.decode(typeof data === 'string' ? data : new Uint8Array())
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.#onViolation(error)
      return
    }
    this.#onMessage(message)
  }
}
