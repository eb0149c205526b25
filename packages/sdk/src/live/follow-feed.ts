import { feedTopic } from '@sluice/model'
import type { DatapointEvent, FeedEvent, RequestEntry, TriggerEvent } from '@sluice/model'
import { ERROR, WampError } from '@sluice/wamp'
import type { Session, Subscription } from '@sluice/wamp'
import { ApiError } from '../api-error.ts'
import type { LiveFeed, LiveHandlers, LiveOptions, LiveStatus } from './handlers.ts'
import type { Link } from './link.ts'
import { LATE_WINDOW_MS, learnPresent, readMissed } from './missed.ts'
import type { Archive, Missed } from './missed.ts'
import { RequestTail } from './request-tail.ts'
import type { RequestQuery } from '../requests.ts'
import { Timeline, canonical } from './timeline.ts'

export type FollowParts = {
  link: Link
  archive: Archive
  listRequests(query: RequestQuery): Promise<RequestEntry[]>
  /** server's clock in ms */
  serverNow(): number
}

/** Events that may wait while what was missed is read; beyond it they are read from the archive as well. */
const WAITING_MAX = 10_000
/** How often the archive is read again at once because the bus lost events while it was read. */
const REREADS_MAX = 5

type Waiting = {
  points: DatapointEvent[]
  requests: RequestEntry[]
  isUpdated: boolean
  isOverfull: boolean
  /** the bus lost events meanwhile */
  hasLoss: boolean
}
const RETRY_BASE_MS = 1000
const RETRY_MAX_MS = 30_000

/**
 * Follows one feed: what the bus says while connected, and what the archive says about the time in between.
 *
 * First the present is noted, so that everything stored from then on is news. Each time the connection stands, the
 * topics are subscribed first and only then the archive is read (`readMissed` has the rule), while events wait; both are
 * merged, known points fall out (`Timeline`), the rest is delivered in order, and then events pass straight through. When
 * the bus says that it lost events, because this side was too slow for it, the archive is read in the same way.
 */
export function followFeed(
  feedId: number,
  handlers: LiveHandlers,
  parts: FollowParts,
  { since }: LiveOptions = {},
): LiveFeed {
  const known = since === undefined ? null : canonical(since)
  if (since !== undefined && known === null) throw new RangeError(`since is not an ISO 8601 time: ${since}`)
  const feed = new FollowedFeed(feedId, handlers, parts, known)
  feed.start()
  return { close: () => feed.close() }
}

class FollowedFeed {
  readonly topic: string
  readonly #feedId: number
  readonly #handlers: LiveHandlers
  readonly #parts: FollowParts
  #unfollow: () => void = () => {}
  #status: LiveStatus | null = null
  /** null until the present was noted */
  #timeline: Timeline | null = null
  #tail: RequestTail | null = null
  /** nothing before this is ever asked for: it was there before this feed was followed */
  #beginMs: number
  /** when the feed was last known to be live */
  #gapMs: number
  /** when points last passed straight through */
  #heardMs = 0
  /** null while events pass straight through */
  #waiting: Waiting | null = null
  #subscriptions: Subscription[] = []
  /** counts connections, so that work begun on an earlier one ends itself */
  #turn = 0
  #isClosed = false

  constructor(feedId: number, handlers: LiveHandlers, parts: FollowParts, since: string | null) {
    this.topic = feedTopic(feedId, 'datapoints')
    this.#feedId = feedId
    this.#handlers = handlers
    this.#parts = parts
    if (since !== null) this.#timeline = new Timeline(since)
    this.#beginMs = since === null ? parts.serverNow() - LATE_WINDOW_MS : Date.parse(since)
    this.#gapMs = since === null ? parts.serverNow() : Date.parse(since)
  }

