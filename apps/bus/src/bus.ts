import type { IncomingMessage } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type { Duplex } from 'node:stream'
import type { Logger } from '@sluice/service'
import { CLOSE, type HelloRequest, Router, type RouterMetrics, type Session, join, linkedPair } from '@sluice/wamp'
import { type WebSocket, WebSocketServer } from 'ws'
import { BACKEND, makeAuthenticator } from './authenticate.ts'
import { makeAuthorizer } from './authorize.ts'
import type { BusDirectory, BusPrincipal } from './directory.ts'
import { chooseSubprotocol, isOriginAllowed, offeredSubprotocols } from './upgrade.ts'
import { watchValidity } from './validity-watch.ts'
import { WebSocketTransport } from './web-socket.ts'
import { Writer } from './writer.ts'

/** A history answer of some thousand points must fit; API v2 bodies are of this order, too. */
const MESSAGE_BYTES_MAX = 2 ** 20
const PING_MS = 15_000
/** How long drain waits for peers to answer GOODBYE and close; sessions get 1 s, sockets another 2. */
const DRAIN_MS = 3500
const SERVICE_RESTART = 1012

export interface BusConfig {
  /** Name of the sandbox realm, open to anonymous sessions and apart from all platform data; null for none. */
  readonly anonymousRealm: string | null
  /** Origins besides the bus' own host whose pages may connect, e.g. `https://example.org`. */
  readonly allowedOrigins?: readonly string[]
  /** WebSockets open at once; more are answered 503. Default 10,000. */
  readonly connectionsMax?: number
  /** Default 15 s. A peer that lets one go unanswered until the next is cut off. */
  readonly pingMs?: number
}

export interface OpenedRealm {
  readonly realm: string
  readonly accountId: number
  /** An in-process session of role `backend`, open as long as the realm is. */
  readonly session: Session
}

export interface BusParts {
  readonly directory: BusDirectory
  readonly logger: Logger
  /** Called once per account realm, before its first client is welcomed: the place to register procedures. */
  onRealm(opened: OpenedRealm): void | Promise<void>
}

export interface BusMetrics extends RouterMetrics {
  connections: number
  upgradesRefused: number
  authenticationsFailed: number
}

export interface Bus extends AsyncDisposable {
  /**
   * Takes a WebSocket upgrade that offers a `wamp.2.*` subprotocol, and answers it whatever comes of it.
   * @returns false, with the socket untouched, if none is offered
   */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean
  /** Joined sessions, the backend's own not counted. */
  sessions(): number
  /** An in-process session of role `backend` in an account's realm, which is opened where it is not open. */
  attach(realm: string, accountId: number): Promise<Session>
  metrics(): BusMetrics
  /** Takes no more upgrades, says GOODBYE wamp.close.system_shutdown to all and closes with 1012; takes ≤ 4 s. */
  drain(): Promise<void>
}

/** Starts the router. It listens on nothing itself: the universal port hands it its upgrades. */
export async function startBus(config: BusConfig, parts: BusParts): Promise<Bus> {
  return new RunningBus(config, parts)
}

class RunningBus implements Bus {
  readonly #config: BusConfig
  readonly #parts: BusParts
  readonly #router: Router
  readonly #server: WebSocketServer
  readonly #writer = new Writer()
  readonly #transports = new Set<WebSocketTransport>()
  readonly #accountRealms = new Map<string, Promise<void>>()
  readonly #stopWatching: () => void
  readonly #heartbeat: NodeJS.Timeout
  readonly #counts = { upgradesRefused: 0, authenticationsFailed: 0 }
  #isDraining = false

