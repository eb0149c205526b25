import { setTimeout as pause } from 'node:timers/promises'
import { ApiError } from '@sluice/sdk'

const WAIT_MS_MIN = 500
const WAIT_MS_MAX = 10_000
/** the SDK tries again by itself, so by now it is not a hiccup */
const TOLD_FROM = 1

export type PersistParts = {
  signal: AbortSignal
  /** once for each row of failures */
  onTrouble(error: ApiError): void
}

/**
 * Reads until there is an answer: a server that is away, busy (429) or broken (5xx) is asked again with growing pauses.
 * @throws {ApiError} an answer that will not change by itself
 */
export async function persist<T>(read: () => Promise<T>, { signal, onTrouble }: PersistParts): Promise<T> {
  for (let failures = 0; ; failures++) {
    try {
      return await read()
    } catch (error) {
      if (!(error instanceof ApiError) || !isPassing(error)) throw error
      if (failures === TOLD_FROM) onTrouble(error)
      const waitMs = Math.min(WAIT_MS_MIN * 2 ** failures, WAIT_MS_MAX) * (0.5 + Math.random() / 2)
      await pause(Math.max(waitMs, (error.retryAfterS ?? 0) * 1000), undefined, { signal })
    }
  }
}

function isPassing({ status }: ApiError): boolean {
  return status === 0 || status === 408 || status === 429 || status >= 500
}
