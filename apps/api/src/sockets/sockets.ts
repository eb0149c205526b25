import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Logger } from '@sluice/service'
import { currentKeys } from '@sluice/store'
import type { Database } from '@sluice/store'
import type { Registry } from 'prom-client'
import { listenForDevices } from '../device-port.ts'
import type { LiveFeeds } from '../live-feeds.ts'
import { refusalText } from './answers.ts'
import type { ConnectionParts } from './connection.ts'
import { Crowd } from './crowd.ts'
import { addSocketMetrics } from './metrics.ts'
import { serveRequest } from './serve-request.ts'
import type { ServeParts } from './serve-request.ts'
import { Subscriptions } from './subscriptions.ts'
import { makeTcpServer } from './tcp.ts'
import { TIMES } from './times.ts'
import type { Times } from './times.ts'
import { makeWebSockets } from './web-socket.ts'

const PORT = { portDefault: 8081, isOff: 'Sockets over TCP are off', setting: 'SOCKET_PORT' }
const LIMITS = { connectionsMax: 10_000, perAddressMax: 1000, tickMs: 1000 }

export type SocketSettings = {
  host: string
  /** of TCP; null is 8081 where that is free */
  port: number | 'off' | null
  /** host in the URL that clients are told */
  publicHost: string
  messageMs: number
  /** of requests under way, once the server goes */
  finishMs: number
  limits?: Partial<typeof LIMITS> | undefined
  times?: Partial<Times> | undefined
}

export type SocketParts = Omit<ServeParts, 'subscriptions'> & {
  db: Pick<Database, 'pool'>
  live: LiveFeeds
  registry: Registry
  publicUrl(): string
}

export type Sockets = {
  /** `tcp://host:port`, null where nothing listens for TCP */
  url: string | null
  /** a sentence, when nothing listens although nobody turned it off */
  problem: string | null
  /** takes a WebSocket upgrade; false when it is for something else */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean
  /** begins no more requests, answers those under way, closes all connections */
  drain(): Promise<void>
}

/**
 * The JSON messages of API v2 (sockets) over TCP, and over WebSocket on the universal port.
 * @throws {Error} one sentence, when the port that was asked for cannot be had
 */
export async function startSockets(settings: SocketSettings, parts: SocketParts): Promise<Sockets> {
  const times = { ...TIMES, messageMs: settings.messageMs, ...settings.times }
  const crowd = new Crowd({ ...LIMITS, ...settings.limits })
  const { connection, subscriptions } = connectionParts(parts, crowd)
  const server = makeTcpServer({ crowd, times, connection })
  const { host, port } = settings
  const problem = await listenForDevices(server, { ...PORT, host, port }).catch(async (error: unknown) => {
    await crowd.drain(0)
    throw error
  })
  const webSockets = makeWebSockets({ crowd, times, connection })
  const stopReview = watchKeys(subscriptions, parts.logger, times.reviewMs)
  const isListening = server.listening
  return {
    url: isListening ? `tcp://${settings.publicHost}:${(server.address() as AddressInfo).port}` : null,
    problem,
    handleUpgrade: webSockets.handleUpgrade,
    async drain() {
      const closed = isListening ? new Promise((resolve) => server.close(resolve)) : null
      await crowd.drain(settings.finishMs)
      stopReview()
      await closed
    },
  }
}

function connectionParts(
  parts: SocketParts,
  crowd: Crowd,
): { connection: ConnectionParts; subscriptions: Subscriptions } {
  const metrics = addSocketMetrics(parts.registry, {
    connections: () => crowd.size,
    subscriptions: () => subscriptions.size,
  })
  const subscriptions = new Subscriptions({
    live: parts.live,
    publicUrl: parts.publicUrl,
    currentKeys: (ids) => currentKeys(parts.db.pool, ids),
    count: metrics,
  })
  const serving = { ...parts, subscriptions }
  return {
    subscriptions,
    connection: {
      async serve(connection, request) {
        try {
          return await serveRequest(serving, connection, request)
        } catch (error) {
          parts.logger.error({ err: error }, 'a request over a socket failed')
          return { text: refusalText(request.echo, { status: 500, body: 'Internal server error: The request failed' }) }
        }
      },
      catchUp: (connection) => subscriptions.catchUp(connection),
      leave: (connection) => subscriptions.leave(connection),
      onOverrun: metrics.overrun,
    },
  }
}

/** @returns stops watching */
function watchKeys(subscriptions: Subscriptions, logger: Logger, everyMs: number): () => void {
  let isBusy = false
  const timer = setInterval(() => {
    if (isBusy) return
    isBusy = true
    subscriptions
      .review()
      .catch((error: unknown) => logger.error({ err: error }, 'checking the keys of subscriptions failed'))
      .finally(() => (isBusy = false))
  }, everyMs)
  return () => clearInterval(timer)
}
