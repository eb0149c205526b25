import { createRequire } from 'node:module'

/** The part of Autobahn|JS, which has no types, that tests use. */
export interface AutobahnSession {
  readonly id: number
  readonly isOpen: boolean
  readonly features: Record<string, Record<string, boolean>>
  subscribe(topic: string, handler: AutobahnHandler, options?: object): Promise<AutobahnSubscription>
  unsubscribe(subscription: AutobahnSubscription): Promise<unknown>
  publish(topic: string, args?: unknown[], kwargs?: object, options?: object): Promise<{ id: number }>
  register(procedure: string, endpoint: AutobahnEndpoint, options?: object): Promise<AutobahnRegistration>
  unregister(registration: AutobahnRegistration): Promise<unknown>
  call(procedure: string, args?: unknown[], kwargs?: object, options?: object): AutobahnCall
}
type AutobahnHandler = (args: unknown[], kwargs: Record<string, unknown>, details: AutobahnEvent) => void
type AutobahnEndpoint = (args: unknown[], kwargs: Record<string, unknown>, details: AutobahnInvocation) => unknown
export interface AutobahnSubscription {
  readonly id: number
  readonly on_unsubscribe: Promise<string>
}
export interface AutobahnRegistration {
  readonly id: number
  readonly on_unregister: Promise<string>
}
export interface AutobahnEvent {
  readonly publication: number
  readonly topic: string
  readonly publisher?: number
  readonly publisher_authid?: string
  readonly publisher_authrole?: string
  readonly retained: boolean
}
export interface AutobahnInvocation {
  readonly procedure: string
  readonly caller?: number
  readonly caller_authid?: string
  readonly caller_authrole?: string
  /** Null if the caller takes no progressive results. */
  readonly progress: ((args: unknown[], kwargs?: object) => void) | null
}
/** A promise of when.js, which has a third handler, and of Autobahn, which has a way to cancel. */
export interface AutobahnCall extends Promise<unknown> {
  cancel(options?: { mode: string }): void
  then<A = unknown, B = never>(
    fulfilled?: ((value: unknown) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
    progressed?: (value: unknown) => void,
  ): Promise<A | B>
}
interface AutobahnConnection {
  open(): void
  close(reason?: string, message?: string): void
}
interface Autobahn {
  Connection: new (options: object) => AutobahnConnection
  Error: new (error: string, args?: unknown[], kwargs?: object) => Error
  Result: new (args: unknown[], kwargs?: object) => object
  serializer: Record<'JSONSerializer' | 'MsgpackSerializer' | 'CBORSerializer', new () => object>
  log: { warn: (...what: unknown[]) => void }
}
export const autobahn = createRequire(import.meta.url)('autobahn') as Autobahn
// it tells the console of every connection that ends
autobahn.log.warn = () => {}

export interface AutobahnPeer {
  readonly session: AutobahnSession
  /** What WELCOME says, and the transport. */
  readonly details: Record<string, unknown> & { transport: { type: string; protocol: string } }
  /** How the session ended, whoever ended it. */
  readonly closed: Promise<{ reason: string | null; message: string | null }>
  /** @returns the reason that the router's GOODBYE gave */
  close(reason?: string): Promise<string | null>
}

/** Connects an Autobahn|JS session. @throws {Error} its message is the reason of the ABORT */
export function openAutobahn(options: object): Promise<AutobahnPeer> {
  const connection = new autobahn.Connection({ max_retries: 0, on_user_error: () => {}, ...options })
  const closed = Promise.withResolvers<{ reason: string | null; message: string | null }>()
  return new Promise((resolve, reject) => {
    Object.assign(connection, {
      onopen(session: AutobahnSession, details: AutobahnPeer['details']) {
        resolve({
          session,
          details,
          closed: closed.promise,
          async close(reason) {
            connection.close(reason)
            return (await closed.promise).reason
          },
        })
      },
      onclose(how: string, { reason, message }: { reason: string | null; message: string | null }) {
        closed.resolve({ reason, message })
        reject(new Error(reason ?? how))
        return true
      },
    })
    connection.open()
  })
}

/** The part of a browser's XMLHttpRequest that Autobahn|JS uses for long polls; Node has none. */
class FetchRequest {
  withCredentials = false
  timeout = 0
  readyState = 0
  status = 0
  statusText = ''
  responseText = ''
  onreadystatechange = (): void => {}
  ontimeout = (): void => {}
  #url = ''
  readonly #headers: Record<string, string> = {}

  open(_method: 'POST', url: string): void {
    this.#url = url
  }

  setRequestHeader(name: string, value: string): void {
    this.#headers[name] = value
  }

  send(body?: string): void {
    void this.#fetch(body)
  }

  async #fetch(body = ''): Promise<void> {
    const init = { method: 'POST', headers: this.#headers, body, signal: AbortSignal.timeout(this.timeout) }
    try {
      const response = await fetch(this.#url, init)
      this.responseText = await response.text()
      this.status = response.status
    } catch {
      this.status = 0
    }
    this.readyState = 4
    this.onreadystatechange()
  }
}

/** Lets Autobahn|JS poll. */
export function provideXmlHttpRequest(): void {
  Object.assign(globalThis, { XMLHttpRequest: FetchRequest })
}
