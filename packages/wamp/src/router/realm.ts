import { ERROR, ProtocolError, WampError } from '../errors.ts'
import { nextId } from '../ids.ts'
import {
  type Call,
  type Message,
  type Publish,
  type Register,
  type Subscribe,
  TYPE,
  type Unregister,
  type Unsubscribe,
} from '../messages.ts'
import { type Dict, Payload } from '../payload.ts'
import type { Timers } from '../timers.ts'
import { type MatchPolicy, isReserved, isUri } from '../uri.ts'
import type { Action, Authorizer, Grant, Identity, Verdict } from './authenticator.ts'
import { Broker } from './broker.ts'
import { Dealer } from './dealer.ts'
import type { RouterLimits } from './limits.ts'
import { MetaApi } from './meta.ts'
import { sessionDetails } from './meta-session.ts'
import type { Quota, RealmOptions } from './options.ts'
import type { RouterSession, SessionListener, SessionTerms } from './session.ts'
import { publishTestaments } from './testaments.ts'
import { Usage } from './usage.ts'

/** What the parts of a realm share. */
export interface RealmParts {
  readonly limits: RouterLimits
  readonly options: RealmOptions
  readonly timers: Timers
  /** ms since 1970, as Date.now. */
  readonly now: () => number
  readonly random: () => number
  /** Publishes a meta event, at hardly any cost where nobody listens. */
  announce(topic: string, args: readonly unknown[], kwargs?: Dict): void
}

export interface RealmRules extends Omit<RealmParts, 'announce'> {
  readonly authorize: Authorizer
  /** Told of what befalls sessions. */
  readonly listener: SessionListener
  /** Ends a session of this realm with GOODBYE. */
  kill(session: RouterSession, reason: string, message?: string): void
  /** The session is forgotten for good. */
  left(session: RouterSession): void
}

type Request = Publish | Subscribe | Call | Register

const DROP_TOPICS_MAX = 1000
const ALLOWED: Grant = { allow: true }
const DENIED: Grant = { allow: false }

/** A closed namespace: its sessions, topics and procedures are invisible from any other realm. */
export class Realm {
  readonly name: string
  readonly options: RealmOptions
  readonly sessions = new Map<number, RouterSession>()
  readonly broker: Broker
  readonly dealer: Dealer
  readonly metrics = { refused: 0, eventsDropped: 0, requestsOutOfOrder: 0 }
  /** EVENTs lost to slow subscribers, by topic; topics beyond a thousand are counted under ''. */
  readonly dropsByTopic = new Map<string, number>()
  /** What its sessions share. */
  readonly terms: SessionTerms
  readonly #rules: RealmRules
  readonly #meta: MetaApi
  readonly #usage: Usage
  readonly #principals = new Map<string, Usage>()
  readonly #sessionQuota: Partial<Quota>

  constructor(name: string, rules: RealmRules) {
    this.name = name
    this.options = rules.options
    this.#rules = rules
    this.terms = { limits: rules.limits, options: rules.options, listener: rules.listener }
    const { subscriptionsMax: subscriptions, registrationsMax: registrations, callsMax: calls } = rules.limits
    this.#sessionQuota = { subscriptions, registrations, calls, ...rules.options.quotas.session }
    this.#usage = new Usage('realm', rules.options.quotas.realm ?? {}, null)
    const parts: RealmParts = { ...rules, announce: (topic, args, kwargs) => this.broker.announce(topic, args, kwargs) }
    this.broker = new Broker(parts)
    this.dealer = new Dealer(parts)
    this.#meta = new MetaApi(this, rules)
  }

