import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { Aedes } from 'aedes'
import type { Client, PublishPacket } from 'aedes'
import type { Micros } from '@sluice/model'
import { makePacketLimit } from './mqtt-packet-limit.ts'
import { performPublish } from './mqtt-publish.ts'
import type { PublishParts } from './mqtt-publish.ts'
import { CLIENT_ID_CHARS_MAX, makeMqttSessions, UNRELEASED_MAX } from './mqtt-sessions.ts'

const PORT_DEFAULT = 1883
const CONNECTIONS_MAX = 5_000
/** Bytes of a packet; before the API key is known, of CONNECT. */
const PACKET_BYTES_MAX = 256 * 1024
const CONNECT_BYTES_MAX = 4 * 1024
/** A connection without keep-alive of its own is probed by TCP. */
const PROBE_MS = 60_000
/** How long the unreleased publishes of a session that was to be kept are remembered. */
const SESSION_MS_MAX = 10 * 60_000

export type Mqtt = {
  /** `mqtt://host:port`, null where nothing listens */
  url: string | null
  /** a sentence, when nothing listens although nobody turned it off */
  problem: string | null
  connections(): number
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
}
export type MqttParts = PublishParts & { now(): Micros }

/** What the pinned aedes has and does not declare. */
type Undeclared = {
  persistence: {
    incomingGetPacket(client: { id: string }, packet: PublishPacket): Promise<unknown>
    cleanIncoming(client: { id: string }): Promise<void>
  }
}
type UndeclaredOfClient = { _inboundInflight: ReadonlySet<number> }

/**
 * The MQTT 3.1.1 gateway, publishing only: a publish is PUT on the address that its topic is, with an API key as user
 * name, and acknowledged after COMMIT. Nothing is relayed from client to client, retained or subscribed to.
 * @throws {Error} one sentence, when the port that was asked for cannot be had
 */
export async function startMqtt(settings: MqttSettings, parts: MqttParts): Promise<Mqtt> {
  if (settings.port === 'off') return notListening(null)
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: PROBE_MS })
  server.maxConnections = CONNECTIONS_MAX
  const problem = await listenOn(server, settings)
  if (problem !== null) return notListening(problem)
  const sessions = makeMqttSessions({
    auth: parts.auth,
    now: parts.now,
    publish: (publisher, publish) => performPublish(parts, publisher, publish),
    unreleased: (client, packet) => unreleased(broker, client, packet),
  })
  const broker = await Aedes.createBroker({
    connectTimeout: settings.connectMs,
    maxClientsIdLength: CLIENT_ID_CHARS_MAX,
    // ours counts before a publish is stored; this one would refuse it afterwards
    maxInflightInbound: 2 * UNRELEASED_MAX,
    authenticate: (client, userName, _password, done) => sessions.authenticate(client, userName, done),
    authorizePublish: sessions.settle,
    authorizeSubscribe: (_client, _subscription, done) => done(null, null),
    authorizeForward: () => null,
  })
  watch(broker, parts)
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    broker.handle(socket)
    limitPackets(socket)
  })
  return {
    url: `mqtt://${settings.publicHost}:${portOf(server)}`,
    problem: null,
    connections: () => sockets.size,
    async drain() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      await sessions.drain()
      // what was acknowledged last is still on its way to the socket
      await turn()
      await turn()
      await new Promise<void>((resolve) => broker.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

const notListening = (problem: string | null): Mqtt => ({
  url: null,
  problem,
  connections: () => 0,
  drain: () => Promise.resolve(),
})

/** @returns a sentence when the default port is taken: the platform starts without MQTT then */
function listenOn(server: Server, { host, port }: MqttSettings): Promise<string | null> {
  const wanted = port === 'off' || port === null ? PORT_DEFAULT : port
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'is taken by another program' : `cannot be used (${error.code})`
      const sentence = `MQTT is off: port ${wanted} on ${host} ${why}`
      if (port === null) resolve(`${sentence}. Set MQTT_PORT to another one, or to off`)
      else reject(new Error(`MQTT_PORT=${wanted} on ${host} ${why}`, { cause: error }))
    })
    server.listen({ host, port: wanted }, () => resolve(null))
  })
}

/** Bytes pass by here when the broker reads them; a packet that is too long ends the connection at its head. */
function limitPackets(socket: Socket): void {
  const isTooLong = makePacketLimit({ firstMax: CONNECT_BYTES_MAX, max: PACKET_BYTES_MAX })
  // the broker listens for `readable` already, so this does not set the stream flowing
  socket.on('data', (chunk: Buffer) => {
    if (!socket.destroyed && isTooLong(chunk)) socket.destroy(new Error('packet too long'))
  })
}

async function unreleased(
  broker: Aedes,
  client: Client,
  packet: PublishPacket,
): Promise<{ count: number; isOne: boolean }> {
  const { persistence } = broker as unknown as Undeclared
  const isOne = await persistence.incomingGetPacket(client, packet).then(
    () => true,
    () => false,
  )
  return { count: inFlightOf(client).size, isOne }
}

const inFlightOf = (client: Client): ReadonlySet<number> => (client as unknown as UndeclaredOfClient)._inboundInflight

function watch(broker: Aedes, { logger }: MqttParts): void {
  const gone = ({ id }: Partial<Client>, { message }: Error): void =>
    logger.info({ clientId: id ?? null, reason: message }, 'MQTT connection closed')
  broker.on('clientError', gone)
  broker.on('connectionError', gone)
  const failed = (error: unknown): void => logger.error({ err: error }, 'MQTT broker failed')
  ;(broker as NodeJS.EventEmitter).on('error', failed)
  broker.on('clientDisconnect', (client) => {
    if (client.clean || inFlightOf(client).size === 0) return
    setTimeout(() => {
      const { clients, persistence } = broker as unknown as Undeclared & { clients: Record<string, Client> }
      if (!clients[client.id]) persistence.cleanIncoming({ id: client.id }).catch(failed)
    }, SESSION_MS_MAX).unref()
  })
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the MQTT port is not a TCP port')
  return address.port
}
