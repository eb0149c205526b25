import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Logger } from '@sluice/service'
import {
  type Authorizer,
  CLOSE,
  type HelloRequest,
  type Identity,
  Router,
  type RouterMetrics,
  type Session,
} from '@sluice/wamp'
import { Acceptor, type AcceptorConfig } from './acceptor.ts'
import { makeAuthenticator } from './authenticate.ts'
import { makeAuthorizer } from './authorize.ts'
import { BACKEND, type Backend, makeBackend } from './backend.ts'
import { type ConfiguredRealms, type RealmDefinition, configureRealms } from './configured-realms.ts'
import { COOKIE_NAME, cookieIn, setCookie } from './cookie-jar.ts'
import type { BusDirectory } from './directory.ts'
import { type PurgeFilter, purgeFilter } from './dynamic-authorizer.ts'
import { type RealmConfig, RealmConfigError } from './realm-config.ts'
import { watchValidity } from './validity-watch.ts'

/** How long drain waits for peers to answer GOODBYE and close; sessions get 1 s, sockets another 2. */
const DRAIN_MS = 3500
const SERVICE_RESTART = 1012
const PURGE = 'sluice.authorization.purge'

export interface BusConfig extends AcceptorConfig {
  /** Name of the sandbox realm, open to anonymous sessions and apart from all platform data; null for none. */
  readonly anonymousRealm: string | null
  /** Realms apart from accounts and sandbox, from a configuration or with functions of the embedding program. */
  readonly realms?: readonly (RealmConfig | RealmDefinition)[]
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
  /**
   * Makes decisions of dynamic authorizers anew: what was remembered is forgotten, and open sessions lose the
   * subscriptions and registrations that they may no longer have. @returns decisions forgotten
   */
  purgeDecisions(filter?: PurgeFilter): Promise<number>
  /** Takes no more connections, says GOODBYE wamp.close.system_shutdown to all and closes with 1012; takes ≤ 4 s. */
  drain(): Promise<void>
}

/**
 * Starts the router. It listens on nothing itself: the universal port hands it its upgrades.
 * @throws {RealmConfigError} a configured realm has the name of an account or of the sandbox
 */
export async function startBus(config: BusConfig, parts: BusParts): Promise<Bus> {
  const { anonymousRealm, realms = [] } = config
  const taken: string[] = []
  for (const { name } of realms)
    if (name === anonymousRealm) taken.push(`realms: ${name} is the sandbox realm`)
    else if (await parts.directory.isLogin(name)) taken.push(`realms: ${name} is the realm of an account`)
  if (taken.length > 0) throw new RealmConfigError(taken)
  let backend: Backend | null = null
  const call: Backend['call'] = async (...args) => {
    if (backend === null) throw new Error('the bus is not yet there')
    return await backend.call(...args)
  }
  const secret = parts.directory.saltFor('decoys of configured realms')
  const bus = new RunningBus(config, parts, await configureRealms(realms, { call, secret }))
  backend = bus.backend
  await bus.offerPurging()
  return bus
}

class RunningBus implements Bus {
  readonly #parts: BusParts
  readonly #router: Router
  readonly #acceptor: Acceptor
  readonly backend: Backend
  readonly #realms: ConfiguredRealms
  readonly #issued = new WeakMap<IncomingMessage, string>()
  readonly #accountRealms = new Map<string, Promise<void>>()
  readonly #stopWatching: () => void
  #authenticationsFailed = 0

