import { once } from 'node:events'
import { connect } from 'node:net'
import { RawSocketWire } from './raw-socket.ts'

export interface ClientFrame {
  readonly fin?: boolean
  /** RSV1 to RSV3 as 4, 2 and 1. */
  readonly rsv?: number
  readonly opcode?: number
  readonly isMasked?: boolean
  readonly payload?: string | Uint8Array
  /** The length that the head claims, if not that of the payload; always in eight bytes. */
  readonly claims?: bigint
}

/** One frame as a client sends it, right or wrong (RFC 6455 §5.2). */
export function clientFrame({
  fin = true,
  rsv = 0,
  opcode = 1,
  isMasked = true,
  payload = '',
  claims,
}: ClientFrame): Buffer {
  const bytes = Buffer.from(payload)
  const first = (fin ? 0x80 : 0) | (rsv << 4) | opcode
  const mask = isMasked ? Buffer.from([0x12, 0x34, 0x56, 0x78]) : Buffer.alloc(0)
  const bit = isMasked ? 0x80 : 0
  const body = isMasked ? bytes.map((byte, i) => byte ^ (mask[i % 4] ?? 0)) : bytes
  return Buffer.concat([Buffer.from([first]), lengthField(claims ?? bytes.length, bit), mask, body])
}

function lengthField(length: number | bigint, maskBit: number): Buffer {
  if (typeof length === 'number' && length < 126) return Buffer.from([maskBit | length])
  if (typeof length === 'number' && length < 65_536) return Buffer.from([maskBit | 126, length >> 8, length & 0xff])
  const field = Buffer.alloc(9)
  field[0] = maskBit | 127
  field.writeBigUInt64BE(BigInt(length), 1)
  return field
}

export function closeFrame(code: number, reason: string | Uint8Array = ''): ClientFrame {
  const payload = Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason)])
  return { opcode: 8, payload }
}

export interface ServerFrame {
  readonly opcode: number
  readonly payload: Buffer
}

/** A WebSocket of which a test writes the bytes itself. */
export class FrameWire {
  readonly wire: RawSocketWire
  constructor(wire: RawSocketWire) {
    this.wire = wire
  }

  send(...frames: ClientFrame[]): void {
    this.wire.socket.write(Buffer.concat(frames.map((frame) => clientFrame(frame))))
  }

  /** The next frame, or null if the router closes before. */
  async next(): Promise<ServerFrame | null> {
    const head = await this.wire.read(2)
    if (head.length < 2) return null
    const short = (head[1] ?? 0) & 0x7f
    const length =
      short === 126
        ? (await this.wire.read(2)).readUInt16BE()
        : short === 127
          ? Number((await this.wire.read(8)).readBigUInt64BE())
          : short
    return { opcode: (head[0] ?? 0) & 0x0f, payload: await this.wire.read(length) }
  }

  /** Code of the close frame that comes sooner or later; 1005 for one without; null if the router just hangs up. */
  async closeCode(): Promise<number | null> {
    for (;;) {
      const frame = await this.next()
      if (frame === null) return null
      if (frame.opcode === 8) return frame.payload.length < 2 ? 1005 : frame.payload.readUInt16BE()
    }
  }
}

/** Opens a TCP connection and upgrades it. */
export async function openFrames(port: number, subprotocol = 'wamp.2.json'): Promise<FrameWire> {
  const socket = connect(port, '127.0.0.1')
  const wire = new RawSocketWire(socket)
  await once(socket, 'connect')
  socket.write(
    `GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n` +
      `Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: ${subprotocol}\r\n\r\n`,
  )
  let head = ''
  while (!head.endsWith('\r\n\r\n')) head += (await wire.read(1)).toString()
  if (!head.startsWith('HTTP/1.1 101')) throw new Error(head)
  return new FrameWire(wire)
}
