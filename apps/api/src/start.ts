import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Duplex } from 'node:stream'
import type { Session } from '@sluice/wamp'
import type { Logger } from '@sluice/service'
import { currentKeys, touchKeys } from '@sluice/store'
import type { Database, StoredFiring } from '@sluice/store'
import type { Outcome } from '@sluice/model'
import type { FastifyInstance } from 'fastify'
import { Counter } from 'prom-client'
import type { Registry } from 'prom-client'
import { appendTriggered } from './append-triggered.ts'
import type { TriggeredWrite } from './append-triggered.ts'
import { assemble, hostInUrl, publicUrlOf, wampUrlOf } from './assemble.ts'
import type { ApiParts, Assembled } from './assemble.ts'
import type { Auth } from './auth.ts'
import { makeBusDirectory } from './bus-directory.ts'
import { isLoopback, TIMEOUTS } from './config.ts'
import type { ApiConfig } from './config.ts'
import { firstRun } from './first-run.ts'
import { RAW_SOCKET_EVENT } from './front.ts'
import { prepareArchive } from './ingest.ts'
import { makeMicrosClock } from './micros-clock.ts'
import { startMqtt } from './mqtt/gateway.ts'
import type { Mqtt } from './mqtt/gateway.ts'
import { makeKeys } from './mqtt/keys.ts'
import { registerProcedures } from './procedures.ts'
import type { Route } from './route.ts'
import { openSockets } from './sockets/open-sockets.ts'
import type { Sockets } from './sockets/sockets.ts'
import { newsOf } from './trigger-news.ts'

/** How long requests under way may take to finish once the server goes. */
const FINISH_MS_MAX = 15_000
const KEY_USES_MS = 5_000

/** What else is spoken on the universal port; each of these is asked before the api. */
export type Entrance = {
  /** takes over a WebSocket upgrade; false when it is none of its own */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean
  /** answers a request; false when it is none of its own */
  handleRequest?(request: IncomingMessage, response: ServerResponse): boolean
  /** takes over a connection that begins with the octet 0x7F; `first` is what was read of it */
  handleRawSocket?(socket: Duplex, first: Buffer): void
  /** ends the connections that were handed over: the port is closed only when they are gone */
  drain?(): Promise<void>
}

export type Api = AsyncDisposable & {
  /** where it listens; feed URLs start with SLUICE_PUBLIC_URL where that is set */
  url: string
  port: number
  /** what URLs in documents and deliveries start with */
  publicUrl(): string
  /** where MQTT clients connect, and why nothing listens for them although nobody turned it off */
  mqtt: { url: string | null; problem: string | null }
  /** where clients send JSON messages over TCP, likewise */
  sockets: { url: string | null; problem: string | null }
  app: FastifyInstance
  routes: readonly Route[]
  /** a link that signs in once, only on the very first start of a database */
  signInLink: string | null
  /** serves the account's procedures in its realm and publishes there what happens, until the session closes */
  attachRealm(open: { realm: string; accountId: number; session: Session }): Promise<void>
  /** stores what a trigger writes */
  appendTriggered(write: TriggeredWrite): Promise<Outcome>
  /** tells subscribers of triggers that fired by time alone */
  announceFirings(firings: readonly StoredFiring[]): void
  /** and of attempts that were recorded */
  announceAttempt(delivery: { id: string; accountId: number }): void
  /** what the process counts, for other parts of it */
  registry: Registry
  /** not ready at once, then no new connections, then every answer under way (≤ 15 s) and all that waits is written */
  drain(): Promise<void>
}
export type PreparedApi = {
  /** what the bus asks about keys and tickets */
  directory: ReturnType<typeof makeBusDirectory>
  /** listens; resolves when it answers */
  start(entrance?: Entrance): Promise<Api>
}

/**
 * Prepares the api on a migrated database: the bus needs its directory before the api can hand upgrades to the bus.
 * @throws {Error} one sentence, for a setting or a file that must be mended first
 */
