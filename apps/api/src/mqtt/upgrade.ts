import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { createWebSocketStream, WebSocketServer } from 'ws'

const PATH = /^\/mqtt\/?(?:\?|$)/
/** Of 3.1.1 (§6), and of the version before it. */
const SUBPROTOCOLS = ['mqtt', 'mqttv3.1']

/** Takes over a WebSocket upgrade; false when it is none of MQTT. */
export type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean

/**
 * MQTT over WebSocket (3.1.1 §6), on the universal port at `/mqtt`.
 * @param accept gets the bytes of the connection as a stream
 * @param frameBytesMax of one WebSocket message, which holds any part of the stream
 */
export function makeUpgrade(
  accept: (stream: Duplex, request: IncomingMessage) => void,
  frameBytesMax: number,
): Upgrade {
  const server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: frameBytesMax,
    handleProtocols: (offered) => SUBPROTOCOLS.find((name) => offered.has(name)) ?? false,
  })
  return (request, socket, head) => {
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim())
    if (!PATH.test(request.url ?? '') || !SUBPROTOCOLS.some((name) => offered.includes(name))) return false
    server.handleUpgrade(request, socket, head, (webSocket) => {
      const stream = createWebSocketStream(webSocket, {
        // a packet is written in pieces, and each piece would be a message
        writev: (chunks, done) => webSocket.send(Buffer.concat(chunks.map(({ chunk }) => chunk as Buffer)), done),
      })
      accept(stream, request)
    })
    return true
  }
}
