import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { chooseSubprotocol, isOriginAllowed, offeredSubprotocols } from './upgrade.ts'

function request(headers: Record<string, string>): IncomingMessage {
  const message = new IncomingMessage(new Socket())
  message.headers = headers
  return message
}

test.each([
  { name: 'none', headers: { host: 'a.example' }, allowed: true },
  { name: 'its own', headers: { host: 'a.example', origin: 'https://a.example' }, allowed: true },
  { name: 'its own with a port', headers: { host: 'LOCALHOST:8080', origin: 'http://localhost:8080' }, allowed: true },
  { name: 'one in the list', headers: { host: 'a.example', origin: 'https://app.example' }, allowed: true },
  { name: 'another host', headers: { host: 'a.example', origin: 'https://b.example' }, allowed: false },
  { name: 'another port', headers: { host: 'localhost:8080', origin: 'http://localhost:5173' }, allowed: false },
  { name: 'a longer host', headers: { host: 'a.example', origin: 'https://a.example.evil.test' }, allowed: false },
  { name: 'a listed host over http', headers: { host: 'a.example', origin: 'http://app.example' }, allowed: false },
  { name: 'null', headers: { host: 'a.example', origin: 'null' }, allowed: false },
  { name: 'its own without a Host', headers: { origin: 'https://a.example' }, allowed: false },
])('Origin $name: $allowed', ({ headers, allowed }) => {
  expect(isOriginAllowed(request({ ...headers }), ['https://app.example'])).toBe(allowed)
})

test.each([
  { offer: 'wamp.2.cbor.batched,wamp.2.cbor,wamp.2.msgpack,wamp.2.json.batched,wamp.2.json', choice: 'wamp.2.json' },
  { offer: 'wamp.2.json', choice: 'wamp.2.json' },
  { offer: 'wamp.2.msgpack, wamp.2.cbor', choice: 'wamp.2.cbor' },
  { offer: 'wamp.2.cbor.batched,wamp.2.json.batched', choice: 'wamp.2.json.batched' },
  { offer: 'wamp.2.ubjson,wamp.2.flatbuffers', choice: null },
  { offer: '', choice: null },
])('offered "$offer": $choice', ({ offer, choice }) => {
  expect(chooseSubprotocol(offeredSubprotocols(request({ 'sec-websocket-protocol': offer })))).toBe(choice)
})
