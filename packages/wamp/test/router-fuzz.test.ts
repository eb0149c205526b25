import { expect, test } from 'vitest'
import {
  type Frame,
  type Message,
  Payload,
  ProtocolError,
  Router,
  type Serializer,
  type Transport,
  cborSerializer,
  jsonSerializer,
  msgpackSerializer,
} from '../src/index.ts'
import { ManualTimers } from '../src/testing/manual-timers.ts'
import { settled } from '../src/testing/open-router.ts'
import { damagedFrames } from './damaged-frames.ts'
import { type Random, xorshift } from './mutate.ts'

const FRAMES = 50_000
const PEERS = 8

/** The router's end of a connection whose peer says whatever a test gives it. */
class FrameTransport implements Transport {
  readonly bufferedBytes = 0
  isClosed = false
  lastSent = 0
  readonly #serializer: Serializer
  #onMessage: (message: Message) => void = () => {}
  #onViolation: (error: ProtocolError) => void = () => {}
  #onClose: (close: { code: number; reason: string }) => void = () => {}

  constructor(serializer: Serializer) {
    this.#serializer = serializer
  }

  send(message: Message): void {
    if (this.isClosed) return
    this.#serializer.encode(message)
    this.lastSent = message[0]
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

  /** A frame from the peer. */
  receive(frame: Frame): void {
    if (this.isClosed) return
    let message: Message
    try {
      message = this.#serializer.decode(frame)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      return this.#onViolation(error)
    }
    this.#onMessage(message)
  }
}

const META = ['session.count', 'session.get', 'session.kill', 'session.add_testament', 'subscription.get_events']
const ROLE = { features: { progressive_call_invocations: true, call_canceling: true, payload_passthru_mode: true } }
const HELLO: Message = [
  1,
  'realm1',
  { roles: { publisher: ROLE, subscriber: ROLE, caller: ROLE, callee: ROLE }, resumable: true },
]

/** What may be said, so that there is something to damage the state of. */
function sense(random: Random, n: number): Message {
  const uri = `com.example.uri${random(2) === 0 ? '' : random(3)}`
  switch (random(8)) {
    case 0:
      return [32, n, { match: 'prefix', get_retained: true }, uri]
    case 1:
      return [64, n, { invoke: 'roundrobin' }, uri]
    case 2:
      return [48, n, { receive_progress: true, progress: random(3) === 0, timeout: random(100) }, uri, Payload.of([n])]
    case 3:
      return [48, n, {}, `wamp.${META[random(META.length)] ?? ''}`, Payload.of([random(5), [], {}], { limit: -1 })]
    case 4:
      return [70, 1 + random(3), { progress: random(2) === 0 }, Payload.of([n])]
    case 5:
      return [49, Math.max(1, n - random(4)), {}]
    case 6:
      return [34, n, 1 + random(5)]
    default:
      return [16, n, { acknowledge: true, retain: true, exclude_me: false }, uri, Payload.of([n])]
  }
}

test.each([
  { name: 'JSON', by: jsonSerializer(), seed: 0xdead },
  { name: 'MessagePack', by: msgpackSerializer(), seed: 0xbeef },
  { name: 'CBOR', by: cborSerializer(), seed: 0xfade },
])('fifty thousand damaged $name frames into joined sessions', { timeout: 120_000 }, async ({ by, seed }) => {
  const random = xorshift(seed)
  const damaged = damagedFrames(by, random)
  const faults: unknown[] = []
  const timers = new ManualTimers()
  const router = new Router({
    authenticate: () => ({
      kind: 'accept',
      identity: { authid: 'anyone', authrole: 'anonymous', authmethod: 'anonymous', authprovider: 'test' },
    }),
    authorize: (_session, _action, uri) => (uri.endsWith('1') ? Promise.resolve(true) : true),
    timers,
    now: () => timers.now,
    realm: { resumption: { windowMs: 100, eventsMax: 10 }, quotas: { principal: { sessions: 1000 } } },
    onFault: (error) => faults.push(error),
  })
  router.openRealm('realm1')
  const join = (): FrameTransport => {
    const transport = new FrameTransport(by)
    router.attach(transport)
    transport.receive(by.encode(HELLO))
    expect(transport.lastSent).toBe(2)
    return transport
  }
  const peers = Array.from({ length: PEERS }, join)
  let ended = 0
  // a stack costs more than all the rest
  const errors = Error as { stackTraceLimit?: number }
  errors.stackTraceLimit = 0
  for (let n = 1; n <= FRAMES; n += 1) {
    const at = random(PEERS)
    const peer = peers[at]
    peer?.receive(by.encode(sense(random, n)))
    peer?.receive(damaged())
    if (n % 10 === 0) await settled()
    if (n % 100 === 0) timers.advance(10)
    if (n % 500 === 0) peer?.close()
    if (!peer?.isClosed && peer?.lastSent !== 6) continue
    // an end that the peer itself asked for is no ABORT
    ended += 1
    peer.close()
    peers[at] = join()
  }
  errors.stackTraceLimit = 10
  expect(faults).toEqual([])
  expect(ended).toBeGreaterThan(1000)
  for (const peer of peers) peer.close()
  await settled()
  timers.advance(200_000)
  expect(router.metrics()).toMatchObject({ sessions: 0, sessionsParked: 0, registrations: 0 })
  expect([router.connections, router.realm('realm1')?.usage.calls, timers.size]).toEqual([0, 0, 0])
})
