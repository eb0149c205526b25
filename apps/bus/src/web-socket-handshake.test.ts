import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { expect, test } from 'vitest'
import { handshakeAnswer, handshakeRefusal } from './web-socket-handshake.ts'

const HEADERS = {
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
}

function request(headers: IncomingHttpHeaders, method = 'GET'): IncomingMessage {
  return { method, headers: { ...HEADERS, ...headers } } as IncomingMessage
}

test.each([
  { name: 'a handshake', headers: {}, refusal: null },
  { name: 'capitals', headers: { upgrade: 'WebSocket' }, refusal: null },
  { name: 'another protocol', headers: { upgrade: 'h2c' }, refusal: '400 Bad Request' },
  { name: 'no key', headers: { 'sec-websocket-key': '' }, refusal: '400 Bad Request' },
  { name: 'a short key', headers: { 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZ==' }, refusal: '400 Bad Request' },
  {
    name: 'a version of old',
    headers: { 'sec-websocket-version': '8' },
    refusal: '426 Upgrade Required\r\nSec-WebSocket-Version: 13',
  },
])('$name: $refusal', ({ headers, refusal }) => {
  expect(handshakeRefusal(request(headers))).toBe(refusal)
})

test('only GET opens a WebSocket', () => {
  expect(handshakeRefusal(request({}, 'POST'))).toBe('405 Method Not Allowed\r\nAllow: GET')
})

test('the key is answered as in the example of RFC 6455 §1.3', () => {
  expect(handshakeAnswer(request({}), 'wamp.2.json', ['Set-Cookie: a=b'])).toBe(
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: wamp.2.json\r\n' +
      'Set-Cookie: a=b\r\n\r\n',
  )
})
