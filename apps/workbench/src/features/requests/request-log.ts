import type { RequestEntry } from '@sluice/model'

/** entries kept in the page, as many as the server keeps for an account */
const SHOWN_MAX = 1000

/**
 * The log as the page shows it, newest first. While it is paused, what arrives is held apart, so that no row moves
 * under the reader and nothing is lost.
 */
export type RequestLog = {
  shown: readonly RequestEntry[]
  held: readonly RequestEntry[]
  isPaused: boolean
}
export type LogAction =
  | { kind: 'arrived'; entries: readonly RequestEntry[] }
  /** history from the server */
  | { kind: 'loaded'; entries: readonly RequestEntry[] }
  | { kind: 'paused' }
  | { kind: 'resumed' }

export const EMPTY_LOG: RequestLog = { shown: [], held: [], isPaused: false }

export function reduceLog(log: RequestLog, action: LogAction): RequestLog {
  if (action.kind === 'paused') return { ...log, isPaused: true }
  if (action.kind === 'resumed') {
    return { shown: merge(log.shown, log.held).slice(0, SHOWN_MAX), held: [], isPaused: false }
  }
  if (action.kind === 'loaded') return { ...log, shown: merge(log.shown, action.entries) }
  if (!log.isPaused) return { ...log, shown: merge(log.shown, action.entries).slice(0, SHOWN_MAX) }
  const shownIds = new Set(log.shown.map(({ id }) => id))
  const fresh = action.entries.filter(({ id }) => !shownIds.has(id))
  return { ...log, held: merge(log.held, fresh).slice(0, SHOWN_MAX) }
}

/** Each entry once, newest first. */
function merge(known: readonly RequestEntry[], incoming: readonly RequestEntry[]): RequestEntry[] {
  const byId = new Map([...known, ...incoming].map((entry) => [entry.id, entry]))
  return [...byId.values()].sort((a, b) => compareIds(b.id, a.id))
}

/** Ids are whole numbers that grow with time, as text because they may pass 2^53. */
export function compareIds(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length
  return a < b ? -1 : a > b ? 1 : 0
}

/**
 * Whether the workbench itself made the request to draw a page. Nothing else reads without a key and succeeds; showing
 * these would bury what devices send.
 */
export const isOwnReading = ({ key_id, method, status }: Pick<RequestEntry, 'key_id' | 'method' | 'status'>): boolean =>
  key_id === null && method === 'GET' && status < 400

export type LogFilter = 'ok' | 'failed' | undefined

export const isShown = (entry: Pick<RequestEntry, 'status'>, filter: LogFilter): boolean =>
  filter === undefined || (filter === 'ok') === entry.status < 400
