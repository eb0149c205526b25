import type { Duplex } from 'node:stream'
import { type Message, ProtocolError, type Transport, type TransportClose, jsonSerializer } from '@sluice/wamp'
import type { WebSocket } from 'ws'
import type { Writer } from './writer.ts'

/** Reading resumes when less than this waits to be sent. */
const LOW_WATER_BYTES = 512 * 1024
const RESUME_CHECK_MS = 20
/** How long a peer may take to answer a close frame before its socket is destroyed. */
const CLOSE_MS = 2000
/** RFC 6455 §5.5: a close frame carries 125 bytes, two of them the code. */
const CLOSE_REASON_BYTES_MAX = 123

const serializer = jsonSerializer()

/** A WebSocket of the bus. Messages are written past ws, frame by frame; ws reads, pings and closes. */
export class WebSocketTransport implements Transport {
  /** Whether anything came from the peer since this was last set to false. */
  isHeard = true
  readonly #ws: WebSocket
  readonly #socket: Duplex
  readonly #writer: Writer
  #receiveBytesMax = Infinity
  #isClosing = false
  #isPaused = false
  #timer: NodeJS.Timeout | undefined
  #onMessage: (message: Message) => void = () => {}
  #onViolation: (error: ProtocolError) => void = () => {}
  #onClose: (close: TransportClose) => void = () => {}

  constructor(ws: WebSocket, socket: Duplex, writer: Writer) {
    this.#ws = ws
    this.#socket = socket
    this.#writer = writer
    ws.on('message', (data: Buffer, isBinary) => this.#receive(data, isBinary))
    ws.on('pong', () => (this.isHeard = true))
    ws.on('error', () => {}) // ws closes with the fitting code by itself
    ws.on('close', (code, reason) => {
      this.#isClosing = true
      clearTimeout(this.#timer)
      this.#onClose({ code, reason: reason.toString() })
    })
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength
  }

  send(message: Message): void {
    if (!this.#isClosing && this.#socket.writable) this.#writer.write(this.#socket, message)
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

  setReceiveLimit(bytes: number): void {
    this.#receiveBytesMax = bytes
  }

  close(code = 1000, reason = ''): void {
    if (this.#isClosing) return
    this.#isClosing = true
    this.#ws.close(code, Buffer.from(reason).subarray(0, CLOSE_REASON_BYTES_MAX))
    this.#ws.resume()
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#ws.terminate(), CLOSE_MS)
  }

  pause(): void {
    if (this.#isClosing || this.#isPaused) return
    this.#isPaused = true
    this.#ws.pause()
    this.#timer = setTimeout(() => this.#resume(), RESUME_CHECK_MS)
  }

  ping(): void {
    if (!this.#isClosing) this.#ws.ping()
  }

  /** Ends the connection without a word. */
  terminate(): void {
    this.#ws.terminate()
  }

  #resume(): void {
    if (this.bufferedBytes > LOW_WATER_BYTES) {
      this.#timer = setTimeout(() => this.#resume(), RESUME_CHECK_MS)
      return
    }
    this.#isPaused = false
    this.#ws.resume()
  }

  #receive(data: Buffer, isBinary: boolean): void {
    if (this.#isClosing) return
    this.isHeard = true
    let message: Message
    try {
      if (data.length > this.#receiveBytesMax) throw new ProtocolError(`more than ${this.#receiveBytesMax} bytes`)
      message = serializer.decode(isBinary ? data : data.toString())
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.#onViolation(error)
      return
    }
    this.#onMessage(message)
  }
}
