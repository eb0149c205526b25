import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { refusalText } from './answers.ts'
import { Connection } from './connection.ts'
import type { CloseReason, ConnectionParts, Wire } from './connection.ts'
import type { Crowd, Member } from './crowd.ts'
import { MESSAGE_BYTES_MAX, parseMessage } from './messages.ts'
import { Splitter } from './splitter.ts'
import type { Times } from './times.ts'

/** A connection that says nothing is probed by TCP after so long. */
const PROBE_MS = 60_000
const NO_ECHO = { resource: null, token: null }

export type TcpParts = { crowd: Crowd; times: Times; connection: ConnectionParts }

/** The server for JSON messages over TCP: objects one after the other come in, and lines go out. It does not listen yet. */
export function makeTcpServer(parts: TcpParts): Server {
  const { crowd } = parts
  // who has sent all it wants to say still waits for its answers
  const options = { noDelay: true, keepAlive: true, keepAliveInitialDelay: PROBE_MS, allowHalfOpen: true }
  return createServer(options, (socket) => {
    socket.on('error', ignore)
    const address = socket.remoteAddress
    if (address === undefined) socket.destroy()
    else if (crowd.hasRoom(address)) socket.once('close', crowd.add(new TcpClient(socket, address, parts)))
    else {
      const refused = { status: 503, body: 'Service unavailable: There are too many connections' }
      socket.end(`${refusalText(NO_ECHO, refused)}\n`, () => socket.destroy())
    }
  })
}

/** 'close' follows. */
function ignore(): void {}

class TcpClient implements Wire, Member {
  readonly address: string
  readonly #socket: Socket
  readonly #times: Times
  readonly #splitter = new Splitter(MESSAGE_BYTES_MAX)
  readonly #connection: Connection
  /** since when a message is due: the first one, or one that has begun; null where none is */
  #dueSince: number | null = performance.now()
  #hasSpoken = false

  constructor(socket: Socket, address: string, { times, connection }: TcpParts) {
    this.#socket = socket
    this.address = address
    this.#times = times
    this.#connection = new Connection(this, connection)
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
    socket.on('end', () => this.#connection.end('done'))
    socket.on('drain', () => {
      socket.setTimeout(0)
      this.#connection.drained()
    })
    socket.on('timeout', () => this.#isStuck())
    socket.on('close', () => this.#connection.closed())
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength
  }

  /** One write a message: there are clients that take what they read at once for one (pachube-stream). */
  send(text: string): void {
    if (!this.#socket.writable) return
    if (!this.#socket.write(`${text}\n`)) this.#socket.setTimeout(this.#times.stuckMs)
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  close(reason: CloseReason): void {
    if (reason === 'overrun') return this.destroy()
    const socket = this.#socket.resume().setTimeout(this.#times.stuckMs)
    socket.end(() => {
      const timer = setTimeout(() => this.destroy(), this.#times.closeMs)
      socket.once('close', () => clearTimeout(timer))
    })
  }

  drain(): void {
    this.#connection.end('going')
  }

  destroy(): void {
    this.#socket.destroy()
  }

  tick(now: number): void {
    if (this.#dueSince === null) return
    // while it is not read, it cannot be late
    if (this.#connection.isPaused) this.#dueSince = now
    else if (now - this.#dueSince > this.#times.messageMs) this.#isLate()
  }

  #isStuck(): void {
    if (this.#connection.isClosed) this.destroy()
    else this.#connection.overrun()
  }

  #isLate(): void {
    this.#dueSince = null
    if (!this.#splitter.isInside) return this.destroy()
    this.#connection.refuse(`a message must be complete within ${this.#times.messageMs / 1000} s`)
    this.#connection.end('done')
  }

  #take(chunk: Buffer): void {
    let isWhole = false
    for (const piece of this.#splitter.push(chunk)) {
      if (piece.kind === 'object') {
        isWhole = true
        this.#connection.receive(piece.text, parseMessage)
      } else if (piece.kind === 'garbage') this.#connection.refuse('between two messages is something else')
      else if (piece.kind === 'not-utf8') this.#connection.refuse('a message is not valid UTF-8')
      else {
        this.#connection.refuse(`a message has more than ${MESSAGE_BYTES_MAX / 1024} KiB`)
        this.#connection.end('done')
      }
    }
    this.#connection.regulate()
    this.#hasSpoken ||= isWhole
    if (!this.#splitter.isInside) {
      if (this.#hasSpoken) this.#dueSince = null
    } else if (isWhole || this.#dueSince === null) this.#dueSince = performance.now()
  }
}
