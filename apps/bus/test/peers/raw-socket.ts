import { once } from 'node:events'
import { type Socket, connect } from 'node:net'
import type { Serializer } from '@sluice/wamp'
import { Inbox, type RawPeer } from '@sluice/wamp/testing'

const NUMBERS: Record<string, number> = { 'wamp.2.json': 1, 'wamp.2.msgpack': 2, 'wamp.2.cbor': 3 }
/** There are no close codes: an orderly end counts as the one of protocol errors, a reset as a loss. */
const ORDERLY = 1002
const LOST = 1006

export interface RawFrame {
  readonly octet: number
  readonly payload: Buffer
}

/** A RawSocket frame by frame, over any stream socket. */
export class RawSocketWire {
  readonly socket: Socket
  readonly closed: Promise<{ code: number }>
  #seen: Buffer = Buffer.alloc(0)
  #isEnded = false
  #wake: () => void = () => {}

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => {
      this.#seen = Buffer.concat([this.#seen, chunk])
      this.#wake()
    })
    this.closed = new Promise((resolve) =>
      socket.on('close', (hadError) => {
        this.#isEnded = true
        this.#wake()
        resolve({ code: hadError ? LOST : ORDERLY })
      }),
    )
  }

  /** The next octets; fewer if the router closes before. */
  async read(count: number): Promise<Buffer> {
    while (this.#seen.length < count && !this.#isEnded)
      await new Promise<void>((resolve) => (this.#wake = () => resolve()))
    const octets = this.#seen.subarray(0, count)
    this.#seen = this.#seen.subarray(count)
    return octets
  }

  /** The next frame, or null if the router closes before. */
  async readFrame(): Promise<RawFrame | null> {
    const head = await this.read(4)
    if (head.length < 4) return null
    return { octet: head[0] ?? 0, payload: await this.read(head.readUIntBE(1, 3)) }
  }

  write(octet: number, payload: Uint8Array | string): void {
    const bytes = Buffer.from(payload)
    const head = Buffer.alloc(4)
    head.writeUInt32BE(bytes.length)
    head[0] = octet
    this.socket.write(Buffer.concat([head, bytes]))
  }
}

/** Opens a RawSocket. @param limit LLLL of the handshake */
export async function openRawSocketPeer(
  where: { port: number } | { path: string } | Socket,
  serializer: Serializer,
  limit = 15,
): Promise<RawPeer & { wire: RawSocketWire }> {
  const socket = 'on' in where ? where : 'path' in where ? connect(where) : connect(where.port, '127.0.0.1')
  const wire = new RawSocketWire(socket)
  if (socket.connecting) await once(socket, 'connect')
  socket.write(Buffer.from([0x7f, (limit << 4) | (NUMBERS[serializer.subprotocol] ?? 0), 0, 0]))
  const answer = await wire.read(4)
  if (answer[0] !== 0x7f || ((answer[1] ?? 0) & 0x0f) === 0) throw new Error(`refused: ${answer.toString('hex')}`)
  const inbox = new Inbox()
  void pump(wire, inbox, serializer.isBinary)
  return {
    wire,
    serializer,
    send: (frame) => wire.write(0, frame),
    nextFrame: () => inbox.next(),
    closed: wire.closed,
    close: () => socket.destroy(),
  }
}

async function pump(wire: RawSocketWire, inbox: Inbox, isBinary: boolean): Promise<void> {
  for (;;) {
    const frame = await wire.readFrame()
    if (frame === null) return
    if (frame.octet === 0) inbox.push(isBinary ? frame.payload : frame.payload.toString())
    else if (frame.octet === 1) wire.write(2, frame.payload)
  }
}
