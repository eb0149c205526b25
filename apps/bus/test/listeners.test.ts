import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import { type Serializer, serializerOf } from '@sluice/wamp'
import { Talker } from '@sluice/wamp/testing'
import { describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { Acceptor } from '../src/acceptor.ts'
import { type ListenerConfig, startListeners } from '../src/index.ts'
import type { TransportDetails } from '../src/transport-details.ts'
import { PATIENT, openLab } from './lab.ts'
import { post } from './peers/long-poll.ts'
import { RawSocketWire, openRawSocketPeer } from './peers/raw-socket.ts'
import { openWebSocketPeer } from './peers/web-socket.ts'

const JSON_LANGUAGE = serializerOf('wamp.2.json') as Serializer
const pem = (name: string): string => readFileSync(new URL(`tls/${name}`, import.meta.url), 'utf8')
/** An authority whose key was thrown away, and two certificates by it. */
const TLS = { key: pem('server.key'), cert: pem('server.pem'), ca: pem('ca.pem'), requestClientCert: true }
const CLIENT = { ca: pem('ca.pem'), key: pem('client.key'), cert: pem('client.pem'), host: '127.0.0.1' }
const LOOPBACK = { host: '127.0.0.1', port: 0 } as const
const EXPORTER = 'EXPORTER-Channel-Binding'

async function listenOne(bus: Parameters<typeof startListeners>[1], config: ListenerConfig, handshakeMs = 10_000) {
  const listeners = await startListeners([config], bus, { handshakeMs })
  const [address] = listeners.addresses
  return { port: 0, path: '', ...address, [Symbol.asyncDispose]: () => listeners[Symbol.asyncDispose]() }
}

/** An entrance that only notes the details of what came in. */
function noting(): { entrance: Acceptor; seen: TransportDetails[] } {
  const seen: TransportDetails[] = []
  return { entrance: new Acceptor({}, (_transport, details) => seen.push(details)), seen }
}

describe('one port', () => {
  test('takes WebSocket, RawSocket and HTTP, and refuses what it does not know', async () => {
    await using lab = await openLab()
    await using one = await listenOne(lab.bus, { type: 'universal', ...LOOPBACK })
    const peers = [
      await openWebSocketPeer(`ws://127.0.0.1:${one.port}/ws`, JSON_LANGUAGE),
      await openRawSocketPeer({ port: one.port }, JSON_LANGUAGE),
    ]
    for (const peer of peers) await new Talker(peer).join()
    const url = `http://127.0.0.1:${one.port}`
    expect((await post(`${url}/wamp/open`, '{"protocols":["wamp.2.json"]}')).status).toBe(200)
    expect((await fetch(`${url}/`)).status).toBe(404)
    expect(lab.bus.metrics()).toMatchObject({ connections: 3, sessions: 2 })
    for (const peer of peers) peer.close()
  })

  test('a listener of WebSockets takes no RawSocket', async () => {
    await using lab = await openLab()
    await using one = await listenOne(lab.bus, { type: 'websocket', ...LOOPBACK })
    await expect(openRawSocketPeer({ port: one.port }, JSON_LANGUAGE)).rejects.toThrow('refused')
  })
})

describe('TLS', () => {
  const open = (port: number, options: ConnectionOptions) => connectTls({ port, ...CLIENT, ...options })

  test.each([{ version: 'TLSv1.3' }, { version: 'TLSv1.2' }] as const)(
    '$version: the client’s certificate and both ends’ channel bindings are known',
    async ({ version }) => {
      const { entrance, seen } = noting()
      await using one = await listenOne(entrance, { type: 'rawsocket', ...LOOPBACK, tls: TLS })
      const socket = open(one.port, { minVersion: version, maxVersion: version })
      await once(socket, 'secureConnect')
      const peer = await openRawSocketPeer(socket, JSON_LANGUAGE)
      const [details] = seen
      const sha256 = createHash('sha256')
        .update(Buffer.from(derOf(CLIENT.cert), 'base64'))
        .digest('hex')
      expect(details).toMatchObject({ kind: 'rawsocket', peer: '127.0.0.1' })
      expect(details?.tls?.certificate).toMatchObject({
        isTrusted: true,
        commonName: 'device-7',
        subject: 'CN=device-7,O=Example',
      })
      expect(details?.tls?.certificate?.sha256.replaceAll(':', '').toLowerCase()).toBe(sha256)
      const bindings = details?.tls?.channelBindings
      expect(bindings?.['tls-exporter']).toEqual(socket.exportKeyingMaterial(32, EXPORTER, Buffer.alloc(0)))
      expect(bindings?.['tls-unique']).toEqual(version === 'TLSv1.2' ? socket.getFinished() : undefined)
      peer.close()
      await entrance.drain(0)
    },
  )

  test('a resumed session of TLS 1.2: tls-unique is the server’s Finished', async () => {
    const { entrance, seen } = noting()
    await using one = await listenOne(entrance, { type: 'rawsocket', ...LOOPBACK, tls: TLS })
    const first = open(one.port, { maxVersion: 'TLSv1.2' })
    const [session] = (await once(first, 'session')) as [Buffer]
    const second = open(one.port, { maxVersion: 'TLSv1.2', session })
    await once(second, 'secureConnect')
    expect(second.isSessionReused()).toBe(true)
    const peer = await openRawSocketPeer(second, JSON_LANGUAGE)
    expect(seen[0]?.tls?.channelBindings['tls-unique']).toEqual(second.getPeerFinished())
    first.destroy()
    peer.close()
    await entrance.drain(0)
  })

  test('a client without a certificate comes in, and none is named', async () => {
    const { entrance, seen } = noting()
    await using one = await listenOne(entrance, { type: 'universal', ...LOOPBACK, tls: TLS })
    const ws = new WebSocket(`wss://127.0.0.1:${one.port}/`, ['wamp.2.cbor'], {
      ca: CLIENT.ca,
      headers: { cookie: 'a=b', 'user-agent': 'test/1' },
    })
    await once(ws, 'open')
    expect(seen).toMatchObject([{ kind: 'websocket', userAgent: 'test/1', cookie: 'a=b', tls: { certificate: null } }])
    ws.terminate()
    await entrance.drain(0)
  })

  test('a session over TLS, RawSocket and WebSocket on one port', async () => {
    await using lab = await openLab()
    await using one = await listenOne(lab.bus, { type: 'universal', ...LOOPBACK, tls: TLS })
    const socket = open(one.port, {})
    await once(socket, 'secureConnect')
    const peer = await openRawSocketPeer(socket, JSON_LANGUAGE)
    await new Talker(peer).join()
    const ws = new WebSocket(`wss://127.0.0.1:${one.port}/`, ['wamp.2.json'], { ca: CLIENT.ca })
    await once(ws, 'open')
    expect(lab.bus.metrics().connections).toBe(2)
    peer.close()
    ws.terminate()
  })
})

describe('a Unix socket', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'bus-')), 'one.sock')
  const config = { type: 'rawsocket', host: '127.0.0.1', path } as const

  test('that a killed process left behind is taken over, one in use is not', async () => {
    await using lab = await openLab()
    await leaveBehind(path)
    expect(existsSync(path)).toBe(true)
    {
      await using one = await listenOne(lab.bus, config)
      expect(one.path).toBe(path)
      await expect(listenOne(lab.bus, config)).rejects.toThrow('EADDRINUSE')
      const peer = await openRawSocketPeer({ path }, JSON_LANGUAGE)
      await new Talker(peer).join()
      peer.close()
    }
    expect(existsSync(path)).toBe(false)
  })
})

