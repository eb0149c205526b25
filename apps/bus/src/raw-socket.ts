import { isUtf8 } from 'node:buffer'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { ERROR, type Message, ProtocolError, type Transport, type TransportClose, WampError } from '@sluice/wamp'
import type { Peer } from './connections.ts'
import type { Encoder } from './encoder.ts'
import { RAW_HEAD_BYTES, RAW_TYPE, rawFrame } from './frame.ts'
import { Intake } from './intake.ts'
import { Outlet } from './outlet.ts'
import { RawFrames } from './raw-socket-frames.ts'
import { ReadPause } from './read-pause.ts'
import type { Writer } from './writer.ts'

/** How long what was sent may take to leave, and the peer to close, before the socket is destroyed. */
const CLOSE_MS = 2000
/** Above this a peer that pings without reading the answers is left unread. */
const PONG_BUFFER_BYTES_MAX = 64 * 1024
/** As of a WebSocket that was lost without a close frame. */
const LOST = 1006
const PING = rawFrame(RAW_TYPE.ping, '')
/**
 * Announced in HELLO by Autobahn|Python alone, which takes the head of a frame for a length of 32 bits: a PING would be
 * the beginning of a message of 16 MiB to it. TCP has to find out when such a peer is gone.
 */
const TAKES_NO_PING = 'payload_encryption_cryptobox'
const PROBE_MS = 15_000

export interface RawSocketParts {
  readonly writer: Writer
  /** Of the framing `rawsocket`. */
  readonly encoder: Encoder
  /** Longest message taken, in bytes, as our handshake said. */
  readonly receiveBytesMax: number
  /** Longest message the peer takes. */
  readonly sendBytesMax: number
}

/** A RawSocket after its handshake, over TCP, TLS or a Unix socket. */
export class RawSocketTransport implements Transport, Peer {
  isHeard = true
  readonly #socket: Duplex
  readonly #parts: RawSocketParts
  readonly #intake: Intake
  readonly #frames: RawFrames
  readonly #outlet: Outlet
  /** Null until HELLO has come. */
  #takesPings: boolean | null = null
  #pause: ReadPause | null = null
  #close: TransportClose | null = null
  #closeTimer: NodeJS.Timeout | null = null

  constructor(socket: Duplex, parts: RawSocketParts) {
    this.#socket = socket
    this.#parts = parts
    this.#intake = new Intake(parts.encoder.serializer)
    this.#intake.receiveBytesMax = parts.receiveBytesMax
    this.#frames = new RawFrames(this)
    this.#outlet = new Outlet(socket, parts.writer)
    socket.on('data', (chunk: Buffer) => this.receive(chunk))
    socket.on('end', () => this.close(LOST, ''))
    socket.on('error', () => {}) // 'close' follows
    socket.on('close', () => this.#closed())
  }

  get bufferedBytes(): number {
    return this.#outlet.bufferedBytes
  }

  get frameBytesMax(): number {
    return this.#intake.receiveBytesMax
  }

  /** @throws {WampError} also wamp.error.payload_size_exceeded: the peer would not take so long a message */
  send(message: Message): void {
    if (this.#close !== null || !this.#socket.writable) return
    const { encoder, sendBytesMax } = this.#parts
    const frame = encoder.encode(message)
    const length = frame.length - RAW_HEAD_BYTES
    if (length > sendBytesMax)
      throw new WampError(ERROR.payloadSizeExceeded, [`${length} bytes, the peer takes ${sendBytesMax}`])
    this.#outlet.write(frame)
  }

  onMessage(listener: (message: Message, bytes?: number) => void): void {
    this.#intake.onMessage = listener
  }

  onViolation(listener: (error: ProtocolError) => void): void {
    this.#intake.onViolation = listener
  }

  onClose(listener: (close: TransportClose) => void): void {
    this.#intake.onClose = listener
  }

  setReceiveLimit(bytes: number): void {
    this.#intake.receiveBytesMax = Math.min(bytes, this.#parts.receiveBytesMax)
  }

  whenDrained(run: () => void): void {
    this.#outlet.whenDrained(() => {
      if (this.#close === null) run()
    })
  }

  get isUnread(): boolean {
    return this.#pause?.isPaused ?? false
  }

  pause(ms?: number): void {
    if (this.#close !== null) return
    this.#pause ??= new ReadPause(this, this.#socket)
    this.#pause.begin(ms)
  }

  stopReading(): void {
    this.#socket.pause()
  }

  startReading(): void {
    this.#socket.resume()
  }

  close(code = 1000, reason = ''): void {
    if (this.#close !== null) return
    this.#close = { code, reason }
    this.#intake.isShut = true
    this.#pause?.cancel()
    this.#outlet.flush()
    this.#socket.end()
    this.#socket.resume() // what still comes is thrown away, up to the peer's FIN
    this.#closeTimer = setTimeout(() => this.#socket.destroy(), CLOSE_MS)
  }

  ping(): void {
    if (this.#close !== null || !this.#socket.writable) return
    if (this.#takesPings === true) this.#outlet.write(PING)
    else this.isHeard = true
  }

  terminate(): void {
    this.#socket.destroy()
  }

  /** Bytes from the peer. */
  receive(chunk: Buffer): void {
    this.isHeard = true
    if (!this.#intake.isShut) this.#frames.push(chunk)
  }

  frame(type: number, payload: Buffer): void {
    if (type === RAW_TYPE.message) {
      if (this.#takesPings === null) this.#meet(payload)
      const { isBinary } = this.#parts.encoder.serializer
      if (isBinary) this.#intake.take(payload, payload.length)
      else if (isUtf8(payload)) this.#intake.take(payload.toString(), payload.length)
      else this.#intake.violated(new ProtocolError('text that is not UTF-8'))
    } else if (type === RAW_TYPE.ping) this.#pong(payload)
  }

  #meet(hello: Buffer): void {
    this.#takesPings = !hello.includes(TAKES_NO_PING)
    if (!this.#takesPings) (this.#socket as Partial<Socket>).setKeepAlive?.(true, PROBE_MS)
  }

  broken(error: ProtocolError): void {
    this.#intake.violated(error)
  }

  #pong(payload: Buffer): void {
    if (this.#close !== null || !this.#socket.writable) return
    this.#outlet.write(rawFrame(RAW_TYPE.pong, payload))
    if (this.#outlet.bufferedBytes > PONG_BUFFER_BYTES_MAX) this.pause()
  }

  #closed(): void {
    this.#pause?.cancel()
    if (this.#closeTimer !== null) clearTimeout(this.#closeTimer)
    this.#intake.ended((this.#close ??= { code: LOST, reason: '' }))
  }
}
