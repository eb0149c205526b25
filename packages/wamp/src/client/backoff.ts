const BASE_MS = 1000
const CAP_MS = 30_000

/**
 * How long to wait before the next attempt: exponential with full jitter, so that clients cut off together do not
 * come back together.
 * @param attempt 0 for the first retry
 * @returns ms in [0, min(30 s, 1 s · 2^attempt))
 */
export function backoffMs(attempt: number, random: () => number): number {
  return random() * Math.min(CAP_MS, BASE_MS * 2 ** attempt)
}
