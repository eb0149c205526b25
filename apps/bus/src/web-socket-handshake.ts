import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** RFC 6455 §1.3. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
const KEY = /^[+/0-9A-Za-z]{22}==$/
const VERSION = '13'

/** The status line, and a header, for what is no opening handshake of RFC 6455 §4.2.1; null if it is one. */
export function handshakeRefusal({ method, headers }: IncomingMessage): string | null {
  if (method !== 'GET') return '405 Method Not Allowed\r\nAllow: GET'
  if (headers.upgrade?.toLowerCase() !== 'websocket') return '400 Bad Request'
  if (headers['sec-websocket-version'] !== VERSION) return `426 Upgrade Required\r\nSec-WebSocket-Version: ${VERSION}`
  return KEY.test(headers['sec-websocket-key'] ?? '') ? null : '400 Bad Request'
}

/** The head that answers a handshake which is not refused (RFC 6455 §4.2.2). @param more lines to be added */
export function handshakeAnswer(request: IncomingMessage, subprotocol: string, more: readonly string[]): string {
  const key = request.headers['sec-websocket-key'] ?? ''
  const accept = createHash('sha1').update(`${key}${GUID}`).digest('base64')
  const lines = [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${accept}`,
    `Sec-WebSocket-Protocol: ${subprotocol}`,
    ...more,
  ]
  return `${lines.join('\r\n')}\r\n\r\n`
}
