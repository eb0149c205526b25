/** First octet of every RawSocket handshake. */
const MAGIC = 0x7f
export const HANDSHAKE_BYTES = 4

/** Errors a router answers a handshake with (Advanced Profile, "RawSocket Transport"). */
export const HANDSHAKE_ERROR = {
  serializerUnsupported: 1,
  lengthUnacceptable: 2,
  reservedBits: 3,
  tooManyConnections: 4,
} as const
export type HandshakeError = (typeof HANDSHAKE_ERROR)[keyof typeof HANDSHAKE_ERROR]

/** Serializers by their number; 0 is illegal. */
const SUBPROTOCOLS: Readonly<Record<number, string>> = { 1: 'wamp.2.json', 2: 'wamp.2.msgpack', 3: 'wamp.2.cbor' }

/** What a client asks for, by its four octets `7F | LLLL SSSS | 00 00`. */
export interface RawHandshake {
  readonly serializer: number
  /** The WAMP subprotocol of that number, null for one that is not known. */
  readonly subprotocol: string | null
  /** The longest message it takes, in bytes: 2^9 to 2^24. */
  readonly receiveBytesMax: number
  readonly hasReservedBits: boolean
}

/** @returns null if this is no RawSocket handshake at all */
export function parseHandshake(octets: Buffer): RawHandshake | null {
  if (octets[0] !== MAGIC) return null
  const wish = octets[1] ?? 0
  const serializer = wish & 0x0f
  return {
    serializer,
    subprotocol: SUBPROTOCOLS[serializer] ?? null,
    receiveBytesMax: 2 ** (9 + (wish >> 4)),
    hasReservedBits: octets[2] !== 0 || octets[3] !== 0,
  }
}

/** The router's octets where it accepts. @param receiveBytesMax the longest message taken; rounded down to 2^n, 9 ≤ n ≤ 24 */
export function handshakeReply(receiveBytesMax: number, serializer: number): Buffer {
  const exponent = Math.min(24, Math.max(9, Math.floor(Math.log2(receiveBytesMax))))
  return Buffer.from([MAGIC, ((exponent - 9) << 4) | serializer, 0, 0])
}

/** The router's octets where it does not. */
export function handshakeRefusal(error: HandshakeError): Buffer {
  return Buffer.from([MAGIC, error << 4, 0, 0])
}
