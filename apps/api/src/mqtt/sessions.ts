import type { Client, PublishPacket } from 'aedes'
import { isWellFormedKey, SluiceError } from '@sluice/model'
import type { KeyPrincipal, Micros } from '@sluice/model'
import type { Keys } from './keys.ts'
import type { Publish, Published, Publisher, Refusal } from './publish.ts'
import type { SessionStore } from './session-store.ts'

/** Characters of a client id; MQTT 3.1.1 §3.1.3.1 asks for 23 at least. */
export const CLIENT_ID_CHARS_MAX = 256
/** QoS 2 publishes of one client that it has not released yet. */
const UNRELEASED_MAX = 1000
/** Connections that have shown no key yet: they come without a user name, and anybody can open them. */
const STRANGERS_MAX = 1000
/** Different keys that the topics of one connection may bring. */
const KEYS_MAX = 16
/** What is left of a publish for the broker, which only has to acknowledge it. */
const DONE_TOPIC = '$sluice/done'
const NOTHING = Buffer.alloc(0)

export type Session = Publisher & {
  readonly client: Client
  /** keys that worked on this connection, as they were last looked up */
  readonly keys: Map<string, KeyPrincipal>
  /** of this connection */
  serial: number
  /** ends when everything that came before has been acknowledged */
  tail: Promise<unknown>
  unsettled: number
}
/** `ack`: tell the client that it is done with. `close`: say nothing and go, so that the client sends it again. */
type Verdict = 'ack' | 'close'
export type Sessions = {
  find(client: Client): Session | undefined
  /** whether it came in without a user name, and has shown no key that works */
  isStranger(client: Client): boolean
  /** lets a client in with a valid API key as its user name, or without one; its id gets its account in front */
  authenticate(client: Client, given: Credentials, done: AuthenticateDone): void
  /** runs a publish or a will, and calls back when it may be acknowledged: after COMMIT, and after those before it */
  settle(client: Client | null, packet: PublishPacket, done: (error?: Error | null) => void): void
  leave(client: Client): void
  /** ends connections with a key that no longer works, and learns what the others may do now */
  recheck(): Promise<void>
  /** refuses what comes from now on; resolves when everything under way has been acknowledged */
  drain(): Promise<void>
}
type Credentials = { userName: string | undefined; password: Buffer | undefined }
/** `returnCode` is what CONNACK says (MQTT 3.1.1 §3.2.2.3). */
type Refused = Error & { returnCode: number }
type AuthenticateDone = (error: Refused | null, success: boolean) => void

export type SessionParts = {
  keys: Keys
  store: SessionStore
  publish(publisher: Publisher, publish: Publish): Promise<Published>
  /** told of a publish that was not stored */
  onRefused(session: Session, refusal: Refusal): void
  now(): Micros
}

/**
 * What the broker asks about its clients. Publishes of a client run side by side, so that they share commits, and are
 * acknowledged in the order in which they came (MQTT 3.1.1 §4.6).
 */
export function makeSessions(parts: SessionParts): Sessions {
  const sessions = new WeakMap<Client, Session>()
  const open = new Set<Session>()
  const settle = makeSettle(parts)
  let lastSerial = 0

  const enter = async (client: Client, key: string | null): Promise<void> => {
    const publisher: Publisher = { key, address: addressOf(client), name: client.id }
    const keys = new Map<string, KeyPrincipal>()
    const session = { ...publisher, client, keys, serial: ++lastSerial, tail: Promise.resolve(), unsettled: 0 }
    if (key !== null) keys.set(key, await parts.keys.identify(key, publisher))
    // two tenants may use one id, and neither must push the other out; who has no key yet has no account either
    client.id = `${keys.get(key ?? '')?.accountId ?? `#${session.serial}`} ${client.id}`
    sessions.set(client, session)
    if (client.closed) return
    open.add(session)
    parts.store.enter(client)
  }
  return {
    find: (client) => sessions.get(client),
    isStranger: (client) => sessions.get(client)?.keys.size === 0,
    authenticate(client, given, done) {
      const key = keyIn(given)
      if (client.id.length > CLIENT_ID_CHARS_MAX) return done(refused(2, 'client id too long'), false)
      if (settle.isDraining()) return done(refused(3, 'shutting down'), false)
      if (key === null && countStrangers(open) >= STRANGERS_MAX)
        return done(refused(3, 'too many connections without a key'), false)
      enter(client, key).then(
        () => done(null, true),
        (error: unknown) => done(refused(codeOf(error), 'API key not accepted'), false),
      )
    },
    settle(client, packet, done) {
      settle.run(client && (sessions.get(client) ?? null), packet, done)
    },
    leave(client) {
      const session = sessions.get(client)
      if (session) open.delete(session)
      parts.store.leave(client)
    },
    async recheck() {
      const held = [...open].flatMap((session) =>
        Array.from(session.keys, ([key, principal]) => ({ key, principal, peer: session })),
      )
      const renewed = await parts.keys.renew(held)
      for (const [index, { key, peer }] of held.entries()) {
        const principal = renewed[index]
        if (principal) peer.keys.set(key, principal)
        else peer.client.conn.destroy(new Error('API key no longer valid'))
      }
    },
    drain: settle.drain,
  }
}