  /** What a new session of this principal counts into. @throws {WampError} there are as many sessions as may be */
  admit(identity: Identity, isTrusted: boolean): Usage {
    if (isTrusted) return new Usage('session', {}, null)
    const { authid } = identity
    const perPrincipal = this.options.quotas.principal
    let parent = this.#usage
    if (perPrincipal) parent = this.#principals.get(authid) ?? new Usage('principal', perPrincipal, this.#usage, authid)
    const usage = new Usage('session', this.#sessionQuota, parent)
    usage.take('sessions')
    if (perPrincipal) this.#principals.set(authid, parent)
    return usage
  }

  /** Authids that have sessions, where they are counted. */
  get principals(): number {
    return this.#principals.size
  }

  /** What the sessions of the realm hold together. */
  get usage(): Readonly<Usage> {
    return this.#usage
  }

  add(session: RouterSession): void {
    this.sessions.set(session.id, session)
    this.broker.announce('wamp.session.on_join', [sessionDetails(session)])
  }

  /** Forgets a session for good. Its testaments are published once it holds nothing any more. */
  remove(session: RouterSession): void {
    if (!this.sessions.delete(session.id)) return
    session.isAlive = false
    this.#rules.timers.clearTimeout(session.delay)
    session.delay = null
    this.broker.remove(session)
    this.dealer.remove(session)
    session.usage.give('sessions')
    const principal = session.usage.parent
    if (principal?.sessions === 0) this.#principals.delete(principal.name)
    publishTestaments(this.broker, session, ['detached', 'destroyed'])
    const { authid, authrole } = session.identity
    this.#rules.left(session)
    this.broker.announce('wamp.session.on_leave', [session.id, authid, authrole])
  }

  /** A session whose transport is lost and that may come back. */
  park(session: RouterSession): void {
    session.park()
    this.dealer.park(session)
    publishTestaments(this.broker, session, ['detached'])
  }

  /** One EVENT will never be sent to a subscriber. */
  lost(topic: string, hadWaited: boolean): void {
    if (hadWaited) this.broker.metrics.events -= 1
    this.metrics.eventsDropped += 1
    const key = this.dropsByTopic.has(topic) || this.dropsByTopic.size < DROP_TOPICS_MAX ? topic : ''
    this.dropsByTopic.set(key, (this.dropsByTopic.get(key) ?? 0) + 1)
  }

  /**
   * Acts on one message of a joined session. When an authorizer has to think, or the session is ahead of its rate, the
   * returned promise ends with the message; the caller must not hand in the session's next message before that, or
   * order is lost.
   * @throws {ProtocolError} the message is a protocol violation (also as rejection)
   */
  receive(session: RouterSession, message: Message, bytes: number): void | Promise<void> {
    if (!session.usage.isMetered) return this.#act(session, message)
    const waitMs = session.usage.meter(bytes, this.#rules.now())
    return waitMs === 0 ? this.#act(session, message) : this.#actLater(session, message, waitMs)
  }

  async #actLater(session: RouterSession, message: Message, ms: number): Promise<void> {
    // a session that ends meanwhile takes the timer with it, and this promise is forgotten
    await new Promise<void>((resolve) => (session.delay = this.#rules.timers.setTimeout(resolve, ms)))
    session.delay = null
    await this.#act(session, message)
  }

  /**
   * Decides anew what a session may, as another principal if `identity` says so: subscriptions and registrations it
   * would not get now are revoked, and what an authorizer is still thinking about is asked again. Quotas stay those of
   * the principal that joined.
   */
  async reauthorize(session: RouterSession, identity: Identity = session.identity): Promise<void> {
    session.identity = identity
    session.rights += 1
    const { rights } = session
    for (const { id, uri, match } of this.broker.held(session)) {
      const grant = await this.#ask(session, 'subscribe', uri, match)
      if (session.rights !== rights) return // decided anew meanwhile
      if (!grant.allow) this.broker.revoke(id, session, ERROR.notAuthorized)
      else this.broker.regrant(id, session, grant)
    }
    for (const { id, uri, match } of this.dealer.held(session)) {
      const grant = await this.#ask(session, 'register', uri, match)
      if (session.rights !== rights) return
      if (!grant.allow) this.dealer.revoke(id, session, ERROR.notAuthorized)
    }
  }

  /** An authorizer that breaks allows nothing. */
  async #ask(session: RouterSession, action: Action, uri: string, match: MatchPolicy): Promise<Grant> {
    try {
      return grantOf(await this.#rules.authorize(session, action, uri, { match }))
    } catch {
      return DENIED
    }
  }

  #act(session: RouterSession, message: Message): void | Promise<void> {
    switch (message[0]) {
      case TYPE.PUBLISH:
        return this.#request(session, message, 'publish')
      case TYPE.SUBSCRIBE:
        return this.#request(session, message, 'subscribe')
      case TYPE.CALL:
        return this.#request(session, message, 'call')
      case TYPE.REGISTER:
        return this.#request(session, message, 'register')
      case TYPE.UNSUBSCRIBE:
      case TYPE.UNREGISTER:
        return this.#giveUp(session, message)
      case TYPE.YIELD:
        return this.dealer.yield(session, message)
      case TYPE.ERROR:
        return this.dealer.error(session, message)
      case TYPE.CANCEL:
        return this.dealer.cancel(session, message)
      case TYPE.HELLO:
      case TYPE.WELCOME:
      case TYPE.ABORT:
      case TYPE.CHALLENGE:
      case TYPE.AUTHENTICATE:
      case TYPE.GOODBYE:
      case TYPE.PUBLISHED:
      case TYPE.SUBSCRIBED:
      case TYPE.UNSUBSCRIBED:
      case TYPE.EVENT:
      case TYPE.EVENT_RECEIVED:
      case TYPE.RESULT:
      case TYPE.REGISTERED:
      case TYPE.UNREGISTERED:
      case TYPE.INVOCATION:
      case TYPE.INTERRUPT:
        throw new ProtocolError(`message type ${message[0]} is not for a router`)
    }
  }

  #request(session: RouterSession, message: Request, action: Action): void | Promise<void> {
    const options = message[2]
    const uri = message[3]
    this.#checkSequence(session, message)
    if (message[0] === TYPE.CALL && this.dealer.continuesCall(session, message)) return
    const match = matchOf(options, action)
    if (match === null) return this.#refuse(session, message, ERROR.optionNotAllowed)
    if (!this.#isAllowedUri(uri, action, match)) return this.#refuse(session, message, ERROR.invalidUri)
    return this.#authorize(session, message, action, match)
  }

  #authorize(session: RouterSession, message: Request, action: Action, match: MatchPolicy): void | Promise<void> {
    let verdict: Verdict | Promise<Verdict>
    try {
      verdict = this.#rules.authorize(session, action, message[3], message[2])
    } catch {
      return this.#refuse(session, message, ERROR.authorizationFailed)
    }
    if (!(verdict instanceof Promise)) return this.#perform(session, message, match, grantOf(verdict))
    const { rights } = session
    return verdict.then(
      (decided) => {
        if (!session.isAlive) return undefined // gone while the authorizer was thinking
        if (session.rights !== rights) return this.#authorize(session, message, action, match)
        return this.#perform(session, message, match, grantOf(decided))
      },
      () => (session.isAlive ? this.#refuse(session, message, ERROR.authorizationFailed) : undefined),
    )
  }

  #perform(session: RouterSession, message: Request, match: MatchPolicy, grant: Grant): void | Promise<void> {
    if (!grant.allow) return this.#refuse(session, message, ERROR.notAuthorized)
    try {
      switch (message[0]) {
        case TYPE.PUBLISH:
          return this.broker.publish(session, message, grant)
        case TYPE.SUBSCRIBE:
          return this.broker.subscribe(session, message, { match, grant })
        case TYPE.CALL:
          return isReserved(message[3]) ? this.#metaCall(session, message) : this.dealer.call(session, message, grant)
        case TYPE.REGISTER:
          return this.dealer.register(session, message, { match, grant })
      }
    } catch (error) {
      this.#failed(session, message, error)
    }
  }

  #metaCall(session: RouterSession, message: Call): void | Promise<void> {
    if (message[2]['progress'] === true) throw new WampError(ERROR.featureNotSupported, ['arguments come at once here'])
    const work = this.#meta.call(session, message)
    return work instanceof Promise ? work.catch((error: unknown) => this.#failed(session, message, error)) : work
  }

  /** Legal, and not one of the router's own names where a client may not use them (Basic Profile, "URIs"). */
  #isAllowedUri(uri: string, action: Action, match: MatchPolicy): boolean {
    const isWrite = action === 'publish' || action === 'register'
    return isUri(uri, this.options.uris, match) && !(isWrite && isReserved(uri))
  }

