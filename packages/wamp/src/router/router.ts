import { CLOSE, ERROR } from '../errors.ts'
import { randomId } from '../ids.ts'
import type { Dict } from '../payload.ts'
import type { Timers } from '../timers.ts'
import type { Transport } from '../transport.ts'
import type { Authenticator, Authorizer, Identity } from './authenticator.ts'
import { Connection, type ConnectionHost } from './connection.ts'
import { ROUTER_LIMITS, type RouterLimits } from './limits.ts'
import { REALM_OPTIONS, type RealmOptions } from './options.ts'
import { Realm } from './realm.ts'
import { Resumption } from './resumption.ts'
import type { RouterSession } from './session.ts'

export interface RouterOptions {
  readonly authenticate: Authenticator
  readonly authorize: Authorizer
  readonly timers: Timers
  /** As Math.random, which is the default; ids are not secrets. */
  readonly random?: () => number
  /** ms since 1970; default Date.now. */
  readonly now?: () => number
  /** For realms opened without options of their own, and for what they leave out. */
  readonly realm?: Partial<RealmOptions>
  /** What WELCOME names as the router's software. */
  readonly agent?: string
  readonly limits?: Partial<RouterLimits>
  /**
   * Told of defects: whatever is thrown that no rule foresees. The session it befell is aborted, the router goes on.
   * Without it they are unhandled rejections.
   */
  readonly onFault?: (error: unknown) => void
}

export interface AttachOptions {
  /** What the authenticator may know of the transport: peer address, origin, kind. */
  readonly details?: Dict
  /** The embedding program vouches for the peer; the authenticator is not asked. */
  readonly trusted?: Identity
}

/** Sums over all realms; counters since the router was made. */
export interface RouterMetrics {
  realms: number
  /** Those without a transport included. */
  sessions: number
  /** Sessions without a transport, which may be resumed. */
  sessionsParked: number
  sessionsResumed: number
  /** Tokens that resumed nothing: wrong, used or expired. */
  resumptionsRefused: number
  /** Sessions that waited in vain. */
  resumptionsExpired: number
  subscriptions: number
  registrations: number
  publications: number
  events: number
  /** Lost to slow subscribers; Realm.dropsByTopic tells the topics, RouterSession.eventsDropped the sessions. */
  eventsDropped: number
  calls: number
  /** Requests that the authorizer, or the rules for URIs and options, did not let pass. */
  refused: number
  /** Request ids that are not one more than the one before, where that is let pass. */
  requestsOutOfOrder: number
}

const TRY_AGAIN_LATER = 1013

/** A WAMP router: realms, and the connections of their peers. It opens no port and knows no names but `wamp.`. */
export class Router {
  readonly #options: RouterOptions
  readonly #limits: RouterLimits
  readonly #realms = new Map<string, Realm>()
  readonly #connections = new Set<Connection>()
  /** Ids are unique over all realms. */
  readonly #sessions = new Map<number, RouterSession>()
  /** Of sessions that are not parked. */
  readonly #connectionOf = new Map<RouterSession, Connection>()
  readonly #host: ConnectionHost

