import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Logger } from '@sluice/service'
import { CLOSE, type HelloRequest, Router, type RouterMetrics, type Session, join, linkedPair } from '@sluice/wamp'
import { Acceptor, type AcceptorConfig } from './acceptor.ts'
import { BACKEND, makeAuthenticator } from './authenticate.ts'
import { makeAuthorizer } from './authorize.ts'
import type { BusDirectory, BusPrincipal } from './directory.ts'
import { watchValidity } from './validity-watch.ts'

/** How long drain waits for peers to answer GOODBYE and close; sessions get 1 s, sockets another 2. */
const DRAIN_MS = 3500
const SERVICE_RESTART = 1012

export interface BusConfig extends AcceptorConfig {
  /** Name of the sandbox realm, open to anonymous sessions and apart from all platform data; null for none. */
  readonly anonymousRealm: string | null
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
  /** Handshakes of all transports that were refused. */
  upgradesRefused: number
  authenticationsFailed: number
}

/** Where listeners hand over what connects to them. */
export interface BusEntrance {
  /**
   * Takes a WebSocket upgrade that offers a `wamp.2.*` subprotocol, and answers it whatever comes of it.
   * @returns false, with the socket untouched, if none is offered
   */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean
  /**
   * Answers the requests of WAMP long polls, which are those below `/wamp/`.
   * @returns false, with nothing read, if it is another
   */
  handleRequest(request: IncomingMessage, response: ServerResponse): boolean
  /** Takes a connection whose first octet is 0x7F, a WAMP RawSocket. @param first what was read of it */
  handleRawSocket(socket: Duplex, first: Buffer): void
}

export interface Bus extends BusEntrance, AsyncDisposable {
  /** Joined sessions, the backend's own not counted. */
  sessions(): number
  /** An in-process session of role `backend` in an account's realm, which is opened where it is not open. */
  attach(realm: string, accountId: number): Promise<Session>
  metrics(): BusMetrics
  /** Takes no more connections, says GOODBYE wamp.close.system_shutdown to all and closes with 1012; takes ≤ 4 s. */
  drain(): Promise<void>
}

/** Starts the router. It listens on nothing itself: the universal port hands it its upgrades. */
export async function startBus(config: BusConfig, parts: BusParts): Promise<Bus> {
  return new RunningBus(config, parts)
}

class RunningBus implements Bus {
  readonly #parts: BusParts
  readonly #router: Router
  readonly #acceptor: Acceptor
  readonly #accountRealms = new Map<string, Promise<void>>()
  readonly #stopWatching: () => void
  #authenticationsFailed = 0

  constructor(config: BusConfig, parts: BusParts) {
    this.#parts = parts
    this.#router = new Router({
      authenticate: makeAuthenticator({
        directory: parts.directory,
        anonymousRealm: config.anonymousRealm,
        openAccountRealm: (realm, accountId) => this.#openAccountRealm(realm, accountId),
        onOutcome: (hello, principal) => this.#authenticated(hello, principal),
      }),
      authorize: makeAuthorizer(parts.directory),
      timers: globalThis,
    })
    if (config.anonymousRealm !== null) this.#router.openRealm(config.anonymousRealm)
    this.#acceptor = new Acceptor(config, (transport, details) => this.#router.attach(transport, { details }))
    this.#stopWatching = watchValidity(this.#router, parts.directory, parts.logger)
  }

  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    return this.#acceptor.handleUpgrade(request, socket, head)
  }

  handleRequest(request: IncomingMessage, response: ServerResponse): boolean {
    return this.#acceptor.handleRequest(request, response)
  }

  handleRawSocket(socket: Duplex, first: Buffer): void {
    this.#acceptor.handleRawSocket(socket, first)
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
      authenticationsFailed: this.#authenticationsFailed,
      upgradesRefused: this.#acceptor.refused,
      sessions: this.sessions(),
      connections: this.#acceptor.size,
    }
  }

  async drain(): Promise<void> {
    const drained = this.#acceptor.drain(DRAIN_MS)
    this.#router.close(CLOSE.systemShutdown, SERVICE_RESTART)
    await drained
    this.#stopWatching()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.drain()
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
    if (!principal) this.#authenticationsFailed += 1
    const { logger } = this.#parts
    const peer = transport['peer']
    if (!principal) logger.info({ realm, peer }, 'authentication failed')
    else if (principal.kind === 'key') logger.info({ realm, peer, keyId: principal.keyId }, 'authenticated')
    else logger.info({ realm, peer, role: principal.kind }, 'authenticated')
  }
}
