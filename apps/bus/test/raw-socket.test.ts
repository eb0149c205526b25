import { once } from 'node:events'
import { connect } from 'node:net'
import { ERROR, type Serializer, serializerOf } from '@sluice/wamp'
import { Talker } from '@sluice/wamp/testing'
import { afterAll, describe, expect, test } from 'vitest'
import { startListeners } from '../src/index.ts'
import { PATIENT, openLab } from './lab.ts'
import { RawSocketWire, openRawSocketPeer } from './peers/raw-socket.ts'

const lab = await openLab({ handshakeMs: 300 })
const listeners = await startListeners([{ type: 'rawsocket', host: '127.0.0.1', port: 0 }], lab.bus, {
  handshakeMs: 300,
})
const { port } = listeners.addresses[0] as { port: number }
afterAll(async () => {
  await lab[Symbol.asyncDispose]()
  await listeners[Symbol.asyncDispose]()
})

const JSON_LANGUAGE = serializerOf('wamp.2.json') as Serializer
const HELLO = '[1,"realm1",{"roles":{"caller":{}}}]'
const MIB = 2 ** 20
const BATCH = 4

async function openWire(): Promise<RawSocketWire> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  socket.setNoDelay(true)
  return new RawSocketWire(socket)
}

/** A wire whose handshake is done. */
async function openJson(): Promise<RawSocketWire> {
  const wire = await openWire()
  wire.socket.write(Buffer.from([0x7f, 0xf1, 0, 0]))
  expect([...(await wire.read(4))]).toEqual([0x7f, 0xb1, 0, 0])
  return wire
}

describe('handshake', () => {
  test.each([
    { name: 'JSON, 16 MiB', octets: [0x7f, 0xf1, 0, 0], answer: [0x7f, 0xb1, 0, 0] },
    { name: 'JSON, 512 bytes', octets: [0x7f, 0x01, 0, 0], answer: [0x7f, 0xb1, 0, 0] },
    { name: 'MessagePack', octets: [0x7f, 0xf2, 0, 0], answer: [0x7f, 0xb2, 0, 0] },
    { name: 'CBOR', octets: [0x7f, 0x73, 0, 0], answer: [0x7f, 0xb3, 0, 0] },
  ])('$name is taken, and told that we take 1 MiB', async ({ octets, answer }) => {
    const wire = await openWire()
    wire.socket.write(Buffer.from(octets))
    expect([...(await wire.read(4))]).toEqual(answer)
    wire.socket.destroy()
  })

  test.each([
    { name: 'serializer 0', octets: [0x7f, 0xf0, 0, 0], answer: [0x7f, 0x10, 0, 0] },
    { name: 'UBJSON', octets: [0x7f, 0xf4, 0, 0], answer: [0x7f, 0x10, 0, 0] },
    { name: 'serializer 15', octets: [0x7f, 0xff, 0, 0], answer: [0x7f, 0x10, 0, 0] },
    { name: 'reserved bits of the third octet', octets: [0x7f, 0xf1, 1, 0], answer: [0x7f, 0x30, 0, 0] },
    { name: 'reserved bits of the fourth octet', octets: [0x7f, 0xf1, 0, 0x80], answer: [0x7f, 0x30, 0, 0] },
    { name: 'another first octet', octets: [0x7e, 0xf1, 0, 0], answer: [] },
    { name: 'HTTP', octets: [...Buffer.from('GET / HTTP/1.1\r\n\r\n')], answer: [] },
  ])('$name is refused', async ({ octets, answer }) => {
    const wire = await openWire()
    wire.socket.write(Buffer.from(octets))
    expect([...(await wire.read(4))]).toEqual(answer)
    await wire.closed
  })

  test('above the limit of connections: error 4', async () => {
    await using full = await openLab({ connectionsMax: 0 })
    await using small = await startListeners([{ type: 'rawsocket', host: '127.0.0.1', port: 0 }], full.bus)
    const wire = new RawSocketWire(connect((small.addresses[0] as { port: number }).port, '127.0.0.1'))
    wire.socket.write(Buffer.from([0x7f, 0xf1, 0, 0]))
    expect([...(await wire.read(4))]).toEqual([0x7f, 0x40, 0, 0])
    await wire.closed
    expect(full.bus.metrics().upgradesRefused).toBe(1)
  })

  test.each([
    { name: 'nothing', octets: [] },
    { name: 'one octet', octets: [0x7f] },
    { name: 'three octets', octets: [0x7f, 0xf1, 0] },
  ])('who sends $name is cut off in time', async ({ octets }) => {
    const wire = await openWire()
    if (octets.length > 0) wire.socket.write(Buffer.from(octets))
    await wire.closed
  })

  test('a client that leaves within it is forgotten', async () => {
    for (let n = 0; n < 50; n += 1) {
      const wire = await openWire()
      wire.socket.write(Buffer.from([0x7f, 0xf1]))
      wire.socket.resetAndDestroy()
    }
    await expect.poll(() => lab.bus.metrics().connections, PATIENT).toBe(0)
  })
})

