import type { IncomingMessage } from 'node:http'
import { createServer } from 'node:net'
import type { Server } from 'node:net'
import type { Duplex } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import type { Aedes, Client } from 'aedes'
import type { Logger } from '@sluice/service'
import { listenForDevices } from '../device-port.ts'
import type { LiveFeeds } from '../live-feeds.ts'
import { limitQos, openBroker } from './broker.ts'
import { makeFeedHub } from './feed-hub.ts'
import { makePacketLimit } from './packet-limit.ts'
import { performPublish } from './publish.ts'
import { makeSessionStore, PRESENT } from './session-store.ts'
import type { SessionStore } from './session-store.ts'
import { makeSessions } from './sessions.ts'
import type { Session, Sessions } from './sessions.ts'
import { makeSubscriber } from './subscriber.ts'
import type { Subscriber, SubscriberParts } from './subscriber.ts'
import { makeUpgrade } from './upgrade.ts'
import type { Upgrade } from './upgrade.ts'

const PORT = { portDefault: 1883, isOff: 'MQTT is off', setting: 'MQTT_PORT' }
const CONNECTIONS_MAX = 5_000
/** Bytes of a packet, of one on a connection that has shown no key yet, and of CONNECT. */
const PACKET_BYTES_MAX = 256 * 1024
const STRANGE_PACKET_BYTES_MAX = 16 * 1024
const CONNECT_BYTES_MAX = 4 * 1024
/** A connection without keep-alive of its own is probed by TCP. */
const PROBE_MS = 60_000
/** How often keys are looked up again: one that was deleted ends its connections within 5 s. */
const RECHECK_MS = 4_000

export type Mqtt = {
  /** `mqtt://host:port`, null where nothing listens */
  url: string | null
  /** a sentence, when nothing listens although nobody turned it off */
  problem: string | null
  /** of both kinds */
  connections(): number
  /** MQTT over WebSocket, which needs no port of its own */
  handleUpgrade: Upgrade
  /** stops accepting, lets publishes under way be acknowledged, closes all connections */
  drain(): Promise<void>
}
export type MqttSettings = {
  host: string
  /** null is 1883 where that is free */
  port: number | 'off' | null
  /** host in the URL that clients are told */
  publicHost: string
  /** from the connection to its CONNECT */
  connectMs: number
  /** how long a client may leave untaken what it was sent */
  stallMs: number
}
export type MqttParts = Omit<SubscriberParts, 'hub'> & {
  live: LiveFeeds
  logger: Logger
}

/**
 * The MQTT 3.1.1 gateway. A publish is PUT on the address that its topic is, acknowledged after COMMIT; a subscription
 * is told the state of its address, and each update. Nothing is relayed from client to client.
 * @throws {Error} one sentence, when the port that was asked for cannot be had
 */
export async function startMqtt(settings: MqttSettings, parts: MqttParts): Promise<Mqtt> {
  const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: PROBE_MS })
  server.maxConnections = CONNECTIONS_MAX
  const { host, port } = settings
  const problem = await listenForDevices(server, { ...PORT, host, port })
  const { broker, sessions, leave, recheck } = await openGateway(settings, parts)
  const connections = new Set<Duplex>()
  const accept = (stream: Duplex, request?: IncomingMessage): void => {
    if (connections.size >= CONNECTIONS_MAX) {
      stream.destroy()
      return
    }
    connections.add(stream)
    const client = broker.handle(stream, request)
    limitQos(client)
    limitPackets(stream, () => (sessions.isStranger(client) ? STRANGE_PACKET_BYTES_MAX : PACKET_BYTES_MAX))
    stream.on('close', () => {
      connections.delete(stream)
      leave(client)
    })
  }
  server.on('connection', (socket) => accept(socket))
  const rechecking = setInterval(recheck, RECHECK_MS).unref()
  return {
    url: server.listening ? `mqtt://${settings.publicHost}:${portOf(server)}` : null,
    problem,
    connections: () => connections.size,
    handleUpgrade: makeUpgrade(accept, PACKET_BYTES_MAX + CONNECT_BYTES_MAX),
    async drain() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      clearInterval(rechecking)
      await sessions.drain()
      // what was acknowledged last is still on its way to the socket
      await turn()
      await turn()
      await new Promise<void>((resolve) => broker.close(resolve))
      for (const stream of connections) stream.destroy()
      await closed
    },
  }
}

type Gateway = { broker: Aedes; sessions: Sessions; leave(client: Client): void; recheck(): void }

