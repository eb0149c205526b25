import { CLOSE, ERROR, ProtocolError, WampError } from '../errors.ts'
import { type Hello, MESSAGE_SHAPES, type Message, TYPE } from '../messages.ts'
import { type Dict, Payload } from '../payload.ts'
import type { Timers } from '../timers.ts'
import type { Transport } from '../transport.ts'
import { type UriRules, isUri } from '../uri.ts'
import type { AuthStep, Authenticator, Identity } from './authenticator.ts'
import { type Greeting, greetingOf, helloRequest } from './greeting.ts'
import type { RouterLimits } from './limits.ts'
import type { Realm } from './realm.ts'
import type { Resumption } from './resumption.ts'
import { RouterSession, type SessionListener } from './session.ts'
import { type Input, SESSION_TABLE, type State } from './session-table.ts'
import { WaitingMessages } from './waiting-messages.ts'
import { welcomeDetails } from './welcome.ts'

/** What a connection needs of its router. */
export interface ConnectionHost extends SessionListener {
  readonly authenticate: Authenticator
  readonly limits: RouterLimits
  readonly timers: Timers
  readonly uris: UriRules
  readonly agent: string
  readonly resumption: Resumption
  realm(name: string): Realm | undefined
  newSessionId(): number
  /** The session is now that of this connection; null: of none. */
  joined(session: RouterSession, connection: Connection | null): void
  /** The session goes on elsewhere: the connection that may still have it is closed. */
  displace(session: RouterSession): void
  ended(connection: Connection): void
  /** A defect of ours, or of what the embedding program lent us. The session it befell is aborted. */
  fault(error: unknown): void
}

export interface Attached {
  readonly transport: Transport
  readonly details: Dict
  readonly trusted: Identity | null
}

type Challenge = Extract<AuthStep, { kind: 'challenge' }>

const NORMAL = 1000
const PROTOCOL_ERROR = 1002
const POLICY_VIOLATION = 1008
const INTERNAL_ERROR = 1011
const TRY_AGAIN_LATER = 1013
/** How long a peer is left unread at a time while its messages wait. */
const PAUSE_MS = 100

/** The router's end of one transport: what happens is looked up in SESSION_TABLE. */
export class Connection {
  readonly #host: ConnectionHost
  readonly #attached: Attached
  readonly #transport: Transport
  #state: State = 'greeting'
  #greeting: Greeting | null = null
  #challenge: Challenge | null = null
  /** Tells one authentication step from another that began after it. */
  #step = 0
  #session: RouterSession | null = null
  #realm: Realm | null = null
  #deadline: unknown
  /** What the transport is closed with once our GOODBYE is answered. */
  #closeCode = NORMAL
  /** Messages that wait for the one being authorized; null while none is. */
  #waiting: WaitingMessages | null = null