  constructor(config: BusConfig, parts: BusParts, realms: ConfiguredRealms) {
    this.#parts = parts
    this.#realms = realms
    this.#router = new Router({
      authenticate: makeAuthenticator({
        directory: parts.directory,
        anonymousRealm: config.anonymousRealm,
        realms: realms.definitions,
        openAccountRealm: (realm, accountId) => this.#openAccountRealm(realm, accountId),
        onOutcome: (hello, identity) => this.#authenticated(hello, identity),
      }),
      authorize: withConfigured(realms, makeAuthorizer(parts.directory)),
      timers: globalThis,
      onFault: (error) => parts.logger.error({ err: error }, 'a defect ended a session'),
    })
    this.backend = makeBackend(this.#router, parts.logger)
    if (config.anonymousRealm !== null) this.#router.openRealm(config.anonymousRealm)
    for (const { name, options } of realms.definitions.values()) this.#router.openRealm(name, options)
    const upgradeHeaders = (request: IncomingMessage): string[] => this.#cookieLine(request)
    this.#acceptor = new Acceptor({ ...config, upgradeHeaders }, (transport, details) =>
      this.#router.attach(transport, { details }),
    )
    this.#stopWatching = watchValidity(this.#router, parts.directory, parts.logger)
  }

  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    this.#giveCookie(request)
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
    return this.backend.join(realm)
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

  /** Realms with dynamic authorizers get `sluice.authorization.purge ({authid?, authrole?})` → decisions forgotten. */
  async offerPurging(): Promise<void> {
    for (const { name, isPurgeable } of this.#realms.definitions.values()) {
      if (isPurgeable !== true) continue
      const session = await this.backend.join(name)
      await session.register(PURGE, ([filter]) => this.purgeDecisions({ ...purgeFilter(filter), realm: name }))
    }
  }

  async purgeDecisions(filter: PurgeFilter = {}): Promise<number> {
    const { realm, authid, authrole } = filter
    const count = this.#realms.decisions.purge(filter)
    for (const session of this.#router.sessions()) {
      const { identity } = session
      const isMeant =
        this.#realms.definitions.has(session.realm) &&
        identity !== BACKEND &&
        (realm ?? session.realm) === session.realm &&
        (authid ?? identity.authid) === identity.authid &&
        (authrole ?? identity.authrole) === identity.authrole
      if (isMeant) await this.#router.reauthorize(session)
    }
    return count
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
      await onRealm({ realm, accountId, session: await this.backend.join(realm) })
      logger.info({ realm, accountId }, 'realm opened')
    } catch (error) {
      logger.error({ err: error, realm, accountId }, 'realm could not be opened')
      this.#accountRealms.delete(realm)
      this.#router.closeRealm(realm)
      throw error
    }
  }

  /** A browser that brings none of our cookies gets one, in case it joins a realm that remembers it by one. */
  #giveCookie(request: IncomingMessage): void {
    if (this.#realms.cookieMaxAgeS === null || cookieIn(request.headers.cookie) !== null) return
    const cookie = this.#realms.cookies.issue()
    this.#issued.set(request, cookie)
    request.headers.cookie = [`${COOKIE_NAME}=${cookie}`, request.headers.cookie ?? []].flat().join('; ')
  }

  #cookieLine(request: IncomingMessage): string[] {
    const cookie = this.#issued.get(request)
    const maxAgeS = this.#realms.cookieMaxAgeS
    if (cookie === undefined || maxAgeS === null) return []
    return [`Set-Cookie: ${setCookie(cookie, { maxAgeS, isSecure: 'encrypted' in request.socket })}`]
  }

  #authenticated({ realm, transport }: HelloRequest, identity: Identity | null): void {
    if (!identity) this.#authenticationsFailed += 1
    const { logger } = this.#parts
    const peer = transport['peer']
    if (!identity) return logger.info({ realm, peer }, 'authentication failed')
    const { authid, authrole, authmethod } = identity
    logger.info({ realm, peer, authid, role: authrole, method: authmethod }, 'authenticated')
  }
}

/** A configured realm has its own authorizer, but nobody is asked about the platform's own sessions. */
function withConfigured({ definitions }: ConfiguredRealms, authorize: Authorizer): Authorizer {
  if (definitions.size === 0) return authorize
  return (session, action, uri, options) => {
    const own = session.identity === BACKEND ? undefined : definitions.get(session.realm)?.authorize
    return (own ?? authorize)(session, action, uri, options)
  }
}
