import { CLOSE, ERROR, ProtocolError } from '../errors.ts'
import { type Goodbye, type Hello, type Message, TYPE } from '../messages.ts'
import { type Dict, Payload } from '../payload.ts'
import type { Timers } from '../timers.ts'
import type { Transport } from '../transport.ts'
import { type UriRules, isUri } from '../uri.ts'
import type { AuthStep, Authenticator, HelloRequest, Identity } from './authenticator.ts'
import type { RouterLimits } from './limits.ts'
import type { Realm } from './realm.ts'
import { RouterSession } from './session.ts'

/** What a connection needs of its router. */
export interface ConnectionHost {
  readonly authenticate: Authenticator
  readonly limits: RouterLimits
  readonly timers: Timers
  readonly uris: UriRules
  readonly agent: string
  realm(name: string): Realm | undefined
  newSessionId(): number
}

/**
 * Where a connection stands (Basic Profile, "Session Lifetime"). In `greeting` a HELLO is due; in `deciding` the
 * authenticator thinks and nothing may come; in `challenged` AUTHENTICATE is due; in `leaving` our GOODBYE waits for
 * its answer and all else is ignored.
 */
type State =
  | { name: 'greeting' }
  | { name: 'deciding' }
  | { name: 'challenged'; answer: Extract<AuthStep, { kind: 'challenge' }>['answer']; realm: string }
  | { name: 'open'; session: RouterSession; realm: Realm }
  | { name: 'leaving' }
  | { name: 'closed' }

const CLIENT_ROLES = ['publisher', 'subscriber', 'caller', 'callee'] as const
const NORMAL = 1000
const PROTOCOL_ERROR = 1002
const POLICY_VIOLATION = 1008
const TRY_AGAIN_LATER = 1013

/** The router's end of one transport: handshake, message order, and every way a session can end. */
export class Connection {
  readonly #host: ConnectionHost
  readonly #transport: Transport
  readonly #details: Dict
  readonly #trusted: Identity | null
  readonly #onEnd: () => void
  #state: State = { name: 'greeting' }
  #deadline: unknown
  /** What the transport is closed with once our GOODBYE is answered. */
  #closeCode = NORMAL
  /** Messages that wait for the one being authorized; null while none is. */
  #waiting: Message[] | null = null