  constructor(config: BusConfig, parts: BusParts) {
    this.#config = config
    this.#parts = parts
    this.#router = new Router({
      authenticate: makeAuthenticator({
        directory: parts.directory,
        anonymousRealm: config.anonymousRealm,
        openAccountRealm: (realm, accountId) => this.#openAccountRealm(realm, accountId),
        onOutcome: (hello, principal) => this.#authenticated(hello, principal),
      }),
      authorize: makeAuthorizer(parts.directory),
      disclose: (_caller, callee) => callee.identity === BACKEND,
      timers: globalThis,
    })
    if (config.anonymousRealm !== null) this.#router.openRealm(config.anonymousRealm)
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      maxPayload: MESSAGE_BYTES_MAX,
      perMessageDeflate: false,
      handleProtocols: (offered) => chooseSubprotocol(offered) ?? false,
    })
    this.#stopWatching = watchValidity(this.#router, parts.directory, parts.logger)
    this.#heartbeat = setInterval(() => this.#beat(), config.pingMs ?? PING_MS)
  }

  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    const offered = offeredSubprotocols(request)
    if (!offered.some((name) => name.startsWith('wamp.2.'))) return false
    const refusal = this.#refusal(request, offered)
    if (refusal !== null) {
      this.#counts.upgradesRefused += 1
      socket.on('error', () => {}) // the peer may be gone already
      socket.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
    } else {
      this.#server.handleUpgrade(request, socket, head, (ws) => this.#attach(ws, socket, request))
    }
    return true
  }

  async attach(realm: string, accountId: number): Promise<Session> {
    await this.#openAccountRealm(realm, accountId)
    return this.#join(realm)
  }

  sessions(): number {
    return this.#router.sessions().filter(({ identity }) => identity !== BACKEND).length
  }

  metrics(): BusMetrics {
    return {
      ...this.#router.metrics(),
      ...this.#counts,
      sessions: this.sessions(),
      connections: this.#transports.size,
    }
  }

  async drain(): Promise<void> {
    this.#isDraining = true
    this.#router.close(CLOSE.systemShutdown, SERVICE_RESTART)
    const deadline = Date.now() + DRAIN_MS
    while (this.#transports.size > 0 && Date.now() < deadline) await delay(10)
    for (const transport of this.#transports) transport.terminate()
    clearInterval(this.#heartbeat)
    this.#stopWatching()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.drain()
  }

  /** The status line for an upgrade that is refused, or null. */
  #refusal(request: IncomingMessage, offered: string[]): string | null {
    if (this.#isDraining || this.#transports.size >= (this.#config.connectionsMax ?? 10_000))
      return '503 Service Unavailable'
    if (!isOriginAllowed(request, this.#config.allowedOrigins ?? [])) return '403 Forbidden'
    return chooseSubprotocol(offered) === null ? '400 Bad Request' : null
  }

  #attach(ws: WebSocket, socket: Duplex, request: IncomingMessage): void {
    const transport = new WebSocketTransport(ws, socket, this.#writer)
    this.#transports.add(transport)
    ws.on('close', () => this.#transports.delete(transport))
    this.#router.attach(transport, { details: { peer: request.socket.remoteAddress ?? null } })
  }

  /** Opens a realm once, however many of its clients come at the same time; a failure is tried again by the next. */
  #openAccountRealm(realm: string, accountId: number): Promise<void> {
    let opening = this.#accountRealms.get(realm)
    if (!opening) {
      opening = this.#connectBackend(realm, accountId)
      this.#accountRealms.set(realm, opening)
    }
    return opening
  }

  async #connectBackend(realm: string, accountId: number): Promise<void> {
    const { logger, onRealm } = this.#parts
    try {
      this.#router.openRealm(realm)
      await onRealm({ realm, accountId, session: await this.#join(realm) })
      logger.info({ realm, accountId }, 'realm opened')
    } catch (error) {
      logger.error({ err: error, realm, accountId }, 'realm could not be opened')
      this.#accountRealms.delete(realm)
      this.#router.closeRealm(realm)
      throw error
    }
  }

  #join(realm: string): Promise<Session> {
    const [near, far] = linkedPair()
    this.#router.attach(far, { trusted: BACKEND })
    return join(near, {
      realm,
      timers: globalThis,
      onError: (error) =>
        this.#parts.logger.error({ err: error, realm }, 'a procedure or handler of the backend failed'),
    })
  }

  #authenticated({ realm, transport }: HelloRequest, principal: BusPrincipal | null): void {
    if (!principal) this.#counts.authenticationsFailed += 1
    const { logger } = this.#parts
    const peer = transport['peer']
    if (!principal) logger.info({ realm, peer }, 'authentication failed')
    else if (principal.kind === 'key') logger.info({ realm, peer, keyId: principal.keyId }, 'authenticated')
    else logger.info({ realm, peer, role: principal.kind }, 'authenticated')
  }

  #beat(): void {
    for (const transport of this.#transports) {
      if (!transport.isHeard) {
        transport.terminate()
        continue
      }
      transport.isHeard = false
      transport.ping()
    }
  }
}
