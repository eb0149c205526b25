import { SluiceError } from '@sluice/model'
import pg from 'pg'

/** Postgres' code of an error, also of one that was wrapped; null where it did not come from Postgres. */
export function sqlStateOf(error: unknown): string | null {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof pg.DatabaseError) return at.code ?? null
  }
  return null
}

/** Serialization failure and deadlock: nothing was committed, and the same work may succeed a moment later. */
export function isRetryable(error: unknown): boolean {
  const state = sqlStateOf(error)
  return state === '40001' || state === '40P01'
}

/** Whether the connection is gone or of no further use: the next statement needs another one. */
export function isConnectionFailure(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof pg.DatabaseError) return OUTAGE.test(at.code ?? '')
    if (SOCKET_CODES.has(codeOf(at)) || DRIVER_MESSAGE.test(at.message)) return true
  }
  return false
}

/**
 * An outage of Postgres as `unavailable`, anything else as it is. Statements cancelled by their time limit and a full
 * disk count as outages: the client should come back later.
 */
export function failureOf(error: unknown): unknown {
  if (error instanceof SluiceError) return error
  const isOutage = isConnectionFailure(error) || OVERLOAD.has(sqlStateOf(error) ?? '')
  if (!isOutage) return error
  return new SluiceError('unavailable', 'The database cannot be reached right now', { retryAfterS: 1, cause: error })
}

/** connection exceptions, shutdown and start of the server, no slot left */
const OUTAGE = /^(08...|57P0[1-5]|53300)$/
/** cancelled by a time limit, lock not available, disk full, out of memory */
const OVERLOAD = new Set(['57014', '55P03', '53100', '53200'])
const SOCKET_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
])
/** node-postgres' own errors carry no code */
const DRIVER_MESSAGE =
  /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|Client was closed|Cannot use a pool after calling end)/

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : ''
}
