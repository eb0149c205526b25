import { isEqualInConstantTime, toHex, utf8 } from '../auth/bytes.ts'
import { randomBytes } from '../auth/web-crypto.ts'
import type { Timers } from '../timers.ts'
import type { Identity } from './authenticator.ts'
import type { Realm } from './realm.ts'
import type { RouterSession } from './session.ts'

const TOKEN_BYTES = 16

interface Ticket {
  readonly session: RouterSession
  readonly realm: Realm
  readonly token: string
  /** The timer that ends the session while it is parked; null while it has a transport. */
  expiry: unknown
}

/**
 * Sessions that may come back on another transport ("Session Resumption" is a sketch in the specification; here it is
 * bounded: so long, so many events, one use of each token).
 */
export class Resumption {
  readonly metrics = { resumed: 0, refused: 0, expired: 0 }
  readonly #tickets = new Map<number, Ticket>()
  readonly #timers: Timers
  #parked = 0

  constructor(timers: Timers) {
    this.#timers = timers
  }

  /** Sessions that wait for their peer now. */
  get parked(): number {
    return this.#parked
  }

  /** Tokens that are good for something; those of sessions with a transport included. */
  get tickets(): number {
    return this.#tickets.size
  }

  /** @returns a token of 128 random bits that resumes the session once */
  issue(session: RouterSession, realm: Realm): string {
    const token = toHex(randomBytes(TOKEN_BYTES))
    this.#tickets.set(session.id, { session, realm, token, expiry: null })
    return token
  }

  /** Whether the session may come back; if so it now waits for that, for as long as its realm allows. */
  park(session: RouterSession): boolean {
    const ticket = this.#tickets.get(session.id)
    const windowMs = ticket?.realm.options.resumption?.windowMs ?? 0
    if (!ticket || windowMs <= 0) return false
    this.#parked += 1
    ticket.expiry = this.#timers.setTimeout(() => {
      this.metrics.expired += 1
      this.drop(session)
      ticket.realm.remove(session)
    }, windowMs)
    ticket.realm.park(session)
    return true
  }

  /**
   * The session that the token is for, if realm, authid and authrole are the same. It waits, though its former
   * transport may not have noticed yet that its peer is gone. The token is used up.
   */
  take(realm: string, identity: Identity, wanted: { id: number; token: string }): RouterSession | null {
    const ticket = this.#tickets.get(wanted.id)
    if (!ticket || !isFor(ticket, realm, identity, wanted.token)) {
      this.metrics.refused += 1
      return null
    }
    this.drop(ticket.session)
    if (!ticket.session.isParked) ticket.realm.park(ticket.session)
    this.metrics.resumed += 1
    return ticket.session
  }

  /** Nothing resumes the session any more. */
  drop(session: RouterSession): void {
    const ticket = this.#tickets.get(session.id)
    if (!ticket) return
    this.#tickets.delete(session.id)
    if (ticket.expiry === null) return
    this.#parked -= 1
    this.#timers.clearTimeout(ticket.expiry)
  }
}

function isFor({ session, realm, token }: Ticket, name: string, identity: Identity, wanted: string): boolean {
  const { authid, authrole } = session.identity
  return (
    isEqualInConstantTime(utf8(token), utf8(wanted)) &&
    realm.name === name &&
    session.isAlive &&
    authid === identity.authid &&
    authrole === identity.authrole
  )
}
