import { expect, test } from 'vitest'
import { type Message, ProtocolError, Router, type Serializer, TYPE, type Transport } from '../src/index.ts'
import { cborSerializer, jsonSerializer, msgpackSerializer } from '../src/index.ts'
import { damagedFrames } from './damaged-frames.ts'
import { xorshift } from './mutate.ts'

const FRAMES = 50_000
/** Sessions that send damaged frames at a time: enough to call and hear each other. */
const PEERS = 4
const HELLO: Message = [
  TYPE.HELLO,
  'realm1',
  { roles: { caller: {}, callee: { features: { call_canceling: true } }, publisher: {}, subscriber: {} } },
]

/** The router's end of a connection over which frames come as they are, and nobody reads what is sent. */
class FrameTransport implements Transport {
  readonly bufferedBytes = 0
  isClosed = false
  sent = 0
  readonly #by: Serializer
  #onMessage: (message: Message) => void = () => {}
  #onViolation: (error: ProtocolError) => void = () => {}
  #onClose: (close: { code: number; reason: string }) => void = () => {}

  constructor(by: Serializer) {
    this.#by = by
  }

  send(message: Message): void {
    this.#by.decode(this.#by.encode(message))
    this.sent += 1
  }

  onMessage(listener: (message: Message) => void): void {
    this.#onMessage = listener
  }

  onViolation(listener: (error: ProtocolError) => void): void {
    this.#onViolation = listener
  }

  onClose(listener: (close: { code: number; reason: string }) => void): void {
    this.#onClose = listener
  }

  close(code = 1000, reason = ''): void {
    if (this.isClosed) return
    this.isClosed = true
    this.#onClose({ code, reason })
  }

  receive(frame: string | Uint8Array): void {
    if (this.isClosed) return
    let message: Message
    try {
      message = this.#by.decode(frame)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.#onViolation(error)
      return
    }
    this.#onMessage(message)
  }
}

/** Some turns later whatever a message leads to has been led to. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 8; turn += 1) await Promise.resolve()
}

test.each([
  { by: jsonSerializer(), seed: 0x70_9 },
  { by: msgpackSerializer(), seed: 0x41_fa },
  { by: cborSerializer(), seed: 0xd0_0d },
])('fifty thousand damaged frames through a router: $by.subprotocol, seed $seed', { timeout: 120_000 }, async (row) => {
  const { by, seed } = row
  const router = new Router({
    authenticate: () => ({
      kind: 'accept',
      identity: { authid: 'anyone', authrole: 'anonymous', authmethod: 'anonymous', authprovider: 'test' },
    }),
    authorize: () => true,
    timers: { setTimeout: () => 0, clearTimeout: () => {} },
  })
  router.openRealm('realm1')
  const open = async (): Promise<FrameTransport> => {
    const transport = new FrameTransport(by)
    router.attach(transport)
    transport.receive(by.encode(HELLO))
    await settle()
    expect(transport.sent).toBe(1)
    return transport
  }
  const random = xorshift(seed)
  const mutate = damagedFrames(by, random)
  const peers: FrameTransport[] = []
  let aborted = 0
  for (let i = 0; i < FRAMES; i += 1) {
    const at = random(PEERS)
    const known = peers[at]
    const peer = known === undefined || known.isClosed ? await open() : known
    if (known?.isClosed) aborted += 1
    peers[at] = peer
    peer.receive(mutate())
    await Promise.resolve()
  }
  expect(aborted).toBeGreaterThan(FRAMES / 10)
  for (const peer of peers) peer.close()
  await settle()
  expect(router.metrics()).toMatchObject({ sessions: 0, subscriptions: 0, registrations: 0 })
  await open()
})