export async function startApi(config: ApiConfig, parts: ApiParts): Promise<PreparedApi> {
  requireSafeAddress(config)
  const assembled = await assemble(config, parts)
  return {
    directory: makeBusDirectory(assembled),
    start: (entrance = { handleUpgrade: () => false }) => listen(config, { ...parts, assembled, entrance }),
  }
}

async function listen(config: ApiConfig, parts: ApiParts & { assembled: Assembled; entrance: Entrance }): Promise<Api> {
  const { assembled, db, logger } = parts
  const { app, state } = assembled
  await prepareArchive(db, Date.now() * 1000)
  const now = makeMicrosClock()
  const sockets = await openSockets(config, parts, { now, finishMs: FINISH_MS_MAX })
  try {
    state.mqtt = await openMqtt(config, parts, now)
    openEntrance(app.server, parts.entrance, { sockets, mqtt: state.mqtt })
    await app.listen({ host: config.HOST, port: config.PORT })
  } catch (error) {
    await Promise.all([state.mqtt?.drain(), sockets.drain()])
    throw explainListen(error, config)
  }
  const port = portOf(app.server)
  state.publicUrl = publicUrlOf(config, port)
  const wampUrl = wampUrlOf(state.publicUrl)
  const urls = { url: state.publicUrl, wampUrl, mqttUrl: state.mqtt.url, socketUrl: sockets.url }
  const first = await firstRun({ ...assembled, dataDir: config.SLUICE_DATA, urls })
  const writeUses = (): Promise<void> => writeKeyUses(db, assembled.auth, logger)
  const timer = setInterval(() => void writeUses(), KEY_USES_MS).unref()
  state.isStarted = true

  let drained: Promise<void> | null = null
  const drain = (): Promise<void> =>
    (drained ??= drainAll(config, assembled, { timer, writeUses, entrance: parts.entrance, sockets }))
  return {
    url: `http://${hostInUrl(config.HOST)}:${port}`,
    port,
    publicUrl: () => state.publicUrl,
    mqtt: state.mqtt,
    sockets,
    app,
    routes: assembled.routes,
    signInLink: first?.signInUrl ?? null,
    appendTriggered: (write) => appendTriggered({ ...assembled, ingest: assembled.triggerIngest }, write),
    announceFirings: (firings) => assembled.news('fired', newsOf(firings)),
    announceAttempt: ({ id, accountId }) => assembled.news('attempted', [{ accountId, deliveryId: id }]),
    registry: assembled.registry,
    async attachRealm({ realm, accountId, session }) {
      const { publicUrl } = state
      const ingest = assembled.wampIngest
      await registerProcedures(session, { ...assembled, ingest, accountId, login: realm, publicUrl, now })
      assembled.attach({ realm, accountId, session })
    },
    drain,
    [Symbol.asyncDispose]: drain,
  }
}

function openEntrance(
  server: Server,
  entrance: Entrance,
  { sockets, mqtt }: { sockets: Pick<Sockets, 'handleUpgrade'>; mqtt: Pick<Mqtt, 'handleUpgrade'> },
): void {
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', ignore)
    if (entrance.handleUpgrade(request, socket, head) || mqtt.handleUpgrade(request, socket, head)) return
    if (!sockets.handleUpgrade(request, socket, head)) refuseUpgrade(socket)
  })
  server.on(RAW_SOCKET_EVENT, (socket: Duplex, first: Buffer) => {
    if (entrance.handleRawSocket) entrance.handleRawSocket(socket, first)
    else socket.destroy()
  })
  const answers = server.listeners('request')
  server.removeAllListeners('request')
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (entrance.handleRequest?.(request, response)) return
    for (const answer of answers) answer.call(server, request, response)
  })
}

/** A socket that fails is destroyed by itself; an error that nobody listens for would end the process. */
function ignore(): void {}