describe('frames', () => {
  test('handshake and HELLO, split at every byte', async () => {
    const hello = Buffer.from(HELLO)
    const all = Buffer.concat([Buffer.from([0x7f, 0xf1, 0, 0, 0, 0, 0, hello.length]), hello])
    for (let at = 1; at < all.length; at += 1) {
      const wire = await openWire()
      wire.socket.write(all.subarray(0, at))
      await new Promise((resolve) => setTimeout(resolve, 1))
      wire.socket.write(all.subarray(at))
      await wire.read(4)
      expect((await wire.readFrame())?.payload.toString()).toMatch(/^\[2,/)
      wire.socket.destroy()
    }
  })

  test('byte by byte, and many in one segment', async () => {
    const wire = await openJson()
    const hello = Buffer.from([0, 0, 0, HELLO.length, ...Buffer.from(HELLO)])
    for (const byte of hello) {
      wire.socket.write(Buffer.from([byte]))
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect((await wire.readFrame())?.payload.toString()).toMatch(/^\[2,/)
    const call = Buffer.from('[48,1,{},"nobody.there"]')
    const one = Buffer.concat([Buffer.from([0, 0, 0, call.length]), call])
    wire.socket.write(Buffer.concat(Array.from({ length: BATCH }, () => one)))
    for (let n = 0; n < BATCH; n += 1) expect((await wire.readFrame())?.payload.toString()).toMatch(/^\[8,48,1,/)
    wire.socket.destroy()
  })

  test.each([
    { name: 'empty', payload: '' },
    { name: 'of 5 bytes', payload: '\u0000\u007f\u0001ab' },
    { name: 'of 4096 bytes', payload: 'x'.repeat(4096) },
  ])('a PING $name is echoed exactly', async ({ payload }) => {
    const wire = await openJson()
    wire.write(1, payload)
    expect(await wire.readFrame()).toEqual({ octet: 2, payload: Buffer.from(payload) })
    wire.socket.destroy()
  })

  test('a PONG that nobody asked for means nothing', async () => {
    const wire = await openJson()
    wire.write(2, 'x')
    wire.write(0, HELLO)
    expect((await wire.readFrame())?.payload.toString()).toMatch(/^\[2,/)
    wire.socket.destroy()
  })

  const long = Buffer.alloc(8)
  test.each([
    ...[3, 4, 5, 6, 7].map((type) => ({ name: `type ${type}`, bytes: [type, 0, 0, 0] })),
    ...[0x10, 0x20, 0x40, 0x80, 0xf0].map((octet) => ({ name: `reserved bits ${octet}`, bytes: [octet, 0, 0, 0] })),
    { name: 'the 25th bit: 16 MiB', bytes: [0x08, 0, 0, 0, ...long] },
    { name: 'the 25th bit and more', bytes: [0x08, 0, 0, 1] },
    { name: 'a HELLO of more than 4 kB', bytes: [0, 0, 0x10, 0x01] },
    { name: 'a PING of more than 4 kB before the session', bytes: [1, 0, 0x10, 0x01] },
    { name: 'text that is not UTF-8', bytes: [0, 0, 0, 2, 0xc3, 0x28] },
    { name: 'an empty message', bytes: [0, 0, 0, 0] },
  ])('$name fails the connection, with ABORT', async ({ bytes }) => {
    const wire = await openJson()
    wire.socket.write(Buffer.from(bytes))
    expect((await wire.readFrame())?.payload.toString()).toContain(ERROR.protocolViolation)
    await wire.closed
  })

  test('a message of more than 1 MiB fails the connection; one below passes', async () => {
    const peer = await openRawSocketPeer({ port }, JSON_LANGUAGE)
    const talker = new Talker(peer)
    await talker.join()
    const registration = await talker.register('long.one')
    const tail = `["${'x'.repeat(MIB - 100)}"]`
    talker.send(`[48,7,{},"long.one",${tail}]`)
    expect(await peer.nextFrame()).toBe(`[68,1,${registration},{},${tail}]`)
    peer.wire.socket.write(Buffer.from([0, 0x10, 0, 1]))
    expect(await talker.next()).toMatchObject([3, {}, ERROR.protocolViolation])
    await peer.closed
  })
})

describe('a peer that takes only short messages', () => {
  test('does not get an EVENT above its limit, and gets the next', async () => {
    const [small, large] = [
      await openRawSocketPeer({ port }, JSON_LANGUAGE, 3),
      await openRawSocketPeer({ port }, JSON_LANGUAGE),
    ]
    const [subscriber, publisher] = [new Talker(small), new Talker(large)]
    await subscriber.join()
    await publisher.join()
    await subscriber.subscribe('long.event')
    const text = 'x'.repeat(5000)
    for (const args of [`["${text}"]`, '["short"]']) {
      publisher.send(`[16,1,{"acknowledge":true},"long.event",${args}]`)
      expect((await publisher.next())[0]).toBe(17)
    }
    expect((await subscriber.next()).slice(3)).toEqual([{}, ['short']])
    small.close()
    large.close()
  })

  test('as a callee: the caller is answered payload_size_exceeded', async () => {
    const [small, large] = [
      await openRawSocketPeer({ port }, JSON_LANGUAGE, 3),
      await openRawSocketPeer({ port }, JSON_LANGUAGE),
    ]
    const [callee, caller] = [new Talker(small), new Talker(large)]
    await callee.join()
    await caller.join()
    await callee.register('long.call')
    caller.send(`[48,1,{},"long.call",["${'x'.repeat(5000)}"]]`)
    expect((await caller.next()).slice(0, 5)).toEqual([8, 48, 1, {}, ERROR.payloadSizeExceeded])
    await callee.expectSilence()
    small.close()
    large.close()
  })
})

describe('the connection', () => {
  test('one whose peer answers no PING is cut off, one that does stays', async () => {
    await using short = await openLab({ pingMs: 150 })
    await using one = await startListeners([{ type: 'rawsocket', host: '127.0.0.1', port: 0 }], short.bus)
    const address = one.addresses[0] as { port: number }
    const answering = await openRawSocketPeer(address, JSON_LANGUAGE)
    const silent = new RawSocketWire(connect(address.port, '127.0.0.1'))
    silent.socket.write(Buffer.from([0x7f, 0xf1, 0, 0]))
    await silent.read(4)
    const talker = new Talker(answering)
    await talker.join()
    silent.write(0, HELLO)
    expect((await silent.readFrame())?.octet).toBe(0)
    expect(await silent.readFrame()).toEqual({ octet: 1, payload: Buffer.alloc(0) })
    await silent.closed
    await talker.expectSilence()
    answering.close()
  })

  test('a client that half-closes is let go', async () => {
    const peer = await openRawSocketPeer({ port }, JSON_LANGUAGE)
    const talker = new Talker(peer)
    await talker.join()
    peer.wire.socket.end()
    await peer.closed
    await expect.poll(() => lab.bus.metrics().connections, PATIENT).toBe(0)
  })

  test('drain says GOODBYE and closes', async () => {
    const own = await openLab()
    await using one = await startListeners([{ type: 'rawsocket', host: '127.0.0.1', port: 0 }], own.bus)
    const peer = await openRawSocketPeer(one.addresses[0] as { port: number }, JSON_LANGUAGE)
    const talker = new Talker(peer)
    await talker.join()
    const drained = own[Symbol.asyncDispose]()
    expect(await talker.next()).toEqual([6, {}, 'wamp.close.system_shutdown'])
    talker.send('[6,{},"wamp.close.goodbye_and_out"]')
    await peer.closed
    await drained
  })
})