/** Remembers a key that worked on this connection. @returns false when it has shown too many */
export function showKey({ keys }: Session, key: string, principal: KeyPrincipal): boolean {
  // one that is for another address did not: remembered, it would end the connection when keys are looked up again
  if (principal.permissions.length === 0) return true
  if (keys.size >= KEYS_MAX && !keys.has(key)) return false
  // what paces requests is of the request that it came with
  const { pace: _pace, ...lasting } = principal
  keys.set(key, lasting)
  return true
}

/**
 * The user name is the key, the password is ignored (API v2, MQTT). Where the user name cannot be a key and the password
 * can, as other services have it, that is taken.
 */
function keyIn({ userName = '', password }: Credentials): string | null {
  const name = userName.trim()
  if (name === '') return null
  const word = isWellFormedKey(name) ? '' : (password?.toString().trim() ?? '')
  return isWellFormedKey(word) ? word : name
}

function countStrangers(open: ReadonlySet<Session>): number {
  let count = 0
  for (const { keys } of open) if (keys.size === 0) count++
  return count
}

type Settle = {
  run(session: Session | null, packet: PublishPacket, done: (error?: Error | null) => void): void
  isDraining(): boolean
  drain(): Promise<void>
}

function makeSettle(parts: SessionParts): Settle {
  const runOnce = makeRunOnce(parts)
  const pending = new Set<Promise<unknown>>()
  let isDraining = false
  return {
    isDraining: () => isDraining,
    run(session, packet, done) {
      // at the end of the server a will says nothing about the device
      if (!session || (isDraining && isWillPacket(packet))) return done(new Error('not a client'))
      session.unsettled++
      const running = isDraining ? Promise.resolve<Verdict>('close') : runOnce(session, packet)
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

type RunOnce = (session: Session, packet: PublishPacket) => Promise<Verdict>

/** Runs publishes. A packet that comes again while its first copy is being stored waits for that one. */
function makeRunOnce(parts: SessionParts): RunOnce {
  const underWay = new Map<string, Promise<Verdict>>()
  const run = async (session: Session, packet: PublishPacket): Promise<Verdict> => {
    const { topic, qos, messageId } = packet
    const isWill = isWillPacket(packet)
    // MQTT 3.1.1 §1.5.3: this is no string
    if (topic.includes('\0')) return 'close'
    if (qos === 2 && !isWill && messageId !== undefined) {
      const unreleased = parts.store.unreleased(session.client)
      if (unreleased.has(messageId)) return 'ack'
      if (unreleased.size + session.unsettled > UNRELEASED_MAX) return 'close'
    }
    const publish = { topic, payload: bytesOf(packet.payload), isWill, receivedAt: parts.now() }
    const { kind, shown, refusal } = await parts.publish(session, publish)
    if (refusal) parts.onRefused(session, refusal)
    if (shown && !showKey(session, shown.key, shown.principal)) return 'close'
    return verdictOf(kind, qos)
  }
  return (session, packet) => {
    if (packet.qos === 0 || packet.messageId === undefined) return run(session, packet)
    const { client, serial } = session
    const name = `${client.clean ? serial : client.id} ${packet.messageId}`
    const first = packet.dup ? underWay.get(name) : undefined
    if (first) return first
    const running = run(session, packet)
    underWay.set(name, running)
    const forget = (): void => {
      if (underWay.get(name) === running) underWay.delete(name)
    }
    running.then(forget, forget)
    return running
  }
}

/**
 * MQTT 3.1.1 has no negative acknowledgement. What may succeed later is not acknowledged; a key that is not valid ends
 * the connection; what will be refused again is acknowledged and stands in the request log. Nobody waits for QoS 0.
 */
function verdictOf(kind: Published['kind'], qos: number): Verdict {
  if (kind === 'unauthorized') return 'close'
  return qos > 0 && kind === 'failed' ? 'close' : 'ack'
}

/** A will comes to the same hook as a publish, as the member of CONNECT that it was: without a command. */
const isWillPacket = (packet: Partial<PublishPacket>): boolean => packet.cmd !== 'publish'

const bytesOf = (payload: string | Buffer): Buffer => (typeof payload === 'string' ? Buffer.from(payload) : payload)

/** A WebSocket's is that of the connection that was upgraded. */
function addressOf({ conn, req }: Client): string {
  const socket = req?.socket ?? conn
  return 'remoteAddress' in socket && typeof socket.remoteAddress === 'string' ? socket.remoteAddress : ''
}

function codeOf(error: unknown): 3 | 4 | 5 {
  if (!(error instanceof SluiceError)) return 3
  return error.code === 'forbidden' ? 5 : 4
}

const refused = (returnCode: 2 | 3 | 4 | 5, why: string): Refused => Object.assign(new Error(why), { returnCode })
