import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { ERROR, join, openWebSocket } from '@sluice/wamp'
import { describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { PATIENT, openLab, openRaw } from './lab.ts'

const HELLO = '[1,"realm1",{"roles":{"subscriber":{},"publisher":{},"caller":{},"callee":{}}}]'
const MIB = 2 ** 20

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
/** What is really held, after a collection: resident memory also counts what was freed and not given back. */
function heldBytes(): number {
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** The status of an upgrade that is refused. */
async function statusOf(url: string, protocols: string[], headers: Record<string, string> = {}): Promise<number> {
  const ws = new WebSocket(url, protocols, { headers })
  const [, response] = (await once(ws, 'unexpected-response')) as [unknown, { statusCode: number }]
  ws.on('error', () => {})
  ws.terminate()
  return response.statusCode
}

describe('upgrade', () => {
  test.each([
    { name: 'no subprotocol is not for the bus', protocols: [], headers: {}, status: 426 },
    { name: 'another subprotocol is not for the bus', protocols: ['mqtt'], headers: {}, status: 426 },
    { name: 'a serializer that is not served', protocols: ['wamp.2.flatbuffers'], headers: {}, status: 400 },
    {
      name: 'a page of another site',
      protocols: ['wamp.2.json'],
      headers: { origin: 'https://evil.example' },
      status: 403,
    },
  ])('$name: $status', async ({ protocols, headers, status }) => {
    await using lab = await openLab()
    expect(await statusOf(lab.url, protocols, headers)).toBe(status)
  })

  test('above the limit of connections: 503', async () => {
    await using lab = await openLab({ connectionsMax: 1 })
    await openRaw(lab.url)
    expect(await statusOf(lab.url, ['wamp.2.json'])).toBe(503)
    expect(lab.bus.metrics()).toMatchObject({ connections: 1, upgradesRefused: 1 })
  })

  test('our preference decides among what is offered', async () => {
    await using lab = await openLab()
    const { ws } = await openRaw(lab.url, ['wamp.2.cbor.batched', 'wamp.2.cbor', 'wamp.2.msgpack', 'wamp.2.json'])
    expect(ws.protocol).toBe('wamp.2.json')
    expect(ws.extensions).toBe('')
  })
})

describe('connections', () => {
  test('a binary frame is a protocol violation', async () => {
    await using lab = await openLab()
    const raw = await openRaw(lab.url)
    raw.ws.send(Buffer.from(HELLO))
    expect(await raw.nextText()).toContain(ERROR.protocolViolation)
    expect((await raw.closed).code).toBe(1002)
  })

  test('a message above 1 MiB closes with 1009', async () => {
    await using lab = await openLab()
    const raw = await openRaw(lab.url)
    raw.send(HELLO)
    await raw.nextText()
    raw.send(`[16,1,{},"a.b",["${'x'.repeat(MIB)}"]]`)
    expect((await raw.closed).code).toBe(1009)
  })

  test('a message just below 1 MiB passes', async () => {
    await using lab = await openLab()
    const [one, two] = [await openRaw(lab.url), await openRaw(lab.url)]
    for (const raw of [one, two]) {
      raw.send(HELLO)
      await raw.nextText()
    }
    one.send('[32,1,{},"a.b"]')
    await one.nextText()
    const text = 'x'.repeat(MIB - 100)
    two.send(`[16,1,{},"a.b",["${text}"]]`)
    expect((await one.nextText()).endsWith(`,{},["${text}"]]`)).toBe(true)
  })

  test('frames of every length field pass: 125, 126, 65,535 and 65,536 bytes', async () => {
    await using lab = await openLab()
    const raw = await openRaw(lab.url)
    raw.send(HELLO)
    await raw.nextText()
    raw.send('[64,1,{},"a.echo"]')
    await raw.nextText()
    for (const [at, length] of [125, 126, 127, 65_535, 65_536].entries()) {
      raw.send(`[48,2,{},"a.echo"]`)
      await raw.nextText()
      const text = 'ü' + 'x'.repeat(length - '[50,2,{},[""]]'.length - 2)
      raw.send(`[70,${at + 1},{},["${text}"]]`)
      const frame = await raw.nextText()
      expect(frame).toBe(`[50,2,{},["${text}"]]`)
      expect(Buffer.byteLength(frame)).toBe(length)
    }
  })

  test('a peer that answers no ping is cut off, one that does stays', async () => {
    await using lab = await openLab({ pingMs: 1000 })
    const healthy = await openRaw(lab.url)
    const silent = new WebSocket(lab.url, ['wamp.2.json'], { autoPong: false })
    const [code] = (await once(silent, 'close')) as [number]
    expect(code).toBe(1006)
    healthy.send(HELLO)
    expect(await healthy.nextText()).toMatch(/^\[2,/)
  })

  test('a peer that vanishes is forgotten', async () => {
    await using lab = await openLab()
    const raw = await openRaw(lab.url)
    raw.send(HELLO)
    await raw.nextText()
    expect(lab.bus.sessions()).toBe(1)
    raw.close()
    await expect.poll(() => lab.bus.metrics(), PATIENT).toMatchObject({ sessions: 0, connections: 0 })
  })

  test('drain says GOODBYE, closes with 1012 and takes nobody on', async () => {
    await using lab = await openLab()
    const joined = await openRaw(lab.url)
    const idle = await openRaw(lab.url)
    joined.send(HELLO)
    await joined.nextText()
    const drained = lab.bus.drain()
    expect(await joined.nextText()).toBe('[6,{},"wamp.close.system_shutdown"]')
    joined.send('[6,{},"wamp.close.goodbye_and_out"]')
    expect((await joined.closed).code).toBe(1012)
    expect((await idle.closed).code).toBe(1012)
    expect(await statusOf(lab.url, ['wamp.2.json'])).toBe(503)
    await drained
    expect(lab.bus.metrics()).toMatchObject({ sessions: 0, connections: 0 })
  })
})

describe('a subscriber that stops reading', () => {
  test('costs its own events, counted, and neither memory nor the others', { timeout: 60_000 }, async () => {
    await using lab = await openLab()
    const stopped = await openRaw(lab.url)
    const timers = globalThis
    const healthy = await join(await openWebSocket(lab.url), { realm: 'realm1', timers })
    const publisher = await join(await openWebSocket(lab.url), { realm: 'realm1', timers })
    stopped.send(HELLO)
    await stopped.nextText()
    stopped.send('[32,1,{},"flood"]')
    await stopped.nextText()
    let received = 0
    await healthy.subscribe('flood', () => (received += 1))
    stopped.ws.pause()
    const kilobyte = 'x'.repeat(1024)
    const before = heldBytes()
    const count = 40_000
    for (let n = 0; n < count; n += 100) {
      for (let i = 1; i < 100; i += 1) publisher.publish('flood', [kilobyte])
      await publisher.publishAcknowledged('flood', [kilobyte])
    }
    await expect.poll(() => received, { timeout: 20_000 }).toBe(count)
    const { eventsDropped, events } = lab.bus.metrics()
    expect(eventsDropped).toBeGreaterThan(count / 2)
    expect(events + eventsDropped).toBe(2 * count)
    expect(heldBytes() - before).toBeLessThan(12 * MIB)
    // it reads again: it gets what was queued, in order, and lives on
    stopped.ws.resume()
    stopped.send('[48,2,{},"nobody.there"]')
    let frame = await stopped.nextText()
    while (!frame.startsWith('[8,')) frame = await stopped.nextText()
    expect(frame).toContain(ERROR.noSuchProcedure)
    await Promise.all([healthy.leave(), publisher.leave()])
  })

  test('slowly, but steadily, is not taken for dead', { timeout: 60_000 }, async () => {
    // congested sooner than that, also on a busy machine: until then its silence counts
    const pingMs = 1500
    await using lab = await openLab({ pingMs })
    const slow = await openRaw(lab.url)
    slow.send(HELLO)
    await slow.nextText()
    slow.send('[32,1,{},"flood"]')
    await slow.nextText()
    const publisher = await join(await openWebSocket(lab.url), { realm: 'realm1', timers: globalThis })
    slow.ws.pause()
    const text = 'x'.repeat(64 * 1024)
    // more than the kernel takes for a socket that is not read
    for (let n = 0; n < 400; n += 1) await publisher.publishAcknowledged('flood', [text])
    expect(lab.bus.metrics().eventsDropped).toBeGreaterThan(0)
    let events = 0
    slow.ws.on('message', () => (events += 1))
    // for longer than a peer that is not heard would live
    await new Promise((resolve) => setTimeout(resolve, 2 * pingMs))
    for (let turn = 0; turn < 150; turn += 1) {
      slow.ws.resume()
      await new Promise((resolve) => setImmediate(resolve))
      slow.ws.pause()
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    slow.ws.resume()
    slow.send('[48,2,{},"nobody.there"]')
    let frame = await slow.nextText()
    while (!frame.startsWith('[8,')) frame = await slow.nextText()
    expect(events).toBeGreaterThan(20)
    await publisher.leave()
  })

  test('with answers to itself piling up is no longer read, and costs no memory', { timeout: 60_000 }, async () => {
    await using lab = await openLab()
    const url = new URL(lab.url)
    const raw = connectTcp(Number(url.port), url.hostname)
    await once(raw, 'connect')
    raw.write(
      `GET /ws HTTP/1.1\r\nHost: ${url.host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n` +
        'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: wamp.2.json\r\n\r\n',
    )
    await once(raw, 'data')
    raw.write(masked(HELLO))
    await once(raw, 'data')
    raw.pause()
    const before = heldBytes()
    // each CALL is answered with an ERROR that repeats its long procedure name
    const call = masked(`[48,1,{},"${'x'.repeat(1000)}"]`)
    const burst = Buffer.concat(Array.from({ length: 1000 }, () => call))
    let written = 0
    while (written < 64 * MIB && raw.writableLength < 8 * MIB) {
      raw.write(burst)
      written += burst.length
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(raw.writableLength).toBeGreaterThan(4 * MIB)
    // 8 MiB of them are the client's own
    expect(heldBytes() - before).toBeLessThan(24 * MIB)
    expect(lab.bus.sessions()).toBe(1)
    raw.destroy()
  })
})

/** A client's text frame with an all-zero mask (RFC 6455 §5.3), up to 64 KiB. */
function masked(text: string): Buffer {
  const payload = Buffer.from(text)
  const head = Buffer.from([0x81, 0x80 | 126, payload.length >> 8, payload.length & 0xff, 0, 0, 0, 0])
  return payload.length < 126
    ? Buffer.concat([Buffer.from([0x81, 0x80 | payload.length, 0, 0, 0, 0]), payload])
    : Buffer.concat([head, payload])
}
