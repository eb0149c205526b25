const BASE_MS = 1000
const CAP_MS = 30_000

/**
 * The pauses between attempts to connect. Each is random up to the sum of those before it, at least 1 s and at most
 * 30 s, so an outage costs a client as much time again as it lasted, not half a minute for a restart of three seconds.
 * Clients cut off together come back spread over that time, and those that a busy router turned away over half as much
 * again with every attempt. Only time spent in pauses counts: a laptop that wakes up begins small.
 */
export class Backoff {
  readonly #random: () => number
  #pausedMs = 0

  /** @param random as Math.random */
  constructor(random: () => number) {
    this.#random = random
  }

  /** @returns ms in [0, 30 s) to wait before the next attempt */
  nextMs(): number {
    const ms = this.#random() * Math.min(CAP_MS, Math.max(BASE_MS, this.#pausedMs))
    this.#pausedMs += ms
    return ms
  }

  /** The outage is over. */
  reset(): void {
    this.#pausedMs = 0
  }
}
