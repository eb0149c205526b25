import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Serializer, serializerOf } from '@sluice/wamp'
import { type RawPeer, protocolSuite } from '@sluice/wamp/testing'
import { afterAll, describe } from 'vitest'
import { startListeners } from '../src/index.ts'
import { openLab } from './lab.ts'
import { openLongPollPeer } from './peers/long-poll.ts'
import { openRawSocketPeer } from './peers/raw-socket.ts'
import { openWebSocketPeer } from './peers/web-socket.ts'

const lab = await openLab({
  pollMs: 1000,
  anonymousRealm: null,
  realms: [
    {
      name: 'realm1',
      authenticate: () => ({
        kind: 'accept',
        identity: { authid: 'anyone', authrole: 'anonymous', authmethod: 'anonymous', authprovider: 'test' },
      }),
      authorize: () => true,
    },
  ],
})
const path = join(mkdtempSync(join(tmpdir(), 'bus-')), 'bus.sock')
const listeners = await startListeners(
  [
    { type: 'universal', host: '127.0.0.1', port: 0 },
    { type: 'rawsocket', host: '127.0.0.1', path },
  ],
  lab.bus,
)
afterAll(async () => {
  await lab[Symbol.asyncDispose]()
  await listeners[Symbol.asyncDispose]()
})
const { port } = listeners.addresses[0] as { port: number }

type Open = (serializer: Serializer) => Promise<RawPeer>
const TRANSPORTS: readonly { name: string; open: Open }[] = [
  { name: 'WebSocket', open: (serializer) => openWebSocketPeer(`ws://127.0.0.1:${port}/ws`, serializer) },
  { name: 'WebSocket, batched', open: (serializer) => openWebSocketPeer(`ws://127.0.0.1:${port}/`, serializer, true) },
  { name: 'RawSocket over TCP', open: (serializer) => openRawSocketPeer({ port }, serializer) },
  { name: 'RawSocket over a Unix socket', open: (serializer) => openRawSocketPeer({ path }, serializer) },
  { name: 'long poll', open: (serializer) => openLongPollPeer(`http://127.0.0.1:${port}/wamp`, serializer) },
  {
    name: 'long poll, batched',
    open: (serializer) => openLongPollPeer(`http://127.0.0.1:${port}/wamp`, serializer, true),
  },
]
const FORMATS = ['wamp.2.json', 'wamp.2.msgpack', 'wamp.2.cbor']
  .map((name) => serializerOf(name))
  .filter((s) => s !== null)

describe.each(TRANSPORTS)('$name', ({ open }) => {
  describe.each(FORMATS)('$subprotocol', (serializer) =>
    protocolSuite(() => open(serializer), { isJson: !serializer.isBinary }),
  )
})
