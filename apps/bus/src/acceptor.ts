import type { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Duplex } from 'node:stream'
import type { Transport } from '@sluice/wamp'
import { Connections, type Peer } from './connections.ts'
import { LongPoll } from './long-poll.ts'
import { acceptRawSocket } from './raw-socket-accept.ts'
import { HANDSHAKE_ERROR } from './raw-socket-handshake.ts'
import { type TransportDetails, addressOf, requestDetails, socketDetails } from './transport-details.ts'
import { chooseSubprotocol, isOriginAllowed, offeredSubprotocols } from './upgrade.ts'
import { handshakeAnswer, handshakeRefusal } from './web-socket-handshake.ts'
import { WebSocketTransport } from './web-socket.ts'
import { Writer } from './writer.ts'

/** A history answer of some thousand points must fit; API v2 bodies are of this order, too. RawSocket says 2^20. */
const MESSAGE_BYTES_MAX = 2 ** 20
const PING_MS = 15_000
const HANDSHAKE_MS = 10_000
const POLL_MS = 10_000
const POLL_IDLE_MS = 30_000

export interface AcceptorConfig {
  /** Origins besides the bus' own host whose pages may connect, e.g. `https://example.org`. */
  readonly allowedOrigins?: readonly string[]
  /** Connections of all kinds open at once; more are answered 503, by RawSocket error 4. Default 10,000. */
  readonly connectionsMax?: number
  /** The same from one address, loopback included. Default 1000 from any other than loopback. */
  readonly connectionsPerAddressMax?: number
  /** Default 15 s. A peer that lets one go unanswered until the next is cut off. */
  readonly pingMs?: number
  /** From the first octet of a RawSocket to the end of its handshake. Default 10 s. */
  readonly handshakeMs?: number
  /** How long an HTTP poll is held, and how long a client may go without one. Default 10 s and 30 s. */
  readonly pollMs?: number
  readonly pollIdleMs?: number
  /** Lines to be added to the head that answers an upgrade. */
  upgradeHeaders?(request: IncomingMessage): readonly string[]
}

/**
 * Makes transports of the connections that listeners hand it: WebSocket upgrades, RawSockets, requests of long polls.
 * @param attach takes a transport on, in the turn in which it was made
 */
export class Acceptor {
  readonly #config: AcceptorConfig
  readonly #attach: (transport: Transport, details: TransportDetails) => void
  readonly #writer = new Writer()
  readonly #connections: Connections
  readonly #longPoll: LongPoll
  #isDraining = false
  /** Handshakes that were refused. */
  refused = 0

  constructor(config: AcceptorConfig, attach: (transport: Transport, details: TransportDetails) => void) {
    this.#config = config
    this.#attach = attach
    this.#connections = new Connections({
      connectionsMax: config.connectionsMax ?? 10_000,
      perAddressMax: config.connectionsPerAddressMax ?? null,
      pingMs: config.pingMs ?? PING_MS,
    })
    this.#longPoll = new LongPoll({
      writer: this.#writer,
      times: { pollMs: config.pollMs ?? POLL_MS, idleMs: config.pollIdleMs ?? POLL_IDLE_MS },
      messageBytesMax: MESSAGE_BYTES_MAX,
      allowedOrigins: config.allowedOrigins ?? [],
      hasRoom: (address) => this.#hasRoom(address),
      attach: (transport, request) =>
        this.#take(transport, requestDetails('longpoll', request), request.socket.remoteAddress),
      refused: () => (this.refused += 1),
    })
  }

  /** Connections open, joined or not. */
  get size(): number {
    return this.#connections.size
  }

  /** @returns false, with the socket untouched, if no `wamp.2.*` is offered; else it is answered whatever comes of it */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    const offered = offeredSubprotocols(request)
    if (!offered.some((name) => name.startsWith('wamp.2.'))) return false
    const refusal = this.#refusal(request)
    const subprotocol = chooseSubprotocol(offered)
    if (refusal !== null || subprotocol === null) {
      this.refused += 1
      socket.on('error', () => {}) // the peer may be gone already
      socket.end(`HTTP/1.1 ${refusal ?? '400 Bad Request'}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
    } else this.#webSocket(request, socket, { head, subprotocol })
    return true
  }

  /** Takes a connection that began with the octet 0x7F. @param first what was read of it */
  handleRawSocket(socket: Duplex, first: Buffer): void {
    const address = addressOf(socket)
    acceptRawSocket(socket, first, {
      writer: this.#writer,
      messageBytesMax: MESSAGE_BYTES_MAX,
      handshakeMs: this.#config.handshakeMs ?? HANDSHAKE_MS,
      refusal: () => (this.#hasRoom(address) ? null : HANDSHAKE_ERROR.tooManyConnections),
      attach: (transport) => {
        const forget = this.#take(transport, socketDetails('rawsocket', socket), address)
        socket.once('close', forget)
      },
      refused: () => (this.refused += 1),
    })
  }

  /** @returns false, with nothing read, if the request is not for a long poll */
  handleRequest(request: IncomingMessage, response: ServerResponse): boolean {
    return this.#longPoll.handle(request, response)
  }

  /** Takes no more, waits until all have closed, and ends those that have not by then. */
  async drain(deadlineMs: number): Promise<void> {
    this.#isDraining = true
    const deadline = Date.now() + deadlineMs
    while (this.size > 0 && Date.now() < deadline) await delay(10)
    this.#connections.terminate()
  }

  #hasRoom(address: string | undefined): boolean {
    return !this.#isDraining && this.#connections.hasRoom(address)
  }

  /** The status line for an upgrade that is refused, or null. */
  #refusal(request: IncomingMessage): string | null {
    if (!this.#hasRoom(request.socket.remoteAddress)) return '503 Service Unavailable'
    if (!isOriginAllowed(request, this.#config.allowedOrigins ?? [])) return '403 Forbidden'
    return handshakeRefusal(request)
  }

  #webSocket(
    request: IncomingMessage,
    socket: Duplex,
    { head, subprotocol }: { head: Buffer; subprotocol: string },
  ): void {
    const encoder = this.#writer.encoder(subprotocol, subprotocol.endsWith('.batched') ? 'none' : 'websocket')
    if (encoder === null || !socket.writable) return void socket.destroy()
    if (socket instanceof Socket) socket.setTimeout(0).setNoDelay()
    socket.write(handshakeAnswer(request, subprotocol, this.#config.upgradeHeaders?.(request) ?? []))
    const details = requestDetails('websocket', request)
    const parts = { writer: this.#writer, encoder, messageBytesMax: MESSAGE_BYTES_MAX }
    const transport = new WebSocketTransport(socket, parts)
    const forget = this.#take(transport, details, details.peer ?? undefined)
    socket.on('close', forget)
    if (head.length > 0) transport.receive(head)
  }

  #take(transport: Transport & Peer, details: TransportDetails, address: string | undefined): () => void {
    const forget = this.#connections.add(transport, address)
    this.#attach(transport, details)
    return forget
  }
}
