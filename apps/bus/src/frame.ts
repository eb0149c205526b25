/** Opcodes of RFC 6455 §5.2. */
export const OPCODE = { continuation: 0x0, text: 0x1, binary: 0x2, close: 0x8, ping: 0x9, pong: 0xa } as const
type Opcode = (typeof OPCODE)[keyof typeof OPCODE]

/** Message types of a RawSocket frame (Advanced Profile, "RawSocket Transport"). */
export const RAW_TYPE = { message: 0, ping: 1, pong: 2 } as const
type RawType = (typeof RAW_TYPE)[keyof typeof RAW_TYPE]

export const RAW_HEAD_BYTES = 4
/** The 25th bit of a length: only a message of exactly 16 MiB needs it. */
const RAW_BYTES_25 = 2 ** 24

/** Bytes before the payload of an unmasked frame of this length. */
export function headBytes(length: number): number {
  return length < 126 ? 2 : length < 65_536 ? 4 : 10
}

/** Writes the head of one unmasked, unfragmented frame as a server sends it. @returns where the payload begins */
export function writeHead(into: Buffer, opcode: Opcode, length: number): number {
  into[0] = 0x80 | opcode
  if (length < 126) {
    into[1] = length
    return 2
  }
  if (length < 65_536) {
    into[1] = 126
    into.writeUInt16BE(length, 2)
    return 4
  }
  into[1] = 127
  into.writeBigUInt64BE(BigInt(length), 2)
  return 10
}

/** A whole text frame, in a single buffer that can be written to any number of sockets. */
export function textFrame(text: string): Buffer {
  const length = Buffer.byteLength(text)
  const frame = Buffer.allocUnsafe(headBytes(length) + length)
  frame.write(text, writeHead(frame, OPCODE.text, length))
  return frame
}

/** A whole frame of bytes. */
export function byteFrame(opcode: Opcode, bytes: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(headBytes(bytes.length) + bytes.length)
  frame.set(bytes, writeHead(frame, opcode, bytes.length))
  return frame
}

/** A whole RawSocket frame. @param payload at most 16 MiB */
export function rawFrame(type: RawType, payload: string | Uint8Array): Buffer {
  const length = typeof payload === 'string' ? Buffer.byteLength(payload) : payload.length
  const frame = Buffer.allocUnsafe(RAW_HEAD_BYTES + length)
  frame.writeUInt32BE(length % RAW_BYTES_25)
  frame[0] = length === RAW_BYTES_25 ? 0x08 | type : type
  if (typeof payload === 'string') frame.write(payload, RAW_HEAD_BYTES)
  else frame.set(payload, RAW_HEAD_BYTES)
  return frame
}