describe('who says nothing is cut off in time', () => {
  test.each([
    { name: 'nothing', type: 'universal', say: '' },
    { name: 'nothing, where only WebSockets are taken', type: 'websocket', say: '' },
    { name: 'nothing, where only RawSockets are taken', type: 'rawsocket', say: '' },
    { name: 'half a head', type: 'universal', say: 'GET /ws HTTP/1.1\r\nHost: x\r\n' },
    { name: 'half a RawSocket handshake', type: 'universal', say: '\u007f' },
    { name: 'nothing, where TLS is spoken', type: 'universal', say: '', tls: TLS },
    { name: 'half a handshake of TLS', type: 'rawsocket', say: '\u0016\u0003\u0001', tls: TLS },
  ] as const)('$name: $type', async ({ type, say, ...tls }) => {
    await using lab = await openLab({ handshakeMs: 300 })
    await using one = await listenOne(lab.bus, { type, ...LOOPBACK, ...tls }, 300)
    const wire = new RawSocketWire(connect(one.port, '127.0.0.1'))
    if (say !== '') wire.socket.write(Buffer.from(say, 'latin1'))
    const began = Date.now()
    await wire.closed
    expect(Date.now() - began).toBeLessThan(5000)
    expect(lab.bus.metrics().connections).toBe(0)
  })
})

describe('connections', () => {
  test('from one address are limited on all listeners together', async () => {
    await using lab = await openLab({ connectionsPerAddressMax: 2 })
    await using one = await listenOne(lab.bus, { type: 'universal', ...LOOPBACK })
    const raw = await openRawSocketPeer({ port: one.port }, JSON_LANGUAGE)
    const ws = await openWebSocketPeer(lab.url, JSON_LANGUAGE)
    await expect(openRawSocketPeer({ port: one.port }, JSON_LANGUAGE)).rejects.toThrow('refused: 7f400000')
    await expect(openWebSocketPeer(lab.url, JSON_LANGUAGE)).rejects.toThrow('503')
    const answer = await post(`http://127.0.0.1:${one.port}/wamp/open`, '{"protocols":["wamp.2.json"]}')
    expect(answer.status).toBe(503)
    ws.close()
    await expect.poll(() => lab.bus.metrics().connections, PATIENT).toBe(1)
    ;(await openWebSocketPeer(lab.url, JSON_LANGUAGE)).close()
    raw.close()
  })

  test('that die within an upgrade or a handshake are forgotten', async () => {
    await using lab = await openLab()
    await using one = await listenOne(lab.bus, { type: 'universal', ...LOOPBACK })
    const upgrade =
      'GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n' +
      'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: wamp.2.json\r\n\r\n'
    for (const say of [upgrade, upgrade.slice(0, -4), '\u007f\u00f1\u0000\u0000', '\u007f\u00f1']) {
      for (let n = 0; n < 25; n += 1) {
        const socket = connect(one.port, '127.0.0.1')
        await once(socket, 'connect')
        socket.write(Buffer.from(say, 'latin1'))
        socket.resetAndDestroy()
      }
    }
    const peer = await openRawSocketPeer({ port: one.port }, JSON_LANGUAGE)
    await new Talker(peer).join()
    await expect.poll(() => lab.bus.metrics().connections, PATIENT).toBe(1)
    peer.close()
  })
})

function derOf(text: string): string {
  return text.replaceAll(/-----[^-]+-----|\s/g, '')
}

/** Leaves a socket file as a process does that is killed. */
async function leaveBehind(path: string): Promise<void> {
  const { spawn } = await import('node:child_process')
  const listening = `require('net').createServer().listen(process.argv[1],()=>console.log('up'))`
  const child = spawn(process.execPath, ['-e', listening, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'exit')
}
