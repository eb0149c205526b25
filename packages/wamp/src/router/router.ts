import { CLOSE } from '../errors.ts'
import { randomId } from '../ids.ts'
import type { Dict } from '../payload.ts'
import type { Timers } from '../timers.ts'
import type { Transport } from '../transport.ts'
import type { UriRules } from '../uri.ts'
import type { Authenticator, Authorizer, Disclose, Identity } from './authenticator.ts'
import { Connection, type ConnectionHost } from './connection.ts'
import { ROUTER_LIMITS, type RouterLimits } from './limits.ts'
import { Realm, type RealmRules } from './realm.ts'
import type { RouterSession } from './session.ts'

export interface RouterOptions {
  readonly authenticate: Authenticator
  readonly authorize: Authorizer
  /** Default: nobody. */
  readonly disclose?: Disclose
  readonly timers: Timers
  /** As Math.random, which is the default; ids are not secrets. */
  readonly random?: () => number
  /** `strict`: requests must count up from 1, as the specification demands and hardly any client is held to. */
  readonly requestIds?: 'lenient' | 'strict'
  readonly uris?: UriRules
  /** What WELCOME names as the router's software. */
  readonly agent?: string
  readonly limits?: Partial<RouterLimits>
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
  sessions: number
  subscriptions: number
  registrations: number
  publications: number
  events: number
  eventsDropped: number
  calls: number
  refused: number
}

/** A WAMP router: realms, and the connections of their peers. It opens no port and knows no names but `wamp.`. */
export class Router {
  readonly #realms = new Map<string, Realm>()
  readonly #connections = new Set<Connection>()
  readonly #rules: RealmRules
  readonly #host: ConnectionHost

  constructor(options: RouterOptions) {
    const limits = { ...ROUTER_LIMITS, ...options.limits }
    const random = options.random ?? Math.random
    const uris = options.uris ?? 'loose'
    this.#rules = {
      authorize: options.authorize,
      disclose: options.disclose ?? (() => false),
      requestIds: options.requestIds ?? 'lenient',
      limits,
      uris,
      random,
    }
    this.#host = {
      authenticate: options.authenticate,
      limits,
      timers: options.timers,
      uris,
      agent: options.agent ?? 'sluice',
      realm: (name) => this.#realms.get(name),
      newSessionId: () => this.#newSessionId(random),
    }
  }

  /** Takes a peer on. Call it in the turn in which the transport was obtained, or its first messages are lost. */
  attach(transport: Transport, options: AttachOptions = {}): void {
    const connection: Connection = new Connection(this.#host, {
      transport,
      details: options.details ?? {},
      trusted: options.trusted ?? null,
      onEnd: () => this.#connections.delete(connection),
    })
    this.#connections.add(connection)
  }

  /** Makes the realm if it does not exist yet. */
  openRealm(name: string): Realm {
    let realm = this.#realms.get(name)
    if (!realm) {
      realm = new Realm(name, this.#rules)
      this.#realms.set(name, realm)
    }
    return realm
  }

  /** Says GOODBYE to all sessions of the realm and forgets it. */
  closeRealm(name: string): void {
    for (const connection of this.#connections) if (connection.session?.realm === name) connection.end(CLOSE.closeRealm)
    this.#realms.delete(name)
  }

  realm(name: string): Realm | undefined {
    return this.#realms.get(name)
  }

  /** Joined sessions of all realms. */
  sessions(): RouterSession[] {
    return [...this.#realms.values()].flatMap((realm) => [...realm.sessions.values()])
  }

  /** Ends one session with GOODBYE. @param code what a WebSocket is closed with */
  kill(session: RouterSession, reason: string = CLOSE.killed, code = 1008): void {
    for (const connection of this.#connections) if (connection.session === session) connection.end(reason, code)
  }

  /** Ends every connection. Transports close when their peer has answered, or after the time allowed for it. */
  close(reason: string = CLOSE.systemShutdown, code = 1001): void {
    for (const connection of this.#connections) connection.end(reason, code)
  }

  /** Connections not yet closed, joined or not. */
  get connections(): number {
    return this.#connections.size
  }

  metrics(): RouterMetrics {
    const sum: RouterMetrics = {
      realms: this.#realms.size,
      sessions: 0,
      subscriptions: 0,
      registrations: 0,
      publications: 0,
      events: 0,
      eventsDropped: 0,
      calls: 0,
      refused: 0,
    }
    for (const { sessions, broker, dealer, metrics } of this.#realms.values()) {
      sum.sessions += sessions.size
      sum.subscriptions += broker.subscriptions
      sum.registrations += dealer.registrations
      sum.publications += broker.metrics.publications
      sum.events += broker.metrics.events
      sum.eventsDropped += broker.metrics.eventsDropped
      sum.calls += dealer.metrics.calls
      sum.refused += metrics.refused
    }
    return sum
  }

  #newSessionId(random: () => number): number {
    for (;;) {
      const id = randomId(random)
      if (![...this.#realms.values()].some((realm) => realm.sessions.has(id))) return id
    }
  }
}
