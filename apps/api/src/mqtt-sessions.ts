import type { Client, PublishPacket } from 'aedes'
import { SluiceError } from '@sluice/model'
import type { Micros } from '@sluice/model'
import type { Auth } from './auth.ts'
import { requireUsable } from './key-constraints.ts'
import type { KeyClient } from './key-uses.ts'
import type { Publish, Published, Publisher } from './mqtt-publish.ts'

/** Characters of a client id; MQTT 3.1.1 §3.1.3.1 asks for 23 at least. */
export const CLIENT_ID_CHARS_MAX = 256
/** QoS 2 publishes of one client that it has not released yet. */
export const UNRELEASED_MAX = 1000
/** What is left of a publish for the broker, which only has to acknowledge it: no client can subscribe to this. */
const DONE_TOPIC = '$sluice/done'
const NOTHING = Buffer.alloc(0)

type Session = Publisher & {
  /** of this connection */
  serial: number
  /** ends when everything that came before has been acknowledged */
  tail: Promise<unknown>
  unsettled: number
}
/** `ack`: tell the client that it is done with. `close`: say nothing and go, so that the client sends it again. */
type Verdict = 'ack' | 'close'
type Sessions = {
  /** lets a client in that has a valid API key as its user name; its id gets its account in front */
  authenticate(client: Client, userName: string | undefined, done: AuthenticateDone): void
  /** runs a publish or a will, and calls back when it may be acknowledged: after COMMIT, and after those before it */
  settle(client: Client | null, packet: PublishPacket, done: (error?: Error | null) => void): void
  /** refuses what comes from now on; resolves when everything under way has been acknowledged */
  drain(): Promise<void>
}
/** `returnCode` is what CONNACK says (MQTT 3.1.1 §3.2.2.3). */
type Refusal = Error & { returnCode: number }
type AuthenticateDone = (error: Refusal | null, success: boolean) => void

export type SessionParts = {
  auth: Pick<Auth, 'identifyKey'>
  publish(publisher: Publisher, publish: Publish): Promise<Published>
  /** QoS 2 publishes of the client that were stored and are not released yet: how many, and whether this is one */
  unreleased(client: Client, packet: PublishPacket): Promise<{ count: number; isOne: boolean }>
  now(): Micros
}

/**
 * What the broker asks about its clients. Publishes of a client run side by side, so that they share commits, and are
 * acknowledged in the order in which they came (MQTT 3.1.1 §4.6).
 */
export function makeMqttSessions(parts: SessionParts): Sessions {
  const sessions = new WeakMap<Client, Session>()
  const runOnce = makeRunOnce(parts)
  const pending = new Set<Promise<unknown>>()
  let lastSerial = 0
  let isDraining = false

  const open = async (client: Client, key: string): Promise<void> => {
    const from: KeyClient = { address: addressOf(client), client: client.id, protocol: 'mqtt' }
    const principal = await parts.auth.identifyKey(key, from)
    requireUsable(principal)
    // two tenants may use one id, and neither must push the other out
    client.id = `${principal.accountId} ${client.id}`
    sessions.set(client, { key, principal, from, serial: ++lastSerial, tail: Promise.resolve(), unsettled: 0 })
  }
  return {
    authenticate(client, userName, done) {
      if (userName === undefined || userName === '') return done(refusal(5, 'no API key as user name'), false)
      if (client.id.length > CLIENT_ID_CHARS_MAX) return done(refusal(2, 'client id too long'), false)
      if (isDraining) return done(refusal(3, 'shutting down'), false)
      open(client, userName.trim()).then(
        () => done(null, true),
        (error: unknown) => done(refusal(codeOf(error), 'API key not accepted'), false),
      )
    },
    settle(client, packet, done) {
      const session = client && sessions.get(client)
      // at the end of the server a will says nothing about the device
      if (!session || (isDraining && isWillPacket(packet))) return done(new Error('not a client'))
      session.unsettled++
      const running = isDraining ? Promise.resolve<Verdict>('close') : runOnce(client, session, packet)
      const before = session.tail
      const turn = Promise.allSettled([running, before]).then(([settled]) => {
        session.unsettled--
        const isAcked = settled.status === 'fulfilled' && settled.value === 'ack'
        Object.assign(packet, { topic: DONE_TOPIC, payload: NOTHING, retain: false })
        if (isAcked) done(null)
        // acknowledgements before this one are written first
        else setImmediate(done, new Error('not stored'))
      })
      session.tail = turn
      pending.add(turn)
      void turn.finally(() => pending.delete(turn))
    },
    async drain() {
      isDraining = true
      while (pending.size > 0) await Promise.allSettled(pending)
    },
  }
}

type RunOnce = (client: Client, session: Session, packet: PublishPacket) => Promise<Verdict>

/** Runs publishes. A packet that comes again while its first copy is being stored waits for that one. */
function makeRunOnce(parts: SessionParts): RunOnce {
  const underWay = new Map<string, Promise<Verdict>>()
  const run = async (client: Client, session: Session, packet: PublishPacket): Promise<Verdict> => {
    const isWill = isWillPacket(packet)
    const publish = { topic: packet.topic, payload: bytesOf(packet.payload), isWill, receivedAt: parts.now() }
    if (packet.qos === 2 && !isWill) {
      const { count, isOne } = await parts.unreleased(client, packet)
      if (isOne) return 'ack'
      if (count + session.unsettled > UNRELEASED_MAX) return 'close'
    }
    return verdictOf(await parts.publish(session, publish), packet.qos)
  }
  return (client, session, packet) => {
    if (packet.qos === 0 || packet.messageId === undefined) return run(client, session, packet)
    const name = `${client.clean ? session.serial : client.id} ${packet.messageId}`
    const first = packet.dup ? underWay.get(name) : undefined
    if (first) return first
    const running = run(client, session, packet)
    underWay.set(name, running)
    const forget = (): void => {
      if (underWay.get(name) === running) underWay.delete(name)
    }
    running.then(forget, forget)
    return running
  }
}

/**
 * MQTT 3.1.1 has no negative acknowledgement. What may succeed later is not acknowledged; a key that is no longer valid
 * ends the connection; what will be refused again is acknowledged and stands in the request log. Nobody waits for QoS 0.
 */
function verdictOf(published: Published, qos: number): Verdict {
  if (published === 'unauthorized') return 'close'
  return qos > 0 && published === 'failed' ? 'close' : 'ack'
}

/** A will comes to the same hook as a publish, as the member of CONNECT that it was: without a command. */
const isWillPacket = (packet: Partial<PublishPacket>): boolean => packet.cmd !== 'publish'

const bytesOf = (payload: string | Buffer): Buffer => (typeof payload === 'string' ? Buffer.from(payload) : payload)

function addressOf({ conn }: Client): string {
  return 'remoteAddress' in conn && typeof conn.remoteAddress === 'string' ? conn.remoteAddress : ''
}

function codeOf(error: unknown): 3 | 4 | 5 {
  if (!(error instanceof SluiceError)) return 3
  return error.code === 'forbidden' ? 5 : 4
}

const refusal = (returnCode: 2 | 3 | 4 | 5, why: string): Refusal => Object.assign(new Error(why), { returnCode })