async function openGateway({ connectMs, stallMs }: MqttSettings, parts: MqttParts): Promise<Gateway> {
  const store = makeSessionStore(() => performance.now())
  const subscriberOf = makeSubscribers({ ...parts, hub: makeFeedHub(parts.live) })
  const sessions = makeSessions({
    keys: parts.keys,
    store,
    now: parts.now,
    publish: (publisher, publish) => performPublish(parts.dispatch, publisher, publish),
    onRefused: (session, refusal) => subscriberOf(session).tellRefusal(refusal),
  })
  const broker = await openBroker(
    {
      connectTimeout: connectMs,
      drainTimeout: stallMs,
      authenticate: (client, userName, password, done) => sessions.authenticate(client, { userName, password }, done),
      authorizePublish: sessions.settle,
      authorizeSubscribe(client, subscription, done) {
        if (subscription === PRESENT) return done(null, null)
        open(client, subscription.topic).then((isOpen) => done(null, isOpen ? subscription : null), done)
      },
    },
    store,
  )
  const open = async (client: Client, topic: string): Promise<boolean> => {
    const session = sessions.find(client)
    if (!session) return false
    const isOpen = (await subscriberOf(session).open(topic)) === 200
    if (isOpen) store.remember(client, topic)
    else store.forget(client, [topic])
    return isOpen
  }
  watch(broker, { ...parts, sessions, store, subscriberOf })
  return {
    broker,
    sessions,
    leave(client) {
      const session = sessions.find(client)
      if (session) subscriberOf(session).leave()
      sessions.leave(client)
    },
    recheck() {
      store.tidy()
      sessions.recheck().catch((error: unknown) => parts.logger.warn({ err: error }, 'MQTT keys not looked up again'))
    },
  }
}

function makeSubscribers(parts: SubscriberParts): (session: Session) => Subscriber {
  const subscribers = new WeakMap<Session, Subscriber>()
  return (session) => {
    const known = subscribers.get(session) ?? makeSubscriber(parts, session)
    subscribers.set(session, known)
    return known
  }
}

type Watching = Pick<MqttParts, 'logger'> & {
  sessions: Sessions
  store: SessionStore
  subscriberOf(session: Session): Subscriber
}

function watch(broker: Aedes, { logger, sessions, store, subscriberOf }: Watching): void {
  const gone = ({ id }: Partial<Client>, { message }: Error): void =>
    logger.info({ clientId: id ?? null, reason: message }, 'MQTT connection closed')
  broker.on('clientError', gone)
  broker.on('connectionError', gone)
  const failed = (error: unknown): void => logger.error({ err: error }, 'MQTT broker failed')
  ;(broker as NodeJS.EventEmitter).on('error', failed)
  const ofClient = (client: Client, use: (subscriber: Subscriber) => void): void => {
    const session = sessions.find(client)
    if (session) use(subscriberOf(session))
  }
  // after SUBACK was written; a refused topic is not open
  broker.on('subscribe', (subscriptions, client) =>
    ofClient(client, (subscriber) => subscriber.begin(subscriptions.map(({ topic }) => topic))),
  )
  broker.on('unsubscribe', (topics, client) => {
    ofClient(client, (subscriber) => subscriber.stop(topics))
    store.forget(client, topics)
  })
  broker.on('clientReady', (client) =>
    ofClient(client, (subscriber) => void restore(client, store.topics(client), subscriber).catch(failed)),
  )
}

/**
 * Takes up the subscriptions of a kept session. The client believes that it has them: where that cannot be known now, it
 * shall come again.
 */
async function restore(client: Client, topics: readonly string[], subscriber: Subscriber): Promise<void> {
  for (const topic of topics) {
    if (client.closed || subscriber.has(topic)) continue
    if ((await subscriber.open(topic)) >= 500) {
      client.conn.destroy(new Error('subscriptions could not be taken up again'))
      return
    }
    subscriber.begin([topic])
  }
}

/** Bytes pass by here when the broker reads them; a packet that is too long ends the connection at its head. */
function limitPackets(stream: Duplex, max: () => number): void {
  const isTooLong = makePacketLimit({ firstMax: CONNECT_BYTES_MAX, max })
  // the broker listens for `readable` already, so this does not set the stream flowing
  stream.on('data', (chunk: Buffer) => {
    if (!stream.destroyed && isTooLong(chunk)) stream.destroy(new Error('packet too long'))
  })
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the MQTT port is not a TCP port')
  return address.port
}
