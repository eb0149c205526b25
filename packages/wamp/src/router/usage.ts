import { ERROR, WampError } from '../errors.ts'
import type { Quota } from './options.ts'

/** What is counted and limited. */
export type Held = 'sessions' | 'subscriptions' | 'registrations' | 'calls'
type Scope = 'session' | 'principal' | 'realm'

/**
 * What a session, the sessions of a principal, or those of a realm hold now, and the quota for it. A session's usage
 * has that of its principal as parent, and that the one of its realm.
 */
export class Usage {
  sessions = 0
  subscriptions = 0
  registrations = 0
  calls = 0
  readonly parent: Usage | null
  /** The authid of a principal's. */
  readonly name: string
  /** Whether any rate is limited here or above. */
  readonly isMetered: boolean
  readonly #scope: Scope
  readonly #quota: Partial<Quota>
  readonly #bucket: Bucket | null

  constructor(scope: Scope, quota: Partial<Quota>, parent: Usage | null, name = '') {
    this.#scope = scope
    this.#quota = quota
    this.parent = parent
    this.name = name
    const { messagesPerS = Infinity, bytesPerS = Infinity } = quota
    this.#bucket = messagesPerS === Infinity && bytesPerS === Infinity ? null : new Bucket(messagesPerS, bytesPerS)
    this.isMetered = this.#bucket !== null || (parent !== null && parent.isMetered)
  }

  /** @throws {WampError} wamp.error.unavailable: a quota is used up; nothing was taken */
  take(what: Held): void {
    this.#check(what)
    this.#add(what, 1)
  }

  give(what: Held): void {
    this.#add(what, -1)
  }

  /** Takes one message of so many bytes from every rate. @returns ms to wait before it may be acted on */
  meter(bytes: number, now: number): number {
    return Math.max(this.#bucket?.take(bytes, now) ?? 0, this.parent?.meter(bytes, now) ?? 0)
  }

  #add(what: Held, count: 1 | -1): void {
    this[what] += count
    if (this.parent !== null) this.parent.#add(what, count)
  }

  #check(what: Held): void {
    const limit = this.#quota[what]
    if (limit === undefined || this[what] < limit) {
      if (this.parent !== null) this.parent.#check(what)
      return
    }
    const text = what === 'calls' ? 'calls in flight' : what
    throw new WampError(ERROR.unavailable, [`a ${this.#scope} has at most ${limit} ${text}`], {
      quota: what,
      scope: this.#scope,
      limit,
    })
  }
}

/** A token bucket for messages and bytes that may run into debt: what is owed is waited for, so nothing is refused. */
class Bucket {
  readonly #rates: readonly [messages: number, bytes: number]
  readonly #tokens: [messages: number, bytes: number]
  #at = -Infinity

  /** It holds one second's worth. */
  constructor(messagesPerS: number, bytesPerS: number) {
    this.#rates = [messagesPerS, bytesPerS]
    this.#tokens = [messagesPerS, bytesPerS]
  }

  take(bytes: number, now: number): number {
    const passedS = Math.max(0, now - this.#at) / 1000
    this.#at = Math.max(this.#at, now)
    return Math.max(this.#draw(0, 1, passedS), this.#draw(1, bytes, passedS))
  }

  #draw(which: 0 | 1, amount: number, passedS: number): number {
    const rate = this.#rates[which]
    if (rate === Infinity) return 0
    const left = Math.min(rate, this.#tokens[which] + rate * Math.min(passedS, 3600)) - amount
    this.#tokens[which] = left
    return left >= 0 ? 0 : (-left / rate) * 1000
  }
}