  constructor(options: RouterOptions) {
    this.#options = options
    this.#limits = { ...ROUTER_LIMITS, ...options.limits }
    this.#host = {
      authenticate: options.authenticate,
      limits: this.#limits,
      timers: options.timers,
      uris: options.realm?.uris ?? 'loose',
      agent: options.agent ?? 'sluice',
      resumption: new Resumption(options.timers),
      realm: (name) => this.#realms.get(name),
      newSessionId: () => this.#newSessionId(),
      joined: (session, connection) => this.#joined(session, connection),
      displace: (session) => this.#connectionOf.get(session)?.displace(),
      ended: (connection) => this.#connections.delete(connection),
      fault: (error) => this.#fault(error),
      overflowed: (session) => void Promise.resolve().then(() => this.#cutOff(session)),
      dropping: (session, ...what) => void Promise.resolve().then(() => this.#announceOverload(session, what)),
      dropped: (session, topic, hadWaited) => this.#realms.get(session.realm)?.lost(topic, hadWaited),
    }
  }

  /** Takes a peer on. Call it in the turn in which the transport was obtained, or its first messages are lost. */
  attach(transport: Transport, options: AttachOptions = {}): void {
    const { details = {}, trusted = null } = options
    this.#connections.add(new Connection(this.#host, { transport, details, trusted }))
  }

  /** Makes the realm if it does not exist yet; one that exists keeps its options. */
  openRealm(name: string, options: Partial<RealmOptions> = {}): Realm {
    const known = this.#realms.get(name)
    if (known) return known
    const { authorize, timers, random = Math.random, now = Date.now } = this.#options
    const realm = new Realm(name, {
      authorize,
      timers,
      random,
      now,
      limits: this.#limits,
      listener: this.#host,
      options: { ...REALM_OPTIONS, ...this.#options.realm, ...options },
      kill: (session, reason, message) => this.kill(session, reason, { message }),
      left: (session) => this.#sessions.delete(session.id),
    })
    this.#realms.set(name, realm)
    return realm
  }

  /** Says GOODBYE to all sessions of the realm and forgets it. */
  closeRealm(name: string): void {
    for (const session of this.#realms.get(name)?.sessions.values() ?? []) this.kill(session, CLOSE.closeRealm)
    this.#realms.delete(name)
  }

  realm(name: string): Realm | undefined {
    return this.#realms.get(name)
  }

  /** Joined sessions of all realms, those that wait to be resumed included. */
  sessions(): RouterSession[] {
    return [...this.#sessions.values()]
  }

  /** Ends one session with GOODBYE. `code` is what a WebSocket is closed with. */
  kill(
    session: RouterSession,
    reason: string = CLOSE.killed,
    { code = 1008, message }: { code?: number; message?: string | undefined } = {},
  ): void {
    if (this.#sessions.get(session.id) !== session) return
    const connection = this.#connectionOf.get(session)
    if (connection) return connection.end(reason, code, message)
    this.#host.resumption.drop(session)
    this.#realms.get(session.realm)?.remove(session)
  }

  /** Decides anew what a session may, as another principal if `identity` is given. @returns when all is revoked */
  async reauthorize(session: RouterSession, identity?: Identity): Promise<void> {
    await this.#realms.get(session.realm)?.reauthorize(session, identity)
  }

  /**
   * Ends every connection, and the sessions that wait for theirs. Transports close when their peer has answered, or
   * after the time allowed for it.
   */
  close(reason: string = CLOSE.systemShutdown, code = 1001): void {
    for (const connection of this.#connections) connection.end(reason, code)
    for (const session of this.#sessions.values()) this.kill(session, reason, { code })
  }

  /** Connections not yet closed, joined or not. */
  get connections(): number {
    return this.#connections.size
  }

  metrics(): RouterMetrics {
    const { resumption } = this.#host
    const sum: RouterMetrics = {
      realms: this.#realms.size,
      sessions: 0,
      sessionsParked: resumption.parked,
      sessionsResumed: resumption.metrics.resumed,
      resumptionsRefused: resumption.metrics.refused,
      resumptionsExpired: resumption.metrics.expired,
      subscriptions: 0,
      registrations: 0,
      publications: 0,
      events: 0,
      eventsDropped: 0,
      calls: 0,
      refused: 0,
      requestsOutOfOrder: 0,
    }
    for (const { sessions, broker, dealer, metrics } of this.#realms.values()) {
      sum.sessions += sessions.size
      sum.subscriptions += broker.subscriptions
      sum.registrations += dealer.registrations
      sum.publications += broker.metrics.publications
      sum.events += broker.metrics.events
      sum.eventsDropped += metrics.eventsDropped
      sum.calls += dealer.metrics.calls
      sum.refused += metrics.refused
      sum.requestsOutOfOrder += metrics.requestsOutOfOrder
    }
    return sum
  }

  #joined(session: RouterSession, connection: Connection | null): void {
    if (connection === null) {
      this.#connectionOf.delete(session)
      return
    }
    this.#sessions.set(session.id, session)
    this.#connectionOf.set(session, connection)
  }

  /** A session whose answers nobody takes. */
  #cutOff(session: RouterSession): void {
    const connection = this.#connectionOf.get(session)
    if (connection) connection.abort(ERROR.unavailable, TRY_AGAIN_LATER, 'too slow')
    else this.kill(session)
  }

  #announceOverload(session: RouterSession, [dropped, topic, over]: readonly [number, string, boolean]): void {
    const realm = this.#realms.get(session.realm)
    realm?.broker.announce('wamp.session.on_overload', [session.id, { dropped, topic, over }])
  }

  #fault(error: unknown): void {
    if (this.#options.onFault) this.#options.onFault(error)
    else void Promise.reject(error)
  }

  #newSessionId(): number {
    const { random = Math.random } = this.#options
    for (;;) {
      const id = randomId(random)
      if (!this.#sessions.has(id)) return id
    }
  }
}