  constructor(
    host: ConnectionHost,
    parts: { transport: Transport; details: Dict; trusted: Identity | null; onEnd: () => void },
  ) {
    this.#host = host
    this.#transport = parts.transport
    this.#details = parts.details
    this.#trusted = parts.trusted
    this.#onEnd = parts.onEnd
    this.#greet()
    parts.transport.onMessage((message) => this.#receive(message))
    parts.transport.onViolation((error) => this.#violated(error))
    parts.transport.onClose(() => this.#ended())
  }

  get session(): RouterSession | null {
    return this.#state.name === 'open' ? this.#state.session : null
  }

  /** Ends the session with GOODBYE, or an unjoined connection with ABORT, and closes the transport soon after. */
  end(reason: string, code = NORMAL): void {
    if (this.#state.name === 'closed' || this.#state.name === 'leaving') return
    if (this.#state.name !== 'open') return this.#abort(reason, code)
    this.#leave()
    this.#state = { name: 'leaving' }
    this.#transport.send([TYPE.GOODBYE, {}, reason])
    this.#arm(this.#host.limits.goodbyeMs, () => this.#close(code, reason))
    this.#closeCode = code
  }

  #greet(): void {
    this.#state = { name: 'greeting' }
    this.#transport.setReceiveLimit?.(this.#host.limits.helloBytesMax)
    this.#arm(this.#host.limits.handshakeMs, () => this.#close(POLICY_VIOLATION, 'no session in time'))
  }

  #receive(message: Message): void {
    if (this.#waiting !== null) return this.#wait(message, this.#waiting)
    try {
      const work = this.#accept(message)
      if (work) this.#await(work)
    } catch (error) {
      this.#failed(error)
    }
  }

  /** Keeps arrival order while a message is being authorized. */
  #await(work: Promise<void>): void {
    const waiting: Message[] = []
    this.#waiting = waiting
    const next = (): void => {
      this.#waiting = null
      for (let i = 0; i < waiting.length && this.#state.name !== 'closed'; i += 1) {
        const message = waiting[i]
        if (message) this.#receive(message)
        if (this.#waiting !== null) {
          ;(this.#waiting as Message[]).push(...waiting.slice(i + 1))
          return
        }
      }
    }
    work.then(next, (error: unknown) => {
      this.#failed(error)
      next()
    })
  }

  #wait(message: Message, waiting: Message[]): void {
    const { waitingMax } = this.#host.limits
    if (waiting.length >= waitingMax) return this.#abort(ERROR.unavailable, TRY_AGAIN_LATER)
    waiting.push(message)
    if (waiting.length * 4 > waitingMax) this.#transport.pause?.()
  }

  #accept(message: Message): void | Promise<void> {
    const state = this.#state
    switch (state.name) {
      case 'open':
        if (message[0] === TYPE.GOODBYE) return this.#goodbye(message)
        if (message[0] === TYPE.ABORT) return this.#close(NORMAL, '')
        return state.realm.receive(state.session, message)
      case 'greeting':
        if (message[0] === TYPE.HELLO) return this.#hello(message)
        break
      case 'challenged':
        if (message[0] === TYPE.AUTHENTICATE)
          return this.#decide(state.realm, () => state.answer(message[1], message[2]))
        break
      case 'deciding':
        break
      case 'leaving':
        return message[0] === TYPE.GOODBYE ? this.#close(this.#closeCode, message[2]) : undefined
      case 'closed':
        return undefined
    }
    if (message[0] === TYPE.ABORT) return this.#close(NORMAL, '')
    throw new ProtocolError(`message type ${message[0]} while ${state.name}`)
  }

  #hello([, realm, details]: Hello): void {
    if (!isUri(realm, this.#host.uris)) return this.#abort(ERROR.invalidUri, NORMAL)
    const roles = details['roles']
    if (!isDict(roles) || !CLIENT_ROLES.some((role) => isDict(roles[role])))
      throw new ProtocolError('HELLO without a client role')
    const trusted = this.#trusted
    if (trusted) return this.#decide(realm, () => ({ kind: 'accept', identity: trusted }))
    const methods = details['authmethods']
    const { authid, authextra } = details
    const hello: HelloRequest = {
      realm,
      authmethods: Array.isArray(methods) && methods.length > 0 ? methods.filter(isString) : ['anonymous'],
      authid: typeof authid === 'string' ? authid : null,
      authextra: isDict(authextra) ? authextra : {},
      transport: this.#details,
    }
    this.#decide(realm, () => this.#host.authenticate(hello))
  }

  /** Takes the authenticator's next step. Messages that come while it thinks are violations, not kept. */
  #decide(realm: string, step: () => AuthStep | Promise<AuthStep>): void {
    const deciding: State = { name: 'deciding' }
    this.#state = deciding
    const take = (next: AuthStep): void => {
      if (this.#state !== deciding) return // ended meanwhile
      if (next.kind === 'accept') this.#welcome(realm, next.identity)
      else if (next.kind === 'refuse') this.#abort(next.uri, NORMAL, next.message)
      else {
        this.#state = { name: 'challenged', answer: (signature, extra) => next.answer(signature, extra), realm }
        this.#transport.send([TYPE.CHALLENGE, next.method, next.extra])
      }
    }
    const failed = (): void => {
      if (this.#state === deciding) this.#abort(ERROR.authenticationFailed, NORMAL)
    }
    let next: AuthStep | Promise<AuthStep>
    try {
      next = step()
    } catch {
      return failed()
    }
    if (next instanceof Promise) next.then(take, failed)
    else take(next)
  }

  #welcome(name: string, identity: Identity): void {
    const realm = this.#host.realm(name)
    if (!realm) return this.#abort(ERROR.noSuchRealm, NORMAL)
    this.#host.timers.clearTimeout(this.#deadline)
    this.#transport.setReceiveLimit?.(Infinity)
    const info = { id: this.#host.newSessionId(), realm: name, identity }
    const session = new RouterSession(info, {
      transport: this.#transport,
      limits: this.#host.limits,
      onOverflow: () => this.#abort(ERROR.unavailable, TRY_AGAIN_LATER, 'too slow'),
    })
    const { authid, authrole, authmethod, authprovider, authextra } = identity
    this.#state = { name: 'open', session, realm }
    realm.add(session)
    const who = { realm: name, authid, authrole, authmethod, authprovider, ...(authextra ? { authextra } : {}) }
    session.send([TYPE.WELCOME, session.id, { ...who, agent: this.#host.agent, roles: ROUTER_ROLES }])
  }

  #goodbye([, ,]: Goodbye): void {
    this.#leave()
    this.#transport.send([TYPE.GOODBYE, {}, CLOSE.goodbyeAndOut])
    // the transport may carry another session; one that stays idle runs into the handshake deadline
    this.#greet()
  }

  #violated(error: ProtocolError): void {
    if (this.#state.name === 'leaving') return this.#close(PROTOCOL_ERROR, '')
    this.#abort(ERROR.protocolViolation, PROTOCOL_ERROR, error.message)
  }

  #failed(error: unknown): void {
    if (!(error instanceof ProtocolError)) throw error
    this.#violated(error)
  }

  #abort(uri: string, code: number, message?: string): void {
    if (this.#state.name === 'closed') return
    this.#leave()
    this.#transport.send([TYPE.ABORT, message === undefined ? {} : { message }, uri, Payload.empty])
    this.#close(code, uri)
  }

  #close(code: number, reason: string): void {
    this.#ended()
    this.#transport.close(code, reason)
  }

  #ended(): void {
    if (this.#state.name === 'closed') return
    this.#leave()
    this.#host.timers.clearTimeout(this.#deadline)
    this.#state = { name: 'closed' }
    this.#onEnd()
  }

  /** Takes the session, if there is one, out of its realm. */
  #leave(): void {
    if (this.#state.name !== 'open') return
    const { session, realm } = this.#state
    this.#state = { name: 'deciding' }
    session.isAlive = false
    realm.remove(session)
  }

  #arm(ms: number, run: () => void): void {
    this.#host.timers.clearTimeout(this.#deadline)
    this.#deadline = this.#host.timers.setTimeout(run, ms)
  }
}

/** Exactly these two roles: Autobahn|Python refuses others, and wampy wants `features` in each. */
const ROUTER_ROLES = {
  broker: {
    features: {
      publisher_exclusion: true,
      subscriber_blackwhite_listing: true,
      pattern_based_subscription: true,
    },
  },
  dealer: { features: {} },
}

function isDict(value: unknown): value is Dict {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isString(value: unknown): value is string {
  return typeof value === 'string'
}