  start(): void {
    this.#tell('connecting')
    // noted at once, not when the connection stands: what is stored meanwhile is news
    const noted = this.#notePresent().catch(() => {})
    void noted.then(() => {
      if (!this.#isClosed) this.#unfollow = this.#parts.link.follow(this)
    })
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#turn++
    for (const subscription of this.#subscriptions) void subscription.unsubscribe().catch(() => {})
    this.#unfollow()
  }

  joined(session: Session): void {
    this.#subscriptions = []
    void this.#catchUp(session, ++this.#turn, { isSubscribed: false })
  }

  lost(): void {
    this.#turn++
    if (this.#status === 'live') this.#gapMs = Math.max(this.#gapMs, this.#parts.link.aliveMs())
    this.#waiting = null
    if (this.#status === 'live') this.#tell('reconnecting')
  }

  refused(error: ApiError): void {
    guard(() => this.#handlers.onError?.(error))
  }

  async #catchUp(session: Session, turn: number, { isSubscribed }: { isSubscribed: boolean }): Promise<void> {
    let hasSubscribed = isSubscribed
    for (let tries = 0; ; tries++) {
      try {
        // before the first subscription, or events waiting would be taken for known
        await this.#notePresent()
        if (turn !== this.#turn) return
        if (!hasSubscribed) await this.#subscribe(session, turn)
        hasSubscribed = true
        await this.#heal(turn)
        return
      } catch (error) {
        if (turn !== this.#turn) return
        this.refused(asApiError(error))
        const delayMs = Math.min(RETRY_MAX_MS, RETRY_BASE_MS * 2 ** tries) * (0.5 + Math.random() / 2)
        await new Promise((resolve) => setTimeout(resolve, delayMs))
        if (turn !== this.#turn) return
      }
    }
  }

  async #subscribe(session: Session, turn: number): Promise<void> {
    for (const made of this.#subscriptions.splice(0)) await made.unsubscribe()
    this.#waiting = nothingWaiting()
    const { onRequest, onTrigger, onUpdated } = this.#handlers
    const on = async (event: FeedEvent, take: (first: unknown) => void): Promise<void> => {
      const subscription = await session.subscribe(feedTopic(this.#feedId, event), ([first], _kwargs, { dropped }) => {
        if (turn !== this.#turn) return
        if (dropped > 0) this.#missed(session, turn)
        take(first)
      })
      if (turn === this.#turn) this.#subscriptions.push(subscription)
      else await subscription.unsubscribe().catch(() => {})
    }
    if (onUpdated) await on('updated', () => this.#updated())
    if (onRequest) await on('request', (entry) => this.#requested(entry as RequestEntry))
    // not held back: a delivery that is read later says at least as much
    if (onTrigger) await on('trigger', (event) => guard(() => this.#handlers.onTrigger?.(event as TriggerEvent)))
    await on('datapoints', (points) => this.#arrived(points))
  }

  /** The bus lost events of this feed before the one that comes now. */
  #missed(session: Session, turn: number): void {
    if (this.#waiting) {
      this.#waiting.hasLoss = true
      return
    }
    this.#waiting = nothingWaiting()
    this.#gapMs = Math.max(this.#gapMs, this.#heardMs)
    this.#tell('reconnecting')
    void this.#catchUp(session, turn, { isSubscribed: true })
  }

  #arrived(events: unknown): void {
    const points = parseEvents(events)
    if (this.#waiting) {
      this.#waiting.points.push(...points)
      bound(this.#waiting)
      return
    }
    this.#heardMs = this.#parts.serverNow()
    this.#deliver(this.#timeline?.takeEvents(points) ?? [])
  }

  #requested(entry: RequestEntry): void {
    if (this.#waiting) {
      this.#waiting.requests.push(entry)
      bound(this.#waiting)
    } else this.#deliverRequests(this.#tail?.take([entry]) ?? [])
  }

  #updated(): void {
    if (this.#waiting) this.#waiting.isUpdated = true
    else guard(() => this.#handlers.onUpdated?.())
  }

  async #notePresent(): Promise<void> {
    if (this.#handlers.onRequest && this.#tail === null) {
      const tail = new RequestTail((query) => this.#parts.listRequests(query))
      await tail.learnPresent()
      this.#tail = tail
    }
    if (this.#timeline !== null) return
    const timeline = new Timeline(null)
    const nowMs = this.#parts.serverNow()
    await learnPresent(this.#parts.archive, timeline, nowMs)
    this.#timeline = timeline
    this.#beginMs = nowMs - LATE_WINDOW_MS
    this.#gapMs = nowMs
  }

  async #heal(turn: number): Promise<void> {
    const timeline = this.#timeline
    const waiting = this.#waiting
    if (turn !== this.#turn || timeline === null || waiting === null) return
    const isFirst = this.#status === 'connecting'
    const fromMs = Math.max(this.#beginMs, this.#gapMs - LATE_WINDOW_MS)
    let nowMs: number
    let missed: Missed
    let requests: RequestEntry[]
    for (let rereads = 0; ; rereads++) {
      // what was dropped or lost before reading begins is in the archive
      waiting.isOverfull = false
      waiting.hasLoss = false
      nowMs = this.#parts.serverNow()
      missed = await readMissed(this.#parts.archive, timeline, fromMs, nowMs)
      requests = (await this.#tail?.readMissed()) ?? []
      if (turn !== this.#turn) return
      if (waiting.isOverfull || (waiting.hasLoss && rereads === REREADS_MAX)) throw new ApiError(0, 'Behind', [BEHIND])
      if (!waiting.hasLoss) break
    }
    this.#waiting = null
    const news = timeline.takeMissed(missed.points, waiting.points)
    const fetched = news.length - countOf(news, waiting.points)
    const gap = { from: iso(this.#gapMs), to: iso(nowMs), points: fetched, isComplete: missed.isComplete }
    this.#gapMs = nowMs
    this.#deliver(news)
    this.#deliverRequests(this.#tail?.take([...requests, ...waiting.requests]) ?? [])
    if (!isFirst || waiting.isUpdated) guard(() => this.#handlers.onUpdated?.())
    if (!isFirst || fetched > 0 || !gap.isComplete) guard(() => this.#handlers.onGap?.(gap))
    this.#tell('live')
  }

  #deliver(points: DatapointEvent[]): void {
    if (points.length > 0) guard(() => this.#handlers.onDatapoints(points))
  }

  #deliverRequests(entries: RequestEntry[]): void {
    for (const entry of entries) guard(() => this.#handlers.onRequest?.(entry))
  }

  #tell(status: LiveStatus): void {
    if (status === this.#status) return
    this.#status = status
    guard(() => this.#handlers.onStatus?.(status))
  }
}

const BEHIND = 'More arrived than could wait; reading the archive again'

function nothingWaiting(): Waiting {
  return { points: [], requests: [], isUpdated: false, isOverfull: false, hasLoss: false }
}

function bound(waiting: Waiting): void {
  if (waiting.points.length <= WAITING_MAX && waiting.requests.length <= WAITING_MAX) return
  waiting.points = []
  waiting.requests = []
  waiting.isOverfull = true
}

/** An exception of the application's must not stop the healing; it surfaces like any other uncaught one. */
function guard(call: () => void): void {
  try {
    call()
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}

/** Only the platform publishes here, so a shape that is not understood is a newer server's. */
function parseEvents(events: unknown): DatapointEvent[] {
  if (!Array.isArray(events)) return []
  return (events as DatapointEvent[]).flatMap(({ datastream, at, value }) => {
    const time = canonical(at)
    return time === null ? [] : [{ datastream, at: time, value }]
  })
}

function countOf(news: readonly DatapointEvent[], events: readonly DatapointEvent[]): number {
  const arrived = new Set(events.map(({ datastream, at, value }) => `${at} ${datastream} ${value}`))
  return news.filter(({ datastream, at, value }) => arrived.has(`${at} ${datastream} ${value}`)).length
}

const iso = (ms: number): string => new Date(ms).toISOString()

function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  const isRefused = error instanceof WampError && error.uri === ERROR.notAuthorized
  const words = error instanceof Error ? error.message : String(error)
  return new ApiError(isRefused ? 403 : 0, isRefused ? 'Forbidden' : 'No live connection', [words], { cause: error })
}
