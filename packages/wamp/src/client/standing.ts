import { CLOSE, ERROR, WampError } from '../errors.ts'
import type { Timers } from '../timers.ts'
import type { CallOptions } from './options.ts'
import type { CloseReason, Registration, Session, Subscription } from './session.ts'

type Held = Subscription | Registration
type Give<T extends Held> = T extends Subscription ? 'unsubscribe' : 'unregister'

interface Item {
  /** Whether it is in force on this session, or being made there. */
  isOn(session: Session): boolean
  /** Makes it on a new session. */
  renew(session: Session): Promise<void>
  /** There will be no further session. */
  end(error: WampError): void
}

/** What a reconnecting client keeps across sessions, and who waits for the next one. */
export class Standing {
  readonly #items = new Set<Item>()
  readonly #waiting = new Set<{ resolve(session: Session): void; reject(error: WampError): void }>()
  /** Given up while the transport was lost: what to give back if the session is resumed. */
  #givenUp: Held[] = []
  #session: Session | null = null
  #ended: WampError | null = null

  /** Holds a subscription or registration on this session and each one after it; resolves when first made. */
  keep<T extends Held>(make: (session: Session) => Promise<T>, give: Give<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#ended) throw this.#ended
      let held: T | null = null
      let on: Session | null = null
      let isReleased = false
      const release = async (): Promise<void> => {
        isReleased = true
        this.#items.delete(item)
        if (!held) return
        if (this.#session) await giveBack(held)
        else this.#givenUp.push(held)
      }
      const item: Item = {
        isOn: (session) => on === session,
        renew: async (session) => {
          try {
            on = session
            const made = await make(session)
            if (isReleased) return await giveBack(made)
            held = made
            resolve({
              get id() {
                return held?.id ?? made.id
              },
              [give]: release,
            } as unknown as T)
          } catch (error) {
            on = null
            if (session !== this.#session) return // lost meanwhile; the next session tries again
            // lost with a transport whose session was resumed: the router never heard of it
            if (error instanceof WampError && error.uri === CLOSE.transportLost) return await item.renew(session)
            if (!held) this.#items.delete(item)
            reject(error)
            if (held) throw error
          }
        },
        end: reject,
      }
      this.#items.add(item)
      if (this.#session) void item.renew(this.#session)
    })
  }

  /** The current session, or the next one. */
  session(timers: Timers, { timeoutMs, signal }: CallOptions = {}): Promise<Session> {
    if (this.#session) return Promise.resolve(this.#session)
    return new Promise((resolve, reject) => {
      if (this.#ended) throw this.#ended
      if (signal?.aborted) throw new WampError(ERROR.canceled)
      const settle = (): void => {
        this.#waiting.delete(waiter)
        if (timer !== undefined) timers.clearTimeout(timer)
        signal?.removeEventListener('abort', abort)
      }
      const waiter = {
        resolve: (session: Session): void => {
          settle()
          resolve(session)
        },
        reject: (error: WampError): void => {
          settle()
          reject(error)
        },
      }
      const abort = (): void => waiter.reject(new WampError(ERROR.canceled))
      const timer =
        timeoutMs === undefined
          ? undefined
          : timers.setTimeout(() => waiter.reject(new WampError(ERROR.timeout)), timeoutMs)
      signal?.addEventListener('abort', abort)
      this.#waiting.add(waiter)
    })
  }

  /** A new session is there: everything kept is made again on it. @param onError what a router refused this time */
  renew(session: Session, onError: (error: unknown) => void): void {
    this.#givenUp = []
    this.#enter(session, onError)
  }

  /** The session goes on: what was made there stays, what was given up meanwhile is given back. */
  resume(session: Session, onError: (error: unknown) => void): void {
    for (const held of this.#givenUp.splice(0)) giveBack(held).catch(onError)
    this.#enter(session, onError)
  }

  lost(): void {
    this.#session = null
  }

  end({ uri, message }: CloseReason): void {
    this.#session = null
    this.#ended = new WampError(uri, [message === '' ? 'the connection is closed' : message])
    for (const item of this.#items) item.end(this.#ended)
    for (const waiter of this.#waiting) waiter.reject(this.#ended)
    this.#items.clear()
  }

  #enter(session: Session, onError: (error: unknown) => void): void {
    this.#session = session
    for (const item of this.#items) if (!item.isOn(session)) item.renew(session).catch(onError)
    for (const waiter of this.#waiting) waiter.resolve(session)
  }
}

async function giveBack(held: Held): Promise<void> {
  if ('unsubscribe' in held) await held.unsubscribe()
  else await held.unregister()
}
