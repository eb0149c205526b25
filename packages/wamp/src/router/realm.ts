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
import { type MatchPolicy, type UriRules, isReserved, isUri } from '../uri.ts'
import type { Action, Authorizer, Disclose } from './authenticator.ts'
import { Broker } from './broker.ts'
import { Dealer } from './dealer.ts'
import type { RouterLimits } from './limits.ts'
import type { RouterSession } from './session.ts'

/** Rules of a realm, the same for all realms of a router. */
export interface RealmRules {
  readonly authorize: Authorizer
  readonly disclose: Disclose
  readonly limits: RouterLimits
  readonly requestIds: 'lenient' | 'strict'
  readonly uris: UriRules
  readonly random: () => number
}

type Request = Publish | Subscribe | Call | Register

/** A closed namespace: its sessions, topics and procedures are invisible from any other realm. */
export class Realm {
  readonly name: string
  readonly sessions = new Map<number, RouterSession>()
  readonly broker: Broker
  readonly dealer: Dealer
  readonly metrics = { refused: 0 }
  readonly #rules: RealmRules

  constructor(name: string, rules: RealmRules) {
    this.name = name
    this.#rules = rules
    this.broker = new Broker({ subscriptionsMax: rules.limits.subscriptionsMax, random: rules.random })
    this.dealer = new Dealer(rules.limits, rules.disclose)
  }

  add(session: RouterSession): void {
    this.sessions.set(session.id, session)
  }

  remove(session: RouterSession): void {
    if (!this.sessions.delete(session.id)) return
    this.broker.remove(session)
    this.dealer.remove(session)
  }

  /**
   * Acts on one message of a joined session. When an authorizer has to think, the returned promise ends with the
   * message; the caller must not hand in the session's next message before that, or order is lost.
   * @throws {ProtocolError} the message is a protocol violation (also as rejection)
   */
  receive(session: RouterSession, message: Message): void | Promise<void> {
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
        this.#checkSequence(session, message[1])
        return this.#answering(session, message, () => this.broker.unsubscribe(session, message))
      case TYPE.UNREGISTER:
        this.#checkSequence(session, message[1])
        return this.#answering(session, message, () => this.dealer.unregister(session, message))
      case TYPE.YIELD:
        return this.dealer.yield(session, message)
      case TYPE.ERROR:
        return this.dealer.error(session, message)
      case TYPE.CANCEL:
        return // call canceling is not offered; a caller that sends it all the same simply gets its answer
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
      case TYPE.RESULT:
      case TYPE.REGISTERED:
      case TYPE.UNREGISTERED:
      case TYPE.INVOCATION:
      case TYPE.INTERRUPT:
        throw new ProtocolError(`message type ${message[0]} is not for a router`)
    }
  }

  #request(session: RouterSession, message: Request, action: Action): void | Promise<void> {
    const [, request, options, uri] = message
    this.#checkSequence(session, request)
    const match = matchOf(options, action)
    const problem = match === null ? ERROR.optionNotAllowed : this.#problemOf(uri, action, match)
    if (match === null || problem !== null) return this.#refuse(session, message, problem ?? ERROR.optionNotAllowed)
    const act = (isAllowed: boolean): void => {
      if (!isAllowed) return this.#refuse(session, message, ERROR.notAuthorized)
      this.#answering(session, message, () => this.#perform(session, message, match))
    }
    let verdict: boolean | Promise<boolean>
    try {
      verdict = this.#rules.authorize(session, action, uri, options)
    } catch {
      return this.#refuse(session, message, ERROR.authorizationFailed)
    }
    if (typeof verdict === 'boolean') return act(verdict)
    return verdict.then(
      // the session may have gone while the authorizer was thinking
      (isAllowed) => (session.isAlive ? act(isAllowed) : undefined),
      () => (session.isAlive ? this.#refuse(session, message, ERROR.authorizationFailed) : undefined),
    )
  }

  #perform(session: RouterSession, message: Request, match: MatchPolicy): void {
    switch (message[0]) {
      case TYPE.PUBLISH:
        return this.broker.publish(session, message)
      case TYPE.SUBSCRIBE:
        return this.broker.subscribe(session, message, match)
      case TYPE.CALL:
        return this.dealer.call(session, message)
      case TYPE.REGISTER:
        return this.dealer.register(session, message)
    }
  }

  /** The error URI for a URI that may not be used this way, or null. The router's own names are out of reach. */
  #problemOf(uri: string, action: Action, match: MatchPolicy): string | null {
    if (!isUri(uri, this.#rules.uris, match)) return ERROR.invalidUri
    const isWrite = action === 'publish' || action === 'register'
    return isWrite && isReserved(uri) ? ERROR.invalidUri : null
  }

  #checkSequence(session: RouterSession, request: number): void {
    if (this.#rules.requestIds === 'strict' && request !== nextId(session.lastRequest))
      throw new ProtocolError(`request ${request} after ${session.lastRequest}`)
    session.lastRequest = request
  }

  /** Runs `act`; a WampError becomes the ERROR answer to `message`. */
  #answering(session: RouterSession, message: Request | Unsubscribe | Unregister, act: () => void): void {
    try {
      act()
    } catch (error) {
      if (!(error instanceof WampError)) throw error
      const answer = Payload.of(error.args, error.kwargs)
      session.send([TYPE.ERROR, message[0], message[1], {}, error.uri, answer])
    }
  }

  /** An unacknowledged PUBLISH is never answered (Basic Profile, "Publishing and Events"). */
  #refuse(session: RouterSession, message: Request, uri: string): void {
    this.metrics.refused += 1
    if (message[0] === TYPE.PUBLISH && message[2]['acknowledge'] !== true) return
    session.send([TYPE.ERROR, message[0], message[1], {}, uri, Payload.of([message[3]])])
  }
}

/** The match policy asked for, or null when the router does not offer it for this action. */
function matchOf(options: Dict, action: Action): MatchPolicy | null {
  if (action === 'register' && (options['invoke'] ?? 'single') !== 'single') return null
  const match = action === 'subscribe' || action === 'register' ? (options['match'] ?? 'exact') : 'exact'
  if (match === 'exact') return match
  return action === 'subscribe' && (match === 'prefix' || match === 'wildcard') ? match : null
}
