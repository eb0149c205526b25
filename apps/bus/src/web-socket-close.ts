import { isUtf8 } from 'node:buffer'
import type { TransportClose } from '@sluice/wamp'
import { OPCODE, byteFrame } from './frame.ts'

/** A close frame that names no code (RFC 6455 §7.1.5); never on the wire. */
const NO_CODE = 1005
/** RFC 6455 §5.5: a close frame carries 125 bytes, two of them the code. */
const REASON_BYTES_MAX = 123
/** Up to 1014 codes are registered; these three are never on the wire or mean nothing. */
const RESERVED: ReadonlySet<number> = new Set([1004, 1005, 1006])

/** @param reason is cut to what has room */
export function closeFrame({ code, reason }: TransportClose): Buffer {
  if (code === NO_CODE) return byteFrame(OPCODE.close, Buffer.alloc(0))
  const payload = Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason)])
  return byteFrame(OPCODE.close, payload.subarray(0, 2 + REASON_BYTES_MAX))
}

/** What the close frame of a peer says, or the code to close with if it says what it must not. */
export function readClose(payload: Buffer): TransportClose | number {
  if (payload.length === 0) return { code: NO_CODE, reason: '' }
  const code = payload.length === 1 ? 0 : payload.readUInt16BE()
  const isRegistered = code >= 1000 && code <= 1014 && !RESERVED.has(code)
  if (!isRegistered && (code < 3000 || code > 4999)) return 1002
  return isUtf8(payload.subarray(2)) ? { code, reason: payload.toString('utf8', 2) } : 1007
}
