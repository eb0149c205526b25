import { LIMITS } from '@sluice/model'
import type { RequestEntry } from '@sluice/model'
import type { Announce } from './events.ts'
import type { Exchange } from './exchange.ts'
import { beginningOf, makeEntry } from './request-entry.ts'
import type { Seen } from './request-entry.ts'

const FLUSH_MS = 250
/** A flooded account is written less often: most of what it sends would not survive the next trimming anyway. */
const FLUSH_MS_FLOODED = 5_000
const FLOODED_ENTRIES = 250
const LABELS_MAX = 10_000
const LABEL_MS_MAX = 30_000
const FEED_IN_PATH = /^\/v2\/feeds\/([1-9]\d{0,14})(?=[/?]|$)/
const LOG_READ = /^\/v2\/(?:feeds\/\d+\/)?requests(?:\?|$)/

export type RequestStore = {
  insert(accountId: number, entries: RequestEntry[]): Promise<void>
  trim(accountId: number, keep: number): Promise<void>
  findKeyLabel(accountId: number, keyId: number): Promise<string | null>
}
export type RequestLogParts = {
  store: RequestStore
  feeds: { resolve(feedId: number): Promise<{ accountId: number } | null> }
  announce: Pick<Announce, 'hears' | 'request'>
  /** told when entries could not be written; they are lost, requests go on */
  onLost(count: number, error: unknown): void
}

export type RequestLog = {
  /**
   * Notes a finished request for the account whose key it used, else for the owner of the feed in its path. What the
   * workbench reads to draw itself (GETs of a signed-in owner) is left out: it would push the devices' requests out.
   */
  record(exchange: Exchange, tookMs: number): void
  note(accountId: number, seen: Omit<Seen, 'id'>): void
  /** Resolves when all that was noted for the account (for all) can be read. */
  flush(accountId?: number): Promise<void>
}

type Pending = { seen: Seen[]; since: number; sinceTrim: number }

/**
 * The request log of all accounts: noted in memory at the cost of a few references, rendered only for a listener or
 * for the database, written in batches. A crash loses the last moments of the log, never of the data.
 */
export function makeRequestLog(parts: RequestLogParts): RequestLog {
  const pending = new Map<number, Pending>()
  const labels = makeLabels(parts.store)
  let lastId = 0
  let timer: NodeJS.Timeout | null = null
  let writing: Promise<void> = Promise.resolve()

  const note = (accountId: number, noted: Omit<Seen, 'id'>): void => {
    lastId = Math.max(lastId + 1, noted.at)
    const seen: Seen = { id: lastId, ...noted }
    let waiting = pending.get(accountId)
    if (!waiting) pending.set(accountId, (waiting = { seen: [], since: 0, sinceTrim: 0 }))
    if (waiting.seen.length === 0) waiting.since = performance.now()
    waiting.seen.push(seen)
    const surplus = waiting.seen.length - LIMITS.requestLogEntriesMax
    if (surplus >= FLOODED_ENTRIES) waiting.seen.splice(0, surplus)
    timer ??= setTimeout(tick, FLUSH_MS).unref()
    if (seen.feedId !== null && parts.announce.hears(accountId)) {
      void labels.of(accountId, seen.keyId).then((label) => parts.announce.request(accountId, makeEntry(seen, label)))
    }
  }

  const flush = (isDue: (waiting: Pending, accountId: number) => boolean): Promise<void> => {
    writing = writing.then(async () => {
      for (const [accountId, waiting] of pending)
        if (isDue(waiting, accountId)) await write(parts, labels, { accountId, waiting })
    })
    return writing
  }
  const tick = (): void => {
    const now = performance.now()
    const dueMs = ({ seen }: Pending): number => (seen.length > FLOODED_ENTRIES ? FLUSH_MS_FLOODED : 0)
    void flush((waiting) => now - waiting.since >= dueMs(waiting)).then(() => {
      timer = [...pending.values()].some(({ seen }) => seen.length > 0) ? setTimeout(tick, FLUSH_MS).unref() : null
    })
  }

  return {
    note,
    flush: (accountId) => flush((_waiting, id) => accountId === undefined || id === accountId),
    record(exchange, tookMs) {
      const { principal, target } = exchange
      if (exchange.method === 'GET' && (LOG_READ.test(target) || principal?.kind === 'owner')) return
      const feedId = exchange.feed?.feedId ?? feedIdIn(target)
      if (principal && (principal.kind === 'key' || feedId !== null)) {
        note(principal.accountId, seenOf(exchange, feedId, tookMs))
      } else if (feedId !== null) {
        const seen = seenOf(exchange, feedId, tookMs)
        parts.feeds.resolve(feedId).then(
          (feed) => feed && note(feed.accountId, seen),
          (error: unknown) => parts.onLost(1, error),
        )
      }
    },
  }
}

async function write(
  parts: RequestLogParts,
  labels: Labels,
  { accountId, waiting }: { accountId: number; waiting: Pending },
): Promise<void> {
  const taken = waiting.seen.splice(0).slice(-LIMITS.requestLogEntriesMax)
  if (taken.length === 0) return
  try {
    const entries: RequestEntry[] = []
    for (const seen of taken) entries.push(makeEntry(seen, await labels.of(accountId, seen.keyId)))
    await parts.store.insert(accountId, entries)
    waiting.sinceTrim += entries.length
    if (waiting.sinceTrim < LIMITS.requestLogEntriesMax / 4) return
    waiting.sinceTrim = 0
    await parts.store.trim(accountId, LIMITS.requestLogEntriesMax)
  } catch (error) {
    parts.onLost(taken.length, error)
  }
}

function feedIdIn(target: string): number | null {
  const [, id] = FEED_IN_PATH.exec(target) ?? []
  return id === undefined ? null : Number(id)
}

function seenOf(exchange: Exchange, feedId: number | null, tookMs: number): Omit<Seen, 'id'> {
  const { request, reply, principal } = exchange
  return {
    at: exchange.receivedAt,
    feedId,
    method: exchange.loggedAs?.method ?? exchange.method,
    path: exchange.loggedAs?.path ?? exchange.originalTarget,
    status: reply.status,
    tookMs,
    protocol: exchange.protocol === 'trigger' ? 'http' : exchange.protocol,
    remoteAddress: exchange.remoteAddress,
    keyId: principal?.kind === 'key' ? principal.keyId : null,
    datastreamId: exchange.params['datastreamId'] ?? null,
    requestHeaders: request.rawHeaders,
    requestBody: beginningOf(exchange.body),
    responseHeaders: [...reply.headers, 'Content-Type', reply.contentType, 'X-Request-Id', exchange.id],
    responseBody: typeof reply.body === 'string' ? beginningOf(reply.body) : '',
  }
}

type Labels = { of(accountId: number, keyId: number | null): Promise<string | null> }

/** Labels of keys, remembered for half a minute: most requests come from the same few keys. */
function makeLabels(store: RequestStore): Labels {
  const known = new Map<number, { label: Promise<string | null>; until: number }>()
  return {
    of(accountId, keyId) {
      if (keyId === null) return Promise.resolve(null)
      const now = performance.now()
      const entry = known.get(keyId)
      if (entry && entry.until > now) return entry.label
      // a label that cannot be found must not cost the entry
      const label = store.findKeyLabel(accountId, keyId).catch(() => null)
      if (known.size >= LABELS_MAX) known.clear()
      known.set(keyId, { label, until: now + LABEL_MS_MAX })
      return label
    },
  }
}
