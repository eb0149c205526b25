import type { AddressInfo } from 'node:net'
import { afterAll, describe, expect, test } from 'vitest'
import { PATIENT, openLab } from './lab.ts'
import { type ClientFrame, clientFrame, closeFrame, openFrames } from './peers/frames.ts'

const lab = await openLab()
afterAll(async () => await lab[Symbol.asyncDispose]())
const { port } = lab.server.address() as AddressInfo

const HELLO = '[1,"realm1",{"roles":{"caller":{}}}]'
const TEXT = 1
const PING = 9
const PONG = 10
const MIB = 2 ** 20

interface Refused {
  readonly name: string
  readonly frames: readonly ClientFrame[]
  readonly code: number
}
const start: ClientFrame = { fin: false, payload: HELLO.slice(0, 9) }

/** RFC 6455: 1002 for what no client may do, 1007 for text that is not UTF-8, 1009 for what is too long. */
const REFUSED: readonly Refused[] = [
  ...[4, 2, 1].map((rsv) => ({ name: `RSV bits ${rsv}`, frames: [{ rsv, payload: HELLO }], code: 1002 })),
  ...[3, 4, 5, 6, 7].map((opcode) => ({ name: `data opcode ${opcode}`, frames: [{ opcode }], code: 1002 })),
  ...[11, 12, 13, 14, 15].map((opcode) => ({ name: `control opcode ${opcode}`, frames: [{ opcode }], code: 1002 })),
  { name: 'a text frame without a mask', frames: [{ isMasked: false, payload: HELLO }], code: 1002 },
  { name: 'a ping without a mask', frames: [{ opcode: PING, isMasked: false }], code: 1002 },
  ...[8, PING, PONG].map((opcode) => ({
    name: `a fragment of opcode ${opcode}`,
    frames: [{ fin: false, opcode }],
    code: 1002,
  })),
  ...[8, PING, PONG].map((opcode) => ({
    name: `126 bytes of opcode ${opcode}`,
    frames: [{ opcode, payload: 'x'.repeat(126) }],
    code: 1002,
  })),
  { name: 'a continuation of nothing', frames: [{ opcode: 0, payload: HELLO }], code: 1002 },
  { name: 'an open continuation of nothing', frames: [{ fin: false, opcode: 0, payload: HELLO }], code: 1002 },
  { name: 'text within fragments', frames: [start, { payload: HELLO }], code: 1002 },
  { name: 'bytes within fragments', frames: [start, { opcode: 2, payload: HELLO }], code: 1002 },
  { name: 'a close frame of one byte', frames: [{ opcode: 8, payload: '\u0003' }], code: 1002 },
  ...[0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535].map((code) => ({
    name: `close code ${code}`,
    frames: [closeFrame(code)],
    code: 1002,
  })),
  { name: 'a close reason that is not UTF-8', frames: [closeFrame(1000, Buffer.from([0xff]))], code: 1007 },
  ...[
    ['a lone continuation byte', [0x80]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['a code point above U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
    ['a character cut short', [0xe2, 0x82]],
    ['the byte FF', [0xff]],
  ].map(([name, bytes]) => ({
    name: `text with ${String(name)}`,
    frames: [{ payload: Buffer.from(bytes as number[]) }],
    code: 1007,
  })),
  {
    name: 'bad UTF-8 in the second fragment',
    frames: [start, { opcode: 0, payload: Buffer.from([0xc3, 0x28]) }],
    code: 1007,
  },
  { name: 'a frame that claims more than 1 MiB', frames: [{ claims: BigInt(MIB + 1) }], code: 1009 },
  { name: 'a frame that claims 2^63 bytes', frames: [{ claims: 2n ** 63n }], code: 1009 },
  {
    name: 'fragments of more than 1 MiB together',
    frames: Array.from({ length: 17 }, (_, i) => ({
      fin: false,
      opcode: i === 0 ? TEXT : 0,
      payload: 'x'.repeat(65_535),
    })),
    code: 1009,
  },
  {
    name: 'ten thousand empty fragments',
    frames: [start, ...Array.from({ length: 10_000 }, () => ({ fin: false, opcode: 0 }))],
    code: 1008,
  },
]

describe('frames that no client may send', () => {
  test.each(REFUSED)('$name: $code', async ({ frames, code }) => {
    const wire = await openFrames(port)
    wire.send(...frames)
    expect(await wire.closeCode()).toBe(code)
    wire.wire.socket.destroy()
  })
})

describe('frames that are unusual and right', () => {
  test.each([
    {
      name: 'a message in three fragments',
      frames: [
        { fin: false, payload: HELLO.slice(0, 5) },
        { fin: false, opcode: 0, payload: HELLO.slice(5, 20) },
        { opcode: 0, payload: HELLO.slice(20) },
      ],
      pongs: [],
    },
    {
      name: 'a fragment that is empty',
      frames: [{ fin: false }, { fin: false, opcode: 0, payload: HELLO }, { opcode: 0 }],
      pongs: [],
    },
    {
      name: 'pings between fragments',
      frames: [
        { fin: false, payload: HELLO.slice(0, 5) },
        { opcode: PING, payload: 'one' },
        { opcode: PING },
        { opcode: 0, payload: HELLO.slice(5) },
      ],
      pongs: ['one', ''],
    },
    {
      name: 'a ping of 125 bytes',
      frames: [{ opcode: PING, payload: 'x'.repeat(125) }, { payload: HELLO }],
      pongs: ['x'.repeat(125)],
    },
    {
      name: 'pongs that nobody asked for',
      frames: [{ opcode: PONG }, { opcode: PONG, payload: 'x' }, { payload: HELLO }],
      pongs: [],
    },
    {
      name: 'a length in more bytes than it needs',
      frames: [{ payload: HELLO, claims: BigInt(HELLO.length) }],
      pongs: [],
    },
  ])('$name', async ({ frames, pongs }) => {
    const wire = await openFrames(port)
    wire.send(...frames)
    for (const pong of pongs) {
      const frame = await wire.next()
      expect(frame?.opcode).toBe(PONG)
      expect(frame?.payload.toString()).toBe(pong)
    }
    expect((await wire.next())?.payload.toString()).toMatch(/^\[2,/)
    wire.wire.socket.destroy()
  })

  test('a message byte by byte', async () => {
    const wire = await openFrames(port)
    wire.wire.socket.setNoDelay(true)
    for (const byte of clientFrame({ payload: HELLO })) {
      wire.wire.socket.write(Buffer.from([byte]))
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect((await wire.next())?.payload.toString()).toMatch(/^\[2,/)
    wire.wire.socket.destroy()
  })

  test.each([
    { name: '1000', frame: closeFrame(1000), code: 1000 },
    { name: '1001 with a reason', frame: closeFrame(1001, 'away'), code: 1001 },
    { name: '3000', frame: closeFrame(3000), code: 3000 },
    { name: '4999', frame: closeFrame(4999), code: 4999 },
    { name: 'none', frame: { opcode: 8 }, code: 1005 },
  ])('close code $name is answered with itself, and the socket ended', async ({ frame, code }) => {
    const wire = await openFrames(port)
    wire.send(frame)
    expect(await wire.closeCode()).toBe(code)
    await wire.wire.closed
  })
})

describe('text and bytes', () => {
  test.each([
    { subprotocol: 'wamp.2.json', opcode: 2, payload: HELLO },
    { subprotocol: 'wamp.2.json.batched', opcode: 2, payload: `${HELLO}\u0018` },
    { subprotocol: 'wamp.2.msgpack', opcode: 1, payload: HELLO },
    { subprotocol: 'wamp.2.cbor', opcode: 1, payload: HELLO },
    { subprotocol: 'wamp.2.cbor.batched', opcode: 1, payload: HELLO },
  ])('the wrong one on $subprotocol is a protocol violation', async ({ subprotocol, opcode, payload }) => {
    const wire = await openFrames(port, subprotocol)
    wire.send({ opcode, payload })
    expect((await wire.next())?.payload.toString()).toContain('wamp.error.protocol_violation')
    expect(await wire.closeCode()).toBe(1002)
    wire.wire.socket.destroy()
  })

  test.each([
    { name: 'an empty batch', payload: '' },
    { name: 'a batch whose second message is none', payload: `${HELLO}\u0018[16\u0018` },
  ])('$name is a protocol violation', async ({ payload }) => {
    const wire = await openFrames(port, 'wamp.2.json.batched')
    wire.send({ payload })
    expect(await wire.closeCode()).toBe(1002)
    wire.wire.socket.destroy()
  })

  test('messages of one turn leave as one batch, and a batch is read as what it holds', async () => {
    const wire = await openFrames(port, 'wamp.2.json.batched')
    wire.send({ payload: `${HELLO}\u0018` })
    expect((await wire.next())?.payload.toString().split('\u0018')).toEqual([expect.stringMatching(/^\[2,/), ''])
    const calls = [1, 2, 3].map((id) => `[48,${id},{},"nobody.there"]\u0018`).join('')
    wire.send({ payload: calls })
    const answers = (await wire.next())?.payload.toString().split('\u0018') ?? []
    expect(answers.map((text) => text.slice(0, 8))).toEqual(['[8,48,1,', '[8,48,2,', '[8,48,3,', ''])
    wire.wire.socket.destroy()
  })
})

test('a peer that pings and never reads is left unread', async () => {
  const wire = await openFrames(port)
  const { socket } = wire.wire
  socket.pause()
  const burst = Buffer.concat(
    Array.from({ length: 10_000 }, () => clientFrame({ opcode: PING, payload: 'x'.repeat(125) })),
  )
  for (let n = 0; n < 40 && socket.writableLength < 8 * MIB; n += 1) {
    socket.write(burst)
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(socket.writableLength).toBeGreaterThan(MIB)
  socket.destroy()
  await expect.poll(() => lab.bus.metrics().connections, PATIENT).toBe(0)
})
