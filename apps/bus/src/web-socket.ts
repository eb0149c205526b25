import type { Duplex } from 'node:stream'
import { type Message, ProtocolError, type Transport, type TransportClose } from '@sluice/wamp'
import type { WebSocket } from 'ws'
import type { Peer } from './connections.ts'
import type { Encoder } from './encoder.ts'
import { OPCODE, byteFrame } from './frame.ts'
import { Intake } from './intake.ts'
import { ReadPause } from './read-pause.ts'
import { WebSocketBatch } from './web-socket-batch.ts'
import type { Writer } from './writer.ts'

/** How long a peer may take to answer a close frame before its socket is destroyed. */
const CLOSE_MS = 2000
/** RFC 6455 §5.5: a close frame carries 125 bytes, two of them the code. */
const CLOSE_REASON_BYTES_MAX = 123
/** Above this a peer that pings without reading the answers is left unread. */
const PONG_BUFFER_BYTES_MAX = 64 * 1024
const NOTHING = Buffer.alloc(0)

const OWNER = Symbol('transport')
/** The listeners of all WebSockets are the same functions: five closures for each would be felt in thousands. */
type Owned = WebSocket & { [OWNER]?: WebSocketTransport }

/** A WebSocket of the bus. Frames are written past ws, which reads, pings and closes. */
export class WebSocketTransport implements Transport, Peer {
  isHeard = true
  readonly #ws: WebSocket
  readonly #socket: Duplex
  readonly #writer: Writer
  readonly #encoder: Encoder
  readonly #batch: WebSocketBatch | null
  readonly #intake: Intake
  #pause: ReadPause | null = null
  #isClosing = false
  #closeTimer: NodeJS.Timeout | null = null

  /** @param encoder of the framing `websocket`, or `none` if the format is batched */
  constructor(ws: WebSocket, socket: Duplex, parts: { writer: Writer; encoder: Encoder }) {
    const { serializer } = parts.encoder
    this.#ws = ws
    this.#socket = socket
    this.#writer = parts.writer
    this.#encoder = parts.encoder
    this.#batch = serializer.split ? new WebSocketBatch(socket, parts.writer, serializer.isBinary) : null
    this.#intake = new Intake(serializer)
    ;(ws as Owned)[OWNER] = this
    ws.on('message', WebSocketTransport.#onMessage)
    ws.on('ping', WebSocketTransport.#onPing)
    ws.on('pong', WebSocketTransport.#onPong)
    ws.on('error', ignore) // ws closes with the fitting code by itself
    ws.on('close', WebSocketTransport.#onClosed)
  }

  static #onMessage(this: Owned, data: Buffer, isBinary: boolean): void {
    const transport = this[OWNER]
    if (transport) transport.#receive(data, isBinary)
  }

  static #onPing(this: Owned, data: Buffer): void {
    const transport = this[OWNER]
    if (transport) transport.#pong(data)
  }

  static #onPong(this: Owned): void {
    const transport = this[OWNER]
    if (transport) transport.isHeard = true
  }

  static #onClosed(this: Owned, code: number, reason: Buffer): void {
    const transport = this[OWNER]
    if (transport) transport.#closed({ code, reason: reason.toString() })
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength + (this.#batch?.bytes ?? 0)
  }

  send(message: Message): void {
    if (this.#isClosing || !this.#socket.writable) return
    const bytes = this.#encoder.encode(message)
    if (this.#batch) this.#batch.add(bytes)
    else this.#writer.write(this.#socket, bytes)
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
    this.#intake.receiveBytesMax = bytes
  }

  whenDrained(run: () => void): void {
    this.#batch?.flush()
    this.#socket.write(NOTHING, (error) => {
      if (!error && !this.#isClosing) run()
    })
  }

  get isUnread(): boolean {
    return this.#pause?.isPaused ?? false
  }

  pause(ms?: number): void {
    if (this.#isClosing) return
    this.#pause ??= new ReadPause(this, this.#socket)
    this.#pause.begin(ms)
  }

  stopReading(): void {
    this.#ws.pause()
  }

  startReading(): void {
    if (!this.#isClosing) this.#ws.resume()
  }

  close(code = 1000, reason = ''): void {
    if (this.#isClosing) return
    this.#batch?.flush()
    this.#isClosing = true
    this.#intake.isShut = true
    this.#pause?.cancel()
    this.#ws.close(code, Buffer.from(reason).subarray(0, CLOSE_REASON_BYTES_MAX))
    this.#ws.resume()
    this.#closeTimer = setTimeout(() => this.#ws.terminate(), CLOSE_MS)
  }

  ping(): void {
    if (!this.#isClosing) this.#ws.ping()
  }

  terminate(): void {
    this.#ws.terminate()
  }

  #receive(data: Buffer, isBinary: boolean): void {
    this.isHeard = true
    if (isBinary === this.#encoder.serializer.isBinary)
      this.#intake.take(isBinary ? data : data.toString(), data.length)
    else this.#intake.violated(new ProtocolError(`a ${isBinary ? 'binary' : 'text'} frame`))
  }

  #pong(data: Buffer): void {
    this.isHeard = true
    if (this.#isClosing || !this.#socket.writable) return
    this.#writer.write(this.#socket, byteFrame(OPCODE.pong, data))
    if (this.#socket.writableLength > PONG_BUFFER_BYTES_MAX) this.pause()
  }

  #closed(close: TransportClose): void {
    this.#isClosing = true
    this.#pause?.cancel()
    if (this.#closeTimer !== null) clearTimeout(this.#closeTimer)
    this.#intake.ended(close)
  }
}

function ignore(): void {}
