import type { Duplex } from 'node:stream'
import { type Message, ProtocolError, type Transport, type TransportClose } from '@sluice/wamp'
import type { Peer } from './connections.ts'
import type { Encoder } from './encoder.ts'
import { OPCODE, byteFrame } from './frame.ts'
import { Intake } from './intake.ts'
import { Outlet } from './outlet.ts'
import { ReadPause } from './read-pause.ts'
import { WebSocketBatch } from './web-socket-batch.ts'
import { closeFrame, readClose } from './web-socket-close.ts'
import { type WebSocketFrameListener, WebSocketFrames } from './web-socket-frames.ts'
import type { Writer } from './writer.ts'

/** How long a peer may take to answer a close frame, and to hang up then, before its socket is destroyed. */
const CLOSE_MS = 2000
/** Above this a peer that pings without reading the answers is left unread. */
const PONG_BUFFER_BYTES_MAX = 64 * 1024
/** A connection that ended without a close frame (RFC 6455 §7.1.5). */
const LOST: TransportClose = { code: 1006, reason: '' }
const PING = byteFrame(OPCODE.ping, Buffer.alloc(0))

const OWNER = Symbol('transport')
/** The listeners of all sockets are the same functions: a closure for each would be felt in thousands. */
type Owned = Duplex & { [OWNER]?: WebSocketTransport }

export interface WebSocketParts {
  readonly writer: Writer
  /** Of the framing `websocket`, or `none` if the format is batched. */
  readonly encoder: Encoder
  /** Longest message taken, in bytes. */
  readonly messageBytesMax: number
}

/** A WebSocket of the bus, after its handshake. */
export class WebSocketTransport implements Transport, Peer, WebSocketFrameListener {
  isHeard = true
  readonly #socket: Duplex
  readonly #outlet: Outlet
  readonly #encoder: Encoder
  readonly #batch: WebSocketBatch | null
  readonly #intake: Intake
  readonly #frames: WebSocketFrames
  #pause: ReadPause | null = null
  /** Our close frame is sent. */
  #isClosing = false
  #peerClose: TransportClose | null = null
  #closeTimer: NodeJS.Timeout | null = null

  constructor(socket: Duplex, { writer, encoder, messageBytesMax }: WebSocketParts) {
    const { serializer } = encoder
    this.#socket = socket
    this.#outlet = new Outlet(socket, writer)
    this.#encoder = encoder
    this.#batch = serializer.split ? new WebSocketBatch(this.#outlet, writer, serializer.isBinary) : null
    this.#intake = new Intake(serializer)
    this.#frames = new WebSocketFrames(this, messageBytesMax)
    ;(socket as Owned)[OWNER] = this
    socket.on('data', onData).on('end', onEnd).on('error', ignore).on('close', onClosed)
  }

  get bufferedBytes(): number {
    return this.#outlet.bufferedBytes + (this.#batch?.bytes ?? 0)
  }

  send(message: Message): void {
    if (this.#isClosing || !this.#socket.writable) return
    const bytes = this.#encoder.encode(message)
    if (this.#batch) this.#batch.add(bytes)
    else this.#outlet.write(bytes)
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
    this.#outlet.whenDrained(() => {
      if (!this.#isClosing) run()
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
    this.#socket.pause()
  }

  startReading(): void {
    if (!this.#isClosing) this.#socket.resume()
  }

  close(code = 1000, reason = ''): void {
    if (this.#isClosing) return
    this.#batch?.flush()
    this.#isClosing = true
    this.#intake.isShut = true
    this.#pause?.cancel()
    if (this.#socket.writable) this.#outlet.write(closeFrame({ code, reason }))
    this.#socket.resume()
    this.#closeTimer ??= setTimeout(() => this.#socket.destroy(), CLOSE_MS)
  }

  ping(): void {
    if (!this.#isClosing && this.#socket.writable) this.#outlet.write(PING)
  }

  terminate(): void {
    this.#socket.destroy()
  }

  /** Bytes from the peer. */
  receive(chunk: Buffer): void {
    this.isHeard = true
    if (this.#peerClose === null) this.#frames.push(chunk)
  }

  text(text: string, bytes: number): void {
    if (!this.#encoder.serializer.isBinary) this.#intake.take(text, bytes)
    else this.#intake.violated(new ProtocolError('a text frame'))
  }

  binary(bytes: Buffer): void {
    if (this.#encoder.serializer.isBinary) this.#intake.take(bytes, bytes.length)
    else this.#intake.violated(new ProtocolError('a binary frame'))
  }

  control(opcode: number, payload: Buffer): void {
    if (this.#peerClose !== null) return
    if (opcode === OPCODE.ping) this.#pong(payload)
    else if (opcode === OPCODE.close) this.#peerCloses(payload)
  }

  broken(code: number, reason: string): void {
    this.close(code, reason)
  }

  /** The peer has said all it had to say: there is no more than our answer to wait for. */
  ended(): void {
    this.close(this.#peerClose?.code, this.#peerClose?.reason)
    this.#outlet.flush()
    this.#socket.end()
  }

  closed(): void {
    this.#isClosing = true
    this.#pause?.cancel()
    if (this.#closeTimer !== null) clearTimeout(this.#closeTimer)
    this.#intake.ended(this.#peerClose ?? LOST)
  }

  #pong(data: Buffer): void {
    if (this.#isClosing || !this.#socket.writable) return
    this.#outlet.write(byteFrame(OPCODE.pong, data))
    if (this.#outlet.bufferedBytes > PONG_BUFFER_BYTES_MAX) this.pause()
  }

  #peerCloses(payload: Buffer): void {
    const close = readClose(payload)
    if (typeof close === 'number') return this.close(close)
    this.#peerClose = close
    this.ended()
  }
}

function onData(this: Owned, chunk: Buffer): void {
  this[OWNER]?.receive(chunk)
}

function onEnd(this: Owned): void {
  this[OWNER]?.ended()
}

function onClosed(this: Owned): void {
  this[OWNER]?.closed()
}

/** 'close' follows. */
function ignore(): void {}
