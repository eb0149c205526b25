import type { Duplex } from 'node:stream'
import {
  HANDSHAKE_BYTES,
  HANDSHAKE_ERROR,
  type HandshakeError,
  type RawHandshake,
  handshakeRefusal,
  handshakeReply,
  parseHandshake,
} from './raw-socket-handshake.ts'
import { RawSocketTransport } from './raw-socket.ts'
import type { Writer } from './writer.ts'

/** How long a refused client may take to read why. */
const REFUSAL_MS = 2000

export interface RawSocketHost {
  readonly writer: Writer
  /** Longest message taken, in bytes. A power of two, as the handshake can say no other. */
  readonly messageBytesMax: number
  /** From the first octet to the last of the handshake. */
  readonly handshakeMs: number
  /** Why this connection cannot be taken, or null. */
  refusal(): HandshakeError | null
  /** Takes a transport whose handshake is done; called in the turn in which it was made. */
  attach(transport: RawSocketTransport): void
  refused(): void
}

/**
 * Reads the handshake of a RawSocket client, answers it, and hands on what it becomes.
 * @param first bytes that were read from the socket already
 */
export function acceptRawSocket(socket: Duplex, first: Buffer, host: RawSocketHost): void {
  let seen = first
  const leave = (): void => {
    clearTimeout(deadline)
    socket.off('data', onData).off('end', onEnd).off('close', leave).off('error', ignore)
  }
  const onEnd = (): void => {
    leave()
    socket.on('error', ignore).destroy()
  }
  const onData = (chunk: Buffer): void => {
    seen = Buffer.concat([seen, chunk])
    look()
  }
  const look = (): void => {
    if (seen.length < HANDSHAKE_BYTES) return
    leave()
    const handshake = parseHandshake(seen)
    if (handshake === null) socket.on('error', ignore).destroy()
    else answer(socket, handshake, { host, rest: seen.subarray(HANDSHAKE_BYTES) })
  }
  const deadline = setTimeout(onEnd, host.handshakeMs)
  socket.on('data', onData).on('end', onEnd).on('close', leave).on('error', ignore)
  socket.resume()
  look()
}

function answer(socket: Duplex, handshake: RawHandshake, { host, rest }: { host: RawSocketHost; rest: Buffer }): void {
  const { subprotocol, serializer, receiveBytesMax } = handshake
  const encoder = subprotocol === null ? null : host.writer.encoder(subprotocol, 'rawsocket')
  const error = handshake.hasReservedBits
    ? HANDSHAKE_ERROR.reservedBits
    : encoder === null
      ? HANDSHAKE_ERROR.serializerUnsupported
      : host.refusal()
  if (error !== null || encoder === null) {
    host.refused()
    refuse(socket, error ?? HANDSHAKE_ERROR.serializerUnsupported)
    return
  }
  socket.write(handshakeReply(host.messageBytesMax, serializer))
  const { writer, messageBytesMax } = host
  const transport = new RawSocketTransport(socket, {
    writer,
    encoder,
    receiveBytesMax: messageBytesMax,
    sendBytesMax: receiveBytesMax,
  })
  host.attach(transport)
  if (rest.length > 0) transport.receive(rest)
}

function refuse(socket: Duplex, error: HandshakeError): void {
  const late = setTimeout(() => socket.destroy(), REFUSAL_MS)
  socket.on('error', ignore).on('close', () => clearTimeout(late))
  socket.end(handshakeRefusal(error))
  socket.resume()
}

/** A reset connection reports an error, and one that nobody listens for would end the process. */
function ignore(): void {}