  /** Basic Profile, "IDs". A CALL may come again under its id: progressive call invocations, which the dealer judges. */
  #checkSequence(session: RouterSession, message: Request | Unsubscribe | Unregister): void {
    const request = message[1]
    if (request === nextId(session.lastRequest)) {
      session.lastRequest = request
      return
    }
    if (message[0] === TYPE.CALL && request <= session.lastRequest) return
    const isAfterLoss = session.isResumed && request > session.lastRequest
    session.isResumed = false
    if (this.options.requestIds === 'strict' && !isAfterLoss)
      throw new ProtocolError(`request ${request} after ${session.lastRequest}`)
    this.metrics.requestsOutOfOrder += 1
    session.lastRequest = request
  }

  #giveUp(session: RouterSession, message: Unsubscribe | Unregister): void {
    this.#checkSequence(session, message)
    try {
      if (message[0] === TYPE.UNSUBSCRIBE) this.broker.unsubscribe(session, message)
      else this.dealer.unregister(session, message)
    } catch (error) {
      this.#failed(session, message, error)
    }
  }

  /** A WampError becomes the ERROR answer; an unacknowledged PUBLISH is never answered (Basic Profile). */
  #failed(session: RouterSession, message: Request | Unsubscribe | Unregister, error: unknown): void {
    if (!(error instanceof WampError)) throw error
    if (message[0] === TYPE.PUBLISH && message[2]['acknowledge'] !== true) return
    if (message[0] === TYPE.CALL) this.dealer.refused(session, message)
    session.send([TYPE.ERROR, message[0], message[1], {}, error.uri, Payload.of(error.args, error.kwargs)])
  }

  #refuse(session: RouterSession, message: Request, uri: string): void {
    this.metrics.refused += 1
    this.#failed(session, message, new WampError(uri, [message[3]]))
  }
}

function grantOf(verdict: Verdict): Grant {
  if (typeof verdict !== 'boolean') return verdict
  return verdict ? ALLOWED : DENIED
}

/** The match policy asked for, or null when there is no such one. */
function matchOf(options: Dict, action: Action): MatchPolicy | null {
  if (action === 'publish' || action === 'call') return 'exact'
  const match = options['match'] ?? 'exact'
  return match === 'exact' || match === 'prefix' || match === 'wildcard' ? match : null
}