  constructor(host: ConnectionHost, attached: Attached) {
    this.#host = host
    this.#attached = attached
    this.#transport = attached.transport
    this.#greet()
    this.#transport.onMessage((message, bytes) => this.#receive(message, bytes))
    this.#transport.onViolation((error) => this.#violated(error))
    this.#transport.onClose(() => {
      if (this.#reaction('lost') === 'release') this.#forget(true)
    })
  }

  /** Ends the session with GOODBYE, or an unjoined connection with ABORT, and closes the transport soon after. */
  end(reason: string, code = NORMAL, message?: string): void {
    const reaction = this.#reaction('ended')
    if (reaction === 'ignore') return
    if (reaction === 'refuse') return this.abort(reason, code, message)
    this.#leave()
    this.#state = 'leaving'
    this.#transport.send([TYPE.GOODBYE, message === undefined ? {} : { message }, reason])
    this.#arm(this.#host.limits.goodbyeMs, () => this.#close(code, reason))
    this.#closeCode = code
    this.#abandonWaiting()
  }

  /** Gives up a session that goes on elsewhere, and the transport. */
  displace(): void {
    this.#release()
    this.#close(POLICY_VIOLATION, 'resumed elsewhere')
  }

  /** Ends the session, or what was to become one, with ABORT. */
  abort(uri: string, code: number, message?: string): void {
    if (this.#state === 'closed') return
    this.#leave()
    this.#transport.send([TYPE.ABORT, message === undefined ? {} : { message }, uri, Payload.empty])
    this.#close(code, uri)
  }

  #reaction(input: Input): (typeof SESSION_TABLE)[State][Input] {
    return SESSION_TABLE[this.#state][input]
  }

  #greet(): void {
    this.#state = 'greeting'
    this.#transport.setReceiveLimit?.(this.#host.limits.helloBytesMax)
    this.#arm(this.#host.limits.handshakeMs, () => this.#close(POLICY_VIOLATION, 'no session in time'))
  }

  #receive(message: Message, bytes = sizeOf(message)): void {
    if (this.#waiting !== null) return this.#wait(message, bytes, this.#waiting)
    try {
      const work = this.#accept(message, bytes)
      if (work !== undefined) this.#await(work, new WaitingMessages())
    } catch (error) {
      this.#failed(error)
    }
  }

  /** Keeps arrival order while a message is being authorized, or is ahead of its rate. */
  #await(work: Promise<void>, waiting: WaitingMessages): void {
    this.#waiting = waiting
    work.then(
      () => this.#next(waiting),
      (error: unknown) => {
        if (this.#waiting === waiting) this.#failed(error)
        this.#next(waiting)
      },
    )
  }

  #next(waiting: WaitingMessages): void {
    // another list, or none: the session ended meanwhile
    while (this.#waiting === waiting) {
      const bytes = waiting.nextBytes
      const message = waiting.shift()
      if (message === undefined) {
        this.#waiting = null
        this.#host.timers.clearTimeout(waiting.hold)
        return
      }
      try {
        const work = this.#accept(message, bytes)
        if (work !== undefined) return this.#await(work, waiting)
      } catch (error) {
        this.#failed(error)
      }
    }
  }

  #wait(message: Message, bytes: number, waiting: WaitingMessages): void {
    waiting.push(message, bytes)
    if (waiting.isTooLong(this.#host.limits)) this.abort(ERROR.unavailable, TRY_AGAIN_LATER)
    else if (waiting.hold === null) this.#holdBack(waiting)
  }

  /** Leaves the peer unread for as long as too much waits. */
  #holdBack(waiting: WaitingMessages): void {
    waiting.hold = null
    if (this.#waiting !== waiting || !waiting.isLong(this.#host.limits)) return
    this.#transport.pause?.(PAUSE_MS)
    waiting.hold = this.#host.timers.setTimeout(() => this.#holdBack(waiting), PAUSE_MS / 2)
  }

  /** Of what waits behind a session that has ended only the peer's own GOODBYE or ABORT still counts. */
  #abandonWaiting(): void {
    const waiting = this.#waiting
    if (waiting === null) return
    this.#waiting = null
    this.#host.timers.clearTimeout(waiting.hold)
    for (let message = waiting.shift(); message !== undefined; message = waiting.shift()) this.#receive(message, 0)
  }

  #accept(message: Message, bytes: number): void | Promise<void> {
    // the hot path: whatever a joined session says, but for how it ends
    const type = message[0]
    const session = this.#session
    if (session !== null && this.#realm !== null && type > TYPE.GOODBYE && type !== TYPE.EVENT_RECEIVED)
      return session.isAlive ? this.#realm.receive(session, message, bytes) : undefined // about to be cut off
    const name = MESSAGE_SHAPES.get(type)?.name ?? 'undecodable'
    switch (this.#reaction(name)) {
      case 'authenticate':
        return this.#hello(message as Hello)
      case 'answer':
        return this.#answer(message)
      case 'goodbye':
        return this.#goodbye()
      case 'close':
        return this.#close(this.#state === 'leaving' ? this.#closeCode : NORMAL, '')
      case 'ignore':
        return
      case 'abort':
      case 'route':
      case 'dismiss':
      case 'refuse':
      case 'release':
        throw new ProtocolError(`${name} while ${this.#state}`)
    }
  }

  #hello(hello: Hello): void {
    if (!isUri(hello[1], this.#host.uris)) return this.abort(ERROR.invalidUri, NORMAL)
    const greeting = greetingOf(hello, this.#host.newSessionId())
    this.#greeting = greeting
    const { trusted, details } = this.#attached
    if (trusted) this.#decide(() => ({ kind: 'accept', identity: trusted }))
    else this.#decide(() => this.#host.authenticate(helloRequest(hello, greeting.session, details)))
  }

  #answer(message: Message): void {
    const challenge = this.#challenge
    if (message[0] !== TYPE.AUTHENTICATE || challenge === null) throw new ProtocolError('no challenge to answer')
    this.#challenge = null
    this.#decide(() => challenge.answer(message[1], message[2]))
  }

  /** Takes the authenticator's next step. Messages that come while it thinks are violations, not kept. */
  #decide(step: () => AuthStep | Promise<AuthStep>): void {
    this.#state = 'deciding'
    this.#step += 1
    const current = this.#step
    const isCurrent = (): boolean => this.#state === 'deciding' && this.#step === current
    const take = (next: AuthStep): void => {
      if (isCurrent()) this.#take(next)
    }
    const failed = (): void => {
      if (isCurrent()) this.abort(ERROR.authenticationFailed, NORMAL)
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

  #take(next: AuthStep): void {
    try {
      if (next.kind === 'accept') this.#welcome(next.identity)
      else if (next.kind === 'refuse') this.abort(next.uri, NORMAL, next.message)
      else {
        this.#state = 'challenged'
        this.#challenge = next
        this.#transport.send([TYPE.CHALLENGE, next.method, next.extra])
      }
    } catch (error) {
      this.#failed(error) // what the authenticator would have us send has no form in this format
    }
  }

  #welcome(identity: Identity): void {
    const greeting = this.#greeting
    const realm = greeting ? this.#host.realm(greeting.realm) : undefined
    if (!greeting || !realm) return this.abort(ERROR.noSuchRealm, NORMAL)
    this.#greeting = null
    const { resumption } = this.#host
    const resumed = greeting.resume ? resumption.take(realm.name, identity, greeting.resume) : null
    let session: RouterSession
    try {
      session = resumed ?? this.#newSession(realm, identity, greeting)
    } catch (error) {
      if (!(error instanceof WampError)) throw error
      return this.abort(error.uri, TRY_AGAIN_LATER, String(error.args))
    }
    if (resumed) this.#host.displace(resumed)
    this.#host.timers.clearTimeout(this.#deadline)
    this.#deadline = undefined
    this.#transport.setReceiveLimit?.(Infinity)
    this.#state = 'open'
    this.#session = session
    this.#realm = realm
    this.#host.joined(session, this)
    if (resumed) resumed.greet(greeting.features, this.#attached.details)
    else realm.add(session)
    const more: Dict = { agent: this.#host.agent }
    if (greeting.isResumable && realm.options.resumption !== null) {
      more['resumable'] = true
      more['resume_token'] = resumption.issue(session, realm)
    }
    if (greeting.resume) more['resumed'] = resumed !== null
    this.#transport.send([TYPE.WELCOME, session.id, welcomeDetails(realm.name, identity, more)])
    if (resumed) this.#resume(resumed, realm, identity)
  }

  /** What waited is sent once it is clear that the session may still have it. */
  #resume(session: RouterSession, realm: Realm, identity: Identity): void {
    const work = realm.reauthorize(session, identity).then(() => {
      if (this.#session === session) session.resume(this.#transport)
    })
    this.#await(work, new WaitingMessages())
  }

  /** @throws {WampError} the realm or the principal has as many sessions as it may have */
  #newSession(realm: Realm, identity: Identity, { session: id, features }: Greeting): RouterSession {
    return new RouterSession(realm.terms, {
      id,
      realm: realm.name,
      identity,
      transport: this.#transport,
      transportDetails: this.#attached.details,
      features,
      usage: realm.admit(identity, this.#attached.trusted !== null),
    })
  }

  #goodbye(): void {
    this.#leave()
    this.#transport.send([TYPE.GOODBYE, {}, CLOSE.goodbyeAndOut])
    // the transport may carry another session; one that stays idle runs into the handshake deadline
    this.#greet()
  }

  #violated(error: ProtocolError): void {
    const reaction = this.#reaction('undecodable')
    if (reaction === 'close') this.#close(PROTOCOL_ERROR, '')
    else if (reaction === 'abort') this.abort(ERROR.protocolViolation, PROTOCOL_ERROR, error.message)
  }

  #failed(error: unknown): void {
    if (error instanceof ProtocolError) return this.#violated(error)
    this.#host.fault(error)
    this.abort(ERROR.runtimeError, INTERNAL_ERROR)
  }

  #close(code: number, reason: string): void {
    if (this.#state === 'closed') return
    this.#forget(false)
    this.#transport.close(code, reason)
  }

  /** @param mayReturn the transport was lost, nobody ended the session */
  #forget(mayReturn: boolean): void {
    if (mayReturn && this.#session && this.#host.resumption.park(this.#session)) this.#release()
    this.#leave()
    this.#state = 'closed'
    this.#host.timers.clearTimeout(this.#deadline)
    this.#host.timers.clearTimeout(this.#waiting?.hold)
    this.#waiting = null
    this.#host.ended(this)
  }

  /** Takes the session, if there is one, out of its realm. */
  #leave(): void {
    const session = this.#session
    const realm = this.#realm
    if (!session || !realm) return
    this.#release()
    this.#host.resumption.drop(session)
    realm.remove(session)
  }

  #release(): void {
    if (this.#session) this.#host.joined(this.#session, null)
    this.#session = null
    this.#realm = null
    this.#state = 'deciding'
  }

  #arm(ms: number, run: () => void): void {
    this.#host.timers.clearTimeout(this.#deadline)
    this.#deadline = this.#host.timers.setTimeout(run, ms)
  }
}

/** Bytes of payload, as far as they are known without encoding it: for transports that do not say. */
function sizeOf(message: Message): number {
  const last = message[message.length - 1]
  return last instanceof Payload ? last.size : 0
}