/** Turns what `listen` reports into what a person can do about it. */
function explainListen(error: unknown, { HOST, PORT }: ApiConfig): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : null
  if (code === 'EADDRINUSE') {
    return new Error(`Port ${PORT} of ${HOST} is taken by another program: stop it, or set PORT`, { cause: error })
  }
  if (code === 'EACCES')
    return new Error(`Port ${PORT} may not be used by this user: set PORT above 1023`, { cause: error })
  return error
}

type Draining = { timer: NodeJS.Timeout; writeUses(): Promise<void>; entrance: Entrance; sockets: Sockets }

async function drainAll(
  config: ApiConfig,
  { app, state, ingest, log }: Assembled,
  { timer, writeUses, entrance, sockets }: Draining,
): Promise<void> {
  state.isDraining = true
  if (config.SLUICE_DRAIN_DELAY_S > 0) await sleep(config.SLUICE_DRAIN_DELAY_S * 1000)
  await Promise.all([closeServer(app.server), state.mqtt?.drain(), entrance.drain?.(), sockets.drain()])
  await ingest.drain()
  await log.flush()
  clearInterval(timer)
  await writeUses()
  await app.close()
}

/** @throws {Error} one sentence, when the port that was asked for cannot be had */
function openMqtt(
  config: ApiConfig,
  { assembled, logger, timeouts }: ApiParts & { assembled: Assembled },
  now: () => number,
): Promise<Mqtt> {
  const { auth, db, live, registry, state } = assembled
  const skipped = new Counter({
    name: 'mqtt_pushes_skipped_total',
    help: 'Updates that a slow MQTT client did not get; it gets the newest state later',
    registers: [registry],
  })
  const { headMs: connectMs, requestMs: stallMs } = timeouts ?? TIMEOUTS
  const isPlainFine = isLoopback(config.HOST) || config.SLUICE_ALLOW_PLAIN_HTTP === 'yes'
  return startMqtt(
    {
      host: config.HOST,
      port: config.MQTT_PORT ?? (isPlainFine ? null : 'off'),
      publicHost: new URL(publicUrlOf(config)).hostname,
      connectMs,
      stallMs,
    },
    {
      keys: makeKeys(auth, (ids) => currentKeys(db.pool, ids)),
      dispatch: assembled.dispatch.mqtt,
      live,
      logger,
      now,
      publicUrl: () => state.publicUrl,
      onSkipped: () => skipped.inc(),
    },
  )
}

/** Ends idle connections at once, the others after their answer, what is left after 15 s. */
async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  const late = setTimeout(() => server.closeAllConnections(), FINISH_MS_MAX)
  await closed
  clearTimeout(late)
}

/** RFC 9110 §15.5.22: the client should come with one of the protocols that are spoken here. */
function refuseUpgrade(socket: Duplex): void {
  const body = '{"title":"Upgrade Required","errors":"Offer the WebSocket subprotocol wamp.2.json, or none"}'
  const head =
    'HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nConnection: Upgrade, close\r\n' +
    `Content-Type: application/json; charset=utf-8\r\nContent-Length: ${body.length}\r\n\r\n`
  socket.end(head + body, () => socket.destroy())
}

async function writeKeyUses(db: Database, auth: Auth, logger: Logger): Promise<void> {
  const uses = auth.takeUses()
  if (uses.length === 0) return
  try {
    await touchKeys(db.pool, uses)
  } catch (error) {
    logger.warn({ err: error, keys: uses.length }, 'last uses of keys not written')
  }
}

/** @throws {Error} passwords and keys must not travel a network in clear unless somebody decided so */
function requireSafeAddress(config: ApiConfig): void {
  const isPlain = !config.SLUICE_PUBLIC_URL?.startsWith('https:')
  if (isLoopback(config.HOST) || !isPlain || config.SLUICE_ALLOW_PLAIN_HTTP === 'yes') return
  throw new Error(
    `HOST=${config.HOST} is reachable from other machines, but nothing says that TLS is in front of it: ` +
      'set SLUICE_PUBLIC_URL to an https address, or SLUICE_ALLOW_PLAIN_HTTP=yes to go without',
  )
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the universal port is not a TCP port')
  return address.port
}
