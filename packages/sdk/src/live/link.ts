import type { SessionDocument } from '@sluice/model'
import { connect, ticketAuth } from '@sluice/wamp'
import type { ClientAuth, Connection, Session, WebSocketConstructor } from '@sluice/wamp'
import { ApiError } from '../api-error.ts'
import type { Http } from '../http.ts'

/** Who wants to know when the connection stands. */
export type Follower = {
  /** A topic of this follower's that a heartbeat may be made of. */
  readonly topic: string
  joined(session: Session): void
  lost(): void
  refused(error: ApiError): void
}

export type LinkOptions = {
  /** a constructor like the browser's; the global one when missing (browsers, Node 22 and later) */
  WebSocket?: WebSocketConstructor
  /** how often the connection is probed, and how long an answer may take; 20 s when missing */
  heartbeatMs?: number
}

/** The one connection to the bus that all live feeds of a client share; open while somebody follows. */
export type Link = {
  /** @returns ends following */
  follow(follower: Follower): () => void
  /** Server's clock in ms when the bus was last known to deliver. */
  aliveMs(): number
  close(): Promise<void>
}

/** asked this often, answered within as much: with the 5 s that leaving may take, 45 s of silence are the most */
const HEARTBEAT_MS = 20_000
/** how long an unused connection stays, so that a page that follows another feed next need not connect again */
const LINGER_MS = 1000
const RETRY_MS = 5000
const RETRY_JITTER_MS = 10_000

const timers = {
  setTimeout: (run: () => void, ms: number): unknown => globalThis.setTimeout(run, ms),
  clearTimeout: (handle: unknown): void => globalThis.clearTimeout(handle as number),
}

export function makeLink(http: Http, options: LinkOptions = {}): Link {
  return new BusLink(http, options)
}

class BusLink implements Link {
  readonly #http: Http
  readonly #WebSocket: WebSocketConstructor | undefined
  readonly #heartbeatMs: number
  readonly #followers = new Set<Follower>()
  #connection: Connection | null = null
  #session: Session | null = null
  #aliveMs: number
  /** the next heartbeat, or the next attempt to open */
  #timer: unknown
  /** counts openings, so that what a closed one still says is not heard */
  #opening = 0

  constructor(http: Http, { WebSocket, heartbeatMs = HEARTBEAT_MS }: LinkOptions) {
    this.#http = http
    this.#WebSocket = WebSocket
    this.#heartbeatMs = heartbeatMs
    this.#aliveMs = http.serverNow()
  }

  aliveMs(): number {
    return this.#aliveMs
  }

  follow(follower: Follower): () => void {
    const isFirst = this.#followers.size === 0
    this.#followers.add(follower)
    if (this.#session !== null) follower.joined(this.#session)
    else if (isFirst && this.#connection === null) void this.#open()
    return () => {
      if (!this.#followers.delete(follower) || this.#followers.size > 0) return
      timers.setTimeout(() => {
        if (this.#followers.size === 0) void this.close()
      }, LINGER_MS)
    }
  }

  async close(): Promise<void> {
    this.#opening++
    timers.clearTimeout(this.#timer)
    this.#lost()
    const closing = this.#connection
    this.#connection = null
    await closing?.close()
  }

  async #open(): Promise<void> {
    const turn = ++this.#opening
    timers.clearTimeout(this.#timer)
    try {
      const { document } = await this.#http.request('GET', '/v2/session')
      if (turn !== this.#opening) return
      const {
        realm,
        wamp_url: wampUrl,
        public_url: publicUrl,
      } = document as Pick<SessionDocument, 'realm' | 'wamp_url' | 'public_url'>
      const connection = connect({
        url: busUrl(wampUrl, publicUrl, this.#http.baseUrl),
        realm,
        auth: () => authOf(this.#http),
        timers,
        ...(this.#WebSocket === undefined ? {} : { WebSocket: this.#WebSocket }),
      })
      this.#connection = connection
      connection.onStatus((status, reason) => {
        if (turn !== this.#opening) return
        if (status === 'open') this.#joined(connection.session())
        else this.#lost()
        if (status === 'closed') this.#retry(new ApiError(401, 'Refused by the bus', reason ? [reason.uri] : []))
      })
    } catch (error) {
      if (turn === this.#opening) this.#retry(error)
    }
  }

  #retry(error: unknown): void {
    this.#connection = null
    for (const follower of this.#followers) follower.refused(asApiError(error))
    this.#timer = timers.setTimeout(() => void this.#open(), RETRY_MS + Math.random() * RETRY_JITTER_MS)
  }

  #joined(session: Session | null): void {
    if (session === null) return
    this.#session = session
    this.#aliveMs = this.#http.serverNow()
    this.#timer = timers.setTimeout(() => void this.#beat(session), this.#heartbeatMs)
    for (const follower of this.#followers) follower.joined(session)
  }

  #lost(): void {
    if (this.#session === null) return
    this.#session = null
    timers.clearTimeout(this.#timer)
    for (const follower of this.#followers) follower.lost()
  }

  /**
   * Browsers do not show WebSocket pings, so a half-dead connection looks like a quiet feed. Subscribing once more to a
   * topic one has is answered by the bus and changes nothing (wamp-proto: the same subscription id).
   */
  async #beat(session: Session): Promise<void> {
    const [follower] = this.#followers
    if (!follower || session !== this.#session) return
    const sentMs = this.#http.serverNow()
    const deadline = timers.setTimeout(() => void session.leave(), this.#heartbeatMs)
    try {
      const again = await session.subscribe(follower.topic, () => {})
      void again.unsubscribe().catch(() => {})
      this.#aliveMs = sentMs
    } catch {
      // the session is gone, which its status tells, or the topic was refused, which its follower knows
    } finally {
      timers.clearTimeout(deadline)
    }
    if (session === this.#session) this.#timer = timers.setTimeout(() => void this.#beat(session), this.#heartbeatMs)
  }
}

/** A browser gets a ticket for each attempt, from its cookie; a program's ticket is its key. */
async function authOf(http: Http): Promise<ClientAuth> {
  if (http.apiKey !== null) return ticketAuth(http.apiKey, 'key')
  const { document } = await http.request('POST', '/v2/session/ticket')
  return ticketAuth((document as { ticket: string }).ticket, 'session')
}

/**
 * Where the bus is. When it shares the API's public address, it is reached the way this client reaches the API, which
 * may be by another name (a proxy, `localhost`); a bus of its own is taken as announced.
 */
export function busUrl(wampUrl: string, publicUrl: string, baseUrl: string): string {
  const bus = new URL(wampUrl)
  if (bus.host !== new URL(publicUrl).host) return wampUrl
  const base = new URL(baseUrl)
  return `${base.protocol === 'https:' ? 'wss:' : 'ws:'}//${base.host}${bus.pathname}${bus.search}`
}

function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  return new ApiError(0, 'No live connection', [error instanceof Error ? error.message : String(error)], {
    cause: error,
  })
}
